//! Looking for fields in a line the way auditd's tools do: by their name, from where the last one
//! ended.

use std::borrow::Cow;

use memchr::memchr;

use super::marks::Marks;

/// The record is not as it should be; its event is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Odd;

/// A place in a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'a, 'm> {
    pub(super) text: &'a [u8],
    pub(super) marks: &'m Marks,
    /// Fields are looked for from here on.
    pub(super) at: usize,
}

impl<'a, 'm> Scan<'a, 'm> {
    /// The start of a text, with its marks.
    pub(super) fn new(text: &'a [u8], marks: &'m Marks) -> Self {
        Self { text, marks, at: 0 }
    }

    /// What follows from a place on.
    pub(super) fn rest(self, from: usize) -> &'a [u8] {
        self.text.get(from..).unwrap_or_default()
    }

    /// The byte at a place, 0 at the end.
    pub(super) fn byte(self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    /// Where the value begins whose name (`"pid="`) is next found from here on.
    #[inline]
    pub(super) fn find(self, name: &str) -> Option<usize> {
        self.find_from(self.at, name)
    }

    /// The same from another place on.
    #[inline]
    pub(super) fn find_from(self, from: usize, name: &str) -> Option<usize> {
        self.marks.find(self.text, from, name)
    }

    fn end(self, start: usize, byte: u8) -> Option<usize> {
        memchr(byte, self.rest(start)).map(|len| start + len)
    }

    /// The text from `start` to the next `byte`, which must be there.
    pub(super) fn until(&mut self, start: usize, byte: u8) -> Result<&'a [u8], Odd> {
        let end = self.end(start, byte).ok_or(Odd)?;
        self.at = end;
        Ok(&self.text[start..end])
    }

    /// The text from `start` to the next `byte` or the end. Without one, the search goes on from
    /// `start`.
    pub(super) fn until_or_rest(&mut self, start: usize, byte: u8) -> &'a [u8] {
        let end = self.end(start, byte);
        self.at = end.unwrap_or(start);
        end.map_or(self.rest(start), |end| &self.text[start..end])
    }

    /// The number from `start` to a space, which must be there.
    pub(super) fn number(&mut self, start: usize) -> Result<u64, Odd> {
        number(self.until(start, b' ')?, 10)
    }

    /// The number from `start` to a space or the end.
    pub(super) fn number_or_rest(&mut self, start: usize) -> Result<u64, Odd> {
        number(self.until_or_rest(start, b' '), 10)
    }

    /// Text between double quotes, or in hex; none if the hex is none.
    pub(super) fn text(&mut self, start: usize) -> Result<Option<Cow<'a, [u8]>>, Odd> {
        if self.byte(start) == b'"' {
            return Ok(Some(Cow::Borrowed(self.until(start + 1, b'"')?)));
        }
        Ok(unescape(self.rest(start)))
    }

    /// Text between double quotes, or in hex, or as it is up to a space.
    pub(super) fn text_or_legacy(&mut self, start: usize) -> Result<Option<Cow<'a, [u8]>>, Odd> {
        if self.byte(start) == b'"' {
            return Ok(Some(Cow::Borrowed(self.until(start + 1, b'"')?)));
        }
        let rest = self.rest(start);
        let word = &rest[..memchr(b' ', rest).unwrap_or(rest.len())];
        self.at = start + word.len();
        if word.iter().all(u8::is_ascii_hexdigit) {
            return Ok(unescape(word));
        }
        Ok(Some(Cow::Borrowed(word)))
    }
}

/// The number a text begins with, 0 if there is none; odd if it has no room.
pub(super) fn number(text: &[u8], radix: u32) -> Result<u64, Odd> {
    let text = text.trim_ascii_start();
    let (is_negative, digits) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let digits = match digits {
        [b'0', b'x' | b'X', rest @ ..] if radix == 16 => rest,
        _ => digits,
    };
    let mut number = 0_u64;
    for byte in digits {
        let Some(digit) = char::from(*byte).to_digit(radix) else { break };
        number = number
            .checked_mul(radix.into())
            .and_then(|n| n.checked_add(digit.into()))
            .ok_or(Odd)?;
    }
    Ok(if is_negative { number.wrapping_neg() } else { number })
}

/// Decodes hex at the start of a text; `(null)` and the like stay as they are. What follows a zero
/// byte is left out.
pub(crate) fn unescape(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    if text.first() == Some(&b'(') {
        return Some(Cow::Borrowed(&text[..=memchr(b')', text)?]));
    }
    let bytes = decode(text)?;
    let len = memchr(0, &bytes).unwrap_or(bytes.len());
    Some(Cow::Owned(bytes[..len].to_vec()))
}

/// Decodes the hex digits at the start of a text; none if there are not two.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let len = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if len < 2 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    let pair = |pair: &[u8]| digit(pair[0]) << 4 | pair.get(1).map_or(0, |&low| digit(low));
    Some(text[..len].chunks(2).map(pair).collect())
}
