//! sshd's lines in the file syslog writes, where there is no journal to be read.
//!
//! Anybody on the machine can write a line there in sshd's name (`logger -t sshd`); only the
//! journal knows who wrote it. So this is second choice.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{PROGRAMS, Written};
use crate::clock;
use crate::source::Blind;

/// Where Debian and Red Hat keep them.
const PATHS: [&str; 2] = ["/var/log/auth.log", "/var/log/secure"];
/// The most that is read at once: the newest part of a file that is longer.
const MOST: u64 = 64 << 20;

/// The file and how far it was read.
#[derive(Debug)]
pub(in crate::source::sshd) struct AuthLog {
    path: PathBuf,
    file: File,
    inode: u64,
    read: u64,
    /// The start of a line that is not complete yet.
    begun: Vec<u8>,
}

impl AuthLog {
    /// Opens the file at its end; none if there is none to be read.
    pub(super) fn open() -> Option<Self> {
        PATHS.iter().find_map(|path| Self::open_at(Path::new(path), false))
    }

    fn open_at(path: &Path, from_start: bool) -> Option<Self> {
        let file = File::open(path).ok()?;
        let meta = file.metadata().ok()?;
        let read = if from_start { 0 } else { meta.len() };
        let inode = meta.ino();
        Some(Self { path: path.to_owned(), file, inode, read, begun: Vec::new() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// All lines of sshd in it and in the file before it.
    pub(super) fn history(&self) -> Result<Vec<Written>, Blind> {
        let before = PathBuf::from(format!("{}.1", self.path.display()));
        let mut lines = Vec::new();
        for path in [before, self.path.clone()] {
            if let Some(mut file) = Self::open_at(&path, true) {
                lines.extend(file.look_at()?);
            }
        }
        Ok(lines)
    }

    /// What was added, through rotation.
    pub(super) fn look(&mut self) -> Result<Vec<Written>, Blind> {
        let mut lines = self.look_at()?;
        let now = std::fs::metadata(&self.path).map(|meta| meta.ino());
        if now.is_ok_and(|inode| inode != self.inode)
            && let Some(mut fresh) = Self::open_at(&self.path, true)
        {
            lines.extend(fresh.look_at()?);
            *self = fresh;
        }
        Ok(lines)
    }

    fn look_at(&mut self) -> Result<Vec<Written>, Blind> {
        let blind = |error: std::io::Error| Blind {
            why: format!("{} cannot be read: {error}", self.path.display()),
            mend: String::from("usermod -aG adm nightkeep && systemctl restart nightkeep"),
        };
        let length = self.file.metadata().map_err(blind)?.len();
        if length < self.read {
            // Truncated (copytruncate).
            self.read = 0;
            self.begun.clear();
        }
        if length - self.read > MOST {
            self.read = length - MOST;
            self.begun.clear();
        }
        let mut bytes = std::mem::take(&mut self.begun);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.read)).map_err(blind)?;
        file.take(length - self.read).read_to_end(&mut bytes).map_err(blind)?;
        self.read = length;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.begun = bytes.split_off(end);
        self.begun.truncate(64 * 1024);
        let now = clock::now();
        let lines = bytes.split(|byte| *byte == b'\n');
        Ok(lines.filter_map(|line| syslog(&String::from_utf8_lossy(line), now)).collect())
    }
}

/// A line as rsyslog writes it, with a time of RFC 3339 or of RFC 3164 (no year, local zone).
fn syslog(line: &str, now: Timestamp) -> Option<Written> {
    let (at, rest) = match line.split_once(' ').filter(|(time, _)| time.contains('T')) {
        Some((time, rest)) => (time.parse::<Timestamp>().ok()?, rest),
        None => old_time(line, now)?,
    };
    let (_host, rest) = rest.split_once(' ')?;
    let (tag, text) = rest.split_once(": ")?;
    let (program, pid) = match tag.split_once('[') {
        Some((program, pid)) => (program, pid.strip_suffix(']')?.parse().ok()?),
        None => (tag, 0),
    };
    PROGRAMS.contains(&program).then(|| Written { at, pid, text: text.to_owned() })
}

/// `Nov  3 09:30:36`: this year's, or last year's if that is still to come.
fn old_time(line: &str, now: Timestamp) -> Option<(Timestamp, &str)> {
    const LENGTH: usize = "Nov  3 09:30:36".len();
    let (time, rest) = (line.get(..LENGTH)?, line.get(LENGTH..)?.strip_prefix(' ')?);
    let zone = TimeZone::system();
    let year = now.to_zoned(zone.clone()).year();
    let tomorrow = now.checked_add(SignedDuration::from_hours(24)).ok()?;
    let at = |year: i16| {
        let text = format!("{year} {}", time.replace("  ", " "));
        let civil = DateTime::strptime("%Y %b %d %H:%M:%S", text).ok()?;
        zone.to_timestamp(civil).ok()
    };
    let at = at(year).filter(|at| *at <= tomorrow).or_else(|| at(year - 1))?;
    Some((at, rest))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn lines_of_both_kinds() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let new = "2026-01-01T10:00:00.5+01:00 web1 sshd-session[42]: Accepted password for a from 192.0.2.1 port 1 ssh2";
        let line = syslog(new, now).unwrap();
        assert_eq!((line.at.to_string().as_str(), line.pid), ("2026-01-01T09:00:00.5Z", 42));
        assert!(line.text.starts_with("Accepted password"));
        let old =
            syslog("Dec  3 09:30:36 web1 sshd[7]: Invalid user x from 192.0.2.1", now).unwrap();
        assert_eq!(old.at.to_zoned(TimeZone::system()).year(), 2025);
        assert_eq!(syslog("Dec  3 09:30:36 web1 sudo: sshd[7]: x", now), None);
        assert_eq!(syslog("Dec é 3 09:30:36", now), None);
    }

    #[test]
    fn follows_through_rotation_and_waits_for_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.log");
        let line = |n: u32| format!("2026-01-01T10:00:0{n}Z web1 sshd[{n}]: x\n");
        std::fs::write(&path, line(1)).unwrap();
        let mut log = AuthLog::open_at(&path, false).unwrap();
        let mut pids = || log.look().unwrap().iter().map(|line| line.pid).collect::<Vec<u32>>();
        assert_eq!(pids(), [0; 0]);
        let append = |text: &str| {
            let mut file = File::options().append(true).create(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        append(&line(2)[..10]);
        assert_eq!(pids(), [0; 0]);
        append(&line(2)[10..]);
        append(&line(3));
        std::fs::rename(&path, folder.path().join("auth.log.1")).unwrap();
        append(&line(4));
        assert_eq!(pids(), [2, 3, 4]);
        std::fs::write(&path, "").unwrap();
        assert_eq!(pids(), [0; 0]);
        append(&line(5));
        assert_eq!(pids(), [5]);
    }
}
