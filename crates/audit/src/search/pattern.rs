//! Texts that are equal, or patterns: `*` stands for anything, `?` for one byte.

use std::fmt;

/// What a key must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<u8>);

impl Pattern {
    /// Reads it. Without `*` and `?` it is the text itself.
    pub fn new(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }

    /// Is it more than one text?
    pub fn is_open(&self) -> bool {
        self.0.iter().any(|byte| b"*?".contains(byte))
    }

    /// Is this text like it?
    pub fn matches(&self, text: &[u8]) -> bool {
        let pattern = &self.0;
        let (mut at, mut place) = (0, 0);
        // Where to go on after the last `*` if what follows it does not fit.
        let mut again = None;
        while place < text.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    again = Some((at, place));
                    at += 1;
                }
                Some(&byte) if byte == b'?' || byte == text[place] => {
                    at += 1;
                    place += 1;
                }
                _ => {
                    let Some((star, from)) = again else { return false };
                    again = Some((star, from + 1));
                    (at, place) = (star + 1, from + 1);
                }
            }
        }
        pattern[at..].iter().all(|&byte| byte == b'*')
    }

    /// The longest text that whatever is like it has in it; it may be empty.
    pub fn literal(&self) -> &[u8] {
        let parts = self.0.split(|byte| b"*?".contains(byte));
        parts.max_by_key(|part| part.len()).unwrap_or_default()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_equal_or_like_a_pattern() {
        let is = |pattern: &str, text: &str| Pattern::new(pattern).matches(text.as_bytes());
        assert!(is("ssh_keys", "ssh_keys") && !is("ssh_keys", "home_ssh_keys"));
        assert!(is("*ssh*", "home_ssh_keys") && is("*_keys", "ssh_keys") && is("*", ""));
        assert!(is("a*b?d", "aXbYbcd") && !is("a*b?d", "abd") && !is("?", ""));
        assert_eq!(Pattern::new("a*bcd?e").literal(), b"bcd");
    }

    proptest! {
        /// A pattern made of a text by putting `*` and `?` in it is like it, and finds its literal.
        #[test]
        fn a_text_is_like_its_patterns(
            text in "[ab]{0,12}", wild in proptest::collection::vec(0..3_u8, 12),
        ) {
            let mut made = String::new();
            for (c, wild) in text.chars().zip(wild) {
                match wild {
                    0 => made.push(c),
                    1 => made.push('?'),
                    _ => made.extend(['*', c]),
                }
            }
            let pattern = Pattern::new(&made);
            prop_assert!(pattern.matches(text.as_bytes()));
            prop_assert!(memchr::memmem::find(text.as_bytes(), pattern.literal()).is_some());
        }
    }
}
