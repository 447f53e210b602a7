//! Sessions as the system counts them: wtmp and btmp, and wtmpdb where it took their place.

mod database;
mod logind;
mod utmp;

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::plain;

/// Somebody was on the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// Who.
    pub user: String,
    /// From where; empty for the console.
    pub from: String,
    /// On which terminal.
    pub tty: String,
    /// Since when.
    pub began: Timestamp,
    /// Until when; none while it lasts, or if nobody knows.
    pub ended: Option<Timestamp>,
    /// Which record says so.
    pub source: &'static str,
}

/// A failed login in btmp: mostly not by ssh, which its own log tells better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// When.
    pub at: Timestamp,
    /// As whom; chosen by whoever tried.
    pub user: String,
    /// From where.
    pub from: String,
}

/// Sessions that began since then, oldest first, and what could not be read.
pub fn sessions(root: &Path, since: Timestamp) -> (Vec<Session>, Vec<String>) {
    let mut unread = Vec::new();
    let mut sessions = Vec::new();
    for name in ["var/log/wtmp.1", "var/log/wtmp"] {
        match utmp::read(&plain::below(root, name)) {
            Ok(records) => sessions.extend(utmp::sessions(&records)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => unread.push(format!("/{name}: {error}")),
        }
    }
    match database::sessions(root) {
        Ok(more) => sessions.extend(more),
        Err(why) => unread.push(why),
    }
    sessions.retain(|session| session.began >= since);
    sessions.sort_by_key(|session| session.began);
    (sessions, unread)
}

/// Failed logins since then that btmp counts, oldest first. Only root may read it.
pub fn failed(root: &Path, since: Timestamp) -> (Vec<Failed>, Vec<String>) {
    match utmp::read(&plain::below(root, "var/log/btmp")) {
        Ok(records) => {
            let failed = records.into_iter().filter(|record| record.at >= since);
            let failed =
                failed.map(|record| Failed { at: record.at, user: record.user, from: record.host });
            (failed.collect(), Vec::new())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Default::default(),
        Err(error) => (Vec::new(), vec![format!("/var/log/btmp: {error}")]),
    }
}

/// The last login of each user, by lastlog2 or lastlog, where they are kept.
pub fn last(root: &Path) -> Vec<Session> {
    let passwd = plain::text(&plain::below(root, "etc/passwd"), 1 << 20);
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        Some((fields.nth(1)?.parse().ok()?, name.to_owned()))
    };
    let users: Vec<(u32, String)> = passwd.lines().filter_map(user).collect();
    let mut last = database::last(root).unwrap_or_default();
    last.extend(utmp::lastlog(&plain::below(root, "var/log/lastlog"), &users).unwrap_or_default());
    last
}

/// The time of the oldest record of wtmp, sessions or not: as far back as it goes.
pub fn wtmp_begins(root: &Path) -> Option<Timestamp> {
    let records = |name| utmp::read(&plain::below(root, name)).unwrap_or_default();
    let all = [records("var/log/wtmp.1"), records("var/log/wtmp")].concat();
    all.iter().map(|record| record.at).filter(|at| *at > Timestamp::UNIX_EPOCH).min()
}

/// Who is in now, by logind; empty on a disk, and where there is no logind.
pub fn open(root: &Path) -> Vec<Session> {
    logind::sessions(root)
}
