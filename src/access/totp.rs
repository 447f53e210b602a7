//! Codes of a phone (RFC 6238: HMAC-SHA-1, six digits, 30 seconds, as all programs have it), and
//! those on paper for the day the phone is lost.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcodegen::{QrCode, QrCodeEcc};
use ring::hmac;
use subtle::ConstantTimeEq as _;

/// Bytes of a secret.
pub const SECRET: usize = 20;
/// Codes on paper.
pub const RECOVERY: usize = 10;
/// Seconds a code is shown.
const STEP: i64 = 30;
/// What needs no escape in an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The code of a step.
fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let four = [tag[at] & 127, tag[at + 1], tag[at + 2], tag[at + 3]];
    format!("{:06}", u32::from_be_bytes(four) % 1_000_000)
}

/// The step whose code this is, if it is good now, a step ago or a step ahead, and later than the
/// one that was used last: a code that somebody saw is of no use.
pub fn step(secret: &[u8], typed: &str, now: Timestamp, last: i64) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let step = now.as_second().div_euclid(STEP);
    let same = |step: i64| bool::from(code(secret, step).as_bytes().ct_eq(typed.as_bytes()));
    // Each is looked at, so that nobody sees which it was.
    let found = [step + 1, step, step - 1].map(|step| same(step).then_some(step));
    found.into_iter().flatten().filter(|step| *step > last).min()
}

/// A secret as one types it into a phone.
pub fn written(secret: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for five in secret.chunks(5) {
        let mut bytes = [0; 8];
        bytes[3..3 + five.len()].copy_from_slice(five);
        let bits = u64::from_be_bytes(bytes);
        let letters = (five.len() * 8).div_ceil(5);
        for n in 0..letters {
            text.push(char::from(LETTERS[((bits >> (35 - 5 * n)) & 31) as usize]));
        }
    }
    text
}

/// What the QR code says.
pub fn address(secret: &[u8], host: &str, name: &str) -> String {
    let escape = |text| utf8_percent_encode(text, ESCAPED).to_string();
    format!(
        "otpauth://totp/{}?secret={}&issuer={}",
        escape(&format!("nightkeep {host}:{name}")),
        written(secret),
        escape(&format!("nightkeep {host}"))
    )
}

/// A picture of a text that a phone reads: its side, and the path that draws it.
pub fn picture(text: &str) -> Option<(i32, String)> {
    // Quiet around it, without which many phones see nothing.
    const QUIET: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size();
    let mut path = String::new();
    for y in 0..side {
        for x in (0..side).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
        }
    }
    Some((side + 2 * QUIET, path))
}

/// A code for paper, of 10 random bytes.
pub fn recovery(random: [u8; 10]) -> String {
    let text = written(&random).to_ascii_lowercase();
    let four: Vec<&str> = (0..4).map(|n| &text[4 * n..4 * n + 4]).collect();
    four.join("-")
}

/// What is kept of a code for paper, however it is typed.
pub fn recovery_digest(account: &str, typed: &str) -> [u8; 32] {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    super::digest(&format!("recovery {account} {}", plain.to_ascii_lowercase()))
}

/// Is it more like a code for paper than like one of a phone?
pub fn is_recovery(typed: &str) -> bool {
    typed.chars().filter(char::is_ascii_alphanumeric).count() > 8
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn as_the_rfc_has_it() {
        for (second, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(RFC, second / STEP), expected);
            assert_eq!(step(RFC, expected, at(second), 0), Some(second / STEP));
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_three_steps() {
        let typed = "287 082";
        for (second, is_good) in [(0, true), (59, true), (89, true), (90, false)] {
            assert_eq!(step(RFC, typed, at(second), 0).is_some(), is_good, "{second}");
        }
        assert_eq!(step(RFC, typed, at(59), 1), None);
        for wrong in ["", "287083", "28708", "2870822"] {
            assert_eq!(step(RFC, wrong, at(59), 0), None);
        }
    }

    #[test]
    fn how_it_is_written() {
        // RFC 4648, chapter 10, without its padding.
        for (bytes, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foob", "MZXW6YQ")] {
            assert_eq!(written(bytes.as_bytes()), text);
        }
        let address = address(RFC, "web 1", "ann");
        assert_eq!(
            address,
            "otpauth://totp/nightkeep%20web%201%3Aann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&\
             issuer=nightkeep%20web%201"
        );
        let (side, path) = picture(&address).unwrap();
        assert!(side > 40 && path.starts_with("M4 4h1v1h-1z"), "{side} {path}");
    }

    #[test]
    fn codes_for_paper() {
        let code = recovery([0xff; 10]);
        assert_eq!(code, "7777-7777-7777-7777");
        assert!(is_recovery(&code) && !is_recovery("123 456"));
        assert_eq!(recovery_digest("a", &code), recovery_digest("a", "7777 77777777 7777"));
        assert_ne!(recovery_digest("a", &code), recovery_digest("b", &code));
    }
}
