//! Where sshd's lines are: in the journal, else in the file syslog writes.

mod file;

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use nightkeep_journal::{Entry, Query};

pub(super) use self::file::AuthLog;
use crate::source::Blind;
use crate::source::journal::{self, Following, at, micros};

/// sshd's programs: one until OpenSSH 9.7, then one for each connection, then one for its first
/// part as well.
const PROGRAMS: [&str; 3] = ["sshd", "sshd-session", "sshd-auth"];

/// A line of sshd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// When it was logged.
    pub(super) at: Timestamp,
    /// By which process; 0 if unknown.
    pub(super) pid: u32,
    /// The message.
    pub(super) text: String,
}

/// The log being followed.
#[derive(Debug)]
pub(super) enum Log {
    /// The journal's files: until reboot, and for good.
    Journal(Following),
    /// The file of syslog.
    File(AuthLog),
}

impl Log {
    /// Opens the log to be followed from now on.
    pub(super) fn open() -> Result<Self, Blind> {
        let roots = journal::roots();
        match journal::open(&roots) {
            Ok(_) => Ok(Self::Journal(Following::from_now(&query()))),
            Err(blind) => AuthLog::open(Path::new("/")).map(Self::File).ok_or(blind),
        }
    }

    /// What was written since the last look.
    pub(super) fn look(&mut self) -> Result<Vec<Written>, Blind> {
        match self {
            Self::Journal(journal) => Ok(journal.look()?.iter().filter_map(written).collect()),
            Self::File(file) => file.look(),
        }
    }

    /// The folders in which something changes when a line is written.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        match self {
            Self::Journal(_) => journal::machine_folders(),
            Self::File(file) => file.path().parent().map(Path::to_owned).into_iter().collect(),
        }
    }
}

/// Every line from a time on, oldest first, given one by one.
pub(super) fn history(
    root: &Path,
    since: Timestamp,
    each: impl FnMut(Written),
) -> Result<(), Blind> {
    // A clock that was set is a little off.
    let since = since.checked_sub(SignedDuration::from_secs(1)).unwrap_or(since);
    between(root, since, Timestamp::MAX, each)
}

/// The same up to a time.
pub(super) fn between(
    root: &Path,
    since: Timestamp,
    until: Timestamp,
    mut each: impl FnMut(Written),
) -> Result<(), Blind> {
    match journal::open(&journal::roots_below(root)) {
        Ok(mut journal) => {
            let entries = journal.since(&query(), micros(since));
            let entries = entries.take_while(|entry| at(entry) < until);
            entries.filter_map(|entry| written(&entry)).for_each(each);
            Ok(())
        }
        Err(blind) => {
            let file = AuthLog::open(root).ok_or(blind)?;
            file.history(root, since, |line| {
                if line.at < until {
                    each(line);
                }
            })
        }
    }
}

/// What syslog wrote before the journal begins: less sure than the journal, for anybody may write there in sshd's name.
pub(super) fn before_journal(root: &Path, since: Timestamp, mut each: impl FnMut(Written)) {
    let Ok(journal) = journal::open(&journal::roots_below(root)) else { return };
    let heads = journal.files().iter().filter_map(nightkeep_journal::File::span);
    let Some(begins) = heads.map(|span| span.head).min() else { return };
    if micros(since) < begins
        && let Some(file) = AuthLog::open(root)
    {
        let _ = file.history(root, since, |line| {
            if micros(line.at) < begins {
                each(line);
            }
        });
    }
}

fn query() -> Query {
    let fields = ["MESSAGE", "_PID", "_UID", "_EXE"];
    PROGRAMS.iter().fold(Query::new(&fields), |query, program| query.having(&[("_COMM", program)]))
}

/// A line that root's sshd wrote. Anybody may call himself sshd; journald says who he is.
fn written(entry: &Entry) -> Option<Written> {
    let by_root = entry.field(2) == b"0";
    // Where the process was gone before journald looked there is none.
    let program = entry.field(3).rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let is_sshd = program.is_empty() || PROGRAMS.iter().any(|name| name.as_bytes() == program);
    (by_root && is_sshd).then(|| Written {
        at: at(entry),
        pid: entry.text(1).parse().unwrap_or(0),
        text: entry.text(0).into_owned(),
    })
}
