//! What a monitor says of what it looks at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a monitored thing is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum MonitorStatus {
    /// It answers as it should.
    Up,
    /// It answers, but slowly, or a part of what is wanted does not hold.
    Degraded,
    /// It does not answer as it must.
    Down,
    /// Nobody can tell: this machine has no way there itself, or the question could not be asked.
    Unknown,
}

/// A monitor's state. Failures that are still retried do not change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorState {
    /// How it is.
    pub status: MonitorStatus,
    /// One line: what was found, and where it is trouble whose fault it seems to be.
    pub said: String,
    /// It is unknown because it could not even be asked: a permission is missing, say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unasked: bool,
}
