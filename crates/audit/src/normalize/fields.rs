//! The fields of a record as auditd's parser library tells them apart: by spaces alone.

use std::borrow::Cow;

use crate::assemble::Compat;
use crate::interpret::number::unsigned;
use crate::interpret::text::{decode, until_zero};
use crate::interpret::{Added, Context, Machine};
use crate::kind::Kind;
use crate::record::Record;

/// A field of a record.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a [u8],
    /// None for a key that is neither text nor hex.
    pub(crate) value: Option<Cow<'a, [u8]>>,
    /// What it says in words; what was said first holds.
    pub(crate) said: Option<Vec<u8>>,
}

/// A record taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Parsed<'a> {
    pub(crate) kind: Kind,
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) context: Context<'a>,
    /// Where its event happened, as it was written.
    pub(crate) cwd: Option<&'a [u8]>,
    /// Was it read to its end?
    pub(crate) is_whole: bool,
    /// Which of its fields is looked at.
    pub(super) at: usize,
}

impl<'a> Parsed<'a> {
    pub(super) fn of(record: &Record<'a>, compat: Compat) -> Self {
        let added = Added(record.enriched().map(until_zero));
        let mut this = Self {
            kind: Kind(0),
            fields: Vec::new(),
            context: Context { added, syscall: -1, ..Context::default() },
            cwd: None,
            is_whole: true,
            at: 0,
        };
        let line = record.line;
        let line = memchr::memchr(crate::SEPARATOR, line).map_or(line, |end| &line[..end]);
        let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            match name_and_value(word) {
                Split::Field(name, value) => this.field(name, value, compat),
                Split::Word if matches!(this.kind, Kind::AVC | Kind::USER_AVC) => {
                    this.unnamed(word, &mut words);
                }
                Split::Word | Split::Nothing => {}
            }
            if !this.is_whole {
                break;
            }
        }
        // Version 3 keeps records without fields.
        this.is_whole &= !this.fields.is_empty() || compat == Compat::V3;
        this
    }

    fn push(&mut self, name: &'a [u8], value: Option<Cow<'a, [u8]>>) {
        self.fields.push(Field { name, value, said: None });
    }

    fn field(&mut self, name: &'a [u8], value: &'a [u8], compat: Compat) {
        if name == b"key" && !value.starts_with(b"(") {
            return self.keys(value);
        }
        self.push(name, Some(Cow::Borrowed(value)));
        let is_node = |field: &Field<'_>| field.name == b"node";
        if self.fields.len() == 1 && is_node(&self.fields[0]) {
            return;
        }
        // What a value means beside its name is taken from fixed places.
        let place = self.fields.len() - usize::from(is_node(&self.fields[0]));
        let context = &mut self.context;
        match (place, name) {
            (1, b"type") => {
                self.kind = Kind::from_name(value);
                if self.kind == Kind::URINGOP && compat >= Compat::V4 {
                    context.machine = Some(Machine::Uring);
                }
            }
            (2 | 11, b"arch") => {
                let number = unsigned(value, 16);
                context.machine = number.and_then(|number| Machine::from_number(number as u32));
            }
            (3 | 12, b"syscall") => {
                context.syscall = unsigned(value, 10).map_or(-1, |number| number as i32);
            }
            (2, b"uring_op") if compat >= Compat::V4 => {
                context.syscall = unsigned(value, 10).map_or(-1, |number| number as i32);
            }
            (6, b"a0") => context.a0 = unsigned(value, 16).unwrap_or(u64::MAX),
            (7, b"a1") => context.a1 = unsigned(value, 16).unwrap_or(u64::MAX),
            // Of several, version 3 takes the last.
            (_, b"cwd")
                if self.kind == Kind::CWD && (self.cwd.is_none() || compat == Compat::V3) =>
            {
                self.cwd = Some(value);
            }
            _ => {}
        }
    }

    /// Several keys are one text in hex, with 0x01 between them.
    fn keys(&mut self, value: &'a [u8]) {
        if value.starts_with(b"\"") {
            return self.push(b"key", Some(Cow::Borrowed(value)));
        }
        let Some(keys) = decode(value) else { return self.push(b"key", None) };
        for key in until_zero(&keys).split(|byte| *byte == 1).filter(|key| !key.is_empty()) {
            self.push(b"key", Some(Cow::Owned(encode(key))));
        }
    }

    /// SELinux does not name what it decided, nor what about.
    fn unnamed(&mut self, word: &'a [u8], words: &mut impl Iterator<Item = &'a [u8]>) {
        let has_node = self.fields.first().is_some_and(|field| field.name == b"node");
        match self.fields.len() - usize::from(has_node) {
            1 if !word.starts_with(b"avc") => {
                self.push(b"seresult", Some(Cow::Borrowed(word)));
            }
            2 if word.starts_with(b"{") => {
                let (mut list, mut room) = (Vec::new(), 256_usize);
                for word in words.take_while(|word| !word.starts_with(b"}")) {
                    if word.len() + 1 >= room {
                        self.is_whole = false;
                        return;
                    }
                    if !list.is_empty() {
                        list.push(b',');
                        room -= 1;
                    }
                    list.extend_from_slice(word);
                    room -= word.len();
                }
                self.push(b"seperms", Some(Cow::Owned(list)));
            }
            _ => {}
        }
    }
}

enum Split<'a> {
    Field(&'a [u8], &'a [u8]),
    Word,
    Nothing,
}

fn name_and_value(word: &[u8]) -> Split<'_> {
    if memchr::memchr(b'=', word).is_none() {
        return Split::Word;
    }
    let word = match word.strip_prefix(b"msg=") {
        // That of the head.
        Some([b'a', ..]) => return Split::Nothing,
        // What a program says.
        Some([b'\'', said @ ..]) => said,
        _ => word,
    };
    let Some(equals) = memchr::memchr(b'=', word) else { return Split::Nothing };
    let (name, mut value) = (&word[..equals], &word[equals + 1..]);
    if value.is_empty() {
        return Split::Nothing;
    }
    for punctuation in [b":", b",", b"'"] {
        value = value.strip_suffix(punctuation).unwrap_or(value);
    }
    if value != b"(none)" && value != b"(null)" {
        value = value.strip_suffix(b")").unwrap_or(value);
    }
    Split::Field(name.strip_prefix(b"(").unwrap_or(name), value)
}

/// A text as the kernel writes one it does not trust.
fn encode(text: &[u8]) -> Vec<u8> {
    if text.iter().any(|byte| *byte == b'"' || !(0x21..=0x7e).contains(byte)) {
        let digit = |half: u8| b"0123456789ABCDEF"[usize::from(half)];
        return text.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    }
    [b"\"", text, b"\""].concat()
}
