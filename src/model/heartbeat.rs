//! What is known of something that has to call in.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Severity;

/// How a heartbeat is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum HeartbeatStatus {
    /// It has never called.
    New,
    /// It called in time.
    Up,
    /// It did not call in time, or said that it failed.
    Down,
    /// The owner paused it.
    Paused,
}

impl HeartbeatStatus {
    /// Its name in JSON, the store and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Up => "up",
            Self::Down => "down",
            Self::Paused => "paused",
        }
    }

    /// The status of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::New, Self::Up, Self::Down, Self::Paused]
            .into_iter()
            .find(|status| status.as_str() == name)
    }
}

/// Why a heartbeat is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeartbeatFault {
    /// No sign of it in time.
    Missed,
    /// It began, and did not end in time.
    Unfinished,
    /// It said so itself.
    Failed,
    /// It came, or ended, sooner than it can have done its work.
    Early,
}

/// A heartbeat's state, said at the start and whenever it flips.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatState {
    /// How it is.
    pub status: HeartbeatStatus,
    /// Why it is down.
    pub fault: Option<HeartbeatFault>,
    /// How bad it is when it is down.
    pub severity: Severity,
    /// The channels that hear of it, by name. Empty: as the routes say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Since when it is so: of a missed call, the moment it was overdue.
    pub since: Timestamp,
    /// The last success.
    pub last: Option<Timestamp>,
    /// The exit code it failed with, and the end of what it wrote.
    pub exit: Option<u8>,
    /// The last line of what it sent, if it sent anything.
    pub said: String,
}
