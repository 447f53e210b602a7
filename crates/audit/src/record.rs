//! One line of an audit log.
//!
//! ```text
//! node=web type=SYSCALL msg=audit(1700000000.123:456): arch=c000003e syscall=59 …\x1dARCH=x86_64 …
//! ```
//!
//! What follows the byte 0x1D is what auditd added when it wrote an enriched log (`auditd.conf(5)`,
//! `log_format`). Lines are read as leniently as auditd's own tools read them, so that both see the
//! same records in a damaged log.

use memchr::{memchr, memchr_iter};

use crate::kind::Kind;

/// The longest line, newline included, that auditd's tools read at once; the rest of a longer one
/// counts as the next line.
pub const LONGEST: usize = 8969;

/// What separates the kernel's part of a line from what auditd added.
pub const SEPARATOR: u8 = 0x1d;

/// When an event happened, and which of that millisecond it is. Equal in all records of an event.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// Seconds since 1970.
    pub sec: u64,
    /// Milliseconds, below 1000.
    pub ms: u16,
    /// Counted by the kernel from boot, or by auditd from its start for its own records.
    pub serial: u64,
}

/// Why a line is not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed<'a> {
    /// It has not the shape of one.
    Shape,
    /// The time is none: what stands in its place.
    Time(&'a [u8]),
}

/// The head of a line without a node must be within that many bytes.
const LIMIT: usize = 80;

/// One line, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The line without its newline.
    pub line: &'a [u8],
    /// The machine it came from, where auditd or a collector wrote it.
    pub node: Option<&'a [u8]>,
    /// What `type=` says.
    pub kind_name: &'a [u8],
    /// Its event.
    pub id: Id,
    /// Where in the line the fields begin.
    body_at: usize,
}

impl<'a> Record<'a> {
    /// Reads the head of a line (without its newline).
    pub fn parse(line: &'a [u8]) -> Result<Self, Malformed<'a>> {
        Self::with_head(line, Head::of(line))
    }

    /// Reads a line whose head was looked at.
    pub(crate) fn with_head(line: &'a [u8], head: Option<Head<'a>>) -> Result<Self, Malformed<'a>> {
        match head.and_then(|head| Some((head, id(head.time())?))) {
            Some((head, id)) => Ok(Self::of_event(line, head, id)),
            None => Self::lenient(line),
        }
    }

    /// Reads the head of any line as auditd's tools do.
    fn lenient(line: &'a [u8]) -> Result<Self, Malformed<'a>> {
        let limit = if line.first() == Some(&b'n') { 340 } else { LIMIT };
        let head = &line[..line.len().min(limit)];
        let head = &head[..memchr(0, head).unwrap_or(head.len())];
        let (mut token, mut at) = word(head, 0).ok_or(Malformed::Shape)?;
        let mut node = None;
        if token.first() == Some(&b'n') {
            node = Some(token.get(5..).unwrap_or_default());
            (token, at) = word(head, at).ok_or(Malformed::Shape)?;
        }
        let kind_name = token.get(5..).unwrap_or_default();
        let (token, end) = word(head, at).ok_or(Malformed::Shape)?;
        if token.len() < 19 {
            return Err(Malformed::Shape);
        }
        let open =
            if token[9] == b'(' { 9 } else { memchr(b'(', token).ok_or(Malformed::Shape)? };
        let time = &token[open + 1..];
        let close = memchr(b')', time);
        let time = &time[..close.unwrap_or(time.len())];
        let id = id(time).ok_or(Malformed::Time(time))?;
        let mut body_at = end - token.len() + open + 1 + time.len();
        body_at += line[body_at..].iter().take_while(|byte| matches!(byte, b')' | b':')).count();
        body_at += line[body_at..].iter().take_while(|&&byte| byte == b' ').count();
        Ok(Self { line, node, kind_name, id, body_at })
    }

    /// The lines of one event, each without its newline; what cannot be read is left out.
    pub(crate) fn of_lines(
        lines: impl DoubleEndedIterator<Item = &'a [u8]>,
        id: Id,
    ) -> impl DoubleEndedIterator<Item = Self> {
        let mut stamp: &[u8] = b"";
        lines.filter_map(move |line| match Head::like(line, stamp).or_else(|| Head::of(line)) {
            Some(head) => {
                stamp = head.stamp;
                Some(Self::of_event(line, head, id))
            }
            None => Self::lenient(line).ok(),
        })
    }

    fn of_event(line: &'a [u8], head: Head<'a>, id: Id) -> Self {
        Self { line, node: None, kind_name: head.kind_name, id, body_at: head.body_at }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        Kind::from_name(self.kind_name)
    }

    /// The line up to what auditd added.
    pub fn plain(&self) -> &'a [u8] {
        &self.line[..memchr(SEPARATOR, self.line).unwrap_or(self.line.len())]
    }

