//! Calls of heartbeats by mail.

use super::Listen;

/// Calls of heartbeats by mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeartbeatMailConfig {
    /// Where mails are taken. Empty: nowhere.
    pub listen: Vec<Listen>,
    /// What comes after the `@` of the addresses.
    pub domain: String,
}

impl HeartbeatMailConfig {
    /// The domain of the addresses, if mails are taken.
    pub fn taken_at(&self) -> Option<&str> {
        if self.listen.is_empty() { None } else { Some(&self.domain) }
    }
}
