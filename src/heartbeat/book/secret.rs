//! The secret in a check's address, as a key of a map.

use std::hash::{Hash, Hasher};

use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// A secret that is looked up by a keyed hash, of which nothing can be learnt, and then compared
/// in constant time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secret(pub(super) Uuid);

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_bytes().hash(state);
    }
}