    /// What the kernel or the program wrote: the fields, without the head and what auditd added.
    pub fn body(&self) -> &'a [u8] {
        self.plain().get(self.body_at..).unwrap_or_default()
    }

    /// What auditd added, if it wrote an enriched log: names for numbers.
    pub fn enriched(&self) -> Option<&'a [u8]> {
        memchr(SEPARATOR, self.line).map(|at| &self.line[at + 1..])
    }

    /// The fields of the body, in order.
    pub fn fields(&self) -> Fields<'a> {
        Fields { rest: self.body() }
    }

    /// The value of the first field of this name in the body.
    pub fn field(&self, name: &[u8]) -> Option<Value<'a>> {
        self.fields().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// What auditd added under this name (in capitals).
    pub fn added(&self, name: &[u8]) -> Option<Value<'a>> {
        let mut fields = Fields { rest: self.enriched()? };
        fields.find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

/// The head of a line exactly as auditd writes it, without a node. [`Record::parse`] reads any other
/// more slowly, and this one to the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    /// What `type=` says.
    pub(crate) kind_name: &'a [u8],
    /// ` msg=audit(1700000000.123:456): `.
    pub(crate) stamp: &'a [u8],
    body_at: usize,
}

/// What a stamp begins with.
const BEGIN: &[u8] = b" msg=audit(";
/// What it ends with.
const END: &[u8] = b"): ";

impl<'a> Head<'a> {
    /// None if the line does not begin like that.
    pub(crate) fn of(line: &'a [u8]) -> Option<Self> {
        let (kind_name, rest) = Self::kind_name(line)?;
        let time = rest.strip_prefix(BEGIN)?;
        // Ten digits of a second, a dot, three digits, a colon and at least one digit.
        let len = 16 + time.get(16..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = time.get(..len)?;
        if !digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b':')) {
            return None;
        }
        Self::new(line, kind_name, rest.get(..BEGIN.len() + len + END.len())?)
    }

    /// The head of a line that has the same stamp; much quicker.
    #[inline]
    pub(crate) fn like(line: &'a [u8], stamp: &[u8]) -> Option<Self> {
        let (kind_name, rest) = Self::kind_name(line)?;
        let own = rest.get(..stamp.len())?;
        // Looked at from the end, where two stamps differ, and here: so short a text is not worth a call.
        if own.iter().rev().zip(stamp.iter().rev()).any(|(own, other)| own != other) {
            return None;
        }
        Self::new(line, kind_name, own)
    }

    #[inline]
    fn kind_name(line: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let rest = line.strip_prefix(b"type=")?;
        let len = rest.iter().take(LIMIT).position(|&byte| matches!(byte, b' ' | 0))?;
        Some(rest.split_at(len))
    }

    #[inline]
    fn new(line: &'a [u8], kind_name: &'a [u8], stamp: &'a [u8]) -> Option<Self> {
        let body_at = b"type=".len() + kind_name.len() + stamp.len();
        let is_one = stamp.ends_with(END) && body_at <= LIMIT && line.get(body_at) != Some(&b' ');
        is_one.then_some(Self { kind_name, stamp, body_at })
    }

    /// `1700000000.123:456`.
    fn time(&self) -> &'a [u8] {
        &self.stamp[BEGIN.len()..self.stamp.len() - END.len()]
    }
}

/// The next word from `at`, and where it ends; words are parted by spaces.
fn word(text: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let start = at + text.get(at..)?.iter().position(|&byte| byte != b' ')?;
    let end = memchr(b' ', &text[start..]).map_or(text.len(), |len| start + len);
    Some((&text[start..end], end))
}

/// `1700000000.123:456`; the milliseconds and the serial number may be missing.
fn id(text: &[u8]) -> Option<Id> {
    let sec = number(text)?;
    // Room is left to add a timeout to it.
    if sec > i64::MAX as u64 - 3600 {
        return None;
    }
    let dot = memchr(b'.', text);
    let ms = match dot {
        Some(dot) => number(&text[dot + 1..])?,
        None => 0,
    };
    if ms > 999 {
        return None;
    }
    let after = &text[dot.map_or(0, |dot| dot + 1)..];
    let serial = match memchr(b':', after) {
        Some(colon) => number(&after[colon + 1..])?,
        None => 0,
    };
    Some(Id { sec, ms: ms as u16, serial })
}

/// The digits at the start as a number, 0 if there are none; none if it is too large.
fn number(text: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for digit in text.iter().take_while(|byte| byte.is_ascii_digit()) {
        number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    Some(number)
}

/// A value as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Without quotes: a number, a word, or text in hex.
    Bare(&'a [u8]),
    /// Between double quotes: text as it is.
    Quoted(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The bytes without quotes, hex not decoded.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bare(bytes) | Self::Quoted(bytes) => bytes,
        }
    }
}

