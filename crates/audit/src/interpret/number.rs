//! Numbers as C reads them (`strtoul(3)`): what does not belong to one ends it, and no digit is 0.

/// The digits at the start of a text: is it negative, and how much; no amount if there is no room.
fn read(text: &[u8], base: u32) -> (bool, Option<u64>) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let text = &text[text.iter().take_while(|byte| is_space(byte)).count()..];
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (base, digits) = match (base, digits) {
        (0 | 16, [b'0', b'x' | b'X', rest @ ..]) => (16, rest),
        (0, [b'0', ..]) => (8, digits),
        (0, _) => (10, digits),
        (base, _) => (base, digits),
    };
    let mut number = Some(0_u64);
    for byte in digits {
        let Some(digit) = char::from(*byte).to_digit(base) else { break };
        number = number
            .and_then(|number| number.checked_mul(base.into()))
            .and_then(|number| number.checked_add(digit.into()));
    }
    (is_negative, number)
}

/// Without sign; a minus wraps around. None if there is no room for it.
pub(crate) fn unsigned(text: &[u8], base: u32) -> Option<u64> {
    match read(text, base) {
        (true, number) => number.map(u64::wrapping_neg),
        (false, number) => number,
    }
}

/// With sign. None if there is no room for it.
pub(crate) fn signed(text: &[u8], base: u32) -> Option<i64> {
    match read(text, base) {
        (true, number) => number.and_then(|number| 0_i64.checked_sub_unsigned(number)),
        (false, number) => number.and_then(|number| i64::try_from(number).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_c_does() {
        assert_eq!(unsigned(b"ffffff9c", 16), Some(0xffff_ff9c));
        assert_eq!(unsigned(b"0x1fzz", 16), Some(0x1f));
        assert_eq!(unsigned(b"-1", 10), Some(u64::MAX));
        assert_eq!(unsigned(b"zz", 10), Some(0));
        assert_eq!(unsigned(b"0100", 0), Some(64));
        assert_eq!(unsigned(b"99999999999999999999", 10), None);
        assert_eq!(signed(b"-9223372036854775808", 10), Some(i64::MIN));
        assert_eq!(signed(b"9223372036854775808", 10), None);
    }
}
