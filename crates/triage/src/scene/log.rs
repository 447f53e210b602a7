//! The logs themselves: are they whole?

use std::collections::BTreeSet;

use jiff::Timestamp;

/// What is known of the logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logs {
    /// systemd's journal.
    pub journal: Option<Journal>,
    /// `auth.log` held against the journal.
    pub auth_log: AuthLog,
    /// Faults in the records of logins (wtmp, btmp).
    pub faults: Vec<RecordFault>,
    /// The kernel's audit.
    pub audit: Option<Audit>,
    /// fail2ban.
    pub fail2ban: Option<Fail2ban>,
}

/// systemd's journal, by the heads of its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    /// Numbers of entries that no file has any more, between some that are there: first and last, with
    /// the times of what is before and after.
    pub holes: Vec<Hole>,
    /// Its oldest entry.
    pub oldest: Timestamp,
    /// When the machine was started, if it was running then.
    pub booted: Option<Timestamp>,
    /// All files together, in bytes.
    pub size: u64,
    /// It is in memory only, and gone after a restart.
    pub is_volatile: bool,
}

/// `auth.log` held against the journal: each login is in both, if they go back that far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthLog {
    /// There is one.
    pub is_here: bool,
    /// Logins that were compared.
    pub compared: usize,
    /// Logins the journal has and `auth.log` has not.
    pub missing: Vec<String>,
    /// Logins `auth.log` has and the journal has not. Anybody may write such a line (logger).
    pub only_there: Vec<String>,
}

/// Entries that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// How many.
    pub entries: u64,
    /// The time before them.
    pub from: Timestamp,
    /// The time after them.
    pub to: Timestamp,
}

/// What is wrong with a record of logins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFault {
    /// The file.
    pub path: String,
    /// What is wrong.
    pub why: String,
    /// There is no honest way to it.
    pub is_sure: bool,
}

/// The kernel's audit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Audit {
    /// It records.
    pub is_on: bool,
    /// Rules it holds.
    pub rules: usize,
    /// Rules that files say it should hold.
    pub expected: usize,
    /// Records that were lost.
    pub lost: u32,
    /// auditd is installed, and no process of it runs.
    pub is_daemon_gone: bool,
}

/// fail2ban.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fail2ban {
    /// It was stopped, and not started again: when.
    pub stopped: Option<Timestamp>,
    /// Addresses that were let go by hand: when and which.
    pub released: Vec<(Timestamp, String)>,
    /// Jails that were made since it was last started.
    pub jails: BTreeSet<String>,
    /// Jails that were there before it was last started, and are not any more.
    pub jails_gone: BTreeSet<String>,
}
