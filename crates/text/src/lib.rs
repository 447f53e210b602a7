//! Text of others, as it may be shown.

/// Text from outside without anything that could move a cursor, forge a line or turn it round,
/// and at most `most` characters long.
pub fn clean(text: &str, most: usize) -> String {
    limited(text.chars().map(|c| if is_hidden(c) { '?' } else { c }), most)
}

/// The same with such characters written out (`\u{1b}`), where two names must stay two names.
pub fn visible(text: &str, most: usize) -> String {
    // As nearly every text is.
    if text.len() <= most && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let written = |c: char| {
        let mut written = c.escape_unicode();
        let as_it_is = (!is_hidden(c)).then_some(c);
        std::iter::from_fn(move || if as_it_is.is_none() { written.next() } else { None })
            .chain(as_it_is)
    };
    limited(text.chars().flat_map(written), most)
}

fn limited(mut text: impl Iterator<Item = char>, most: usize) -> String {
    let mut shown: String = text.by_ref().take(most).collect();
    if text.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Bytes that should be UTF-8, as `clean` shows text.
pub fn clean_bytes(bytes: &[u8], most: usize) -> String {
    clean(&String::from_utf8_lossy(bytes), most)
}

/// Control characters, what shows nothing, direction marks and overrides, odd line ends, tags.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_can_do_nothing() {
        assert_eq!(clean("a\nb\u{202e}c\x1b[2J", 80), "a?b?c?[2J");
        assert_eq!(clean("abcdef", 3), "abc…");
        assert_eq!(clean("genau", 5), "genau");
        assert_eq!(clean_bytes(b"a\xffb", 9), "a\u{fffd}b");
        assert_eq!(visible("esc \x1b[31m a\u{202e}b", 99), "esc \\u{1b}[31m a\\u{202e}b");
        assert_eq!(visible("ünïcode", 3), "ünï…");
    }
}
