//! A line of a rule file cut into words, as auditctl does it: at spaces and nowhere else. Quotes
//! and tabs are part of a word; `\ ` is a space and `\\` a backslash within one.

/// auditctl reads lines of at most this many bytes, and takes the rest for the next line.
pub const LONGEST_LINE: usize = 6143;

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Where it begins: bytes from the line's beginning, from 1.
    pub column: usize,
    /// Without the backslashes that were not meant.
    pub text: Vec<u8>,
}

/// The words of a line. None, if there is nothing in it but a comment.
pub(super) fn words(line: &[u8]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut bytes = line.iter().copied().enumerate().peekable();
    while let Some((place, byte)) = bytes.next() {
        let byte = match byte {
            b' ' => {
                words.extend(word.take());
                continue;
            }
            b'\\' => match bytes.peek().copied() {
                Some((_, meant @ (b' ' | b'\\'))) => {
                    bytes.next();
                    meant
                }
                _ => byte,
            },
            byte => byte,
        };
        word.get_or_insert(Word { column: place + 1, text: Vec::new() }).text.push(byte);
    }
    words.extend(word);
    if words.first().is_some_and(|word| word.text.starts_with(b"#")) {
        words.clear();
    }
    words
}

/// A text as one word of a line.
pub(super) fn escape(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        if matches!(byte, b' ' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_at_spaces_alone() {
        let cut = |line: &str| {
            let text = |word: &Word| String::from_utf8(word.text.clone()).unwrap();
            words(line.as_bytes()).iter().map(|word| (word.column, text(word))).collect::<Vec<_>>()
        };
        let word = |column, text: &str| (column, text.to_owned());
        assert_eq!(cut("  -w  /etc/passwd "), [word(3, "-w"), word(7, "/etc/passwd")]);
        assert_eq!(cut(r"-w /a\ b\\c\d"), [word(1, "-w"), word(4, r"/a b\c\d")]);
        assert_eq!(cut("-k \"a b\""), [word(1, "-k"), word(4, "\"a"), word(7, "b\"")]);
        assert_eq!(cut("-w\t/etc"), [word(1, "-w\t/etc")]);
        assert!(cut("  # -w /etc").is_empty() && cut("").is_empty());
    }
}
