//! The kernel's audit rules, as against those that should be there.

use serde::{Deserialize, Serialize};

/// Something the audit trail tells of that somebody should hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditAct {
    /// What kind of thing it is.
    pub kind: AuditActKind,
    /// Who logged in to do it; empty if nobody did: a daemon.
    pub who: String,
    /// To what.
    pub object: String,
    /// All of it in one sentence. Names in it were chosen by others.
    pub sentence: String,
    /// The login session, if there is one.
    pub session: Option<u32>,
}

/// What kind of thing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditActKind {
    /// Accounts, their passwords, groups, or who may use sudo.
    Identity,
    /// Keys that let somebody in.
    Keys,
    /// What is run at times or at the start.
    Schedule,
    /// A module of the kernel.
    Module,
    /// sudo by somebody who never used it here.
    Sudo,
    /// What a rule recorded whose key is in the config.
    Key,
    /// What a Sigma rule looks for.
    Sigma {
        /// Its author takes it for an incident.
        critical: bool,
    },
}

impl AuditActKind {
    /// The word in a subject and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Keys => "keys",
            Self::Schedule => "schedule",
            Self::Module => "module",
            Self::Sudo => "sudo",
            Self::Key => "key",
            Self::Sigma { .. } => "sigma",
        }
    }
}

impl AuditAct {
    /// What an alert about it is about: the same thing done again by the same person is one alert.
    pub fn name(&self) -> String {
        let who = if self.who.is_empty() { "nobody" } else { &self.who };
        match self.kind {
            AuditActKind::Sudo => format!("sudo {who}"),
            kind => format!("{} {} {who}", kind.as_str(), self.object),
        }
    }
}

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
