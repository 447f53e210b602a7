//! Values as they look when they are encoded: Base64 (RFC 4648), UTF-16.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// In Base64, with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |n: usize| u32::from(chunk.get(n).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place) & 63) as usize;
            text.push(if place <= chunk.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    text
}

/// What of it is the same in Base64 wherever it stands: at the start of three bytes, one or two
/// after it. What depends on its neighbours is left out.
pub(super) fn base64_anywhere(bytes: &[u8]) -> [String; 3] {
    [0, 1, 2].map(|offset| {
        let mut shifted = vec![b' '; offset];
        shifted.extend_from_slice(bytes);
        // A digit is known if all of its six bits are.
        let (from, to) = ((offset * 8).div_ceil(6), shifted.len() * 8 / 6);
        base64(&shifted).get(from..to).unwrap_or_default().to_owned()
    })
}

/// In UTF-16.
pub(super) fn utf16(text: &str, bytes: fn(u16) -> [u8; 2], with_mark: bool) -> Vec<u8> {
    let mark = with_mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn base64_within_more() {
        let wanted = base64_anywhere(b"/bin/bash");
        for before in ["", "x", "yy", "zzz", "four"] {
            for after in ["", "q", "~~"] {
                let whole = base64(format!("{before}/bin/bash{after}").as_bytes());
                assert!(wanted.iter().any(|part| whole.contains(part)), "{whole} {wanted:?}");
                assert!(whole.contains(&wanted[before.len() % 3]));
            }
        }
    }

    #[test]
    fn utf16_both_ways() {
        assert_eq!(utf16("cm", u16::to_le_bytes, false), b"c\0m\0");
        assert_eq!(utf16("c", u16::to_be_bytes, false), b"\0c");
        assert_eq!(utf16("c", u16::to_le_bytes, true), b"\xff\xfec\0");
    }
}
