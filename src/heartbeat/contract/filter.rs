//! Keywords: what a ping says is decided by what stands in it.

/// Does one of the words, separated by commas, stand in the text? Upper and lower case differ.
pub fn matches(text: &[u8], words: &str) -> bool {
    words.split(',').map(str::trim).any(|word| {
        !word.is_empty() && text.windows(word.len()).any(|part| part == word.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parts_of_the_text() {
        for (text, words, found) in [
            ("job failed", "fail", true),
            ("job failed", "Fail", false),
            ("job failed", "error, failed", true),
            ("job failed", "", false),
            ("job failed", " , ", false),
            ("", "fail", false),
            ("fa", "fail", false),
        ] {
            assert_eq!(matches(text.as_bytes(), words), found, "{text:?} {words:?}");
        }
        assert!(matches(b"caf\xe9 fail", "fail"));
    }
}
