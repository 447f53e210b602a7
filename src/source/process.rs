//! Who uses CPU and memory: processes and units, looked at only when somebody asks.

pub(super) mod unit;
mod user;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

pub use self::unit::UnitTotal;
use self::unit::{Usage, unit_of};
use super::Blind;
use super::kernel::{fields, number, unreadable};
use super::shown::shown;

/// More processes than this are not looked at.
const MOST: usize = 32_768;

/// Longest name shown, of a process, user or unit.
const NAME: usize = 64;

/// A process that uses much.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Its command name (`comm`), which it chooses itself; control characters are escaped.
    pub name: String,
    /// Who runs it: a name of /etc/passwd, or the number. Empty when it ended meanwhile.
    pub user: String,
    /// The unit whose cgroup it is in.
    pub unit: Option<String>,
    /// CPUs it kept busy (1 = one whole CPU); 0 where only one snapshot was taken.
    pub cpu_ratio: f32,
    /// Its resident memory, shared pages included.
    pub resident_bytes: u64,
}

/// All processes and units at one instant.
#[derive(Debug)]
pub struct Snapshot {
    root: PathBuf,
    /// Seconds since boot.
    at: f64,
    processes: HashMap<u32, Seen>,
    units: BTreeMap<String, Usage>,
}

/// What /proc/PID/stat says.
#[derive(Debug, Clone)]
struct Seen {
    name: Vec<u8>,
    /// Clock ticks since boot; tells a process from a later one with the same id.
    started: u64,
    /// Clock ticks in user space and kernel.
    ticks: u64,
    resident_bytes: u64,
    /// In an uninterruptible wait (state D), nearly always for a disk.
    waits: bool,
}

impl Snapshot {
    /// Looks at every process of the machine whose files are under `root`. Costs about 20 µs a
    /// process: not for every tick.
    ///
    /// # Errors
    /// /proc cannot be read.
    pub fn take(root: &Path) -> Result<Self, Blind> {
        let proc = root.join("proc");
        let blind = |path: &Path, error: &std::io::Error| unreadable(path, error);
        let uptime = proc.join("uptime");
        let at = fs::read_to_string(&uptime).map_err(|error| blind(&uptime, &error))?;
        let at = at.split(' ').next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0.0);
        let page_bytes = rustix::param::page_size() as u64;
        let mut buffer = Vec::with_capacity(1024);
        let mut processes = HashMap::new();
        for entry in fs::read_dir(&proc).map_err(|error| blind(&proc, &error))?.flatten() {
            let name = entry.file_name();
            let Some(pid) = number(name.as_encoded_bytes()).and_then(|pid| pid.try_into().ok())
            else {
                continue;
            };
            if processes.len() == MOST {
                break;
            }
            // It may have ended since the directory was read.
            if slurp(&entry.path().join("stat"), &mut buffer)
                && let Some(seen) = parse(&buffer, page_bytes)
            {
                processes.insert(pid, seen);
            }
        }
        let units = unit::usage(root).unwrap_or_else(|| by_process(&proc, &processes));
        Ok(Self { root: root.to_owned(), at, processes, units })
    }

    /// Does a process of this command name run?
    pub(super) fn runs(&self, name: &str) -> bool {
        self.processes.values().any(|process| process.name == name.as_bytes())
    }

    fn process(&self, pid: u32, seen: &Seen, cpu_ratio: f32, users: &user::Users) -> Process {
        let directory = self.root.join("proc").join(pid.to_string());
        let read = |file| fs::read(directory.join(file)).unwrap_or_default();
        Process {
            pid,
            name: shown(&seen.name, NAME),
            user: users.of_status(&read("status")).unwrap_or_default(),
            unit: unit_of(&read("cgroup")),
            cpu_ratio,
            resident_bytes: seen.resident_bytes,
        }
    }
}

/// The `n` processes that kept CPUs busiest between two snapshots, busiest first.
pub fn top_by_cpu(before: &Snapshot, after: &Snapshot, n: usize) -> Vec<Process> {
    let Some(seconds) = seconds(before, after) else { return Vec::new() };
    let second = rustix::param::clock_ticks_per_second() as f64;
    let mut busy: Vec<(u64, u32, &Seen)> = after
        .processes
        .iter()
        .map(|(pid, seen)| (seen.grown_since(before.processes.get(pid)), *pid, seen))
        .filter(|(ticks, ..)| *ticks > 0)
        .collect();
    busy.sort_unstable_by_key(|(ticks, pid, _)| (Reverse(*ticks), *pid));
    let users = user::Users::read(&after.root);
    busy.into_iter()
        .take(n)
        .map(|(ticks, pid, seen)| {
            after.process(pid, seen, (ticks as f64 / second / seconds) as f32, &users)
        })
        .collect()
}

