//! What flows from the sources to the judge.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AuditAct, Command, Login, LoginPart, Metric, SourceName, State, Subject};

/// Everything heard at one instant. The judge takes one batch a step; stored batches replayed in
/// order give the same decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// When it was observed. Batches never go back in time.
    pub at: Timestamp,
    /// What was observed.
    pub observations: Vec<Observation>,
}

/// What a source says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Observation {
    /// A number of a series. `f32` because that is what is stored: the judge sees what replay sees.
    Sample {
        /// Of what.
        subject: Subject,
        /// What is measured.
        metric: Metric,
        /// The number, never NaN.
        value: f32,
    },
    /// What a subject is now.
    State {
        /// Of what.
        subject: Subject,
        /// Its state.
        state: State,
    },
    /// The subject is no longer there (unmounted, unit unloaded).
    Gone {
        /// Which.
        subject: Subject,
    },
    /// Something happened.
    Event {
        /// To what.
        subject: Subject,
        /// What.
        event: Event,
    },
    /// A source that should have spoken cannot, and why. Said once, until it is `Heard` again.
    Silence {
        /// Which source.
        source: SourceName,
        /// Why, and what mends it.
        reason: String,
    },
    /// A source that was silent speaks again.
    Heard {
        /// Which source.
        source: SourceName,
    },
    /// The owner said something: an acknowledgement, a silence.
    Command(Command),
}

/// What kind of thing somebody noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// Something was deployed.
    Deploy,
    /// Something else.
    Note,
}

impl NoteKind {
    /// The word in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Note => "note",
        }
    }
}

/// Something that happened at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The kernel (or systemd-oomd) killed a process for want of memory.
    OomKill {
        /// Its command name, as the kernel logs it; chosen by whoever started it.
        process: String,
        /// Its process id; 0 where only the kernel's counter told.
        pid: u32,
        /// The unit whose cgroup it was in.
        unit: Option<String>,
        /// Its resident memory, where the kernel says so.
        resident_bytes: Option<u64>,
    },
    /// Somebody logged in.
    Login {
        /// Who, from where, how.
        login: Login,
        /// What of it is not known here. Filled in by the watch.
        unknown: Vec<LoginPart>,
        /// Failed tries from the same address within the day before.
        failures: u32,
        /// When sshd logged it.
        logged: Timestamp,
    },
    /// fail2ban banned an address.
    Ban {
        /// Which.
        address: String,
    },
    /// A rule of the kernel's audit vanished, and not by nightkeep.
    AuditRuleRemoved {
        /// As `auditctl -l` shows it.
        rule: String,
        /// Who was behind it and with which program, if the kernel said so.
        by: String,
        /// It is there again.
        restored: bool,
    },
    /// Records of the kernel's audit were lost, or are about to be.
    AuditLost {
        /// How many; 0 while they only pile up.
        records: u32,
        /// How many wait.
        waiting: u32,
        /// How many can.
        room: u32,
    },
    /// Somebody did something that is worth hearing of, as the kernel recorded it.
    AuditAct {
        /// What, and who.
        act: AuditAct,
    },
    /// Somebody noted that something was done.
    Noted {
        /// What kind of thing.
        kind: NoteKind,
        /// What, in a line.
        text: String,
        /// Who says so.
        by: String,
    },
    /// The watch started. Everything between `alive_until` and now went unseen.
    WatchStarted {
        /// The last step of the watch before this one, if there was one.
        alive_until: Option<Timestamp>,
        /// The machine itself was started since.
        rebooted: bool,
    },
}

impl Event {
    /// Which it is, as it stands in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OomKill { .. } => "oom-kill",
            Self::Login { .. } => "login",
            Self::Ban { .. } => "ban",
            Self::AuditRuleRemoved { .. } => "audit-rule-removed",
            Self::AuditLost { .. } => "audit-lost",
            Self::AuditAct { .. } => "audit-act",
            Self::Noted { .. } => "noted",
            Self::WatchStarted { .. } => "watch-started",
        }
    }
}
