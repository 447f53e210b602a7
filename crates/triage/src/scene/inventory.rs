//! What a server is, as far as it was set up by hand: what a new one has to be given to be the same.

/// What was set up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Packages somebody asked for and that come from a source of packages.
    pub packages: Vec<String>,
    /// Packages no source has: they were installed from a file.
    pub local_packages: Vec<String>,
    /// Units that are enabled, of these packages or of none.
    pub units: Vec<String>,
    /// Groups of people, by their numbers.
    pub groups: Vec<(String, u32)>,
    /// Files to be brought along.
    pub files: Vec<Kept>,
    /// Files that are left out, and why.
    pub left_out: Vec<(String, String)>,
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
    /// The names of its owner and group.
    pub owner: String,
    /// Of its group.
    pub group: String,
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
    /// A crontab of a user.
    Crontab,
    /// Keys that open an account.
    Keys,
    /// What docker compose runs.
    Compose,
}