/// The `n` processes with most resident memory, largest first.
pub fn top_by_memory(snapshot: &Snapshot, n: usize) -> Vec<Process> {
    let mut large: Vec<(u32, &Seen)> =
        snapshot.processes.iter().map(|(pid, seen)| (*pid, seen)).collect();
    large.sort_unstable_by_key(|(pid, seen)| (Reverse(seen.resident_bytes), *pid));
    let users = user::Users::read(&snapshot.root);
    large
        .into_iter()
        .take(n)
        .filter(|(_, seen)| seen.resident_bytes > 0)
        .map(|(pid, seen)| snapshot.process(pid, seen, 0.0, &users))
        .collect()
}

/// At most `n` processes that wait for a disk, by number.
pub fn waiting(snapshot: &Snapshot, n: usize) -> Vec<Process> {
    let waits = |(pid, seen): (&u32, &Seen)| seen.waits.then_some(*pid);
    let mut waiting: Vec<u32> = snapshot.processes.iter().filter_map(waits).collect();
    waiting.sort_unstable();
    let users = user::Users::read(&snapshot.root);
    let process = |pid| Some(snapshot.process(pid, snapshot.processes.get(&pid)?, 0.0, &users));
    waiting.into_iter().take(n).filter_map(process).collect()
}

/// What each unit used between two snapshots, in the order of their names.
pub fn unit_totals(before: &Snapshot, after: &Snapshot) -> Vec<UnitTotal> {
    let seconds = seconds(before, after);
    let total = |(name, usage): (&String, &Usage)| {
        let earlier = before.units.get(name).map_or(0, |usage| usage.cpu_us);
        // A unit restarted in between starts to count anew.
        let grown = usage.cpu_us.checked_sub(earlier).unwrap_or(usage.cpu_us);
        UnitTotal {
            unit: name.clone(),
            cpu_ratio: seconds.map_or(0.0, |seconds| (grown as f64 / 1e6 / seconds) as f32),
            memory_bytes: usage.memory_bytes,
        }
    };
    after.units.iter().map(total).collect()
}

fn seconds(before: &Snapshot, after: &Snapshot) -> Option<f64> {
    let seconds = after.at - before.at;
    (seconds > 0.0).then_some(seconds)
}

impl Seen {
    /// Ticks used since it was seen before, or since its start if that was another process.
    fn grown_since(&self, before: Option<&Self>) -> u64 {
        match before {
            Some(before) if before.started == self.started => {
                self.ticks.saturating_sub(before.ticks)
            }
            _ => self.ticks,
        }
    }
}

/// The fields of /proc/PID/stat: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
fn parse(stat: &[u8], page_bytes: u64) -> Option<Seen> {
    // The name may hold blanks and parentheses: it ends at the last one.
    let open = stat.iter().position(|byte| *byte == b'(')?;
    let close = stat.iter().rposition(|byte| *byte == b')')?;
    let name = stat.get(open + 1..close)?.to_vec();
    let mut fields = fields(&stat[close + 1..]);
    let waits = fields.next()? == b"D";
    let user = number(fields.nth(10)?)?;
    let system = number(fields.next()?)?;
    let started = number(fields.nth(6)?)?;
    let resident_pages = number(fields.nth(1)?)?;
    Some(Seen {
        name,
        started,
        ticks: user.saturating_add(system),
        resident_bytes: resident_pages.saturating_mul(page_bytes),
        waits,
    })
}

/// Where the kernel does not count by unit (no cgroup v2), the sums of their processes.
fn by_process(proc: &Path, processes: &HashMap<u32, Seen>) -> BTreeMap<String, Usage> {
    let tick_us = 1_000_000 / rustix::param::clock_ticks_per_second().max(1);
    let mut units: BTreeMap<String, Usage> = BTreeMap::new();
    let mut buffer = Vec::new();
    for (pid, seen) in processes {
        if !slurp(&proc.join(pid.to_string()).join("cgroup"), &mut buffer) {
            continue;
        }
        let Some(unit) = unit_of(&buffer) else { continue };
        let usage = units.entry(unit).or_default();
        usage.cpu_us = usage.cpu_us.saturating_add(seen.ticks.saturating_mul(tick_us));
        usage.memory_bytes = usage.memory_bytes.saturating_add(seen.resident_bytes);
    }
    units
}

