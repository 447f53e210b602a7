//! JSON as Python writes it: a blank after `:` and `,`, and nothing but ASCII. Scripts that look
//! for `"status": "up"` in an answer are many.

use std::io;

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// The value as text.
pub(super) fn json(value: &Value) -> String {
    let mut text = Vec::new();
    // Writing to memory cannot fail, and a value has no keys but texts.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut text, Python));
    String::from_utf8(text).unwrap_or_default()
}

struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut units = [0; 2];
        for letter in fragment.chars() {
            if letter.is_ascii() {
                out.write_all(letter.encode_utf8(&mut [0; 1]).as_bytes())?;
                continue;
            }
            for unit in letter.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_writes_it() {
        let value = serde_json::json!({ "a": [1, "Kä\"😀\n"], "b": {}, "c": null });
        assert_eq!(json(&value), r#"{"a": [1, "K\u00e4\"\ud83d\ude00\n"], "b": {}, "c": null}"#);
    }
}
