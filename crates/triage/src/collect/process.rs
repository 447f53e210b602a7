//! Processes, from `/proc`, whose files cost nothing to read and cannot be waited for.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::scene::Unseen;
use crate::scene::process::{Process, Program};

/// No file of a process is read further, in bytes.
const MOST: u64 = 64 << 10;
/// Arguments kept of a process.
const ARGUMENTS: usize = 64;
/// Descriptors looked at of a process.
const DESCRIPTORS: usize = 4096;
/// What the kernel adds to the path of a file that has no name any more.
const DELETED: &str = " (deleted)";
/// `USER_HZ`: the unit of times in `/proc/PID/stat`, the same on every architecture we build for.
const TICKS: i64 = 100;
/// The loginuid and session id of those who never logged in.
const NONE: u32 = u32::MAX;

/// Every process that `/proc` lists, and what could not be seen of them. `booted` is when the machine
/// started.
pub fn processes(booted: Timestamp) -> (Vec<Process>, Vec<Unseen>) {
    let [first_view, first_pids] = ["mnt", "pid"].map(|kind| namespace(Path::new("/proc/1"), kind));
    let mut hidden = 0;
    let listed = match fs::read_dir("/proc") {
        Ok(listed) => listed,
        Err(error) => return (Vec::new(), vec![unseen("the processes", &error.to_string())]),
    };
    let mut processes = Vec::new();
    for entry in listed.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // One that ended meanwhile is none.
        let Ok(mut process) = process(pid, booted) else { continue };
        if !process.is_kernel_thread() {
            let folder = folder(pid);
            match program(&folder) {
                Ok(program) => process.program = Some(program),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => hidden += 1,
                Err(_) => {}
            }
            let is_other = |kind, first: Option<u64>| {
                namespace(&folder, kind).is_some_and(|own| first.is_some_and(|first| own != first))
            };
            process.is_apart = is_other("mnt", first_view);
            process.has_own_pids = is_other("pid", first_pids);
            process.network = namespace(&folder, "net");
            process.folder = link(&folder.join("cwd"));
            descriptors(&folder, &mut process);
            environment(&folder, &mut process);
        }
        processes.push(process);
    }
    processes.sort_by_key(|process| process.pid);
    let blind = (hidden > 0)
        .then(|| unseen(&format!("the programs of {hidden} processes"), "permission denied"));
    (processes, blind.into_iter().collect())
}

fn unseen(what: &str, why: &str) -> Unseen {
    Unseen {
        what: what.to_owned(),
        why: why.to_owned(),
        mend: String::from("sudo nightkeep triage"),
        detectors: vec!["D1", "D2", "D3", "D4", "D6", "D7", "D8", "D9", "D29"],
    }
}

