//! States of disks and arrays of disks.

use serde::{Deserialize, Serialize};

/// A software RAID array, as /proc/mdstat shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaidState {
    /// `raid1`, `raid5` …; empty for an array that is not running.
    pub level: String,
    /// It runs.
    pub active: bool,
    /// How many members it should have.
    pub wanted: u32,
    /// How many work.
    pub working: u32,
    /// Members marked as failed.
    pub failed: Vec<String>,
    /// What is done to it (`recovery`, `resync`, `reshape`, `check`), and how far it is in permille.
    pub progress: Option<(String, u16)>,
}

impl RaidState {
    /// A member is missing, or the whole array.
    pub fn is_degraded(&self) -> bool {
        !self.active || self.working < self.wanted
    }
}

/// What a disk says of its own health, as far as it could be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriveState {
    /// Its model, if known.
    pub model: String,
    /// It says that it fails, or does not answer any more. Why.
    pub failing: Option<String>,
    /// Sectors it can no longer read, waiting to be replaced.
    pub pending_sectors: u64,
    /// Sectors it could neither read nor replace, or errors of its medium.
    pub bad_sectors: u64,
}

impl DriveState {
    /// Nothing is wrong with it.
    pub fn is_well(&self) -> bool {
        self.failing.is_none() && self.pending_sectors == 0 && self.bad_sectors == 0
    }
}
