//! States of the machine as a whole.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Does the machine have to be restarted for what was installed to be in force?
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartState {
    /// It has to.
    pub needed: bool,
    /// The first packages that ask for it (`/run/reboot-required.pkgs`), if they left their names.
    pub packages: Vec<String>,
    /// The kernel that runs, if a newer one is installed.
    pub running: String,
    /// The newest kernel installed, if it is not the one that runs.
    pub newest: String,
    /// Since when, if a file says so.
    pub since: Option<Timestamp>,
}

/// Security updates that are published but not installed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdatesState {
    /// How many packages.
    pub count: u32,
    /// The first of them by name.
    pub packages: Vec<String>,
    /// The system installs them by itself (unattended-upgrades).
    pub automatic: bool,
    /// When the package lists were fetched last; none: there are none.
    pub listed: Option<Timestamp>,
}

/// This boot of the machine, and how the one before ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootState {
    /// The kernel's id of this boot.
    pub id: String,
    /// When it began.
    pub at: Timestamp,
    /// The last thing written down in the boot before.
    pub last_sign: Option<Timestamp>,
    /// The boot before was shut down in order; none where nothing tells.
    pub clean: Option<bool>,
}