/// The fields `name=value` of a text, in order. What a program says about itself between single
/// quotes (`msg='…'`) counts as fields too; words without `=` are left out.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The fields of any text written that way.
    pub fn of(text: &'a [u8]) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.rest.iter().position(|byte| !b" ,'".contains(byte))?;
            let text = &self.rest[start..];
            let end = text.iter().position(|byte| b"= ".contains(byte)).unwrap_or(text.len());
            let (name, rest) = text.split_at(end);
            let Some(rest) = rest.strip_prefix(b"=") else {
                self.rest = rest;
                continue;
            };
            match rest.first() {
                Some(b'"') => {
                    let end = memchr(b'"', &rest[1..]).map_or(rest.len(), |len| len + 1);
                    self.rest = rest.get(end + 1..).unwrap_or_default();
                    return Some((name, Value::Quoted(&rest[1..end])));
                }
                // What is between the quotes is read as fields of their own.
                Some(b'\'') => self.rest = &rest[1..],
                _ => {
                    let end = memchr_iter(b' ', rest).next().unwrap_or(rest.len());
                    let (value, rest) = rest.split_at(end);
                    self.rest = rest;
                    let value = value.strip_suffix(b",").unwrap_or(value);
                    return Some((name, Value::Bare(value.strip_suffix(b"'").unwrap_or(value))));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(line: &[u8]) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let record = Record::parse(line).unwrap();
        record.fields().map(|(name, value)| (text(name), text(value.bytes()))).collect()
    }

    #[test]
    fn reads_a_line() {
        let line = b"node=web type=SYSCALL msg=audit(1700000000.123:456): arch=c000003e comm=\"a b\" key=(null)\x1dARCH=x86_64 AUID=\"unset\"";
        let record = Record::parse(line).unwrap();
        assert_eq!(record.node, Some(&b"web"[..]));
        assert_eq!(record.kind(), Kind::SYSCALL);
        assert_eq!(record.id, Id { sec: 1_700_000_000, ms: 123, serial: 456 });
        assert_eq!(record.body(), b"arch=c000003e comm=\"a b\" key=(null)");
        assert_eq!(record.field(b"comm"), Some(Value::Quoted(b"a b")));
        assert_eq!(record.added(b"AUID"), Some(Value::Quoted(b"unset")));
        assert_eq!(record.field(b"AUID"), None);
    }

    #[test]
    fn reads_what_a_program_says_of_itself() {
        let line = b"type=USER_AUTH msg=audit(1.002:3): pid=7 msg='op=PAM:auth acct=\"ann\" exe=\"/bin/su\" terminal=pts/1 res=success'";
        let pairs = fields(line);
        let pairs: Vec<_> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let said = [("op", "PAM:auth"), ("acct", "ann"), ("exe", "/bin/su"), ("terminal", "pts/1")];
        assert_eq!(pairs[0], ("pid", "7"));
        assert_eq!(pairs[1..5], said);
        assert_eq!(pairs[5], ("res", "success"));
    }

    #[test]
    fn what_is_no_record_is_told_apart() {
        for bad in [&b""[..], b"type=SYSCALL", b"type=SYSCALL msg=audit(1.0)", b"   ", b"n"] {
            assert_eq!(Record::parse(bad), Err(Malformed::Shape), "{bad:?}");
        }
        let bad = b"type=CWD msg=audit(1700000000.1234:456): cwd=\"/\"";
        assert_eq!(Record::parse(bad), Err(Malformed::Time(b"1700000000.1234:456")));
    }

    proptest! {
        /// A head is read to the same in both ways.
        #[test]
        fn a_plain_head_is_read_as_any_other(
            kind in "[A-Z ]{0,9}", sec in "[0-9.:]{9,11}", rest in "[.:)( 0-9]{4,9}", body in "[ a)]{0,4}",
            cut in 0..90_usize, odd in (any::<u8>(), 0..60_usize),
        ) {
            let made = format!("type={kind} msg=audit({sec}.123:{rest}): {body}").into_bytes();
            let plain = format!("type={kind} msg=audit(1700000000.123:456): {body}").into_bytes();
            let mut mutated = plain.clone();
            let at = odd.1 % mutated.len();
            mutated[at] = odd.0;
            let cut = &plain[..cut.min(plain.len())];
            for line in [&made[..], &plain, &mutated, cut] {
                let lenient = Record::lenient(line);
                prop_assert_eq!(Record::parse(line), lenient);
                let stamp = Head::of(&plain).map_or(&b""[..], |head| head.stamp);
                if let Some(like) = Head::like(line, stamp) {
                    prop_assert_eq!(Head::of(line), Some(like));
                }
                if let Ok(record) = lenient {
                    let read: Vec<_> = Record::of_lines([&plain[..], line].into_iter(), record.id).collect();
                    prop_assert_eq!(read.last(), Some(&record));
                }
            }
        }

        #[test]
        fn any_bytes_are_read_without_harm(line in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut made = b"type=PATH msg=audit(1700000000.1:1): ".to_vec();
            made.extend_from_slice(&line);
            for line in [&line, &made] {
                if let Ok(record) = Record::parse(line) {
                    let _ = (record.kind(), record.enriched(), record.fields().count());
                }
            }
        }
    }
}
