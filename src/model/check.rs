//! What a check of the owner's own said.

use serde::{Deserialize, Serialize};

/// The exit codes of the Monitoring Plugins, which Nagios began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckStatus {
    /// 0: all is well.
    Ok,
    /// 1: will become trouble.
    Warning,
    /// 2: trouble.
    Critical,
    /// 3, any other code, a signal, no answer in time, or it could not be run.
    Unknown,
}

/// One run of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckState {
    /// How it ended.
    pub status: CheckStatus,
    /// The first line it wrote, or why there is none.
    pub said: String,
}
