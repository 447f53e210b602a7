//! Audit rules: the language of `auditctl` and `audit.rules(7)`, the kernel's binary form of a
//! rule, and what a set of rules will really do on a machine.
//!
//! A [`Rule`] is what the kernel holds. [`parse()`] reads a file into [`Line`]s of [`Command`]s,
//! [`augenrules`] puts the files of a directory into the order in which they are loaded,
//! [`Rule::encode`] and [`Rule::decode`] speak `struct audit_rule_data`, and [`mod@write`] writes a rule
//! as `auditctl -l` does or so that it can be read again.

mod binary;
pub mod check;
mod compare;
pub mod diff;
mod draft;
mod field;
pub mod files;
mod line;
mod order;
mod pair;
mod parse;
pub mod recommended;
mod refuse;
pub mod rewrite;
mod rule;
pub mod sentence;
#[cfg(test)]
mod tests;
mod uring;
pub mod write;

pub use binary::{BadRule, LONGEST};
pub use check::{Order, Severity};
pub use field::{Kind, PERM_ATTR, PERM_EXEC, PERM_READ, PERM_WRITE};
pub use line::{LONGEST_LINE, Word};
pub use order::{augenrules, compare_names, is_rules_file};
pub use parse::{Command, Error, Line, Lock, Way, parse};
pub use rule::{Action, Field, FieldName, List, Operator, Rule, Syscalls, Value};

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::syscall::Arch;
use crate::users::Names as AccountNames;

/// Longest key, in bytes, all keys of a rule with the separators between them
/// (`AUDIT_MAX_KEY_LEN`).
pub const LONGEST_KEY: usize = 256;
/// Most fields of a rule (`AUDIT_MAX_FIELDS`); auditctl stops one earlier.
pub const MOST_FIELDS: usize = 64;

/// What the words of a rule mean on a machine.
pub trait Names {
    /// The architecture of its kernel.
    fn arch(&self) -> Arch;
    /// The number of a user.
    fn user(&self, name: &str) -> Option<u32>;
    /// The number of a group.
    fn group(&self, name: &str) -> Option<u32>;
    /// Is this path, with links followed, a directory? A watch of one is for all below it.
    fn is_directory(&self, path: &[u8]) -> bool;
}

/// The rules that these lines add, and do not take back themselves.
pub fn written(lines: &[Line]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for command in lines.iter().flat_map(|line| line.said.iter().flatten()) {
        match command {
            Command::Add(rule, _) => rules.push(rule.clone()),
            Command::Delete(rule) => rules.retain(|known| !known.is_same(rule)),
            Command::DeleteAll(None) => rules.clear(),
            _ => {}
        }
    }
    rules
}

/// The names in the text of `/etc/passwd` and `/etc/group`.
#[derive(Debug, Clone)]
pub struct Accounts {
    arch: Arch,
    users: AccountNames,
    groups: AccountNames,
    /// Directories are looked for on this machine.
    looks: bool,
}

impl Accounts {
    /// The accounts in these texts, lines that are none left out, on a machine without
    /// directories.
    pub fn new(arch: Arch, passwd: &str, group: &str) -> Self {
        let read = |text: &str| AccountNames::parse(text.as_bytes());
        Self { arch, users: read(passwd), groups: read(group), looks: false }
    }

    /// Those of this machine, without what a directory service adds.
    pub fn of_this_machine() -> Self {
        let root = Path::new("/");
        let (users, groups) = (AccountNames::users(root), AccountNames::groups(root));
        Self { arch: Arch::NATIVE, users, groups, looks: true }
    }
}

impl Names for Accounts {
    fn arch(&self) -> Arch {
        self.arch
    }

    fn user(&self, name: &str) -> Option<u32> {
        self.users.id(name)
    }

    fn group(&self, name: &str) -> Option<u32> {
        self.groups.id(name)
    }

    fn is_directory(&self, path: &[u8]) -> bool {
        self.looks && Path::new(OsStr::from_bytes(path)).is_dir()
    }
}
