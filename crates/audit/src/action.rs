//! What an event says: who did what, to what, with which program. For people; [`crate::items`] is
//! for searches.

mod detail;
mod file;
mod read;
mod said;
mod sentence;
mod session;
#[cfg(test)]
mod tests;
mod word;

use crate::record::Id;

pub use detail::Detail;
pub(crate) use file::{is_elsewhere, join};
pub use read::read;
pub(crate) use read::{arguments, decoded};
pub use session::{Session, Sessions};

/// "Nobody" of a login user or a session (`(uid_t)-1`).
pub const UNSET: u32 = u32::MAX;

/// Texts in here are as they were recorded: programs and users chose them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Which event.
    pub id: Id,
    /// Who.
    pub actor: Actor,
    /// Did what.
    pub what: What,
    /// With which program; empty if that is not known.
    pub program: String,
    /// Keys of the rules that recorded it.
    pub keys: Vec<String>,
    /// Did it work? Not known of what neither works nor fails.
    pub success: Option<bool>,
    /// Why not (`EACCES`), where the kernel says so.
    pub error: Option<&'static str>,
}

/// Who did it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// Who logged in: stays the same through su and sudo. None of daemons.
    pub login: Option<String>,
    /// As whom he acted.
    pub user: Option<String>,
    /// The user's number.
    pub uid: Option<u32>,
    /// The login user's number.
    pub auid: Option<u32>,
    /// The login session.
    pub session: Option<u32>,
    /// From which address, as far as the record itself says so.
    pub address: Option<String>,
    /// The terminal.
    pub terminal: Option<String>,
    /// The process.
    pub pid: Option<u32>,
    /// Its parent.
    pub ppid: Option<u32>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A program was started.
    Ran {
        /// Its arguments, its own name first.
        command: Vec<String>,
        /// Where.
        folder: String,
    },
    /// sudo was asked to run something.
    Sudo {
        /// What, as typed.
        command: String,
        /// Where.
        folder: String,
    },
    /// Something was done to a file.
    File {
        /// What.
        how: FileAct,
        /// To which, with its folder.
        path: String,
    },
    /// Somebody is in, or was to be.
    Login {
        /// The account.
        account: String,
    },
    /// A session began: `su`, `sudo`, `cron`, `sshd` and others say so through PAM.
    SessionBegan {
        /// The account.
        account: String,
    },
    /// It ended.
    SessionEnded {
        /// The account.
        account: String,
    },
    /// Somebody showed who he is (or did not).
    Authenticated {
        /// The account.
        account: String,
    },
    /// An account or group was made, changed or dropped.
    Account {
        /// What was done, as the program says: `add-user`, `delete-user`, `PAM:chauthtok`.
        op: String,
        /// Of which.
        account: String,
    },
    /// A rule of the audit system came or went.
    Rule {
        /// It went.
        removed: bool,
        /// Nobody asked for it: what was watched is gone.
        by_kernel: bool,
        /// The watched path, where it is said.
        path: String,
    },
    /// The audit system was set.
    AuditSet {
        /// What (`audit_enabled`).
        name: String,
        /// To what.
        value: String,
        /// From what.
        old: String,
    },
    /// A module of the kernel was loaded or taken out.
    Module {
        /// Its name.
        name: String,
        /// It was taken out.
        removed: bool,
    },
    /// A unit of systemd was started or stopped.
    Unit {
        /// Its name.
        name: String,
        /// It was stopped.
        stopped: bool,
    },
    /// A process was sent a signal.
    Signalled {
        /// Which signal.
        signal: u32,
        /// To what.
        target: String,
    },
    /// A connection was made, or a socket bound.
    Network {
        /// The system call.
        call: String,
        /// The other side, as far as the record was enriched.
        address: String,
    },
    /// auditd itself.
    Daemon {
        /// Its record: `DAEMON_START`.
        kind: String,
    },
    /// A system call without a word of its own.
    Call {
        /// Its name or number.
        name: String,
    },
    /// Anything else, by the kind of its record.
    Other {
        /// `ANOM_PROMISCUOUS`.
        kind: String,
    },
}

/// What was done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileAct {
    /// Opened to be read.
    Read,
    /// Opened to be written, or cut.
    Wrote,
    /// Made.
    Created,
    /// Dropped.
    Deleted,
    /// Given this name; it was another before.
    Renamed {
        /// The name before.
        from: String,
        /// A file of the new name was there and is gone.
        replaced: bool,
    },
    /// Given a second name or a symbolic link.
    Linked,
    /// Its mode was set.
    Mode {
        /// To what, in octal digits.
        mode: u32,
    },
    /// Its owner was set.
    Owner,
    /// Its times or extended attributes were set.
    Attributes,
    /// Mounted upon, or no longer.
    Mounted,
}

impl Action {
    /// Is it the audit system telling of its own rules while they are loaded, not of anything that
    /// happened?
    pub fn is_rule_loading(&self) -> bool {
        matches!(self.what, What::Rule { by_kernel: false, .. } | What::AuditSet { .. })
    }

    /// May the user who is named be another than the one who logged in?
    pub fn is_as_another(&self) -> bool {
        self.actor.login.is_some() && self.actor.login != self.actor.user
    }
}
