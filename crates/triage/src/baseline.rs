//! What is normal on a machine: facts by topic, taken from a scene that is taken for good, and compared
//! with a later one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// An account: name; user id, groups, shell, kind of password.
    User,
    /// A key that opens an account: user and fingerprint; options and file.
    Key,
    /// A rule of sudo: file; its digest.
    Sudoers,
    /// A unit of systemd or a drop-in that no package owns: path; digest.
    Unit,
    /// A job of cron or at: path and line; the command.
    Cron,
    /// Any other place that starts programs (profile.d, rc.local, udev, apt's hooks, generators): path;
    /// digest.
    Startup,
    /// A file of PAM: path; digest.
    Pam,
    /// A socket that listens: protocol, address, port; program.
    Listener,
    /// A file with set-user-id, set-group-id or capabilities: path; mode, owner, capabilities.
    Privileged,
    /// A program or library in the system's folders that no package owns: path; digest.
    Program,
    /// A program that runs from elsewhere (a home, /opt): user and path; unit.
    Running,
    /// A file of a package that differs from what the package brought: path; digest.
    Changed,
    /// A module of the kernel: name; file and package.
    Module,
    /// Where packages come from and what names mean (apt's sources and keys, hosts): path; digest.
    Source,
    /// Somebody logs in from there: user and network; kind.
    Login,
}

/// Facts of one scene: by topic, a name and what it stands for. Both hold no control characters that
/// came from the machine unescaped when shown; as kept, they are what was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts(pub BTreeMap<Topic, BTreeMap<String, String>>);

impl Facts {
    /// Adds one.
    pub fn add(&mut self, topic: Topic, name: impl Into<String>, value: impl Into<String>) {
        self.0.entry(topic).or_default().insert(name.into(), value.into());
    }

    /// What is known of a name.
    pub fn get(&self, topic: Topic, name: &str) -> Option<&str> {
        self.0.get(&topic)?.get(name).map(String::as_str)
    }
}

/// Facts that were taken for good, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// When they were taken.
    pub taken: Timestamp,
    /// The facts.
    pub facts: Facts,
}

/// How something stands to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was there, the same.
    Known,
    /// It was there, and was otherwise.
    Changed,
    /// It was not there.
    New,
    /// There is no baseline.
    NotTold,
}
