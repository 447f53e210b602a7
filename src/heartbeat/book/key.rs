//! Projects and their ping keys.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

/// Checks whose slugs are addressed with the same ping key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The secret before the slugs.
    pub ping_key: PingKey,
}

/// The secret in the addresses with slugs: 22 characters, 128 bits. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PingKey(String);

impl PingKey {
    /// A key of these random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// A key that is known: of the store, or of the Healthchecks that was left.
    pub fn known(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// As it stands in addresses: a secret.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Is it this one? Takes the same time wherever the difference is.
    pub(super) fn is(&self, key: &str) -> bool {
        self.0.as_bytes().ct_eq(key.as_bytes()).into()
    }
}

impl fmt::Debug for PingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let key = PingKey::new([0xff; 16]);
        assert_eq!(key.reveal().len(), 22);
        assert!(key.is("_____________________w"));
        assert!(!key.is("_____________________x") && !key.is("") && !key.is("_"));
        assert_eq!(format!("{key:?}"), "PingKey(…)");
    }
}
