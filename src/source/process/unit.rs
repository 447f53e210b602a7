//! Units by their cgroups.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::kernel::{fields, lines, number};
use super::super::shown::shown;

/// Longest name of a unit, as systemd has it.
const NAME: usize = 255;

/// Deeper or wider than this no tree of slices is walked.
const DEPTH: usize = 8;
const MOST: usize = 4096;

/// What a unit used.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitTotal {
    /// Its name (`caddy.service`, `session-4.scope`).
    pub unit: String,
    /// CPUs it kept busy (1 = one whole CPU).
    pub cpu_ratio: f32,
    /// Memory of its cgroup that the kernel cannot simply take back: without file cache.
    pub memory_bytes: u64,
}

/// What a unit used since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::source) struct Usage {
    pub(in crate::source) cpu_us: u64,
    pub(in crate::source) memory_bytes: u64,
}

/// The unit of a process, from its /proc/PID/cgroup: the outermost service or scope of its path.
/// What a user's own systemd or a container starts below that counts as theirs.
pub(super) fn unit_of(cgroup: &[u8]) -> Option<String> {
    let unit = |path: &[u8]| {
        let unit = path.split(|byte| *byte == b'/').find(|name| is_unit(name))?;
        Some(shown(unit, NAME))
    };
    // cgroup v2, or else systemd's own tree of v1.
    let two = lines(cgroup).find_map(|line| unit(line.strip_prefix(b"0::")?));
    two.or_else(|| {
        lines(cgroup).find_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            unit(line[colon + 1..].strip_prefix(b"name=systemd:")?)
        })
    })
}

fn is_unit(name: &[u8]) -> bool {
    [b".service".as_slice(), b".scope"]
        .iter()
        .any(|suffix| name.len() > suffix.len() && name.ends_with(suffix))
}

/// Every unit's use, where the machine has cgroup v2.
pub(in crate::source) fn usage(root: &Path) -> Option<BTreeMap<String, Usage>> {
    let top = root.join("sys/fs/cgroup");
    // Only v2 has this file at the top; a hybrid's v2 tree counts nothing.
    top.join("cgroup.controllers").exists().then(|| {
        let mut units = BTreeMap::new();
        walk(&top, DEPTH, &mut units);
        units
    })
}

fn walk(directory: &Path, depth: usize, units: &mut BTreeMap<String, Usage>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if units.len() >= MOST {
            return;
        }
        if is_unit(name) {
            // The same name under two users' slices is theirs together.
            let usage = units.entry(shown(name, NAME)).or_default();
            let more = of(&entry.path());
            usage.cpu_us += more.cpu_us;
            usage.memory_bytes += more.memory_bytes;
        } else if depth > 0 && name.ends_with(b".slice") {
            walk(&entry.path(), depth - 1, units);
        }
    }
}

/// <https://docs.kernel.org/admin-guide/cgroup-v2.html>: cpu.stat, memory.current, memory.stat.
fn of(cgroup: &Path) -> Usage {
    let read = |file| std::fs::read(cgroup.join(file)).unwrap_or_default();
    let value = |text: &[u8], wanted: &[u8]| {
        lines(text).find_map(|line| {
            let mut fields = fields(line);
            (fields.next()? == wanted).then(|| fields.next().and_then(number))?
        })
    };
    let stat = read("memory.stat");
    // A service that only wrote a large log is not who eats the memory.
    let cache = [b"active_file".as_slice(), b"inactive_file", b"slab_reclaimable"]
        .iter()
        .filter_map(|name| value(&stat, name))
        .fold(0_u64, u64::saturating_add);
    let current = number(read("memory.current").trim_ascii()).unwrap_or(0);
    Usage {
        cpu_us: value(&read("cpu.stat"), b"usage_usec").unwrap_or(0),
        memory_bytes: current.saturating_sub(cache),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::kernel::fixture::tree;
    use super::*;

    #[test]
    fn the_outermost_service_or_scope_of_a_path_is_the_unit() {
        for (cgroup, expected) in [
            ("0::/system.slice/caddy.service\n", Some("caddy.service")),
            ("0::/system.slice/system-getty.slice/getty@tty1.service", Some("getty@tty1.service")),
            (
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service",
                Some("user@1000.service"),
            ),
            ("0::/user.slice/user-1000.slice/session-4.scope\n", Some("session-4.scope")),
            ("0::/system.slice/docker-9f0a.scope/init.scope\n", Some("docker-9f0a.scope")),
            ("0::/init.scope\n", Some("init.scope")),
            (
                "9:name=systemd:/system.slice/cron.service\n4:memory:/x.service\n0::/\n",
                Some("cron.service"),
            ),
            ("0::/\n", None),
            ("0::/.service\n", None),
            ("", None),
            ("garbage\n:::\n", None),
        ] {
            assert_eq!(unit_of(cgroup.as_bytes()).as_deref(), expected, "{cgroup}");
        }
    }

    #[test]
    fn units_of_cgroup_v2_are_counted_by_the_kernel_without_cache() {
        let root = tree(&[
            ("sys/fs/cgroup/cgroup.controllers", "cpu memory\n"),
            ("sys/fs/cgroup/system.slice/a.service/cpu.stat", "usage_usec 1500\nuser_usec 1\n"),
            ("sys/fs/cgroup/system.slice/a.service/memory.current", "5000\n"),
            (
                "sys/fs/cgroup/system.slice/a.service/memory.stat",
                "anon 1000\nfile 3000\nactive_file 1000\ninactive_file 2000\n",
            ),
            ("sys/fs/cgroup/system.slice/a.service/inner.service/cpu.stat", "usage_usec 7\n"),
            ("sys/fs/cgroup/user.slice/user-0.slice/session-1.scope/cpu.stat", "usage_usec x\n"),
        ]);
        let units = usage(root.path()).unwrap();
        assert_eq!(units.len(), 2);
        assert_eq!(units["a.service"], Usage { cpu_us: 1500, memory_bytes: 2000 });
        assert_eq!(units["session-1.scope"], Usage::default());
        assert_eq!(usage(&root.path().join("sys")), None);
    }
}
