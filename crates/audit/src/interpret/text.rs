//! Text as records hold it: between quotes, or in hex where it has odd characters.

use memchr::memchr;

use crate::ausearch::Escape;

/// Decodes the hex digits at the start of a text into a buffer one byte longer than the text. What
/// follows the decoded bytes is 0 up to half of the text; after that the digits are left as they
/// were. None if there are not two digits. `(null)` and the like stay as they are.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = vec![0; text.len() + 1];
    if text.first() == Some(&b'(') {
        let len = memchr(b')', text)? + 1;
        buffer[..len].copy_from_slice(&text[..len]);
        return Some(buffer);
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits < 2 {
        return None;
    }
    buffer[..digits].copy_from_slice(&text[..digits]);
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    let decoded = digits.div_ceil(2);
    for at in 0..decoded {
        let low = text[..digits].get(2 * at + 1).map_or(0, |low| digit(*low));
        buffer[at] = digit(text[2 * at]) << 4 | low;
    }
    buffer[decoded] = 0;
    if let Some(rest) = buffer.get_mut(decoded..text.len() / 2) {
        rest.fill(0);
    }
    Some(buffer)
}

/// The text up to the first zero byte.
pub(crate) fn until_zero(text: &[u8]) -> &[u8] {
    &text[..memchr(0, text).unwrap_or(text.len())]
}

/// Appends what a value says: the text between quotes, or that in hex, or as it is.
pub(crate) fn unquoted(value: &[u8], out: &mut Vec<u8>) {
    if let Some(text) = value.strip_prefix(b"\"") {
        // Without a second quote it is a space.
        out.extend_from_slice(memchr(b'"', text).map_or(b" ", |end| &text[..end]));
        return;
    }
    // A name of a socket may begin with a zero byte.
    let hex = value.strip_prefix(b"00").unwrap_or(value);
    match decode(hex) {
        Some(text) => out.extend_from_slice(until_zero(&text)),
        None => out.extend_from_slice(value),
    }
}

/// Appends the arguments of a program: with spaces for the zero bytes between them.
pub(super) fn arguments(value: &[u8], out: &mut Vec<u8>) {
    if value.first() == Some(&b'"') {
        return unquoted(value, out);
    }
    let hex = value.strip_prefix(b"00").unwrap_or(value);
    let Some(mut text) = decode(hex) else { return out.extend_from_slice(value) };
    let end = value.len() / 2;
    while let Some(at) = memchr(0, &text).filter(|at| *at < end) {
        text[at] = b' ';
    }
    out.extend_from_slice(until_zero(&text));
}

/// Appends a text with control characters in octal and a backslash before what a shell takes for
/// its own, as far as asked for.
pub(crate) fn escape(text: &[u8], mode: Escape, out: &mut Vec<u8>) {
    let special: &[u8] = match mode {
        Escape::Raw => return out.extend_from_slice(text),
        Escape::Tty => b"",
        Escape::Shell => b"\"'`$\\!()| ",
        Escape::ShellQuote => b"\"'`$\\!()| ;#&*?[]<>{}",
    };
    for &byte in text {
        if byte < 32 {
            octal(byte, out);
        } else {
            if special.contains(&byte) {
                out.push(b'\\');
            }
            out.push(byte);
        }
    }
}

/// Appends a byte as a backslash and three octal digits.
pub(super) fn octal(byte: u8, out: &mut Vec<u8>) {
    out.push(b'\\');
    out.extend([byte >> 6, byte >> 3 & 7, byte & 7].map(|digit| b'0' + digit));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(f: impl Fn(&[u8], &mut Vec<u8>), value: &str) -> String {
        let mut out = Vec::new();
        f(value.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn reads_text_between_quotes_and_in_hex() {
        assert_eq!(said(unquoted, "\"a b\""), "a b");
        assert_eq!(said(unquoted, "\"a b"), " ");
        assert_eq!(said(unquoted, "6120620a"), "a b\n");
        assert_eq!(said(unquoted, "(null)"), "(null)");
        assert_eq!(said(unquoted, "zz"), "zz");
        assert_eq!(said(arguments, "6c73002d6c"), "ls -l");
    }

    #[test]
    fn escapes_what_would_harm() {
        let with = |mode| move |text: &[u8], out: &mut Vec<u8>| escape(text, mode, out);
        assert_eq!(said(with(Escape::Raw), "a\u{1b}$"), "a\u{1b}$");
        assert_eq!(said(with(Escape::Tty), "a\u{1b}$"), "a\\033$");
        assert_eq!(said(with(Escape::Shell), "a b$;"), "a\\ b\\$;");
        assert_eq!(said(with(Escape::ShellQuote), "a;b"), "a\\;b");
    }
}
