//! The systemd journal, read from its files when there is something to ask, and closed again.
//!
//! All functions block; call them off the runtime's thread. Times are wall-clock, lines come in
//! time order, text is whatever anyone on this machine wrote: escaped, and cut to a limit.

pub(super) mod boot;
mod kmsg;
mod oom;

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nightkeep_journal::{Entry, Follow, Journal, Query};

use super::{Blind, plain};
use crate::model::Event;
use crate::model::text::visible;

/// Where journald keeps its files: until reboot, and for good.
const ROOTS: [&str; 2] = ["/run/log/journal", "/var/log/journal"];
/// The longest text kept of a line, in characters.
const LONGEST: usize = 512;
/// Entries looked at by one question.
const MOST_ENTRIES: usize = 50_000;

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it was logged.
    pub at: Timestamp,
    /// The name the writer gave itself (`SYSLOG_IDENTIFIER`); not to be trusted.
    pub from: String,
    /// `MESSAGE`, escaped and cut.
    pub text: String,
    /// Written by a process of the unit; otherwise by systemd about it.
    pub own: bool,
}

/// The last `n` lines of a unit since a time: what its processes wrote, and what systemd (really
/// it: by process id) wrote about it. `Blind` where the journal cannot be read.
pub fn unit_lines(unit: &str, since: Timestamp, n: usize) -> Result<Vec<Line>, Blind> {
    unit_lines_in(&roots(), unit, since, n)
}

/// The last `n` lines of a unit up to a time, of the machine whose files are below `root`.
pub fn unit_lines_until(
    root: &Path,
    unit: &str,
    until: Timestamp,
    n: usize,
) -> Result<Vec<Line>, Blind> {
    let mut journal = open(&roots_below(root))?;
    Ok(unit_lines_of(journal.back_from(&of_unit(unit), micros(until)), unit, n))
}

/// Processes killed for want of memory since a time, by the kernel or by systemd-oomd. Where the
/// journal cannot be read, the kernel's own log is asked; `Blind` where that cannot be, either.
pub fn kernel_oom_kills(since: Timestamp) -> Result<Vec<(Timestamp, Event)>, Blind> {
    oom_kills_in(&roots(), since).or_else(|blind| {
        let lines = kmsg::lines(since).map_err(|_| blind)?;
        Ok(oom::kills(lines.iter().map(|(at, text)| (*at, text.as_str()))))
    })
}

/// The same by the journal of the machine whose files are below `root`.
pub fn oom_kills_below(root: &Path, since: Timestamp) -> Result<Vec<(Timestamp, Event)>, Blind> {
    oom_kills_in(&roots_below(root), since)
}

/// The last `n` lines of the kernel since a time that one of these texts is in.
pub fn kernel_lines(about: &[&str], since: Timestamp, n: usize) -> Result<Vec<Line>, Blind> {
    kernel_lines_in(&roots(), about, since, n)
}

/// Can the journal be read? What `doctor` asks.
pub fn readable() -> Result<(), Blind> {
    open(&roots()).map(drop)
}

/// Where the journal is on this machine.
pub(crate) fn roots() -> [PathBuf; 2] {
    roots_below(Path::new("/"))
}

/// Where it is on the disk of another machine, mounted at `root`.
pub(crate) fn roots_below(root: &Path) -> [PathBuf; 2] {
    ROOTS.map(|folder| plain::below(root, folder))
}

fn unit_lines_in(
    roots: &[PathBuf],
    unit: &str,
    since: Timestamp,
    n: usize,
) -> Result<Vec<Line>, Blind> {
    Ok(unit_lines_of(open(roots)?.back_to(&of_unit(unit), micros(since)), unit, n))
}

/// What the processes of a unit wrote, and what systemd wrote about it.
fn of_unit(unit: &str) -> Query {
    Query::new(&["SYSLOG_IDENTIFIER", "MESSAGE", "_SYSTEMD_UNIT"])
        .having(&[("_SYSTEMD_UNIT", unit)])
        .having(&[("UNIT", unit), ("_PID", "1")])
}

/// The first `n` of these entries, which come newest first, in the order of time.
fn unit_lines_of(entries: impl Iterator<Item = Entry>, unit: &str, n: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = entries
        .take(n)
        .map(|entry| Line {
            at: at(&entry),
            from: clean(&entry.text(0), LONGEST),
            text: clean(&entry.text(1), LONGEST),
            own: entry.field(2) == unit.as_bytes(),
        })
        .collect();
    lines.reverse();
    lines
}

