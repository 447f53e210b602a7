//! A message as a person reads it, and one copy of it for one channel.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Severity, TellKind};

/// One message, the same for every channel: each channel only lays it out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// The number of the `Tell` it renders, or 0 for a test message.
    pub id: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What it says.
    pub kind: TellKind,
    /// The worst severity in it.
    pub severity: Severity,
    /// The host's name as the owner calls it.
    pub host: String,
    /// What a lock screen shows: one line, at most 80 characters.
    pub title: String,
    /// The alerts, worst first.
    pub items: Vec<MessageItem>,
    /// The ids of the messages that first told of what is over now: recoveries are threaded
    /// under them.
    pub replies_to: Vec<u64>,
}

/// One alert in a message, ready to be read. Texts may hold what attackers chose; they carry no
/// control characters, and a channel escapes them for its own markup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageItem {
    /// The number of the firing, as `nightkeep alerts ack` takes it.
    pub alert: u64,
    /// The rule's name.
    pub rule: String,
    /// The subject's text.
    pub subject: String,
    /// How bad.
    pub severity: Severity,
    /// One line: what is so.
    pub summary: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when, in a recovery.
    pub until: Option<Timestamp>,
    /// At most three lines of evidence.
    pub evidence: Vec<String>,
    /// The command to type next.
    pub next: String,
    /// Why it comes late, if it was held back.
    pub held: Option<String>,
}

/// One message for one channel, in the outbox until the channel said it has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// `TELL-CHANNEL`: the same notice is never written twice, and channels that take an
    /// idempotency key get it.
    pub key: String,
    /// The channel's name.
    pub channel: String,
    /// What to say.
    pub message: Message,
}

/// A notice that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// What to send.
    pub notice: Notice,
    /// Attempts made.
    pub attempts: u32,
    /// No attempt before this.
    pub due: Timestamp,
    /// What the channel answered last, without secrets.
    pub last_error: Option<String>,
}
