//! Versions of packages, in the order of Debian (deb-version(7)).

use std::cmp::Ordering;

/// Which of two versions is the later one.
pub(super) fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let ((epoch, one), (other_epoch, other)) = (epoch(one), epoch(other));
    let ((upstream, revision), (other_upstream, other_revision)) = (split(one), split(other));
    numbers(epoch, other_epoch)
        .then_with(|| part(upstream, other_upstream))
        .then_with(|| part(revision, other_revision))
}

fn epoch(version: &[u8]) -> (&[u8], &[u8]) {
    match version.iter().position(|byte| *byte == b':') {
        Some(colon) => (&version[..colon], &version[colon + 1..]),
        None => (b"0", version),
    }
}

/// The revision follows the last dash.
fn split(version: &[u8]) -> (&[u8], &[u8]) {
    match version.iter().rposition(|byte| *byte == b'-') {
        Some(dash) => (&version[..dash], &version[dash + 1..]),
        None => (version, b"0"),
    }
}

/// Runs of other characters and runs of digits in turn, until they differ.
fn part(mut one: &[u8], mut other: &[u8]) -> Ordering {
    while !one.is_empty() || !other.is_empty() {
        let (word, rest) = run(one, |byte| !byte.is_ascii_digit());
        let (other_word, other_rest) = run(other, |byte| !byte.is_ascii_digit());
        let order = words(word, other_word);
        let ((number, rest), (other_number, other_rest)) =
            (run(rest, u8::is_ascii_digit), run(other_rest, u8::is_ascii_digit));
        let order = order.then_with(|| numbers(number, other_number));
        if order != Ordering::Equal {
            return order;
        }
        (one, other) = (rest, other_rest);
    }
    Ordering::Equal
}

fn run(text: &[u8], is_in: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|byte| !is_in(byte)).unwrap_or(text.len()))
}

/// A tilde comes before the end, the end before letters, letters before all else.
fn words(one: &[u8], other: &[u8]) -> Ordering {
    let weight = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    let longest = one.len().max(other.len());
    (0..longest)
        .map(|at| weight(one.get(at)).cmp(&weight(other.get(at))))
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

/// Digits by value, however many.
fn numbers(one: &[u8], other: &[u8]) -> Ordering {
    let significant = |digits: &[u8]| digits.iter().position(|digit| *digit != b'0');
    let one = significant(one).map_or(&[][..], |at| &one[at..]);
    let other = significant(other).map_or(&[][..], |at| &other[at..]);
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_the_order_of_debian() {
        let ascending = [
            "0.9~rc1-1",
            "0.9-1",
            "1.0~~-1",
            "1.0~-1",
            "1.0",
            "1.0-0ubuntu1",
            "1.0-1~deb12u1",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1+deb12u1",
            "1.0-1+deb12u4",
            "1.0-1+deb12u10",
            "1.0a-1",
            "1.0+dfsg-1",
            "1.09-2",
            "1.10",
            "15+248+deb12u2",
            "9999999999999999999999999",
            "1:0.1",
            "2:0~1",
        ];
        for (one, text) in ascending.iter().enumerate() {
            for (other, other_text) in ascending.iter().enumerate() {
                let order = compare(text.as_bytes(), other_text.as_bytes());
                assert_eq!(order, one.cmp(&other), "{text} {other_text}");
            }
        }
        assert_eq!(compare(b"1.0", b"1.00-0"), Ordering::Equal);
    }
}