fn kernel_lines_in(
    roots: &[PathBuf],
    about: &[&str],
    since: Timestamp,
    n: usize,
) -> Result<Vec<Line>, Blind> {
    let mut lines: Vec<Line> = of_kernel(&mut open(roots)?, since)
        .map(|entry| Line {
            at: at(&entry),
            from: String::from("kernel"),
            text: clean(&entry.text(0), LONGEST),
            own: true,
        })
        .filter(|line| about.iter().any(|about| line.text.contains(about)))
        .take(n)
        .collect();
    lines.reverse();
    Ok(lines)
}

/// The kernel's own lines, newest first.
fn of_kernel(journal: &mut Journal, since: Timestamp) -> impl Iterator<Item = Entry> {
    // What root's programs write to /dev/kmsg comes by the same transport, but never with the
    // kernel's facility.
    let query =
        Query::new(&["MESSAGE"]).having(&[("_TRANSPORT", "kernel"), ("SYSLOG_FACILITY", "0")]);
    journal.back_to(&query, micros(since)).take(MOST_ENTRIES)
}

fn oom_kills_in(roots: &[PathBuf], since: Timestamp) -> Result<Vec<(Timestamp, Event)>, Blind> {
    let mut journal = open(roots)?;
    let mut told: Vec<(Timestamp, String)> = of_kernel(&mut journal, since)
        .filter(|entry| oom::is_told_in(entry.field(0)))
        .map(|entry| (at(&entry), entry.text(0).into_owned()))
        .collect();
    told.reverse();
    let mut kills = oom::kills(told.iter().map(|(at, text)| (*at, text.as_str())));
    let oomd = Query::new(&["MESSAGE"]).having(&[("_SYSTEMD_UNIT", "systemd-oomd.service")]);
    kills.extend(
        journal
            .back_to(&oomd, micros(since))
            .take(MOST_ENTRIES)
            .filter_map(|entry| Some((at(&entry), oom::oomd_kill(&entry.text(0))?))),
    );
    kills.sort_by_key(|(at, _)| *at);
    Ok(kills)
}

/// Opens the journal, or says what keeps us from it.
pub(super) fn open(roots: &[PathBuf]) -> Result<Journal, Blind> {
    if let Some(path) = forbidden(roots) {
        return Err(Blind {
            why: format!("{} may not be read", path.display()),
            mend: String::from(
                "usermod -aG systemd-journal nightkeep && systemctl restart nightkeep",
            ),
        });
    }
    Journal::open(roots).map_err(|error| match error {
        nightkeep_journal::Error::None(_) => Blind {
            why: String::from("there is no journal under /var/log/journal or /run/log/journal"),
            mend: String::from("systemctl status systemd-journald"),
        },
        other => Blind {
            why: format!("the journal cannot be read: {other}"),
            mend: String::from("journalctl --verify"),
        },
    })
}

