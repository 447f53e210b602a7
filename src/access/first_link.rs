//! The link that `init` makes before any watch runs: a file beside the config says which, until
//! the watch has taken it over. It holds no secret, and root alone can write it.

use jiff::Timestamp;

/// Its name, beside the config.
pub const FILE: &str = "first-link";

/// What the file says: the digest of the link, and until when it is good.
pub fn write(digest: &[u8; 32], expires: Timestamp) -> String {
    format!("{} {}\n", crate::model::text::hex(digest), expires.as_second())
}

/// The same, read.
pub fn read(text: &str) -> Option<([u8; 32], Timestamp)> {
    let (hex, seconds) = text.trim().split_once(' ')?;
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut digest = [0; 32];
    for (n, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).ok()?;
    }
    Some((digest, Timestamp::from_second(seconds.parse().ok()?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let expires = Timestamp::from_second(1_800_000_000).unwrap();
        let digest: [u8; 32] = std::array::from_fn(|n| n as u8 * 7);
        assert_eq!(read(&write(&digest, expires)), Some((digest, expires)));
        for broken in ["", "x 1", &"0".repeat(64), &format!("{} x", "0".repeat(64))] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
