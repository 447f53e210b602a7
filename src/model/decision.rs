//! What the judge wants done. Written as JSON lines, decisions are the alert history, and what
//! replay compares byte by byte.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AlertKey, Severity};

/// One thing the judge decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "decision", rename_all = "kebab-case")]
pub enum Decision {
    /// An alert changed its phase or severity.
    Change {
        /// When.
        at: Timestamp,
        /// Which alert.
        #[serde(flatten)]
        key: AlertKey,
        /// The number of the firing it belongs to; none before it first fired.
        id: Option<u64>,
        /// The phase before.
        from: Phase,
        /// The phase now.
        to: Phase,
        /// The severity now, while firing; the worst it had, when it ends.
        severity: Severity,
        /// One line: what is so.
        summary: String,
    },
    /// Tell the owner, now, in one message.
    Tell(Tell),
    /// Something that would have been told is held back.
    Hold {
        /// When.
        at: Timestamp,
        /// Which alert.
        #[serde(flatten)]
        key: AlertKey,
        /// The number of the firing.
        id: u64,
        /// What would have been told.
        kind: TellKind,
        /// Why it is not.
        by: HeldBy,
    },
}

/// Where an alert is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// All is well.
    Ok,
    /// Raised, but not yet for long enough.
    Pending,
    /// Raised for long enough: trouble.
    Firing,
    /// Was firing, is over.
    Resolved,
    /// No data: it cannot be said.
    Unknown,
}

impl Phase {
    /// The word in JSON and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
            Self::Unknown => "unknown",
        }
    }
}

/// What a message says of an alert.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum TellKind {
    /// It began.
    Raised,
    /// It got worse.
    Worse,
    /// It is still so.
    Reminder,
    /// Somebody takes care of it; told only to channels that take it back.
    Acknowledged,
    /// It is over.
    Recovered,
    /// Nothing single: what a day or a week was like. The judge never says it.
    Digest,
}

impl TellKind {
    /// What it says of an alert, to a person.
    pub fn said(self) -> &'static str {
        match self {
            Self::Raised => "it began",
            Self::Worse => "it got worse",
            Self::Reminder => "a reminder",
            Self::Acknowledged => "somebody takes care of it",
            Self::Recovered => "it is over",
            Self::Digest => "a digest",
        }
    }

    /// The word in JSON and for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Worse => "worse",
            Self::Reminder => "reminder",
            Self::Acknowledged => "acknowledged",
            Self::Recovered => "recovered",
            Self::Digest => "digest",
        }
    }
}

/// One message: alerts of one kind that belong together, for the channels their routes name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tell {
    /// When it was decided.
    pub at: Timestamp,
    /// Its number; with the channel it is the notice's identity (no second send under it).
    pub id: u64,
    /// What it says.
    pub kind: TellKind,
    /// The channels it goes to, by name.
    pub channels: Vec<String>,
    /// The alerts it is about, worst first. Never empty.
    pub items: Vec<Item>,
}

/// One alert in a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TellItem")]
pub struct Item {
    /// Which alert.
    #[serde(flatten)]
    pub key: AlertKey,
    /// The number of its firing.
    pub id: u64,
    /// How bad.
    pub severity: Severity,
    /// Since when the trouble lasts (the first raised observation).
    pub since: Timestamp,
    /// When it was over, in a recovery.
    pub until: Option<Timestamp>,
    /// One line: what is so ("/var is 86 % full, 1.4 GiB left").
    pub summary: String,
    /// The command to type next.
    pub next: String,
    /// The first message of this firing: a recovery is threaded to it.
    pub first_tell: u64,
    /// The trouble was told late because something held it back until now.
    pub held: Option<HeldBy>,
}

/// Why something is not told (now).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum HeldBy {
    /// A silence of the owner.
    Silence {
        /// Its number.
        id: u64,
        /// Who set it.
        author: String,
        /// Why.
        reason: String,
    },
    /// A maintenance window of the config.
    Maintenance {
        /// Its name.
        name: String,
    },
    /// A parent's trouble explains it.
    Parent {
        /// The parent alert.
        #[serde(flatten)]
        key: AlertKey,
    },
    /// It was acknowledged: no reminders.
    Acknowledged {
        /// By whom.
        author: String,
    },
    /// It ended before it was told, so there is nothing to tell.
    Over,
    /// No route names a channel for it.
    NoRoute,
}