/// A whole small file into the buffer.
fn slurp(path: &Path, buffer: &mut Vec<u8>) -> bool {
    buffer.clear();
    File::open(path).and_then(|file| file.take(1 << 16).read_to_end(buffer)).is_ok()
}

/// The name of a user of this machine, or the number.
pub fn user_name(id: u32) -> String {
    user::Users::read(Path::new("/")).name(id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kernel::fixture::{tree, write};
    use super::*;

    fn stat(name: &str, ticks: u64, started: u64, pages: u64) -> String {
        format!(
            "7 ({name}) S 1 7 7 0 -1 4194560 1 2 3 4 {ticks} 1 9 9 20 0 1 0 {started} 999 {pages} 5 6"
        )
    }

    #[test]
    fn the_busiest_and_the_largest_are_named() {
        let status = "Name:\tx\nUid:\t0\t33\t33\t33\n";
        let root = tree(&[
            ("proc/uptime", "1000.00 1 \n"),
            ("proc/7/stat", &stat("a) R 9 \x1b[2J", 100, 50, 10)),
            ("proc/7/status", status),
            ("proc/7/cgroup", "0::/system.slice/web.service/worker\n"),
            ("proc/8/stat", &stat("idle", 100, 50, 30)),
            ("proc/8/status", "Uid:\t4000\t4000\n"),
            ("proc/9/stat", "9 (cut"),
            ("proc/self/stat", "1"),
            ("etc/passwd", "root:x:0:0::/:/bin/sh\nwww-data:x:33:33::/:/bin/sh\nbad\n"),
        ]);
        let before = Snapshot::take(root.path()).unwrap();
        write(root.path(), "proc/uptime", "1010.00 1\n");
        write(root.path(), "proc/7/stat", &stat("a) R 9 \x1b[2J", 600, 50, 10));
        // Another process got the number 10 in between.
        write(root.path(), "proc/10/stat", &stat("young", 99, 100_500, 1));
        let after = Snapshot::take(root.path()).unwrap();

        let busy = top_by_cpu(&before, &after, 5);
        assert_eq!(busy.iter().map(|process| process.pid).collect::<Vec<_>>(), [7, 10]);
        let second = rustix::param::clock_ticks_per_second() as f32;
        let expected = Process {
            pid: 7,
            name: String::from(r"a) R 9 \x1b[2J"),
            user: String::from("www-data"),
            unit: Some(String::from("web.service")),
            cpu_ratio: 500.0 / second / 10.0,
            resident_bytes: 10 * rustix::param::page_size() as u64,
        };
        assert_eq!(busy[0], expected);
        let large = top_by_memory(&after, 1);
        assert_eq!((large[0].pid, large[0].user.as_str()), (8, "4000"));

        let units = unit_totals(&before, &after);
        assert_eq!(units.len(), 1);
        assert_eq!(units[0].unit, "web.service");
        assert!((units[0].cpu_ratio - expected.cpu_ratio).abs() < 1e-3);
        assert_eq!(units[0].memory_bytes, expected.resident_bytes);
    }

    #[test]
    fn a_reused_number_is_another_process() {
        let seen = |started, ticks| Seen {
            name: Vec::new(),
            started,
            ticks,
            resident_bytes: 0,
            waits: false,
        };
        assert_eq!(seen(5, 100).grown_since(Some(&seen(5, 60))), 40);
        assert_eq!(seen(9, 100).grown_since(Some(&seen(5, 60))), 100);
        assert_eq!(seen(5, 100).grown_since(None), 100);
    }

    #[test]
    fn this_very_process_is_found() {
        let before = Snapshot::take(Path::new("/")).unwrap();
        let mut after = Snapshot::take(Path::new("/")).unwrap();
        let busy = |after: &Snapshot| {
            let own = std::process::id();
            top_by_cpu(&before, after, MOST).into_iter().find(|process| process.pid == own)
        };
        while busy(&after).is_none_or(|own| own.cpu_ratio == 0.0) {
            std::hint::black_box((0..10_000_000_u64).fold(0, |sum, n| sum ^ n.wrapping_mul(sum)));
            after = Snapshot::take(Path::new("/")).unwrap();
        }
        let own = busy(&after).unwrap();
        assert!(!own.name.is_empty() && !own.user.is_empty() && own.resident_bytes > 0);
    }

    proptest! {
        #[test]
        fn no_stat_makes_it_panic(stat in "[0-9]{0,3} ?[(]?[a-z ()]{0,9}[)]?([ 0-9-]{0,22}){0,30}") {
            parse(stat.as_bytes(), 4096);
        }
    }
}
