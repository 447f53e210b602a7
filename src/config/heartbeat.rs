//! Heartbeats as the config wants them.

use std::path::PathBuf;

use jiff::SignedDuration;
use uuid::Uuid;

use crate::heartbeat::{Filter, When};
use crate::model::Severity;

/// A heartbeat as the config wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct HeartbeatConfig {
    /// The file it stands in.
    pub file: PathBuf,
    /// The line its table begins at.
    pub line: usize,
    /// Its name, as people read it.
    pub name: String,
    /// Its name in addresses and alerts; no other heartbeat of the config has it.
    pub slug: String,
    /// The UUID of its own address, if the owner names it.
    pub uuid: Option<Uuid>,
    /// When it has to call.
    pub when: When,
    /// How late a call may be.
    pub grace: SignedDuration,
    /// How long a run may take. None: as long as a call may be late.
    pub start_grace: Option<SignedDuration>,
    /// A run that ends sooner did not do its work.
    pub shortest_run: Option<SignedDuration>,
    /// It is down after this many failed or missed calls in a row.
    pub failures: u32,
    /// So many of the last failures stay in the log.
    pub keep_failures: u32,
    /// How bad it is when it is down.
    pub severity: Severity,
    /// The channels that hear of it, by name. Empty: as the routes say.
    pub channels: Vec<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What it is.
    pub note: String,
    /// Only POST counts.
    pub only_post: bool,
    /// What is decided by what is said.
    pub filter: Filter,
    /// Paused or not. None: as it is.
    pub paused: Option<bool>,
    /// Once paused it stays so, whatever calls.
    pub manual_resume: bool,
}
