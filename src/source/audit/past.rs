//! What was recorded and not heard: in auditd's log, or where there is none in the journal, which
//! hears the kernel as well.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nightkeep_audit::action::{self, Sessions};
use nightkeep_audit::log::{self, Events, Input, Range};
use nightkeep_audit::users::Names;
use nightkeep_audit::{Compat, Event, Kind, TIMEOUT};
use nightkeep_journal::{Journal, Query};

use super::act;
use crate::model::AuditAct;
use crate::model::text::visible;
use crate::source::{journal, plain};

/// More lines are not taken from the journal.
const MOST: usize = 200_000;
/// Acts told of at once.
const MOST_ACTS: usize = 20_000;
/// The journal may have taken a record so many seconds after it was made.
const LATE: u64 = 10;
/// What is read of an entry, in this order.
const FIELDS: [&str; 4] = ["MESSAGE", "_AUDIT_TYPE", "_AUDIT_ID", "_SOURCE_REALTIME_TIMESTAMP"];
/// Where auditd writes its process id.
const PID: &str = "/run/auditd.pid";

/// Does auditd run, as far as is known without asking the kernel?
pub(super) fn auditd_runs() -> bool {
    let pid = std::fs::read_to_string(PID).unwrap_or_default();
    let name = std::fs::read(format!("/proc/{}/comm", pid.trim()));
    name.is_ok_and(|name| name.starts_with(b"auditd"))
}

/// Takes every event of that time until told to stop, and says where they came from; blocks.
pub(super) fn read(
    root: &Path,
    range: Range,
    mut take: impl FnMut(Event) -> bool,
) -> Result<&'static str, String> {
    let logs = auditd(root);
    // A disk has the log of an auditd that runs no more.
    let has_log = if root == Path::new("/") { auditd_runs() } else { logs[0].exists() };
    let (from, input) = if has_log {
        ("auditd's log", logs.into_iter().map(Input::File).collect::<Vec<_>>())
    } else {
        let lines = journal_lines(&journal::roots_below(root), range)?;
        ("the journal", vec![Input::Stream(Box::new(Cursor::new(lines)))])
    };
    let mut events = Events::new(input, Compat::V4, TIMEOUT).range(range);
    while let Some(event) = events.next().map_err(|error| error.to_string())? {
        if !take(event.clone()) {
            break;
        }
    }
    Ok(from)
}

/// What somebody did, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: AuditAct,
    /// From which address his session came.
    pub address: Option<String>,
    /// By which process.
    pub pid: Option<u32>,
}

/// What the audit log tells of a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Where it was read from, in words.
    pub from: &'static str,
    /// What people did that is worth telling, oldest first.
    pub acts: Vec<Past>,
    /// How many events each key of a rule has.
    pub keys: BTreeMap<String, u64>,
}

/// More keys are not counted: an attacker's own rules may have any.
const MOST_KEYS: usize = 200;

/// What was recorded since then, on the machine whose files are below `root`.
pub fn recorded(root: &Path, since: Timestamp) -> Result<Recorded, String> {
    let names = Names::parse(plain::text(&plain::below(root, "etc/passwd"), 1 << 20).as_bytes());
    let mut sessions = Sessions::default();
    let (mut found, mut keys) = (Vec::new(), BTreeMap::<String, u64>::new());
    let range = Range { start: u64::try_from(since.as_second()).ok(), end: None };
    let from = read(root, range, |event| {
        let mut action = action::read(&event, &names);
        for key in &action.keys {
            let key = visible(key, 64);
            if keys.len() < MOST_KEYS || keys.contains_key(&key) {
                *keys.entry(key).or_default() += 1;
            }
        }
        sessions.place(&mut action);
        let millis = event.id.sec.saturating_mul(1000).saturating_add(u64::from(event.id.ms));
        if let Some(act) = act::of(&action, &[])
            && let Ok(at) = Timestamp::from_millisecond(millis.cast_signed())
        {
            let (address, pid) = (action.actor.address, action.actor.pid);
            found.push(Past { at, act, address, pid });
        }
        found.len() < MOST_ACTS
    })?;
    Ok(Recorded { from, acts: found, keys })
}

