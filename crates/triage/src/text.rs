//! Text of others, as it may be shown, and digits.

use std::fmt::Write as _;

pub use nightkeep_text::{clean, is_hidden, visible};

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of so many hexadecimal digits.
pub fn unhex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// May a path or a name stand anywhere as it is: in a command, in YAML, in a template?
pub fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-@+:".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_bytes_and_back() {
        assert_eq!(unhex("00ffA0").map(|bytes: [u8; 3]| hex(&bytes)).as_deref(), Some("00ffa0"));
        for digits in ["", "00ff", "00ffa00", "+0ffa0", "é0ffa"] {
            assert_eq!(unhex::<3>(digits), None, "{digits}");
        }
    }
}
