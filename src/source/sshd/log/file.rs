//! sshd's lines in the file syslog writes, where there is no journal to be read.
//!
//! Anybody on the machine can write a line there in sshd's name (`logger -t sshd`); only the
//! journal knows who wrote it. So this is second choice.

use std::path::Path;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{PROGRAMS, Written};
use crate::clock;
use crate::source::tail::Tail;
use crate::source::{Blind, plain, rotated};

/// Where Debian and Red Hat keep them.
const PATHS: [&str; 2] = ["var/log/auth.log", "var/log/secure"];

/// The file, followed.
#[derive(Debug)]
pub(in crate::source::sshd) struct AuthLog {
    tail: Tail,
}

impl AuthLog {
    /// Opens the file below `root` at its end; none if there is none to be read.
    pub(in crate::source::sshd) fn open(root: &Path) -> Option<Self> {
        let open = |path: &&str| Tail::open(&plain::below(root, path)).ok();
        PATHS.iter().find_map(open).map(|tail| Self { tail })
    }

    pub(super) fn path(&self) -> &Path {
        self.tail.path()
    }

    /// Gives each line of sshd in it and in those before it, as far back as that.
    pub(in crate::source::sshd) fn history(
        &self,
        root: &Path,
        since: Timestamp,
        mut each: impl FnMut(Written),
    ) -> Result<(), Blind> {
        let (now, zone) = (clock::now(), plain::zone(root));
        let read = rotated::lines(self.path(), since, |line| {
            if let Some(line) = syslog(line, now, &zone).filter(|line| line.at >= since) {
                each(line);
            }
        });
        read.map_err(|error| self.blind(&error))
    }

    /// What was added, through rotation.
    pub(super) fn look(&mut self) -> Result<Vec<Written>, Blind> {
        let lines = self.tail.look().map_err(|error| self.blind(&error))?;
        let (now, zone) = (clock::now(), TimeZone::system());
        Ok(lines.iter().filter_map(|line| syslog(line, now, &zone)).collect())
    }

    fn blind(&self, error: &std::io::Error) -> Blind {
        Blind {
            why: format!("{} cannot be read: {error}", self.path().display()),
            mend: String::from("usermod -aG adm nightkeep && systemctl restart nightkeep"),
        }
    }
}

/// A line as rsyslog writes it, with a time of RFC 3339 or of RFC 3164 (no year, local zone).
fn syslog(line: &str, now: Timestamp, zone: &TimeZone) -> Option<Written> {
    let (at, rest) = match line.split_once(' ').filter(|(time, _)| time.contains('T')) {
        Some((time, rest)) => (time.parse::<Timestamp>().ok()?, rest),
        None => old_time(line, now, zone)?,
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
fn old_time<'l>(line: &'l str, now: Timestamp, zone: &TimeZone) -> Option<(Timestamp, &'l str)> {
    const LENGTH: usize = "Nov  3 09:30:36".len();
    let (time, rest) = (line.get(..LENGTH)?, line.get(LENGTH..)?.strip_prefix(' ')?);
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
    use super::*;

    #[test]
    fn lines_of_both_kinds() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let new = "2026-01-01T10:00:00.5+01:00 web1 sshd-session[42]: Accepted password for a from 192.0.2.1 port 1 ssh2";
        let line = syslog(new, now, &TimeZone::system()).unwrap();
        assert_eq!((line.at.to_string().as_str(), line.pid), ("2026-01-01T09:00:00.5Z", 42));
        assert!(line.text.starts_with("Accepted password"));
        let old = syslog(
            "Dec  3 09:30:36 web1 sshd[7]: Invalid user x from 192.0.2.1",
            now,
            &TimeZone::system(),
        )
        .unwrap();
        assert_eq!(old.at.to_zoned(TimeZone::system()).year(), 2025);
        assert_eq!(syslog("Dec  3 09:30:36 web1 sudo: sshd[7]: x", now, &TimeZone::system()), None);
        assert_eq!(syslog("Dec é 3 09:30:36", now, &TimeZone::system()), None);
    }
}
