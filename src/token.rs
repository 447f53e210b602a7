//! Tokens: what programs show to be let in. Only a digest is kept, so that whoever reads the store
//! cannot use them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Characters of a token; Healthchecks' clients check that.
pub const LENGTH: usize = 32;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// To see everything.
    Read,
    /// To see and change everything.
    Write,
    /// To see heartbeats, but none of their addresses.
    HeartbeatsRead,
    /// To see and change heartbeats.
    HeartbeatsWrite,
    /// To read the metrics.
    Metrics,
}

/// A token as it is kept. `Debug` shows a digest of 192 random bits, which nobody can turn round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What the owner calls it.
    pub name: String,
    /// What it is good for.
    pub scope: Scope,
    /// SHA-256 of it.
    pub digest: [u8; 32],
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Read, Self::Write, Self::HeartbeatsRead, Self::HeartbeatsWrite, Self::Metrics];

    /// Its name on the command line and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::HeartbeatsRead => "heartbeats-read",
            Self::HeartbeatsWrite => "heartbeats-write",
            Self::Metrics => "metrics",
        }
    }

    /// The scope of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// Characters of a name.
const NAME: usize = 100;

/// A name as the owner may give it.
///
/// # Errors
/// Says what a name has to be.
pub fn name(name: &str) -> Result<&str, String> {
    let is_name = !name.is_empty() && name.chars().count() <= NAME;
    if is_name && !name.chars().any(char::is_control) {
        Ok(name)
    } else {
        Err(format!("a name has 1 to {NAME} letters"))
    }
}

/// A token of these random bytes, as it is shown once.
pub fn new(random: [u8; 24]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// What is kept of a token.
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The token that was shown. Every one is looked at, each in constant time.
pub fn find<'a>(known: &'a [Known], shown: &str) -> Option<&'a Known> {
    let shown = digest(shown);
    let same = |known: &Known| bool::from(known.digest.ct_eq(&shown));
    known.iter().fold(None, |found, known| if same(known) { Some(known) } else { found })
}

/// What the token is good for that was shown.
pub fn scope(known: &[Known], shown: &str) -> Option<Scope> {
    find(known, shown).map(|known| known.scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_token_is_good() {
        let token = new([7; 24]);
        assert_eq!(token.len(), LENGTH);
        let known = Known { name: String::from("a"), scope: Scope::Write, digest: digest(&token) };
        assert_eq!(scope(std::slice::from_ref(&known), &token), Some(Scope::Write));
        assert_eq!(scope(&[known], &new([8; 24])), None);
        assert!(Scope::ALL.iter().all(|scope| Scope::named(scope.as_str()) == Some(*scope)));
    }
}
