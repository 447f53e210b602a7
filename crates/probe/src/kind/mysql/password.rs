//! How a password is answered without being sent.

use ring::digest::{self, Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

/// mysql_native_password: SHA1(password) xor SHA1(salt, SHA1(SHA1(password))).
pub(super) fn native(password: &str, salt: &[u8]) -> Vec<u8> {
    let once = hash(&SHA1_FOR_LEGACY_USE_ONLY, &[password.as_bytes()]);
    let twice = hash(&SHA1_FOR_LEGACY_USE_ONLY, &[&once]);
    xor(&once, &hash(&SHA1_FOR_LEGACY_USE_ONLY, &[salt, &twice]))
}

/// caching_sha2_password: SHA256(password) xor SHA256(SHA256(SHA256(password)), salt).
pub(super) fn caching_sha2(password: &str, salt: &[u8]) -> Vec<u8> {
    let once = hash(&SHA256, &[password.as_bytes()]);
    let twice = hash(&SHA256, &[&once]);
    xor(&once, &hash(&SHA256, &[&twice, salt]))
}

fn hash(algorithm: &'static Algorithm, parts: &[&[u8]]) -> Vec<u8> {
    let mut context = digest::Context::new(algorithm);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(one, other)| one ^ other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with PyMySQL 1.2.4.
    #[test]
    fn as_other_clients_do() {
        let salt = b"saltsaltmoresaltmore";
        let digits = |byte: &u8| {
            [byte >> 4, byte & 15].map(|n| char::from(b"0123456789abcdef"[usize::from(n)]))
        };
        let hex = |bytes: Vec<u8>| bytes.iter().flat_map(digits).collect::<String>();
        assert_eq!(hex(native("secret", salt)), "3bc728debd3b357dc2d3dbbab61047226961efaa");
        assert_eq!(
            hex(caching_sha2("secret", salt)),
            "2a7c86af6d197f4e339011848b6d48b890ef3aa4af93ee09ba0cd508cfdfb1ca"
        );
    }
}
