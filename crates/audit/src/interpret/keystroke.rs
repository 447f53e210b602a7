//! What was typed at a terminal: names for keys, the rest between quotes.

use super::text::{decode, octal};

/// Appends keystrokes that are in hex; other text as it is.
pub(crate) fn show(value: &[u8], out: &mut Vec<u8>) {
    if !value.iter().all(u8::is_ascii_hexdigit) {
        return out.extend_from_slice(value);
    }
    // The caller says what stands for too little.
    let Some(keys) = decode(value) else { return };
    let mut keys = &keys[..value.len() / 2];
    let (start, mut is_quoted) = (out.len(), false);
    while let Some((&byte, rest)) = keys.split_first() {
        let key = key(keys);
        if key.is_some() == is_quoted {
            if is_quoted {
                out.push(b'"');
            }
            if out.len() > start {
                out.push(b',');
            }
            if key.is_none() {
                out.push(b'"');
            }
            is_quoted = key.is_none();
        } else if key.is_some() && out.len() > start {
            out.push(b',');
        }
        if let Some((len, name)) = key {
            out.push(b'<');
            out.extend_from_slice(name.as_bytes());
            out.push(b'>');
            keys = &keys[len..];
            continue;
        }
        match byte {
            0x20..=0x7e => {
                if matches!(byte, b'\\' | b'"') {
                    out.push(b'\\');
                }
                out.push(byte);
            }
            _ => octal(byte, out),
        }
        keys = rest;
    }
    if is_quoted {
        out.push(b'"');
    }
}

/// The key a text begins with: how many bytes it is, and its name.
fn key(text: &[u8]) -> Option<(usize, String)> {
    let control = |byte: u8| (1, format!("^{}", char::from(byte + b'@')));
    let plain = |name: &str| Some((1, name.to_owned()));
    match *text.first()? {
        8 | 0x7f => plain("backspace"),
        b'\t' => plain("tab"),
        b'\n' => plain("nl"),
        b'\r' => plain("ret"),
        byte @ 1..=26 => Some(control(byte)),
        0x1b => {
            escape_sequence(&text[1..]).map(|(len, name)| (len + 1, name)).or_else(|| plain("esc"))
        }
        0x9b if text.get(1).is_some_and(u8::is_ascii_digit) => {
            after_csi(&text[1..]).map(|(len, name)| (len + 1, name))
        }
        _ => None,
    }
}

/// What follows an escape character, as `terminfo(5)` has it for the terminals in use.
fn escape_sequence(text: &[u8]) -> Option<(usize, String)> {
    match text {
        [b'[', b'[', letter @ b'A'..=b'E', ..] => Some((3, format!("F{}", letter - b'A' + 1))),
        [b'[', rest @ ..] => after_csi(rest).map(|(len, name)| (len + 1, name)),
        [b'O', rest @ ..] => after_ss3(rest).map(|(len, name)| (len + 1, name)),
        [b'\t', ..] => Some((1, "back-tab".into())),
        _ => None,
    }
}

fn after_csi(text: &[u8]) -> Option<(usize, String)> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&text[..digits]).ok().and_then(|text| text.parse().ok());
    let (modifier, digits) = match text[digits..] {
        [b';', modifier @ b'2'..=b'6', ..] => (modifier - b'0', digits + 2),
        _ => (1, digits),
    };
    let (last, len) = (*text.get(digits)?, digits + 1);
    let name = match (number, last) {
        (Some(number), b'~') => edited(number, modifier)?,
        (None, b'A') => "up".into(),
        (None, b'B') => "down".into(),
        (None, b'C') => "right".into(),
        (None, b'D') => "left".into(),
        (None, b'F') => "end".into(),
        (None, b'H') => "home".into(),
        (None, b'Z') => "back-tab".into(),
        (Some(1), letter) if modifier == 2 => shifted(letter)?.into(),
        _ => return None,
    };
    Some((len, name))
}

/// `ESC [ number ~`: keys above the arrows, and function keys with their modifiers.
fn edited(number: u32, modifier: u8) -> Option<String> {
    let shift = match modifier {
        1 => 0,
        2 => 12,
        3 => 48,
        4 => 60,
        5 => 24,
        _ => 36,
    };
    let function = match number {
        11..=15 => number - 10,
        17..=21 => number - 11,
        23..=26 => number - 12,
        28 | 29 => number - 13,
        31..=34 => number - 14,
        _ => 0,
    };
    Some(match (number, modifier) {
        (1 | 7, 1) => "home".into(),
        (4 | 8, 1) => "end".into(),
        (2, 1) => "insert".into(),
        (3, 1) => "delete".into(),
        (5, 1) => "page-up".into(),
        (6, 1) => "page-down".into(),
        (2, 2 | 5) => "shift-insert".into(),
        (3, 2 | 5) => "shift-del".into(),
        (5, 2 | 5) => "shift-previous".into(),
        (6, 2 | 5) => "shift-next".into(),
        _ if function == 0 || modifier > 1 && function > 12 => return None,
        // There are no more than 63.
        (_, 4) if function > 3 => return None,
        _ => format!("F{}", function + shift),
    })
}

fn shifted(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'A' => "scroll-backward",
        b'B' => "scroll-forward",
        b'C' => "shift-right",
        b'D' => "shift-left",
        b'F' => "shift-end",
        b'H' => "shift-home",
        _ => return None,
    })
}

fn after_ss3(text: &[u8]) -> Option<(usize, String)> {
    Some(match *text {
        [b'A', ..] => (1, "up".into()),
        [b'B', ..] => (1, "down".into()),
        [b'C', ..] => (1, "right".into()),
        [b'D', ..] => (1, "left".into()),
        [b'E', ..] => (1, "B2".into()),
        [b'F', ..] => (1, "end".into()),
        [b'H', ..] => (1, "home".into()),
        [b'M', ..] => (1, "send".into()),
        [letter @ b'P'..=b'Z', ..] => (1, format!("F{}", letter - b'P' + 1)),
        // F1 to F4 with modifiers.
        [modifier @ b'2'..=b'6', letter @ b'P'..=b'S', ..]
        | [b'1', b';', modifier @ b'2'..=b'6', letter @ b'P'..=b'S', ..] => {
            let len = if text[0] == b'1' { 4 } else { 2 };
            (len, edited(u32::from(letter - b'P') + 11, modifier - b'0')?)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keys() {
        for (hex, said) in [
            ("6c730d", "\"ls\",<ret>"),
            ("1b5b411b5b42", "<up>,<down>"),
            ("0361", "<^C>,\"a\""),
            ("225c", "\"\\\"\\\\\""),
            ("1b5b32347e", "<F12>"),
            ("c3a4", "\"\\303\\244\""),
            ("4", ""),
            ("xy", "xy"),
        ] {
            let mut out = Vec::new();
            show(hex.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), said, "{hex}");
        }
    }
}