/// The system's own journal, if we may not read it. Any other file that may be read would hide
/// that.
fn forbidden(roots: &[PathBuf]) -> Option<PathBuf> {
    let denied = |path: &Path| {
        File::open(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
    };
    roots
        .iter()
        .filter_map(|root| root.read_dir().ok())
        .flat_map(Iterator::flatten)
        .map(|machine| machine.path().join("system.journal"))
        .find(|path| denied(path))
}

/// The folders of this machine's own journal.
pub(super) fn machine_folders() -> Vec<PathBuf> {
    let machine = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
    roots().map(|root| root.join(machine.trim())).into()
}

/// This machine's own journal, followed: the files until reboot and for good.
#[derive(Debug)]
pub(super) struct Following(Vec<Follow>);

impl Following {
    /// What matches from now on.
    pub(super) fn from_now(query: &Query) -> Self {
        let follow =
            |folder: PathBuf| Follow::from_now(&folder.join("system.journal"), query.clone());
        Self(machine_folders().into_iter().map(follow).collect())
    }

    /// What was written since the last look.
    pub(super) fn look(&mut self) -> Result<Vec<Entry>, Blind> {
        let mut entries = Vec::new();
        for follow in &mut self.0 {
            entries.extend(follow.look().map_err(|error| Blind {
                why: format!("the journal cannot be read: {error}"),
                mend: String::from("journalctl --verify"),
            })?);
        }
        entries.sort_by_key(|entry| entry.realtime);
        Ok(entries)
    }
}

/// Microseconds since 1970, as the journal counts.
pub(super) fn micros(at: Timestamp) -> u64 {
    u64::try_from(at.as_microsecond()).unwrap_or(0)
}

/// When an entry was logged.
pub(super) fn at(entry: &Entry) -> Timestamp {
    i64::try_from(entry.realtime)
        .ok()
        .and_then(|usec| Timestamp::from_microsecond(usec).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// One line of at most `longest` characters, control and direction-changing characters escaped.
pub(super) fn clean(text: &str, longest: usize) -> String {
    visible(&text.trim().replace(['\n', '\t', '\r'], " "), longest)
}

/// Did the system's own program of that name write a line, as journald saw it (`_EXE`, `_UID`)? Anybody
/// may call a program so; one below `/usr` or `/bin` was put there by root. Where journald could not
/// see the file, only root's word counts. `_UID` alone tells nothing: of a program with set-user-id it
/// is whoever ran it.
pub(super) fn is_of_system(exe: &[u8], uid: &[u8], name: &str) -> bool {
    let named = exe.rsplit(|byte| *byte == b'/').next() == Some(name.as_bytes());
    let is_roots = [&b"/usr/"[..], b"/bin/"].iter().any(|place| exe.starts_with(place));
    named && is_roots || exe.is_empty() && uid == b"0"
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn anybody_may_call_a_program_su() {
        for (exe, uid, is_own) in [
            ("/usr/bin/su", "1001", true),
            ("/bin/su", "0", true),
            ("/usr/lib/cargo/bin/su", "0", true),
            ("/home/eve/su", "1001", false),
            ("/tmp/usr/bin/su", "0", false),
            ("/usr/bin/sudo", "0", false),
            ("", "0", true),
            ("", "1001", false),
        ] {
            assert_eq!(is_of_system(exe.as_bytes(), uid.as_bytes(), "su"), is_own, "{exe} {uid}");
        }
    }

    /// A journal of Debian 12: a unit that failed, three kills (one of a whole group), and lines
    /// forged in the name of systemd, of the kernel, and with escape sequences.
    fn journal() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let machine = folder.path().join("1dd6648b13f74639a1b5d704f845cb78");
        std::fs::create_dir(&machine).unwrap();
        let file = zstd::decode_all(&include_bytes!("journal/debian12.journal.zst")[..]).unwrap();
        std::fs::write(machine.join("system.journal"), file).unwrap();
        folder
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn the_last_lines_of_a_unit_in_order() {
        let folder = journal();
        let roots = [folder.path().to_owned()];
        let epoch = Timestamp::UNIX_EPOCH;

        let lines = unit_lines_in(&roots, "t-fail.service", epoch, 4).unwrap();
        let end = [
            "about to fail",
            "Error: no such table users",
            "t-fail.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED",
            "t-fail.service: Failed with result 'exit-code'.",
        ];
        assert_eq!(texts(&lines), end);
        assert_eq!(
            lines.iter().map(|line| line.own).collect::<Vec<_>>(),
            [true, true, false, false]
        );
        assert_eq!((lines[1].from.as_str(), lines[2].from.as_str()), ("sh", "systemd"));

        let all = unit_lines_in(&roots, "t-fail.service", epoch, 100).unwrap();
        assert_eq!(all.len(), 30, "{all:#?}");
        assert!(!texts(&all).contains(&"forged line"));
        let late = unit_lines_in(&roots, "t-fail.service", lines[1].at, 100).unwrap();
        assert_eq!(texts(&late), end[1..]);
    }

    #[test]
    fn kills_the_kernel_told_of() {
        let folder = journal();
        let kills = oom_kills_in(&[folder.path().to_owned()], Timestamp::UNIX_EPOCH).unwrap();
        let kills: Vec<(&str, u32, Option<&str>, Option<u64>)> = kills
            .iter()
            .map(|(_, event)| match event {
                Event::OomKill { process, pid, unit, resident_bytes } => {
                    (process.as_str(), *pid, unit.as_deref(), *resident_bytes)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let (oom, group) = (Some("t-oom.service"), Some("t-group.service"));
        assert_eq!(
            kills,
            [
                ("python3", 461, oom, Some((20112 + 5284) * 1024)),
                ("python3", 954, oom, Some((20112 + 5256) * 1024)),
                ("python3", 1032, group, Some((30304 + 5284) * 1024)),
                ("sleep", 1035, group, Some((92 + 800) * 1024)),
            ]
        );
    }

    #[test]
    fn without_a_journal_it_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let blind = unit_lines_in(&[folder.path().to_owned()], "a", Timestamp::UNIX_EPOCH, 1);
        assert!(blind.unwrap_err().why.starts_with("there is no journal"));
    }

    #[test]
    fn text_cannot_move_the_cursor_or_run_on() {
        assert_eq!(clean("esc \x1b[31mred\tend\n", 99), "esc \\u{1b}[31mred end");
        assert_eq!(clean("a\u{202e}b", 99), "a\\u{202e}b");
        assert_eq!(clean("ünïcode", 3), "ünï…");
    }
}