/// auditd's logs, oldest first.
fn auditd(root: &Path) -> Vec<PathBuf> {
    let below = |path: &Path| plain::below(root, &path.to_string_lossy());
    let config = log::Config::read(&below(Path::new(log::CONFIG))).unwrap_or_default();
    log::rotated(&below(&config.log_file))
}

/// What the journal heard, as auditd would have written it: from the kernel's audit, or where journald
/// does not listen to that (Debian 13), from what the kernel printed, which may be less.
fn journal_lines(roots: &[PathBuf], range: Range) -> Result<Vec<u8>, String> {
    let heard = lines_of("audit", roots, range)?;
    if heard.is_empty() { lines_of("kernel", roots, range) } else { Ok(heard) }
}

fn lines_of(transport: &str, roots: &[PathBuf], range: Range) -> Result<Vec<u8>, String> {
    let mut journal = Journal::open(roots).map_err(|error| error.to_string())?;
    let query = Query::new(&FIELDS).having(&[("_TRANSPORT", transport)]);
    let since = range.start.unwrap_or(0).saturating_mul(1_000_000);
    let mut lines = String::new();
    for entry in journal.since(&query, since).take(MOST) {
        if range.end.is_some_and(|end| entry.realtime / 1_000_000 > end + LATE) {
            break;
        }
        let fields = [0, 1, 2, 3].map(|field| entry.text(field));
        let _ = match transport {
            "kernel" => printed(&fields[0], &mut lines),
            _ => line(fields.each_ref().map(|field| &**field), &mut lines),
        };
    }
    Ok(lines.into_bytes())
}

/// An entry's [`FIELDS`] as a line of auditd's log. Its message is the record's name and its text.
fn line([message, kind, serial, at]: [&str; 4], lines: &mut String) -> Option<()> {
    let (_, text) = message.split_once(' ')?;
    let (kind, serial) = (Kind(kind.parse().ok()?), serial.parse::<u64>().ok()?);
    let at: u64 = at.parse().ok()?;
    let (seconds, milliseconds) = (at / 1_000_000, at / 1000 % 1000);
    // A line of its own is what nobody may begin within one.
    let text = text.replace(['\n', '\0'], " ");
    writeln!(lines, "type={kind} msg=audit({seconds}.{milliseconds:03}:{serial}): {text}").ok()
}

/// What the kernel prints of a record that nobody takes from it: `audit: type=1300 audit(TIME:NUMBER): TEXT`.
fn printed(message: &str, lines: &mut String) -> Option<()> {
    let (kind, text) = message.strip_prefix("audit: type=")?.split_once(' ')?;
    let kind = Kind(kind.parse().ok()?);
    let text = text.strip_prefix("audit(")?.replace(['\n', '\0'], " ");
    writeln!(lines, "type={kind} msg=audit({text}").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_the_journal_is_a_line_of_the_log() {
        let mut lines = String::new();
        let entry = |text: &str| (text.to_owned(), "1105", "77", "1700000000123456");
        let mut add = |(text, kind, serial, at): (String, &str, &str, &str)| {
            line([&text, kind, serial, at], &mut lines)
        };
        assert!(add(entry("USER_START pid=1 uid=0 msg='op=PAM:session_open'")).is_some());
        assert!(add(entry("USER_START x\ntype=USER_AUTH msg=audit(1.000:1): forged")).is_some());
        assert!(add(entry("nothing")).is_none());
        let expected = "type=USER_START msg=audit(1700000000.123:77): pid=1 uid=0 msg='op=PAM:session_open'\n\
             type=USER_START msg=audit(1700000000.123:77): x type=USER_AUTH msg=audit(1.000:1): forged\n";
        assert_eq!(lines, expected);
    }

    #[test]
    fn what_the_kernel_printed_is_a_line_of_the_log() {
        let mut lines = String::new();
        let message = "audit: type=1300 audit(1700000000.123:77): arch=c000003e\nforged";
        assert!(printed(message, &mut lines).is_some());
        assert!(printed("usb 1-1: new device", &mut lines).is_none());
        assert_eq!(lines, "type=SYSCALL msg=audit(1700000000.123:77): arch=c000003e forged\n");
    }
}
