//! What a message shows for an alert: at most three short lines, gathered when it is raised.

mod held;
mod login;

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::journal::{self, Line, clean};
use super::process::{self, Process, Snapshot};
use crate::model::text::{bytes, percent};
use crate::model::{AlertKey, Event, RuleName, Subject};

/// What fits on a lock screen.
const MOST_LINES: usize = 3;
/// Processes named in one line.
const MOST_PROCESSES: usize = 3;
/// The longest line, in characters.
const LONGEST: usize = 120;
/// A message does not wait longer for its evidence.
const DEADLINE: Duration = Duration::from_secs(2);
/// What led to an alert was logged before it was raised.
const BEFORE: SignedDuration = SignedDuration::from_mins(10);
/// How long work is watched to say whose it is.
const OVER: Duration = Duration::from_millis(500);
/// Lines of a unit to choose from: systemd writes about five for every crash.
const TO_CHOOSE_FROM: usize = 30;

/// At most three lines of at most 120 characters, safe to print, within two seconds; none where
/// there is nothing to show. `since` is when the alert was raised.
pub async fn of(key: &AlertKey, since: Timestamp) -> Vec<String> {
    let key = key.clone();
    let since = since.checked_sub(BEFORE).unwrap_or(since);
    let gathered = timeout(DEADLINE, gather(key, since)).await.unwrap_or_default();
    gathered.iter().take(MOST_LINES).map(|line| clean(line, LONGEST)).collect()
}

async fn gather(key: AlertKey, since: Timestamp) -> Vec<String> {
    match key.rule {
        RuleName::CpuBusy | RuleName::CpuSteal | RuleName::CpuLoad | RuleName::CpuPressure => {
            busiest().await
        }
        RuleName::MemoryAvailable | RuleName::MemorySwap | RuleName::MemoryPressure => {
            spawn_blocking(largest).await.unwrap_or_default()
        }
        RuleName::CpuIowait | RuleName::IoPressure => {
            spawn_blocking(waiting).await.unwrap_or_default()
        }
        _ => spawn_blocking(move || read(&key, since)).await.unwrap_or_default(),
    }
}

/// The unit and the processes most responsible for work.
async fn busiest() -> Vec<String> {
    let look = || Snapshot::take(Path::new("/"));
    let Ok(Ok(before)) = spawn_blocking(look).await else { return Vec::new() };
    sleep(OVER).await;
    let Ok(Ok(after)) = spawn_blocking(look).await else { return Vec::new() };
    let units = process::unit_totals(&before, &after);
    let most = units.iter().max_by(|one, other| one.cpu_ratio.total_cmp(&other.cpu_ratio));
    let unit = most.filter(|unit| unit.cpu_ratio >= 0.01).map(|unit| {
        format!("most work: {}, {} of a CPU", unit.unit, percent(f64::from(unit.cpu_ratio)))
    });
    let processes = process::top_by_cpu(&before, &after, MOST_PROCESSES);
    let share = |process: &Process| percent(f64::from(process.cpu_ratio));
    unit.into_iter().chain(named("busiest", &processes, share)).collect()
}

/// The processes that wait for a disk.
fn waiting() -> Vec<String> {
    let Ok(snapshot) = Snapshot::take(Path::new("/")) else { return Vec::new() };
    let processes = process::waiting(&snapshot, MOST_PROCESSES);
    named("waiting for a disk", &processes, |process| process.user.clone()).into_iter().collect()
}

