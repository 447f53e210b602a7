//! The files of login records as glibc lays them out (`struct utmp` in utmp(5), `struct lastlog`
//! in bits/utmp.h): no header, one record after the other.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use jiff::Timestamp;

use super::Session;
use crate::model::text::visible;
use crate::source::plain;

/// Bytes of a record, and where its time is. Where glibc keeps times of 32 bits for both word
/// sizes they are four bytes wide, elsewhere eight.
const WIDE: bool = cfg!(all(
    target_pointer_width = "64",
    not(target_arch = "x86_64"),
    not(target_arch = "powerpc64")
));
const RECORD: usize = if WIDE { 400 } else { 384 };
const TIME: usize = if WIDE { 344 } else { 340 };
/// Bytes of a record of lastlog.
const LASTLOG: usize = if WIDE { 296 } else { 292 };
/// The newest part of a file that is longer.
const MOST: u64 = 16 << 20;

const BOOT: i16 = 2;
const LEVEL: i16 = 1;
const USER: i16 = 7;
const DEAD: i16 = 8;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    kind: i16,
    line: String,
    pub(super) user: String,
    pub(super) host: String,
    pub(super) at: Timestamp,
}

/// The records of a file; a broken end is left out.
pub(super) fn read(path: &Path) -> io::Result<Vec<Record>> {
    let mut file = plain::open(path)?;
    let length = file.metadata()?.size();
    let skip = length.saturating_sub(MOST).next_multiple_of(RECORD as u64).min(length);
    file.seek(SeekFrom::Start(skip))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes.chunks_exact(RECORD).filter_map(record).collect())
}

fn record(bytes: &[u8]) -> Option<Record> {
    Some(Record {
        kind: i16::from_le_bytes(*bytes.first_chunk()?),
        line: text(bytes.get(8..40)?),
        user: text(bytes.get(44..76)?),
        host: text(bytes.get(76..332)?),
        at: time(bytes.get(TIME..)?)?,
    })
}

/// Seconds, then microseconds. Four bytes of seconds are read as unsigned: they last until 2106.
fn time(bytes: &[u8]) -> Option<Timestamp> {
    let (seconds, micros) = if WIDE {
        let number = |at: usize| Some(i64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        (number(0)?, number(8)?)
    } else {
        let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        (i64::from(number(0)?), i64::from(number(4)?))
    };
    Timestamp::new(seconds, i32::try_from(micros.clamp(0, 999_999) * 1000).ok()?).ok()
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    visible(&String::from_utf8_lossy(&bytes[..end]), 256)
}

/// Sessions out of records: one lasts until its terminal is free again or the machine stops.
pub(super) fn sessions(records: &[Record]) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records {
        let is_stop = record.kind == BOOT || (record.kind == LEVEL && record.user == "shutdown");
        if is_stop {
            for (_, at) in std::mem::take(&mut open) {
                sessions[at].ended = Some(record.at);
            }
        } else if record.kind == USER || record.kind == DEAD {
            if let Some(at) = open.remove(record.line.as_str()) {
                sessions[at].ended = Some(record.at);
            }
            if record.kind == USER && !record.user.is_empty() {
                open.insert(&record.line, sessions.len());
                sessions.push(Session {
                    user: record.user.clone(),
                    from: record.host.clone(),
                    tty: record.line.clone(),
                    began: record.at,
                    ended: None,
                    source: "wtmp",
                });
            }
        }
    }
    sessions
}

/// The last login of these users; the file is a table by user id.
pub(super) fn lastlog(path: &Path, users: &[(u32, String)]) -> io::Result<Vec<Session>> {
    let file = plain::open(path)?;
    let mut found = Vec::new();
    for (uid, name) in users {
        let mut bytes = [0; LASTLOG];
        if file.read_exact_at(&mut bytes, u64::from(*uid) * LASTLOG as u64).is_err() {
            continue;
        }
        let width = if WIDE { 8 } else { 4 };
        let seconds =
            bytes[..width].iter().rev().fold(0i64, |sum, byte| (sum << 8) | i64::from(*byte));
        let Some(began) = Timestamp::from_second(seconds).ok().filter(|_| seconds > 0) else {
            continue;
        };
        found.push(Session {
            user: name.clone(),
            from: text(&bytes[width + 32..width + 288]),
            tty: text(&bytes[width..width + 32]),
            began,
            ended: None,
            source: "lastlog",
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(kind: i16, line: &str, user: &str, host: &str, second: u32) -> Vec<u8> {
        let mut bytes = vec![0; RECORD];
        bytes[..2].copy_from_slice(&kind.to_le_bytes());
        for (at, text) in [(8, line), (44, user), (76, host)] {
            bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        bytes[TIME..TIME + 4].copy_from_slice(&second.to_le_bytes());
        bytes
    }

    #[test]
    fn sessions_end_with_their_terminal_or_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wtmp");
        let records = [
            bytes(BOOT, "~", "reboot", "6.1", 100),
            bytes(USER, "pts/0", "ann", "192.0.2.1", 200),
            bytes(USER, "pts/1", "bob\x1b[31m", "192.0.2.2", 210),
            bytes(DEAD, "pts/0", "", "", 300),
            bytes(USER, "tty1", "root", "", 310),
            bytes(BOOT, "~", "reboot", "6.1", 400),
            bytes(USER, "pts/0", "ann", "192.0.2.1", 500),
        ];
        std::fs::write(&path, [records.concat(), vec![7; 100]].concat()).unwrap();
        let found: Vec<_> = sessions(&read(&path).unwrap())
            .iter()
            .map(|s| (s.user.clone(), s.began.as_second(), s.ended.map(Timestamp::as_second)))
            .collect();
        let expected = [
            ("ann", 200, Some(300)),
            ("bob\\u{1b}[31m", 210, Some(400)),
            ("root", 310, Some(400)),
            ("ann", 500, None),
        ];
        assert_eq!(found, expected.map(|(user, began, ended)| (user.to_owned(), began, ended)));
    }
}
