//! fail2ban's log: its file, or the journal if it is told to log there. The format is fixed in its
//! `fail2ban.conf` and `actions.py`, versions 0.11 to 1.1.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use nightkeep_journal::{Entry, Query};

use crate::source::journal::{self, Following, at};
use crate::source::tail::Tail;
use crate::source::{Blind, plain, rotated};

/// Where Debian and Red Hat have it.
const PATH: &str = "/var/log/fail2ban.log";

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// An address was banned.
    Ban { jail: String, address: String },
    /// A ban from before a restart was put back.
    Restored { jail: String, address: String },
    /// A ban is over.
    Unban { jail: String, address: String },
    /// A failure was found.
    Found { jail: String, address: String },
    /// A failure was found, of an address that is left alone.
    Ignored { jail: String, address: String },
    /// fail2ban started.
    Started,
    /// It is about to stop; bans are lifted now without being over.
    Stopping,
    /// It ended.
    Stopped,
    /// What follows is of this jail.
    Jail(String),
    /// How long the jail bans, in seconds.
    BanTime(i64),
}

/// The log being followed.
#[derive(Debug)]
pub(super) enum Log {
    /// Its own file.
    File(Tail),
    /// The journal.
    Journal(Following),
}

impl Log {
    /// Opens the log to be followed from now on.
    pub(super) fn open() -> Result<Self, Blind> {
        match Tail::open(Path::new(PATH)) {
            Ok(tail) => Ok(Self::File(tail)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                journal::open(&journal::roots())?;
                Ok(Self::Journal(Following::from_now(&query())))
            }
            Err(error) => Err(blind(&error)),
        }
    }

    /// What was written since the last look.
    pub(super) fn look(&mut self) -> Result<Vec<(Timestamp, Line)>, Blind> {
        match self {
            Self::File(tail) => {
                let lines = tail.look().map_err(|error| blind(&error))?;
                let zone = TimeZone::system();
                Ok(lines.iter().filter_map(|line| of_file(line, &zone)).collect())
            }
            Self::Journal(journal) => Ok(journal.look()?.iter().filter_map(of_journal).collect()),
        }
    }

    /// The folders in which something changes when a line is written.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        match self {
            Self::File(tail) => tail.path().parent().map(Path::to_owned).into_iter().collect(),
            Self::Journal(_) => journal::machine_folders(),
        }
    }
}

/// Lines that are kept, the newest.
const MOST: usize = 200_000;

/// What the log below `root` and those before it have since then, and perhaps some from before.
///
/// # Errors
/// When there is none that can be read.
pub(crate) fn history(root: &Path, since: Timestamp) -> Result<Vec<(Timestamp, Line)>, Blind> {
    let (zone, mut found) = (plain::zone(root), VecDeque::new());
    let read = rotated::lines(&plain::below(root, PATH), since, |line| {
        found.extend(of_file(line, &zone));
        if found.len() > MOST {
            found.pop_front();
        }
    });
    match read {
        Ok(()) => Ok(found.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut journal = journal::open(&journal::roots_below(root))?;
            Ok(journal
                .since(&query(), journal::micros(since))
                .filter_map(|entry| of_journal(&entry))
                .collect())
        }
        Err(error) => Err(blind(&error)),
    }
}

fn blind(error: &std::io::Error) -> Blind {
    Blind {
        why: format!("{PATH} cannot be read: {error}"),
        mend: format!(
            "chgrp adm {PATH} && chmod g+r {PATH} && usermod -aG adm nightkeep && systemctl restart nightkeep"
        ),
    }
}

fn query() -> Query {
    Query::new(&["MESSAGE", "_UID"]).having(&[("_SYSTEMD_UNIT", "fail2ban.service")])
}

fn of_journal(entry: &Entry) -> Option<(Timestamp, Line)> {
    (entry.field(1) == b"0").then(|| Some((at(entry), read(&entry.text(0))?)))?
}

/// `2026-11-23 03:51:39,412 fail2ban.actions        [26983]: NOTICE  [sshd] Ban 203.0.113.5`, in
/// local time.
fn of_file(line: &str, zone: &TimeZone) -> Option<(Timestamp, Line)> {
    let (time, rest) = line.split_at_checked("2026-11-23 03:51:39".len())?;
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", time).ok()?;
    let at = zone.to_timestamp(civil).ok()?;
    Some((at, read(rest)?))
}

