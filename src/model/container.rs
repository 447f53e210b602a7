//! The state of a container.

use serde::{Deserialize, Serialize};

/// A container as its engine (Docker, Podman) shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerState {
    /// `running`, `restarting`, `exited`, `created`, `paused`, `dead` …
    pub status: String,
    /// Its own health check fails; what that said last, perhaps nothing.
    pub unhealthy: Option<String>,
    /// The exit code of its last run.
    pub exit_code: i64,
    /// Why the engine could not start it; empty if it could.
    pub error: String,
    /// The kernel killed a process of its last run for want of memory.
    pub oom_killed: bool,
    /// How often the engine restarted it by itself.
    pub restarts: u32,
    /// Its restart policy wants it up.
    pub wanted: bool,
}

impl ContainerState {
    /// It ended, and not because somebody ended it: by SIGINT, SIGKILL or SIGTERM.
    pub fn is_failed(&self) -> bool {
        let by_hand = matches!(self.exit_code, 0 | 130 | 137 | 143) && !self.oom_killed;
        match self.status.as_str() {
            "exited" | "stopped" => !by_hand || !self.error.is_empty(),
            "created" => !self.error.is_empty(),
            status => status == "dead",
        }
    }
}
