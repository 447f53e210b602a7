//! What is normal on a machine: facts by topic, taken from a scene that is taken for good, and compared
//! with a later one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::scene::package::is_rewritten;
use crate::scene::{self, Scene};

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
    /// A socket that listens: protocol, address, port; program. Unix sockets only of programs that no package
    /// owns.
    Listener,
    /// A file with set-user-id, set-group-id or capabilities: path; mode, owner, capabilities.
    Privileged,
    /// A program or library in the system's folders that no package owns: path; digest.
    Program,
    /// A program that runs from elsewhere (a home, /opt): user and path; unit.
    Running,
    /// A file of a package that differs from what the package brought: path; digest.
    Changed,
    /// A package of dpkg: name; version and the digest of its own list of sums.
    Package,
    /// A module of the kernel: name; file and package.
    Module,
    /// Where packages come from and what names mean (apt's sources and keys, hosts): path; digest.
    Source,
    /// Somebody logs in: user and network, user and key; method.
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

/// How one fact changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about.
    pub topic: Topic,
    /// Its name.
    pub name: String,
    /// What it stood for; none if it was not there.
    pub before: Option<String>,
    /// What it stands for now; none if it is gone.
    pub now: Option<String>,
}

impl Facts {
    /// What is normal of a scene that is taken for good.
    pub fn of(scene: &Scene) -> Self {
        let mut facts = Self::default();
        scene::account::facts(scene, &mut facts);
        scene::startup::facts(scene, &mut facts);
        scene::file::facts(scene, &mut facts);
        scene::process::facts(scene, &mut facts);
        scene::socket::facts(scene, &mut facts);
        scene::unix::facts(scene, &mut facts);
        scene::kernel::facts(scene, &mut facts);
        scene::login::facts(scene, &mut facts);
        scene::package::facts(scene, &mut facts);
        facts
    }

    /// What is otherwise in `now`.
    pub fn changes(&self, now: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let empty = BTreeMap::new();
        let topics: BTreeSet<Topic> = self.0.keys().chain(now.0.keys()).copied().collect();
        for topic in topics {
            let (old, new) =
                (self.0.get(&topic).unwrap_or(&empty), now.0.get(&topic).unwrap_or(&empty));
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let (before, now) = (old.get(name).cloned(), new.get(name).cloned());
                let is_told = match (topic, &before, &now) {
                    // Packages come, go and are upgraded; a list that changes without that does not.
                    (Topic::Package, Some(before), Some(now)) => is_rewritten(before, now),
                    // Who did not log in lately has not gone.
                    (Topic::Package, ..) | (Topic::Login, _, None) => false,
                    _ => before != now,
                };
                if is_told {
                    changes.push(Change { topic, name: name.clone(), before, now });
                }
            }
        }
        changes
    }

    /// Takes a change over.
    fn accept(&mut self, change: &Change) {
        let names = self.0.entry(change.topic).or_default();
        match &change.now {
            Some(now) => drop(names.insert(change.name.clone(), now.clone())),
            None => drop(names.remove(&change.name)),
        }
    }
}

/// Facts that were taken for good, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// When they were taken.
    pub taken: Timestamp,
    /// The facts.
    pub facts: Facts,
    /// What was taken over since, oldest first.
    #[serde(default)]
    pub accepted: Vec<Accepted>,
}

/// A change that somebody took over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// When.
    pub at: Timestamp,
    /// Who: the login user behind sudo, where that is known.
    pub author: String,
    /// What it is about.
    pub topic: Topic,
    /// Its name.
    pub name: String,
    /// Why, as he gave it; may be empty.
    pub reason: String,
}

/// More are not kept; the oldest go.
const ACCEPTED: usize = 10_000;

impl Baseline {
    /// Facts that were taken then.
    pub fn new(taken: Timestamp, facts: Facts) -> Self {
        Self { taken, facts, accepted: Vec::new() }
    }

    /// Takes over which packages there are: upgrades are no changes anybody is asked about.
    pub fn take_packages(&mut self, now: &Facts) {
        if let Some(packages) = now.0.get(&Topic::Package) {
            self.facts.0.insert(Topic::Package, packages.clone());
        }
    }

    /// Takes a change over.
    pub fn accept(&mut self, change: &Change, at: Timestamp, author: &str, reason: &str) {
        self.facts.accept(change);
        let (topic, name) = (change.topic, change.name.clone());
        let (author, reason) = (author.to_owned(), reason.to_owned());
        self.accepted.push(Accepted { at, author, topic, name, reason });
        let many = self.accepted.len().saturating_sub(ACCEPTED);
        self.accepted.drain(..many);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_went_and_changed_is_said_and_can_be_accepted() {
        let mut old = Facts::default();
        for (name, value) in [("ann", "1000"), ("bob", "1001"), ("eve", "1002")] {
            old.add(Topic::User, name, value);
        }
        let mut new = Facts::default();
        for (name, value) in [("ann", "1000"), ("bob", "0"), ("joe", "1003")] {
            new.add(Topic::User, name, value);
        }
        let changes = old.changes(&new);
        let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(names, ["bob", "eve", "joe"]);
        for change in &changes {
            old.accept(change);
        }
        assert_eq!(old.changes(&new), []);
    }
}
