//! What the kernel and systemd-oomd log when they kill for want of memory.
//!
//! Lines of `mm/oom_kill.c`, Linux 5.0 and later, for one killed process:
//!
//! ```text
//! oom-kill:constraint=CONSTRAINT_MEMCG,…,task_memcg=/system.slice/app.service,task=node,pid=812,uid=33
//! Memory cgroup out of memory: Killed process 812 (node) total-vm:32268kB, anon-rss:20112kB, file-rss:5284kB, shmem-rss:0kB, UID:33 …
//! ```
//!
//! The name of a process and the path of a cgroup are chosen by their owner and may hold any of
//! the separators, so fields are found from the ends inwards.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::Event;
use crate::source::journal::clean;

/// A name of a process as the kernel keeps it has at most this many bytes (`TASK_COMM_LEN` - 1).
const LONGEST_NAME: usize = 15;

/// Is this one of the lines `kills` reads?
pub(super) fn is_told_in(message: &[u8]) -> bool {
    let has = |needle: &[u8]| message.windows(needle.len()).any(|window| window == needle);
    message.starts_with(b"oom-kill:") || has(b"Killed process ") || has(b" memory.oom.group set")
}

/// The kills told of in the kernel's lines, in time order.
pub(super) fn kills<'a>(
    lines: impl Iterator<Item = (Timestamp, &'a str)>,
) -> Vec<(Timestamp, Event)> {
    let mut chosen = BTreeMap::new();
    let mut told = BTreeSet::new();
    let mut group = None;
    let mut kills = Vec::new();
    for (at, line) in lines {
        if let Some(choice) = choice(line) {
            group = None;
            chosen.insert(choice.pid, (at, choice));
        } else if let Some(path) = line.strip_prefix("Tasks in ").and_then(|rest| {
            rest.strip_suffix(" are going to be killed due to memory.oom.group set")
        }) {
            group = Some(unit_of_cgroup(path));
        } else if let Some(kill) = killed(line) {
            // With memory.oom.group (OOMPolicy=kill) the first victim is told of again with the
            // rest of its group, and only it was announced by a line of its own.
            let announced = chosen.remove(&kill.pid);
            if announced.is_none() && group.is_some() && told.contains(&kill.pid) {
                continue;
            }
            told.insert(kill.pid);
            let unit = match announced {
                Some((_, choice)) => choice.unit,
                None => group.clone().flatten(),
            };
            kills.push((at, event(kill.name, kill.pid, unit, kill.resident_bytes)));
        }
    }
    // Announced, and the line that follows within microseconds was lost.
    for (at, choice) in chosen.into_values() {
        kills.push((at, event(choice.name, choice.pid, choice.unit, None)));
    }
    kills.sort_by_key(|(at, _)| *at);
    kills
}

/// A kill told of by systemd-oomd, which kills whole cgroups:
/// `Killed /system.slice/app.service due to memory pressure for …`
pub(super) fn oomd_kill(message: &str) -> Option<Event> {
    let (path, _) = message.strip_prefix("Killed ")?.split_once(" due to ")?;
    let (_, name) = path.rsplit_once('/')?;
    Some(event(name, 0, unit_of_cgroup(path), None))
}

fn event(name: &str, pid: u32, unit: Option<String>, resident_bytes: Option<u64>) -> Event {
    Event::OomKill { process: clean(name, 64), pid, unit, resident_bytes }
}

struct Choice<'a> {
    name: &'a str,
    pid: u32,
    unit: Option<String>,
}

fn choice(line: &str) -> Option<Choice<'_>> {
    let line = line.strip_prefix("oom-kill:")?;
    let (rest, _uid) = line.rsplit_once(",uid=")?;
    let (rest, pid) = rest.rsplit_once(",pid=")?;
    let (_, rest) = rest.split_once(",task_memcg=")?;
    let (path, name) = rest
        .match_indices(",task=")
        .map(|(at, mark)| (&rest[..at], &rest[at + mark.len()..]))
        .find(|(_, name)| name.len() <= LONGEST_NAME)?;
    Some(Choice { name, pid: pid.parse().ok()?, unit: unit_of_cgroup(path) })
}

struct Killed<'a> {
    name: &'a str,
    pid: u32,
    resident_bytes: Option<u64>,
}

