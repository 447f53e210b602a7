//! Rules in the kernel's form: `struct audit_rule_data` of `linux/audit.h`, in the byte order of
//! the machine.
//!
//! Thirteen hundred bytes of numbers, then the texts one after another without an end mark: the
//! number of a text's field is its length.

use super::rule::{Action, Field, FieldName, List, Operator, Rule, Syscalls, Value};
use super::{LONGEST_KEY, MOST_FIELDS};

/// flags, action, `field_count`; mask; fields, values, `fieldflags`; `buflen`.
const HEAD: usize = 4 * (3 + Syscalls::WORDS + 3 * MOST_FIELDS + 1);
/// `AUDIT_FILTER_PREPEND`.
const PREPEND: u32 = 0x10;
/// `PATH_MAX` of `linux/limits.h`.
const LONGEST_TEXT: usize = 4096;
/// No rule is longer than this, in bytes: a text in each field.
pub const LONGEST: usize = HEAD + MOST_FIELDS * LONGEST_TEXT;

/// These bytes are no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRule {
    /// They end too early.
    Short,
    /// There is no such list, action or operator, or there are too many fields.
    Unknown(u32),
    /// A text is too long for the kernel.
    LongText,
}

impl std::fmt::Display for BadRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Short => f.write_str("the rule ends too early"),
            Self::Unknown(number) => write!(f, "the rule holds a number unknown here: {number:#x}"),
            Self::LongText => f.write_str("a text of the rule is too long"),
        }
    }
}

impl std::error::Error for BadRule {}

impl Rule {
    /// The rule as the kernel takes it.
    pub fn encode(&self) -> Result<Vec<u8>, BadRule> {
        if self.fields.len() > MOST_FIELDS {
            return Err(BadRule::Unknown(self.fields.len() as u32));
        }
        let mut texts = Vec::new();
        let mut columns = [[0u32; MOST_FIELDS]; 3];
        let [names, values, operators] = &mut columns;
        let places = names.iter_mut().zip(values).zip(operators);
        for (field, ((name, value), operator)) in self.fields.iter().zip(places) {
            *name = field.name.0;
            *operator = field.operator.number();
            *value = match &field.value {
                Value::Number(number) => *number,
                Value::Text(text) => {
                    let limit = match field.name {
                        FieldName::KEY => LONGEST_KEY,
                        _ => LONGEST_TEXT,
                    };
                    if text.len() > limit {
                        return Err(BadRule::LongText);
                    }
                    texts.extend_from_slice(text);
                    text.len() as u32
                }
            };
        }
        let flags = self.list.number() | if self.first { PREPEND } else { 0 };
        let head = [flags, self.action.number(), self.fields.len() as u32];
        let mask = self.syscalls.mask();
        let numbers = head.iter().chain(&mask).chain(columns.iter().flatten());
        let length = texts.len() as u32;
        let mut bytes: Vec<u8> =
            numbers.chain([&length]).flat_map(|number| number.to_ne_bytes()).collect();
        bytes.append(&mut texts);
        Ok(bytes)
    }

    /// The rule in the kernel's bytes; what follows it is left alone.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadRule> {
        let (head, mut texts) = bytes.split_at_checked(HEAD).ok_or(BadRule::Short)?;
        let mut numbers = head.as_chunks::<4>().0.iter().map(|word| u32::from_ne_bytes(*word));
        let mut next = || numbers.next().ok_or(BadRule::Short);
        let (flags, action, count) = (next()?, next()?, next()?);
        let first = flags & PREPEND != 0;
        let list = find(List::ALL, List::number, flags & !PREPEND)?;
        let action = find([Action::Never, Action::Always], Action::number, action)?;
        let mut mask = [0; Syscalls::WORDS];
        for word in &mut mask {
            *word = next()?;
        }
        let mut columns = [[0; MOST_FIELDS]; 3];
        for number in columns.iter_mut().flatten() {
            *number = next()?;
        }
        if count as usize > MOST_FIELDS {
            return Err(BadRule::Unknown(count));
        }
        let [names, values, operators] = columns;
        let mut fields = Vec::with_capacity(count as usize);
        let rows = names.into_iter().zip(values).zip(operators).take(count as usize);
        for ((name, value), operator) in rows {
            let name = FieldName(name);
            let operator = find(Operator::ALL, Operator::number, operator)?;
            let value = if name.is_text() {
                let (text, rest) = texts.split_at_checked(value as usize).ok_or(BadRule::Short)?;
                texts = rest;
                Value::Text(text.to_vec())
            } else {
                Value::Number(value)
            };
            fields.push(Field { name, operator, value });
        }
        Ok(Self { list, action, first, syscalls: Syscalls::from_mask(mask), fields })
    }
}

fn find<T: Copy, const N: usize>(
    all: [T; N],
    number: impl Fn(T) -> u32,
    wanted: u32,
) -> Result<T, BadRule> {
    all.into_iter().find(|one| number(*one) == wanted).ok_or(BadRule::Unknown(wanted))
}
