//! What each service uses, by its cgroup: for charts, no rule hears it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::kernel::{rate, sample, seconds};
use super::process::unit::{Usage, usage};
use crate::model::{Metric, Observation, Subject};

/// Between two looks, in seconds: each walks the tree of slices.
const BETWEEN: f64 = 29.0;
/// Services that are measured at most: those that use most memory.
const MOST: usize = 200;

/// Reads /sys/fs/cgroup, where the machine has cgroup v2.
#[derive(Debug)]
pub struct Units {
    root: PathBuf,
    before: Option<(Timestamp, BTreeMap<String, Usage>)>,
}

impl Units {
    /// A reader of the machine whose files are under `root` (`/` but in tests).
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), before: None }
    }

    /// Memory now, and CPU time since the last look; nothing if that was a moment ago.
    pub fn read(&mut self, now: Timestamp) -> Vec<Observation> {
        let passed = self.before.as_ref().and_then(|(then, _)| seconds(*then, now));
        if self.before.is_some() && passed.is_none_or(|passed| passed < BETWEEN) {
            // A clock that was set back must not stop it for long.
            if passed.is_none() {
                self.before = None;
            }
            return Vec::new();
        }
        let Some(mut units) = usage(&self.root) else { return Vec::new() };
        units.retain(|name, _| name.ends_with(".service"));
        let mut largest: Vec<(&String, &Usage)> = units.iter().collect();
        largest.sort_by_key(|(_, usage)| Reverse(usage.memory_bytes));
        let mut said = Vec::with_capacity(largest.len().min(MOST) * 2);
        for (name, usage) in largest.into_iter().take(MOST) {
            let subject = Subject::Unit(name.clone());
            said.push(sample(&subject, Metric::UnitMemoryBytes, usage.memory_bytes as f64));
            let then = self.before.as_ref().and_then(|(_, units)| units.get(name));
            // One that was started anew counts from nothing.
            if let (Some(then), Some(passed)) = (then, passed)
                && let Some(microseconds) = rate(then.cpu_us, usage.cpu_us, passed)
            {
                said.push(sample(&subject, Metric::UnitCpuRatio, microseconds / 1e6));
            }
        }
        self.before = Some((now, units));
        said
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::fixture::{at, samples, tree, write};
    use super::*;

    #[test]
    fn services_by_what_they_used_since() {
        let root = tree(&[
            ("sys/fs/cgroup/cgroup.controllers", "cpu memory\n"),
            ("sys/fs/cgroup/system.slice/shop.service/cpu.stat", "usage_usec 1000000\n"),
            ("sys/fs/cgroup/system.slice/shop.service/memory.current", "4096\n"),
            ("sys/fs/cgroup/user.slice/session-1.scope/cpu.stat", "usage_usec 5\n"),
        ]);
        let mut units = Units::new(root.path());
        let first = units.read(at(0));
        let shop = String::from("unit:shop.service");
        assert_eq!(samples(&first, Metric::UnitMemoryBytes), [(shop.clone(), 4096.0)]);
        assert!(samples(&first, Metric::UnitCpuRatio).is_empty());
        write(
            root.path(),
            "sys/fs/cgroup/system.slice/shop.service/cpu.stat",
            "usage_usec 16000000\n",
        );
        assert!(units.read(at(10)).is_empty(), "too soon");
        let second = units.read(at(30));
        assert_eq!(samples(&second, Metric::UnitCpuRatio), [(shop, 0.5)]);
        // Started anew.
        write(root.path(), "sys/fs/cgroup/system.slice/shop.service/cpu.stat", "usage_usec 1\n");
        assert!(samples(&units.read(at(60)), Metric::UnitCpuRatio).is_empty());
        // The clock was set back.
        assert!(units.read(at(40)).is_empty());
        assert!(!units.read(at(41)).is_empty());
    }

    #[test]
    fn without_cgroup_v2_there_is_nothing() {
        let root = tree(&[("sys/fs/cgroup/memory/x", "")]);
        assert!(Units::new(root.path()).read(at(0)).is_empty());
    }
}
