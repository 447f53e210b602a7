//! Processes that hide: the views of the kernel held against one another.
//!
//! No sweep over all numbers: a process is in its control group, whoever filters the listing of `/proc`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, test_kill_process};

use crate::scene::{Hidden, HiddenBy};

/// Looks before a process counts as hidden, and the pause between them: processes come and go.
const LOOKS: usize = 3;
const PAUSE: Duration = Duration::from_millis(20);
/// How deep and how many control groups are looked at.
const DEPTH: usize = 16;
const GROUPS: usize = 20_000;

/// Processes that one view shows and another does not, each time it was looked.
pub fn hidden() -> Vec<Hidden> {
    let mut found = look();
    for _ in 1..LOOKS {
        if found.is_empty() {
            break;
        }
        sleep(PAUSE);
        let again = look();
        found.retain(|hidden| again.contains(hidden));
    }
    found
}

fn look() -> Vec<Hidden> {
    // The groups first: what starts in between is listed.
    let grouped = grouped();
    let listed = listed();
    let mounted = mounted(&fs::read_to_string("/proc/self/mountinfo").unwrap_or_default());
    let mut found: Vec<Hidden> = Vec::new();
    for (pid, kind) in &mounted {
        found.push(Hidden { pid: *pid, how: HiddenBy::Mount(kind.clone()), name: name(*pid) });
    }
    let is_mounted = |pid: u32| mounted.iter().any(|(other, _)| *other == pid);
    for &pid in &listed {
        let stat = format!("/proc/{pid}/stat");
        if !is_mounted(pid) && fs::read(stat).is_err() && is_alive(pid) {
            found.push(Hidden { pid, how: HiddenBy::Unreadable, name: name(pid) });
        }
    }
    for pid in grouped.difference(&listed).copied() {
        if is_alive(pid) && !is_thread(pid) {
            found.push(Hidden { pid, how: HiddenBy::NotListed, name: name(pid) });
        }
    }
    found
}

/// Folders of processes something is mounted over, and the kind of filesystem (`proc(5)`, mountinfo).
fn mounted(mounts: &str) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for line in mounts.lines() {
        let place = line.split(' ').nth(4).and_then(|place| place.strip_prefix("/proc/"));
        let Some(pid) = place.and_then(|place| place.split('/').next()?.parse().ok()) else {
            continue;
        };
        let kind = line.split_once(" - ").and_then(|(_, rest)| rest.split(' ').next());
        found.push((pid, kind.unwrap_or_default().to_owned()));
    }
    found
}

fn listed() -> BTreeSet<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Every process of every control group of ours.
fn grouped() -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut folders = vec![(Path::new("/sys/fs/cgroup").to_owned(), 0)];
    let mut looked = 0;
    while let Some((folder, depth)) = folders.pop() {
        looked += 1;
        if looked > GROUPS {
            break;
        }
        let members = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
        // Those of other namespaces have number 0.
        found.extend(
            members.lines().filter_map(|pid| pid.parse::<u32>().ok()).filter(|&pid| pid > 0),
        );
        if depth < DEPTH {
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            let inner = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            folders.extend(inner.map(|entry| (entry.path(), depth + 1)));
        }
    }
    found
}

/// Does it answer to signals? One of another user does as well.
fn is_alive(pid: u32) -> bool {
    let Some(pid) = Pid::from_raw(pid.cast_signed()) else { return false };
    matches!(test_kill_process(pid), Ok(()) | Err(rustix::io::Errno::PERM))
}

/// Numbers of threads answer to signals as well, and are never listed.
fn is_thread(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let leader = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    leader.is_some_and(|leader| leader.trim().parse() != Ok(pid))
}

fn name(pid: u32) -> String {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_over_processes_are_found_and_others_are_not() {
        let mounts = "36 25 0:32 / /proc/sys/fs/binfmt_misc rw shared:14 - autofs systemd-1 rw\n\
                      90 25 0:51 / /proc/812 rw,relatime shared:1 - tmpfs none rw\n\
                      91 25 0:51 / /proc/9/fd rw - proc proc rw\n";
        assert_eq!(mounted(mounts), [(812, String::from("tmpfs")), (9, String::from("proc"))]);
    }

    #[test]
    fn nothing_hides_here() {
        assert_eq!(hidden(), []);
    }
}