fn killed(line: &str) -> Option<Killed<'_>> {
    if !line.starts_with("Out of memory") && !line.starts_with("Memory cgroup out of memory") {
        return None;
    }
    let (_, rest) = line.split_once("Killed process ")?;
    let (pid, rest) = rest.split_once(" (")?;
    let (name, numbers) = rest.rsplit_once(") total-vm:")?;
    let kilobytes = |field: &str| {
        let (_, rest) = numbers.split_once(field)?;
        rest.split_once("kB")?.0.parse::<u64>().ok()
    };
    let resident_bytes = [" anon-rss:", " file-rss:", " shmem-rss:"]
        .into_iter()
        .map(kilobytes)
        .try_fold(0_u64, |sum, part| sum.checked_add(part?))
        .and_then(|sum| sum.checked_mul(1024));
    Some(Killed { name, pid: pid.parse().ok()?, resident_bytes })
}

/// The unit of the system's manager a cgroup belongs to: the first part of its path that is not
/// a slice.
fn unit_of_cgroup(path: &str) -> Option<String> {
    let mut parts = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| (part, part.rsplit_once('.').map_or("", |(_, kind)| kind)));
    let (unit, kind) = parts.find(|(_, kind)| *kind != "slice")?;
    matches!(kind, "service" | "scope" | "mount" | "socket" | "swap").then(|| clean(unit, 255))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn of(lines: &[&str]) -> Vec<Event> {
        kills(lines.iter().map(|line| (AT, *line))).into_iter().map(|(_, event)| event).collect()
    }

    fn kill(process: &str, pid: u32, unit: Option<&str>, resident: Option<u64>) -> Event {
        event(process, pid, unit.map(str::to_owned), resident)
    }

    // As logged by Debian 12's kernel 6.1 and Debian 13's 6.12.
    const CHOSEN: &str = "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/t-oom.service,task_memcg=/system.slice/t-oom.service,task=python3,pid=461,uid=0";
    const KILLED: &str = "Memory cgroup out of memory: Killed process 461 (python3) total-vm:32268kB, anon-rss:20112kB, file-rss:5284kB, shmem-rss:0kB, UID:0 pgtables:96kB oom_score_adj:0";

    #[test]
    fn names_process_unit_and_size() {
        let expected = kill("python3", 461, Some("t-oom.service"), Some((20112 + 5284) * 1024));
        assert_eq!(of(&[CHOSEN, KILLED]), [expected]);
        assert!(is_told_in(CHOSEN.as_bytes()) && is_told_in(KILLED.as_bytes()));
    }

    #[test]
    fn half_a_story_is_told_too() {
        assert_eq!(of(&[CHOSEN]), [kill("python3", 461, Some("t-oom.service"), None)]);
        let size = Some((20112 + 5284) * 1024);
        assert_eq!(of(&[KILLED]), [kill("python3", 461, None, size)]);
    }

    #[test]
    fn names_chosen_to_mislead_do_not() {
        let chosen = "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/user.slice/user-1000.slice/user@1000.service/app.slice/a,task=aaaaaaaaaaaaaaaa.service,task=x,pid=1,uid=0,pid=9,uid=1000";
        let killed = "Out of memory: Killed process 9 (x) total-vm:9kB) total-vm:8kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:4kB oom_score_adj:0";
        let expected = kill("x) total-vm:9kB", 9, Some("user@1000.service"), Some(1024));
        assert_eq!(of(&[chosen, killed]), [expected]);
    }

    #[test]
    fn oomd_kills_cgroups() {
        let line = "Killed /system.slice/app.service due to memory pressure for /system.slice being 72.81% > 60.00% for > 30s with reclaim activity";
        assert_eq!(oomd_kill(line), Some(kill("app.service", 0, Some("app.service"), None)));
        assert_eq!(oomd_kill("Killed the mood due to rain"), None);
    }

    #[test]
    fn the_unit_is_the_first_that_is_no_slice() {
        for (path, unit) in [
            ("/system.slice/system-getty.slice/getty@tty1.service", Some("getty@tty1.service")),
            ("/user.slice/user-1000.slice/session-3.scope", Some("session-3.scope")),
            ("/docker/0123abcd/inside.service", None),
            ("/", None),
        ] {
            assert_eq!(unit_of_cgroup(path).as_deref(), unit, "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_line_breaks_it(
            lines in prop::collection::vec(
                "(oom-kill:|Out of memory: Killed process |Killed |Tasks in )?(,task_memcg=/|,task=|,pid=|,uid=|\\(|\\) total-vm:|kB| anon-rss:|[0-9]{1,22}|\\PC){0,20}",
                0..6,
            )
        ) {
            let refs: Vec<&str> = lines.iter().map(String::as_str).collect();
            of(&refs);
            for line in refs {
                oomd_kill(line);
            }
        }
    }
}
