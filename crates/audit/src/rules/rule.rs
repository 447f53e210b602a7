//! A rule as the kernel understands it.

use crate::syscall::Arch;

/// Between the keys of a rule that has several (`AUDIT_KEY_SEPARATOR` of libaudit).
pub(super) const KEY_SEPARATOR: u8 = 1;

/// When a rule is asked (`AUDIT_FILTER_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// For messages of programs.
    User,
    /// When a process is made.
    Task,
    /// When a system call returns.
    Exit,
    /// Before a record is made: to leave it out.
    Exclude,
    /// For names on a kind of filesystem: to leave them out.
    Filesystem,
    /// When an operation of `io_uring` ends.
    Uring,
}

impl List {
    pub(super) const ALL: [Self; 6] =
        [Self::User, Self::Task, Self::Exit, Self::Exclude, Self::Filesystem, Self::Uring];

    /// The number in `linux/audit.h`.
    pub const fn number(self) -> u32 {
        match self {
            Self::User => 0,
            Self::Task => 1,
            Self::Exit => 4,
            Self::Exclude => 5,
            Self::Filesystem => 6,
            Self::Uring => 7,
        }
    }

    /// The word in a rule.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Task => "task",
            Self::Exit => "exit",
            Self::Exclude => "exclude",
            Self::Filesystem => "filesystem",
            Self::Uring => "io_uring",
        }
    }

    /// Does such a rule choose among system calls (or operations)?
    pub const fn takes_syscalls(self) -> bool {
        matches!(self, Self::Exit | Self::Uring)
    }
}

/// What a rule does with what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing is recorded, whatever rules come later.
    Never,
    /// An event is recorded.
    Always,
}

impl Action {
    /// The number in `linux/audit.h`.
    pub const fn number(self) -> u32 {
        match self {
            Self::Never => 0,
            Self::Always => 2,
        }
    }

    /// The word in a rule.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
        }
    }
}

/// How a field is held against its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `&`: any of the bits.
    AnyBit,
    /// `&=`: all of the bits.
    AllBits,
}

impl Operator {
    /// In the order in which a pair is searched for them: the longer ones first.
    pub(super) const ALL: [Self; 8] = [
        Self::NotEqual,
        Self::GreaterOrEqual,
        Self::LessOrEqual,
        Self::AllBits,
        Self::Equal,
        Self::Greater,
        Self::Less,
        Self::AnyBit,
    ];

    /// The bits in `linux/audit.h`.
    pub const fn number(self) -> u32 {
        match self {
            Self::Equal => 0x4000_0000,
            Self::NotEqual => 0x3000_0000,
            Self::Less => 0x1000_0000,
            Self::LessOrEqual => 0x5000_0000,
            Self::Greater => 0x2000_0000,
            Self::GreaterOrEqual => 0x6000_0000,
            Self::AnyBit => 0x0800_0000,
            Self::AllBits => 0x4800_0000,
        }
    }

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::AnyBit => "&",
            Self::AllBits => "&=",
        }
    }
}

/// The number of a field (`AUDIT_PID` and so on).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldName(pub u32);

/// What a field is held against.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A number: an id, bits, a type.
    Number(u32),
    /// A path, a label or the keys.
    Text(Vec<u8>),
}

/// One condition of a rule; or its keys, which the kernel keeps as a field too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field {
    /// Which.
    pub name: FieldName,
    /// How.
    pub operator: Operator,
    /// Against what.
    pub value: Value,
}

/// A set of system call numbers from 0 to 2047.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Syscalls([u32; Self::WORDS]);

impl Syscalls {
    pub(super) const WORDS: usize = 64;
    /// The kernel takes the highest 16 numbers for classes and gives none of them back.
    const CLASSES: u32 = 0xffff_0000;

    /// None.
    pub const NONE: Self = Self([0; Self::WORDS]);
    /// Every one.
    pub const ALL: Self = {
        let mut mask = [u32::MAX; Self::WORDS];
        mask[Self::WORDS - 1] = !Self::CLASSES;
        Self(mask)
    };