/// Processes in one line: name, number, owner or unit, and what they are named for.
fn named(
    what: &str,
    processes: &[Process],
    measure: impl Fn(&Process) -> String,
) -> Option<String> {
    let name = |process: &Process| {
        format!("{} (pid {}) {}", clean(&process.name, 24), process.pid, measure(process))
    };
    let names: Vec<_> = processes.iter().map(name).collect();
    (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")))
}

/// The unit and the processes most responsible for memory.
fn largest() -> Vec<String> {
    let Ok(snapshot) = Snapshot::take(Path::new("/")) else { return Vec::new() };
    let processes = process::top_by_memory(&snapshot, MOST_PROCESSES);
    let size = |process: &Process| bytes(process.resident_bytes as f64);
    let units = process::unit_totals(&snapshot, &snapshot);
    let most = units.iter().max_by_key(|unit| unit.memory_bytes);
    let unit =
        most.map(|unit| format!("most memory: {}, {}", unit.unit, bytes(unit.memory_bytes as f64)));
    unit.into_iter().chain(named("largest", &processes, size)).collect()
}

fn read(key: &AlertKey, since: Timestamp) -> Vec<String> {
    match (&key.rule, &key.subject) {
        (RuleName::UnitFailed | RuleName::UnitRestarts | RuleName::UnitInactive, subject) => {
            of_units(&[name(subject)], since)
        }
        (RuleName::TimerOverdue, subject) => {
            let timer = name(subject);
            let service = timer.replace(".timer", ".service");
            of_units(&[timer, &service], since)
        }
        // What caddy or certbot said when it tried to renew; their stores tell whose it is.
        (RuleName::CertificateExpiry, Subject::Certificate(path)) => {
            if path.contains("/caddy/") {
                of_units(&["caddy.service"], since)
            } else if path.starts_with("/etc/letsencrypt/") {
                of_units(&["certbot.service"], since)
            } else {
                Vec::new()
            }
        }
        (RuleName::OomKill, subject) => of_kills(subject, since),
        (RuleName::LoginUnknown | RuleName::LoginGuessed, Subject::Login(name)) => {
            login::about(name)
        }
        (RuleName::DiskReadOnly, Subject::Mount(mount)) => {
            let mut lines = held::filesystem(mount);
            lines.extend(of_kernel(since));
            lines
        }
        (RuleName::DiskUsed | RuleName::DiskForecast, Subject::Mount(mount)) => {
            let mut lines = held::filesystem(mount);
            lines.extend(held::largest(mount, MOST_LINES - lines.len()));
            lines
        }
        (RuleName::UnexpectedReboot, _) => super::machine::last_lines(Path::new("/"))
            .map_or_else(|_| Vec::new(), |all| choose(&all)),
        (RuleName::DiskInodes, Subject::Mount(mount)) => held::filesystem(mount),
        _ => Vec::new(),
    }
}

fn name(subject: &Subject) -> &str {
    match subject {
        Subject::Unit(name) => name,
        _ => "",
    }
}

fn of_units(units: &[&str], since: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    for unit in units {
        match journal::unit_lines(unit, since, TO_CHOOSE_FROM) {
            Ok(more) => lines.extend(more),
            Err(blind) => return vec![format!("its log cannot be shown: {}", blind.mend)],
        }
    }
    lines.sort_by_key(|line| line.at);
    choose(&lines)
}

/// The unit's own last lines say more than systemd's, which fill up.
fn choose(lines: &[Line]) -> Vec<String> {
    let mut chosen: Vec<&Line> = Vec::new();
    for own in [true, false] {
        for line in lines.iter().rev().filter(|line| line.own == own) {
            let is_new = !chosen.iter().any(|other| other.text == line.text);
            if chosen.len() < MOST_LINES && is_new && !line.text.is_empty() {
                chosen.push(line);
            }
        }
    }
    chosen.sort_by_key(|line| line.at);
    chosen.into_iter().map(show).collect()
}

fn show(line: &Line) -> String {
    if line.from.is_empty() { line.text.clone() } else { format!("{}: {}", line.from, line.text) }
}

fn of_kernel(since: Timestamp) -> Vec<String> {
    // ext4 and the block layer; XFS; btrfs.
    const ABOUT: [&str; 6] = [
        "Remounting filesystem read-only",
        "-fs error",
        "I/O error",
        "has aborted",
        "Shutting down filesystem",
        "forced readonly",
    ];
    let lines = journal::kernel_lines(&ABOUT, since, MOST_LINES - 1).unwrap_or_default();
    lines.iter().map(show).collect()
}

fn of_kills(subject: &Subject, since: Timestamp) -> Vec<String> {
    let kills = match journal::kernel_oom_kills(since) {
        Ok(kills) => kills,
        Err(blind) => return vec![format!("who was killed cannot be shown: {}", blind.mend)],
    };
    let mut lines: Vec<String> = kills
        .iter()
        .rev()
        .filter_map(|(_, event)| match event {
            Event::OomKill { process, pid, unit, resident_bytes } => {
                let meant = match subject {
                    Subject::Unit(name) => unit.as_ref() == Some(name),
                    _ => true,
                };
                meant.then(|| killed(process, *pid, unit.as_deref(), *resident_bytes))
            }
            Event::Login { .. }
            | Event::Ban { .. }
            | Event::AuditRuleRemoved { .. }
            | Event::AuditLost { .. }
            | Event::AuditAct { .. }
            | Event::Noted { .. }
            | Event::WatchStarted { .. } => None,
        })
        .take(MOST_LINES)
        .collect();
    lines.reverse();
    lines
}

fn killed(process: &str, pid: u32, unit: Option<&str>, resident_bytes: Option<u64>) -> String {
    let pid = if pid == 0 { String::new() } else { format!(" (pid {pid})") };
    let unit = unit.filter(|unit| *unit != process);
    let unit = unit.map(|unit| format!(" of {unit}")).unwrap_or_default();
    let held =
        resident_bytes.map(|held| format!(", it held {}", bytes(held as f64))).unwrap_or_default();
    format!("killed {process}{pid}{unit}{held}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: i64, own: bool, text: &str) -> Line {
        Line {
            at: Timestamp::from_second(second).unwrap(),
            from: String::from(if own { "node" } else { "systemd" }),
            text: text.to_owned(),
            own,
        }
    }

    #[test]
    fn a_units_own_last_lines_come_first() {
        let lines = [
            line(1, true, "listening"),
            line(2, true, "Error: no such table"),
            line(3, false, "Main process exited"),
            line(4, false, "Failed with result 'exit-code'."),
            line(5, true, "listening"),
            line(6, true, "Error: no such table"),
            line(7, false, "Failed with result 'exit-code'."),
        ];
        let expected = [
            "node: listening",
            "node: Error: no such table",
            "systemd: Failed with result 'exit-code'.",
        ];
        assert_eq!(choose(&lines), expected);
        assert_eq!(choose(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_kill_reads_as_a_sentence() {
        let whole = killed("node", 812, Some("app.service"), Some(512 << 20));
        assert_eq!(whole, "killed node (pid 812) of app.service, it held 512 MiB");
        assert_eq!(killed("app.service", 0, Some("app.service"), None), "killed app.service");
    }
}
