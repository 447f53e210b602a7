//! Rules that fill the log, and with it push out what happened before.
//!
//! The figures were measured on Debian 12 with auditd's enriched log: 1,521 bytes a program
//! started, 1.12 MB for a `git clone` of 609 files and 1.71 MB for its removal.

use super::{Finding, Loaded, Machine, Severity, trim, watched};
use crate::rules::field::{PERM_ATTR, PERM_EXEC, PERM_READ, PERM_WRITE};
use crate::rules::pair::show;
use crate::rules::rule::{Action, FieldName, List, Operator, Rule};

/// Bytes of log for a program that is started.
pub(in crate::rules) const BYTES_AN_EXEC: u64 = 1_521;
/// Bytes of log for a file that is made and removed.
pub(in crate::rules) const BYTES_A_FILE: u64 = 4_600;
/// What auditd keeps unless told otherwise: 5 files of 8 MiB.
const USUAL_ROOM: u64 = 5 * 8 * 1024 * 1024;
/// Directories below which programs write all day.
const BUSY: [&[u8]; 14] = [
    b"/",
    b"/home",
    b"/var",
    b"/var/log",
    b"/var/lib",
    b"/var/www",
    b"/var/cache",
    b"/tmp",
    b"/var/tmp",
    b"/usr",
    b"/run",
    b"/srv",
    b"/opt",
    b"/root",
];
const MANY: usize = 2_000;
/// System calls that every program makes all the time.
const FREQUENT: [&str; 18] = [
    "read",
    "write",
    "open",
    "openat",
    "close",
    "stat",
    "fstat",
    "newfstatat",
    "mmap",
    "poll",
    "futex",
    "connect",
    "sendto",
    "recvfrom",
    "sendmsg",
    "recvmsg",
    "clone",
    "exit_group",
];

pub(super) fn of(one: &Loaded<'_>, machine: &dyn Machine) -> Option<Finding> {
    if one.rule.action == Action::Never || one.rule.list != List::Exit {
        return None;
    }
    let room = machine.log_room().unwrap_or(USUAL_ROOM);
    let (what, instead) = match watched(one.rule) {
        Some(path) => directory(one.rule, path, room, machine)?,
        None => calls(one.rule, room, machine)?,
    };
    let places = vec![one.place()];
    Some(Finding { severity: Severity::Warning, kind: "flood", places, what, instead })
}

fn directory(
    rule: &Rule,
    path: &[u8],
    room: u64,
    machine: &dyn Machine,
) -> Option<(String, String)> {
    let perm = rule.perm().unwrap_or(PERM_READ | PERM_WRITE | PERM_EXEC | PERM_ATTR);
    if is_narrowed(rule) {
        return None;
    }
    let Some(dir) = rule.dir().map(trim) else {
        let reads = perm & PERM_READ != 0 && rule.perm() == Some(15);
        return reads.then(|| {
            (
                format!(
                    "{} is logged whenever anybody reads it, too: -p is missing or rwxa",
                    show(path)
                ),
                String::from("-p wa (written to, or its owner or mode changed)"),
            )
        });
    };
    let below = if BUSY.contains(&dir) { MANY } else { machine.below(dir, MANY) };
    if perm & PERM_READ != 0 && below > 0 {
        return Some((
            format!("every file below {} that anybody reads is logged", show(dir)),
            String::from("-p wa (written to, or its owner or mode changed)"),
        ));
    }
    if below < MANY || perm & (PERM_WRITE | PERM_ATTR) == 0 {
        return None;
    }
    let files = room / BYTES_A_FILE;
    let what = format!(
        "every file written below {} is logged: about {} for each made and removed; a git clone of \
         600 files writes 1.1 MB, its removal 1.7 MB, and after {files} files nothing older is left of \
         the {} that auditd keeps",
        show(dir),
        bytes(BYTES_A_FILE),
        bytes(room)
    );
    let keys = super::keys_of(rule);
    let mut lines: Vec<String> = machine
        .homes()
        .into_iter()
        .filter(|(_, home)| super::is_within(home, dir))
        .flat_map(|(_, home)| {
            let ssh = [home.as_slice(), b"/.ssh"].concat();
            let watch = |name: &str| {
                format!(
                    "-a always,exit -F arch=b64 -S all -F {name}={} -F perm=wa{keys}",
                    show(&ssh)
                )
            };
            let is_there = machine.is_directory(&ssh);
            std::iter::once(watch("path")).chain(is_there.then(|| watch("dir")))
        })
        .collect();
    if lines.is_empty() {
        lines.push(String::from("watch the few files or directories below it that matter"));
    }
    Some((what, lines.join("\n")))
}

fn calls(rule: &Rule, room: u64, machine: &dyn Machine) -> Option<(String, String)> {
    if is_narrowed(rule) {
        return None;
    }
    let arch = rule.arch().unwrap_or_else(|| machine.arch());
    let has =
        |name: &str| arch.number_of(name).is_some_and(|number| rule.syscalls.contains(number));
    if rule.syscalls.is_all() {
        return Some((
            String::from("every system call is logged: thousands of events a second"),
            String::from("name the calls it is about: -S execve, or a path with -F perm=wa"),
        ));
    }
    let is_of_people = rule
        .fields
        .iter()
        .any(|field| matches!(field.name, FieldName::AUID | FieldName::UID | FieldName::EUID));
    if let Some(name) = FREQUENT.iter().find(|name| has(name)) {
        return Some((
            format!("{name} is called by every program all the time"),
            String::from("add what makes it rare: -F exit=-EACCES, -F a2=…, a path, a user"),
        ));
    }
    if (has("execve") || has("execveat")) && !is_of_people {
        let processes = machine.processes_a_day()?;
        let a_day = processes.saturating_mul(BYTES_AN_EXEC);
        let hours = (room.saturating_mul(24)).checked_div(a_day).unwrap_or(u64::MAX);
        if hours > 24 * 30 {
            return None;
        }
        let what = format!(
            "every program that is started is logged: up to {processes} a day on this server, {} a day; \
             the {} that auditd keeps hold about {hours} hours",
            bytes(a_day),
            bytes(room)
        );
        let instead =
            String::from("-F auid>=1000 -F auid!=unset (what people start, not cron and services)");
        return Some((what, instead));
    }
    None
}

/// Does it ask for something that is rare?
fn is_narrowed(rule: &Rule) -> bool {
    rule.fields.iter().any(|field| match field.name {
        FieldName::EXE | FieldName::PID | FieldName::PPID | FieldName::SESSIONID => {
            field.operator == Operator::Equal
        }
        FieldName::EXIT
        | FieldName::SUCCESS
        | FieldName::INODE
        | FieldName::COMPARE
        | FieldName::SADDR_FAM
        | FieldName::A0
        | FieldName::A1
        | FieldName::A2
        | FieldName::A3
        | FieldName::OBJ_UID => true,
        _ => false,
    })
}

/// A size for people.
pub(in crate::rules) fn bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{:.1} KB", size as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} MB", size as f64 / 1e6),
        _ => format!("{:.1} GB", size as f64 / 1e9),
    }
}
