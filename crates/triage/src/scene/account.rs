//! Who may log in, and by what.

use jiff::Timestamp;

use crate::baseline::{Facts, Topic};

use super::Scene;

/// An account of `passwd(5)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Its home.
    pub home: String,
    /// Its shell.
    pub shell: String,
    /// The groups it is in, its own first.
    pub groups: Vec<String>,
    /// Their numbers.
    pub group_ids: Vec<u32>,
    /// What `shadow(5)` has for it.
    pub password: Password,
    /// `sudoers(5)` lets it, or a group of it, run something as root.
    pub has_sudo: bool,
}

/// What kind of password an account has. The hash itself is never kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Password {
    /// Not known: shadow cannot be read, or has no line for it.
    #[default]
    Unknown,
    /// None is asked for.
    Empty,
    /// None opens it.
    Locked,
    /// One opens it.
    Usable,
}

/// Numbers below this are those of the system (`SYS_UID_MAX` of login.defs on Debian, and one more).
pub const FIRST_PERSON: u32 = 1000;
/// Groups whose members are root if they want to.
pub const ROOT_GROUPS: [&str; 7] = ["sudo", "wheel", "admin", "docker", "lxd", "disk", "shadow"];
/// Shells that let nobody in.
const CLOSED: [&str; 4] = ["nologin", "false", "sync", "git-shell"];

impl Account {
    /// Does its shell let people in?
    pub fn has_shell(&self) -> bool {
        !CLOSED.contains(&self.shell.rsplit('/').next().unwrap_or_default())
    }

    /// Is it one of the system's, root aside?
    pub fn is_system(&self) -> bool {
        self.uid != 0 && self.uid < FIRST_PERSON
    }

    /// Can it be root, by its number, its groups or sudo?
    pub fn can_be_root(&self) -> bool {
        self.uid == 0
            || self.has_sudo
            || self.groups.iter().any(|group| ROOT_GROUPS.contains(&group.as_str()))
    }
}

/// A key that opens an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Whose account.
    pub user: String,
    /// Where it stands, and in which line, from 1.
    pub file: String,
    /// The line.
    pub line: usize,
    /// `ssh-ed25519` and the like.
    pub kind: String,
    /// `SHA256:…`, as sshd logs it.
    pub fingerprint: String,
    /// What is before the kind: `command="…"` and the like.
    pub options: String,
    /// What is behind the key.
    pub comment: String,
    /// When the file was last changed.
    pub changed: Timestamp,
}

impl Scene {
    /// The account of a name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }
}

impl Key {
    /// The name of [`Topic::Key`].
    pub fn name(&self) -> String {
        format!("{} {}", self.user, self.fingerprint)
    }
}

impl Account {
    /// The value of [`Topic::User`].
    pub fn value(&self) -> String {
        let Self { uid, shell, groups, password, .. } = self;
        format!("{uid} {shell} {} {password:?}", groups.join(","))
    }
}

/// Accounts and keys.
pub fn facts(scene: &Scene, facts: &mut Facts) {
    for account in &scene.accounts {
        facts.add(Topic::User, &account.name, account.value());
    }
    for key in &scene.keys {
        facts.add(Topic::Key, key.name(), &key.options);
    }
}
