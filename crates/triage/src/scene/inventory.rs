//! What a server is, as far as it was set up by hand: what a new one has to be given to be the same.

use std::collections::BTreeSet;

use jiff::Timestamp;

/// What was set up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// What the machine is, for whoever orders another: a line each.
    pub machine: Vec<String>,
    /// Packages somebody asked for and that come from a source of packages.
    pub packages: Vec<String>,
    /// Packages no source has: they were installed from a file.
    pub local_packages: Vec<String>,
    /// Units that are enabled, of these packages, of what they need, or of none.
    pub units: Vec<String>,
    /// Units that came with these packages to be enabled, and are not.
    pub off: Vec<String>,
    /// Units that nothing may start.
    pub masked: Vec<String>,
    /// Groups by their numbers; those of the system get theirs from the machine they are on.
    pub groups: Vec<(String, Option<u32>)>,
    /// Folders of these files that no package makes.
    pub folders: Vec<Folder>,
    /// Files to be brought along.
    pub files: Vec<Kept>,
    /// Links, and where they lead.
    pub links: Vec<(String, String)>,
    /// Folders in which a link says that something is on (`sites-enabled`).
    pub switches: Vec<String>,
    /// Files of packages that were removed.
    pub removed: Vec<String>,
    /// Files that are left out, and why.
    pub left_out: Vec<(String, String)>,
    /// What only a person can do: a line each.
    pub by_hand: Vec<String>,
}

/// A folder that a new server gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: String,
    /// Permissions.
    pub mode: u32,
    /// The name of its owner.
    pub owner: String,
    /// Of its group.
    pub group: String,
}

/// A file that a new server gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub path: String,
    /// What it is for.
    pub what: Purpose,
    /// Permissions.
    pub mode: u32,
    /// The name of its owner.
    pub owner: String,
    /// Of its group.
    pub group: String,
    /// When its entry was last changed.
    pub changed: Timestamp,
    /// What is in it, without secrets.
    pub content: Vec<u8>,
    /// Lines from which a secret was taken out, from 1.
    pub blanked: Vec<usize>,
}

/// What a file is for; the order is that in which a new server gets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A source of packages, or the key of one.
    Source,
    /// A unit of systemd, or a part of one.
    Unit,
    /// Configuration.
    Config,
    /// A script below `/usr/local`.
    Script,
    /// A crontab of a user.
    Crontab,
    /// Keys that open an account.
    Keys,
    /// What docker compose runs.
    Compose,
}

/// What findings are about: nothing of it is brought along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suspects {
    /// Files.
    pub paths: BTreeSet<String>,
    /// Users.
    pub users: BTreeSet<String>,
}