    /// From the mask of `audit_rule_data`.
    pub fn from_mask(mut mask: [u32; Self::WORDS]) -> Self {
        let Some((last, others)) = mask.split_last_mut() else { return Self::NONE };
        // As auditctl takes it: the last word does not matter.
        if others.iter().all(|word| *word == u32::MAX) {
            return Self::ALL;
        }
        *last &= !Self::CLASSES;
        Self(mask)
    }

    /// The mask of `audit_rule_data`.
    pub fn mask(&self) -> [u32; Self::WORDS] {
        self.0
    }

    /// Adds one; false if there is no such number.
    pub fn insert(&mut self, number: u32) -> bool {
        match usize::try_from(number / 32).ok().and_then(|word| self.0.get_mut(word)) {
            Some(word) if number < 2048 - 16 => {
                *word |= 1 << (number % 32);
                true
            }
            _ => false,
        }
    }

    /// Is this one in it?
    pub fn contains(&self, number: u32) -> bool {
        let word = usize::try_from(number / 32).ok().and_then(|word| self.0.get(word));
        word.is_some_and(|word| word & (1 << (number % 32)) != 0)
    }

    /// All that are in it, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        (0..2048).filter(|number| self.contains(*number))
    }

    /// Are all in it?
    pub fn is_all(&self) -> bool {
        *self == Self::ALL
    }

    /// Is none in it?
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule {
    /// When it is asked.
    pub list: List,
    /// What it does.
    pub action: Action,
    /// It was put before all others of its list (`-A`). The kernel does not say so of a rule it
    /// holds.
    pub first: bool,
    /// For which system calls, or operations of `io_uring`.
    pub syscalls: Syscalls,
    /// All of which have to match, in the order they are looked at.
    pub fields: Vec<Field>,
}

impl Rule {
    /// The first field of that name.
    pub fn field(&self, name: FieldName) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    fn text(&self, name: FieldName) -> Option<&[u8]> {
        match &self.field(name)?.value {
            Value::Text(text) => Some(text),
            Value::Number(_) => None,
        }
    }

    /// The file or directory it watches by name.
    pub fn path(&self) -> Option<&[u8]> {
        self.text(FieldName::PATH)
    }

    /// The directory it watches with all below.
    pub fn dir(&self) -> Option<&[u8]> {
        self.text(FieldName::DIR)
    }

    /// The program it is about.
    pub fn exe(&self) -> Option<&[u8]> {
        self.text(FieldName::EXE)
    }

    /// `PERM_*` bits.
    pub fn perm(&self) -> Option<u32> {
        match self.field(FieldName::PERM)?.value {
            Value::Number(bits) => Some(bits),
            Value::Text(_) => None,
        }
    }

    /// Its keys.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        let text = self.text(FieldName::KEY).unwrap_or_default();
        text.split(|byte| *byte == KEY_SEPARATOR).filter(|key| !key.is_empty())
    }

    /// The architecture it is for, where it names one that is known.
    pub fn arch(&self) -> Option<Arch> {
        match self.field(FieldName::ARCH)? {
            Field { operator: Operator::Equal, value: Value::Number(number), .. } => {
                Arch::from_number(*number)
            }
            _ => None,
        }
    }

    /// It is what `-w` makes: a path, permissions and keys, for all system calls.
    pub fn is_watch(&self) -> bool {
        const WATCH: [FieldName; 4] =
            [FieldName::PATH, FieldName::DIR, FieldName::PERM, FieldName::KEY];
        self.list.takes_syscalls()
            && self.syscalls.is_all()
            && self.perm().is_some()
            && self.fields.iter().all(|field| WATCH.contains(&field.name))
    }

    /// The rule with its conditions in an order that does not depend on how it was written, and not
    /// said to be the first: two that come out the same match the same events.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let mut rule = self.clone();
        rule.fields.sort();
        rule.first = false;
        rule
    }

    /// Would the kernel call it the same rule as this one?
    pub fn is_same(&self, other: &Self) -> bool {
        self.list == other.list
            && self.action == other.action
            && self.syscalls == other.syscalls
            && self.fields == other.fields
    }
}
