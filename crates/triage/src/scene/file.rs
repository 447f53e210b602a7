//! Files that give rights, or that are not what they should be.

use jiff::Timestamp;

use crate::baseline::{Facts, Topic};

use super::package::{Manager, Sum};
use super::{Scene, Secret};

/// A file that gives more rights than its caller has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privileged {
    /// Where it is.
    pub path: String,
    /// Permissions, with set-user-id (04000) and set-group-id (02000).
    pub mode: u32,
    /// Owner and group.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// It has capabilities of files (`security.capability`).
    pub has_capabilities: bool,
    /// The package that owns it.
    pub package: Option<String>,
    /// It is within a system of its own, with packages of its own: a chroot.
    pub is_apart: bool,
    /// When its entry was last changed.
    pub changed: Timestamp,
}

impl Privileged {
    /// The value of [`Topic::Privileged`].
    pub fn value(&self) -> String {
        let with = if self.has_capabilities { " capabilities" } else { "" };
        format!("{:o} {}:{}{with}", self.mode, self.uid, self.gid)
    }

    /// Set-user-id or set-group-id?
    pub fn is_set_id(&self) -> bool {
        self.mode & 0o6000 != 0
    }
}

/// A program or library in a folder of the system that no package owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unowned {
    /// Where it is.
    pub path: String,
    /// When its entry was last changed.
    pub changed: Timestamp,
    /// Bytes.
    pub size: u64,
}

/// A file of a package that is not as the package brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Altered {
    /// Where it is.
    pub path: String,
    /// Whose it is.
    pub package: String,
    /// Who installed that.
    pub by: Manager,
    /// What it holds now, by the digest that the package has.
    pub sum: Sum,
    /// When its entry was last changed.
    pub changed: Timestamp,
}

/// A name made to be overlooked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddName {
    /// The path.
    pub path: String,
    /// When its entry was last changed.
    pub changed: Timestamp,
}

/// A file of a shell's history that keeps nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadHistory {
    /// Whose.
    pub user: String,
    /// Where.
    pub path: String,
    /// What is wrong with it.
    pub why: String,
    /// When its entry was last changed.
    pub changed: Timestamp,
}

/// A file of no package that was made or changed within the window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent {
    /// Where it is.
    pub path: String,
    /// Permissions.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Its number on its filesystem.
    pub inode: u64,
    /// When its content was last changed: anybody may set it.
    pub modified: Timestamp,
    /// When its entry was last changed.
    pub changed: Timestamp,
    /// When it was made, where the filesystem knows.
    pub born: Option<Timestamp>,
}

/// Everything the walk through the filesystems found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// Files that give rights.
    pub privileged: Vec<Privileged>,
    /// Programs nobody owns.
    pub unowned: Vec<Unowned>,
    /// Files that were altered.
    pub altered: Vec<Altered>,
    /// Names made to be overlooked.
    pub odd_names: Vec<OddName>,
    /// Histories that keep nothing.
    pub histories: Vec<DeadHistory>,
    /// Files of no package that were made or changed within the window.
    pub recent: Vec<Recent>,
    /// Files with secrets in them.
    pub secrets: Vec<Secret>,
    /// Folders with data of people and programs, that are not empty.
    pub data: Vec<String>,
    /// Files looked at.
    pub looked_at: u64,
    /// Files whose digest was taken.
    pub digested: u64,
}

/// Rights, programs without a package, and altered files.
pub fn facts(scene: &Scene, facts: &mut Facts) {
    for file in &scene.files.privileged {
        facts.add(Topic::Privileged, &file.path, file.value());
    }
    for file in &scene.files.unowned {
        facts.add(Topic::Program, &file.path, file.size.to_string());
    }
    for file in &scene.files.altered {
        facts.add(Topic::Changed, &file.path, file.sum.digits());
    }
}
