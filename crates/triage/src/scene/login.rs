//! Who came in, and who tried.

use jiff::Timestamp;

use super::Scene;

/// A login by ssh, as the logs together tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// When.
    pub at: Timestamp,
    /// As whom.
    pub user: String,
    /// From where.
    pub address: String,
    /// The port on the other side.
    pub port: u16,
    /// `publickey`, `password` ...
    pub method: String,
    /// The key's fingerprint.
    pub fingerprint: Option<String>,
    /// What of it is not known here (`user`, `key`, `address`); none if nobody could say.
    pub unknown: Option<Vec<String>>,
    /// Failed tries from the same address within the day before.
    pub failures: u32,
    /// When it was over.
    pub ended: Option<Timestamp>,
}

/// The tries of an address that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tries {
    /// From where.
    pub address: String,
    /// How many.
    pub count: u32,
    /// The first and the last.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
}

/// A command run by sudo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sudo {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub user: String,
    /// As whom.
    pub target: String,
    /// What.
    pub command: String,
    /// Nobody saw this user run sudo before, though the log goes back further.
    pub is_first: bool,
}

impl Scene {
    /// Who can be root once he is in, by his account.
    pub fn is_root_account(&self, user: &str) -> bool {
        user == "root" || self.account(user).is_some_and(super::Account::can_be_root)
    }
}
