//! The kernel's audit rules, as against those that should be there.

use serde::{Deserialize, Serialize};

/// How the audit trail is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditState {
    /// The kernel records nothing: it was switched off.
    pub off: bool,
    /// Rules that should be there and are not: how many, ...
    pub missing: u32,
    /// ... and one of them, as `auditctl -l` shows it.
    pub example: String,
    /// The file or directory they are written down in.
    pub file: String,
    /// Directories whose watch went with them when they were moved: the name is there again, and
    /// nobody watches it.
    pub strayed: Vec<String>,
    /// Rules cannot be changed until the next boot (`-e 2`).
    pub locked: bool,
    /// auditd is set to run and does not.
    pub daemon_stopped: bool,
    /// Records come from the kernel and auditd's log does not grow.
    pub log_stands: bool,
}

impl AuditState {
    /// Is something wrong?
    pub fn is_trouble(&self) -> bool {
        let gone = self.missing > 0 || !self.strayed.is_empty();
        gone || self.off || self.daemon_stopped || self.log_stands
    }
}