/// `… [PID]: LEVEL  [JAIL] WHAT ADDRESS …`, and what it says of itself.
fn read(text: &str) -> Option<Line> {
    let text = text.split_once("]: ").map_or(text, |(_, text)| text);
    own(text).or_else(|| of_address(text))
}

/// `INFO    Starting Fail2ban v1.0.2`
fn own(text: &str) -> Option<Line> {
    let said = text.trim_start_matches(|c: char| c.is_ascii_uppercase()).trim_start();
    if said.starts_with("Starting Fail2ban") {
        Some(Line::Started)
    } else if said.starts_with("Shutdown in progress") || said.starts_with("Stopping all jails") {
        Some(Line::Stopping)
    } else if said.starts_with("Exiting Fail2ban") {
        Some(Line::Stopped)
    } else if let Some(name) = said.strip_prefix("Creating new jail '") {
        Some(Line::Jail(name.trim_end_matches('\'').chars().take(64).collect()))
    } else {
        Some(Line::BanTime(said.strip_prefix("banTime: ")?.parse().ok()?))
    }
}

fn of_address(text: &str) -> Option<Line> {
    let (_, rest) = text.split_once('[')?;
    let (jail, rest) = rest.split_once("] ")?;
    let named = !jail.is_empty() && jail.len() <= 64;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let what = ["Restore Ban ", "Ban ", "Unban ", "Found ", "Ignore "];
    let (what, rest) = what.iter().find_map(|what| Some((*what, rest.strip_prefix(what)?)))?;
    let address = rest.split_whitespace().next()?;
    let ours = |c: char| c.is_ascii_hexdigit() || ".:/".contains(c);
    if !named || !jail.chars().all(plain) || address.len() > 64 || !address.chars().all(ours) {
        return None;
    }
    let (jail, address) = (jail.to_owned(), address.to_owned());
    Some(match what {
        "Ban " => Line::Ban { jail, address },
        "Restore Ban " => Line::Restored { jail, address },
        "Unban " => Line::Unban { jail, address },
        "Ignore " => Line::Ignored { jail, address },
        _ => Line::Found { jail, address },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_fail2ban_writes_them() {
        let (jail, address) = (String::from("sshd"), String::from("203.0.113.5"));
        let head = "2026-11-23 03:51:39,412 fail2ban.actions        [26983]: NOTICE  [sshd] ";
        let read = |what: &str| {
            of_file(&format!("{head}{what}"), &TimeZone::system()).map(|(_, line)| line)
        };
        let ban = Some(Line::Ban { jail: jail.clone(), address: address.clone() });
        assert_eq!(read("Ban 203.0.113.5"), ban);
        let restored = Line::Restored { jail: jail.clone(), address: address.clone() };
        assert_eq!(read("Restore Ban 203.0.113.5"), Some(restored));
        assert_eq!(read("203.0.113.5 already banned"), None);
        let found = "2026-11-23 03:51:39,412 fail2ban.filter         [26983]: INFO    [sshd] Found 203.0.113.5 - 2026-11-23 03:51:39";
        assert_eq!(
            of_file(found, &TimeZone::system()).map(|(_, line)| line),
            Some(Line::Found { jail, address })
        );
        for line in
            ["", "2026-11-23 03:51:39,4 [x", "é026-11-23 03:51:39,412 [1]: N [sshd] Ban 1.1.1.1"]
        {
            assert_eq!(of_file(line, &TimeZone::system()), None);
        }
    }

    #[test]
    fn it_tells_of_its_own_life() {
        let own = |text: &str| read(&format!("fail2ban.server         [1]: INFO    {text}"));
        assert_eq!(own("Starting Fail2ban v1.0.2"), Some(Line::Started));
        assert_eq!(own("Shutdown in progress..."), Some(Line::Stopping));
        assert_eq!(own("Exiting Fail2ban"), Some(Line::Stopped));
        assert_eq!(own("Creating new jail 'sshd'"), Some(Line::Jail(String::from("sshd"))));
        assert_eq!(own("  banTime: 600"), Some(Line::BanTime(600)));
        assert_eq!(own("  maxRetry: 5"), None);
    }
}
