//! Bytes that others chose (paths, process names) as text that can be shown.

use std::fmt::Write as _;

use crate::model::text::is_hidden;

/// The bytes as text of at most `limit` characters and an ellipsis: control characters, what
/// turns the direction of writing, and what is no UTF-8 stand escaped as `\xNN` or `\u{NNNN}`.
pub(super) fn shown(bytes: &[u8], limit: usize) -> String {
    let mut text = String::with_capacity(bytes.len().min(limit));
    let mut left = limit;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if left == 0 {
                text.push('…');
                return text;
            }
            left -= 1;
            match character {
                '\0'..='\x1f' | '\x7f' => push(&mut text, character as u8),
                _ if is_hidden(character) => text.extend(character.escape_unicode()),
                _ => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            if left == 0 {
                text.push('…');
                return text;
            }
            left -= 1;
            push(&mut text, *byte);
        }
    }
    text
}

fn push(text: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(text, "\\x{byte:02x}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::shown;

    #[test]
    fn what_could_deceive_is_escaped() {
        assert_eq!(shown(b"/srv/my data", 99), "/srv/my data");
        assert_eq!(shown("/srv/Büro".as_bytes(), 99), "/srv/Büro");
        assert_eq!(shown(b"a\x1b[2Jb\n", 99), r"a\x1b[2Jb\x0a");
        assert_eq!(shown(b"a\xffb", 99), r"a\xffb");
        assert_eq!(shown("a\u{202e}b".as_bytes(), 99), r"a\u{202e}b");
        assert_eq!(shown(b"abcdef", 3), "abc…");
    }

    proptest! {
        #[test]
        fn never_longer_and_never_a_control_character(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), limit in 0_usize..64,
        ) {
            let text = shown(&bytes, limit);
            prop_assert!(text.chars().count() <= limit * 8 + 1);
            prop_assert!(!text.chars().any(char::is_control));
        }
    }
}
