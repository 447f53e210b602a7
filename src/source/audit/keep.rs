//! A log of nightkeep's own, where no auditd keeps one: in auditd's form, so that its tools and ours
//! read it alike.

use std::collections::HashSet;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nightkeep_audit::log::Writer;
use nightkeep_audit::{Event, Id, Kind, Record};

use super::past;
use crate::clock;
use crate::config::AuditLog;

/// The log is turned over into so many files.
const FILES: u32 = 8;
/// Whether auditd runs is asked this often.
const ASK: Duration = Duration::from_secs(10);
/// The disk has what was written after this long.
const SYNC: Duration = Duration::from_secs(5);
/// So much of the log's end is read for what is written already, in bytes.
const TAIL: u64 = 256 << 10;

/// The log's file within the store's directory.
pub fn path(store: &Path) -> PathBuf {
    store.join("audit/audit.log")
}

/// The log, written while it is nightkeep's to write.
#[derive(Debug)]
pub(super) struct Keep {
    path: PathBuf,
    when: AuditLog,
    most_bytes: u64,
    /// Open while the log is ours.
    writer: Option<Writer>,
    /// What the log had at its end when it was opened.
    known: HashSet<Id>,
    asked: Option<Instant>,
    synced: Instant,
    failed: bool,
}

impl Keep {
    pub(super) fn new(store: &Path, when: AuditLog, most_bytes: u64) -> Self {
        Self {
            path: path(store),
            when,
            most_bytes,
            writer: None,
            known: HashSet::new(),
            asked: None,
            synced: clock::monotonic(),
            failed: false,
        }
    }

    /// Writes an event down, if nobody else does. Says once what is in the way.
    pub(super) fn add(&mut self, event: &Event) -> Option<io::Error> {
        match self.write(event) {
            Ok(()) => None,
            Err(error) => (!std::mem::replace(&mut self.failed, true)).then_some(error),
        }
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        self.ask(event)?;
        let Some(writer) = &mut self.writer else { return Ok(()) };
        if !self.known.remove(&event.id) {
            event.records().try_for_each(|record| writer.add(record.line))?;
        }
        Ok(())
    }

    /// What was added is in the file, and after a while on the disk.
    pub(super) fn settle(&mut self) -> Option<io::Error> {
        let writer = self.writer.as_mut()?;
        let settled = if self.synced.elapsed() >= SYNC {
            self.synced = clock::monotonic();
            writer.sync()
        } else {
            writer.flush()
        };
        match settled {
            Ok(()) => {
                self.failed = false;
                None
            }
            Err(error) => (!std::mem::replace(&mut self.failed, true)).then_some(error),
        }
    }

    /// Is the log ours?
    fn ask(&mut self, event: &Event) -> io::Result<()> {
        let changes = |record: Record<'_>| {
            record.kind() == Kind::CONFIG_CHANGE && record.field(b"audit_pid").is_some()
        };
        let is_due = self.asked.is_none_or(|asked| asked.elapsed() >= ASK);
        if !is_due && !event.records().any(changes) {
            return Ok(());
        }
        self.asked = Some(clock::monotonic());
        let ours = match self.when {
            AuditLog::Auto => !past::auditd_runs(),
            AuditLog::Always => true,
            AuditLog::Never => false,
        };
        if !ours {
            self.writer = None;
        } else if self.writer.is_none() {
            let folder = self.path.parent().unwrap_or(Path::new("/"));
            DirBuilder::new().mode(0o700).recursive(true).create(folder)?;
            self.known = ids_at_end(&self.path);
            self.writer =
                Some(Writer::open(&self.path, self.most_bytes / u64::from(FILES), FILES)?);
        }
        Ok(())
    }
}

/// Which events are at the end of a log.
fn ids_at_end(path: &Path) -> HashSet<Id> {
    let read = || -> io::Result<Vec<u8>> {
        let file = fs::File::open(path)?;
        let size = file.metadata()?.len();
        let mut bytes = vec![0; size.min(TAIL) as usize];
        file.read_exact_at(&mut bytes, size.saturating_sub(TAIL))?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| Some(Record::parse(line).ok()?.id))
        .collect()
}