fn folder(pid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

fn process(pid: u32, booted: Timestamp) -> io::Result<Process> {
    let folder = folder(pid);
    let text = |name: &str| read(&folder.join(name));
    let stat = text("stat")?;
    let mut process = stat_of(&stat, booted).ok_or(io::ErrorKind::InvalidData)?;
    process.pid = pid;
    let arguments = text("cmdline").unwrap_or_default();
    let arguments = arguments.split('\0').filter(|argument| !argument.is_empty());
    process.arguments = arguments.take(ARGUMENTS).map(str::to_owned).collect();
    let status = text("status")?;
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    let mut ids = ids.unwrap_or_default().split_whitespace().map_while(|id| id.parse().ok());
    process.uid = ids.next().unwrap_or(NONE);
    process.effective_uid = ids.next().unwrap_or(process.uid);
    let number = |name: &str| text(name).ok()?.trim().parse().ok().filter(|number| *number != NONE);
    process.login_uid = number("loginuid");
    process.session = number("sessionid");
    let groups = text("cgroup").unwrap_or_default();
    let group = groups.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or_default();
    group.clone_into(&mut process.cgroup);
    let is_unit = |name: &&str| {
        name.rsplit_once('.').is_some_and(|(_, kind)| matches!(kind, "service" | "scope"))
    };
    process.unit = group.split('/').find(is_unit).map(str::to_owned);
    Ok(process)
}

/// What `/proc/PID/stat` says. The name may hold anything, brackets and blanks included.
fn stat_of(stat: &str, booted: Timestamp) -> Option<Process> {
    let (begin, end) = (stat.find('(')?, stat.rfind(')')?);
    let name = stat.get(begin + 1..end)?.to_owned();
    let fields: Vec<&str> = stat.get(end + 1..)?.split_ascii_whitespace().collect();
    // Counted from 1, the state is field 3.
    let field = |n: usize| fields.get(n - 3);
    let number = |n| field(n)?.parse::<i64>().ok();
    let started = number(22)?;
    Some(Process {
        name,
        parent: field(4)?.parse().ok()?,
        flags: field(9)?.parse().ok()?,
        is_dead: matches!(*field(3)?, "Z" | "X"),
        cpu: (number(14)? + number(15)?) as f64 / TICKS as f64,
        started: booted
            .checked_add(SignedDuration::from_millis(started.saturating_mul(1000 / TICKS)))
            .ok()?,
        ..Process::default()
    })
}

fn program(folder: &Path) -> io::Result<Program> {
    let target = fs::read_link(folder.join("exe"))?;
    let target = target.to_string_lossy();
    let (path, is_deleted) = match target.strip_suffix(DELETED) {
        Some(path) => (path.to_owned(), true),
        None => (target.into_owned(), false),
    };
    // In its own view: a container has other files than the machine.
    let now = folder.join("root").join(path.trim_start_matches('/'));
    Ok(Program {
        is_in_memory: path.starts_with("/memfd:"),
        is_replaced: is_deleted && now.symlink_metadata().is_ok(),
        is_deleted,
        path,
        package: None,
    })
}

/// Is the program of a process the file that has its path in our own view?
pub fn is_ours(pid: u32, path: &str) -> bool {
    let file = |path: &Path| path.metadata().ok().map(|found| (found.dev(), found.ino()));
    let own = file(Path::new(path));
    own.is_some() && file(&folder(pid).join("exe")) == own
}

/// A namespace of a process.
fn namespace(folder: &Path, kind: &str) -> Option<u64> {
    Some(folder.join("ns").join(kind).metadata().ok()?.ino())
}

fn link(path: &Path) -> Option<String> {
    Some(fs::read_link(path).ok()?.to_string_lossy().into_owned())
}

/// Where its streams go, and what sockets it holds.
fn descriptors(folder: &Path, process: &mut Process) {
    let Ok(listed) = fs::read_dir(folder.join("fd")) else { return };
    for entry in listed.flatten().take(DESCRIPTORS) {
        let Some(target) = link(&entry.path()) else { continue };
        let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        process.sockets.extend(inode.and_then(|inode| inode.parse::<u64>().ok()));
        let number = entry.file_name().to_str().and_then(|name| name.parse::<usize>().ok());
        if let Some(stream) = number.and_then(|number| process.streams.get_mut(number)) {
            *stream = Some(target);
        }
    }
}

/// Of its environment only what forces libraries upon it and what keeps shells from writing a history:
/// the rest holds secrets.
fn environment(folder: &Path, process: &mut Process) {
    let Ok(variables) = read(&folder.join("environ")) else { return };
    for (name, value) in variables.split('\0').filter_map(|variable| variable.split_once('=')) {
        match name {
            "LD_PRELOAD" | "LD_AUDIT" if !value.is_empty() => {
                process.preload = Some(value.to_owned());
            }
            "HISTFILE" => process.hides_history = matches!(value, "" | "/dev/null"),
            "HISTSIZE" | "HISTFILESIZE" if value == "0" => process.hides_history = true,
            _ => {}
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks() {
        let stat = "7 (a) S 1 (x) R 42 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 300 1 2 3";
        let process = stat_of(stat, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(
            (process.name.as_str(), process.parent, process.flags),
            ("a) S 1 (x", 42, 4_194_560)
        );
        assert_eq!(process.started.as_second(), 3);
        assert!(stat_of("7 (", Timestamp::UNIX_EPOCH).is_none());
    }

    #[test]
    fn a_program_that_is_removed_while_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("sleeper");
        fs::copy("/bin/sleep", &program).unwrap();
        let mut child = Command::new(&program).arg("60").spawn().unwrap();
        let seen = || {
            let (processes, _) = processes(Timestamp::UNIX_EPOCH);
            processes.into_iter().find(|process| process.pid == child.id()).unwrap()
        };
        let before = seen();
        fs::remove_file(&program).unwrap();
        let after = seen();
        fs::write(&program, "other").unwrap();
        let replaced = seen();
        child.kill().unwrap();
        child.wait().unwrap();
        let facts = |process: &Process| {
            let program = process.program.as_ref().unwrap();
            (program.is_deleted, program.is_replaced)
        };
        assert_eq!(
            (facts(&before), facts(&after), facts(&replaced)),
            ((false, false), (true, false), (true, true))
        );
        assert_eq!(
            (before.name.as_str(), before.arguments.last().unwrap().as_str()),
            ("sleeper", "60")
        );
    }
}
