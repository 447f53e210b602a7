//! The other records: auth.log, wtmp and btmp, the kernel's audit.

use std::io::{self, BufReader, Read as _};
use std::path::Path;

use jiff::Timestamp;
use nightkeep_audit::netlink::Control;
use nightkeep_audit::rules;
use nightkeep_audit::rules::check::ThisMachine;
use nightkeep_triage::scene::Unseen;
use nightkeep_triage::scene::log::{Audit, AuthLog, RecordFault};
use nightkeep_triage::scene::login::Login;

use super::told::History;
use crate::model::text::visible;
use crate::source::plain;
use crate::source::session::Session;
use crate::source::sshd::{self, Accepted};

/// No log is read further, in bytes.
const MOST: u64 = 256 << 20;
/// Bytes of a record of utmp(5).
const RECORD: usize = 384;
/// Where its time is, in seconds since 1970, 32 bits wide.
const TIME: usize = 340;
/// Back by more than this is no clock that was set right, in seconds.
const BACK: i64 = 86_400;
/// What two logs say of one thing is no more apart than this, in seconds.
const NEAR: i64 = 5;

/// auth.log held against the journal: each login is in both, as far as both go back.
pub(super) fn auth_log(
    root: &Path,
    since: Timestamp,
    oldest: Option<Timestamp>,
    logins: &[Login],
) -> AuthLog {
    let Some(there) = sshd::in_auth_log(root, since) else { return AuthLog::default() };
    let in_journal: Vec<&Login> =
        logins.iter().filter(|login| oldest.is_some_and(|oldest| login.at >= oldest)).collect();
    compared(&in_journal, &there, oldest)
}

fn compared(logins: &[&Login], there: &[Accepted], oldest: Option<Timestamp>) -> AuthLog {
    let is_same = |login: &Login, other: &Accepted| {
        // The address and port name the connection; the port alone would be found in others.
        login.port == other.port && login.address == other.address && login.user == other.user
    };
    let line = |at: Timestamp, user: &str, address: &str, port: u16| {
        visible(&format!("{at} {user} from {address} port {port}"), 200)
    };
    // What auth.log has none of at all it was not written for: rsyslog was not there yet, or it is rotated away.
    let first = logins.iter().position(|login| there.iter().any(|other| is_same(login, other)));
    let reaching = first.map_or(&[][..], |first| &logins[first..]);
    let missing: Vec<String> = reaching
        .iter()
        .filter(|login| !there.iter().any(|other| is_same(login, other)))
        .map(|login| line(login.at, &login.user, &login.address, login.port))
        .collect();
    // The journal's own beginning is a time of a second; the line may be of the same.
    let is_within = |other: &&Accepted| {
        oldest.is_some_and(|oldest| other.at.duration_since(oldest).as_secs() > NEAR)
    };
    let only_there = there
        .iter()
        .filter(is_within)
        .filter(|other| !logins.iter().any(|login| is_same(login, other)))
        .map(|other| line(other.at, &other.user, &other.address, other.port))
        .collect();
    AuthLog { is_here: true, compared: reaching.len(), missing, only_there }
}

/// Logins that lastlog has and wtmp, which goes back further, has not: both are written by the same programs for the
/// same logins, those with a terminal.
pub(super) fn missing_in_wtmp(history: &History) -> Option<RecordFault> {
    let wtmp: Vec<&Session> =
        history.sessions.iter().filter(|session| session.source == "wtmp").collect();
    let begins = history.wtmp_begins?;
    let is_there = |last: &Session| {
        wtmp.iter().any(|session| {
            session.user == last.user
                && session.began.duration_since(last.began).as_secs().abs() <= NEAR
        })
    };
    let is_missing =
        |last: &&Session| last.source == "lastlog" && last.began > begins && !is_there(last);
    let missing: Vec<String> = history
        .last
        .iter()
        .filter(is_missing)
        .map(|last| format!("{} at {} on {} from {}", last.user, last.began, last.tty, last.from))
        .collect();
    let first = missing.first()?;
    Some(RecordFault {
        path: String::from("/var/log/wtmp"),
        why: format!("{} logins that lastlog has were taken out: {first}", missing.len()),
        is_sure: true,
    })
}

/// What is wrong with the records of logins.
pub(super) fn faults(root: &Path) -> Vec<RecordFault> {
    let mut faults = Vec::new();
    for name in ["wtmp", "wtmp.1", "btmp"] {
        let path = plain::below(root, &format!("var/log/{name}"));
        let Ok(Looked { is_empty, is_cut, zeros, goes_back }) = look(&path) else { continue };
        let mut say = |why: &str, is_sure| {
            let (path, why) = (format!("/var/log/{name}"), why.to_owned());
            faults.push(RecordFault { path, why, is_sure });
        };
        if is_cut {
            say("its size is no multiple of a record's: something was cut out of it", true);
        }
        if zeros > 0 {
            say(&format!("{zeros} records were overwritten with zeros"), true);
        }
        if goes_back {
            say(
                "its times go back by more than a day: its records are not in order, or the clock was set",
                false,
            );
        }
        let is_there = |path: &str| plain::below(root, path).exists();
        if name == "wtmp" && is_empty && !is_there("var/log/wtmp.1") && is_there("var/log/auth.log")
        {
            say("it is empty, and there is no older one", false);
        }
    }
    faults
}

/// What is wrong with a file of records, one after the other: there may be millions.
#[derive(Debug, Default)]
struct Looked {
    is_empty: bool,
    is_cut: bool,
    zeros: usize,
    goes_back: bool,
}

fn look(path: &Path) -> io::Result<Looked> {
    let file = plain::open(path)?;
    let length = file.metadata()?.len();
    let mut looked = Looked {
        is_empty: length == 0,
        is_cut: !length.is_multiple_of(RECORD as u64),
        ..Looked::default()
    };
    let mut file = BufReader::with_capacity(64 << 10, file.take(MOST));
    let (mut record, mut last) = ([0; RECORD], i64::MIN);
    while file.read_exact(&mut record).is_ok() {
        looked.zeros += usize::from(record.iter().all(|&byte| byte == 0));
        if let Some(at) = time(&record).filter(|&at| at > 0) {
            looked.goes_back |= at.saturating_add(BACK) < last;
            last = at;
        }
    }
    Ok(looked)
}

fn time(record: &[u8; RECORD]) -> Option<i64> {
    Some(i64::from(u32::from_le_bytes(*record.get(TIME..)?.first_chunk()?)))
}

/// The kernel's audit, held against what is written down.
pub(super) fn audit(file: &Path) -> Result<Audit, Unseen> {
    let unseen = |why: String| Unseen {
        what: String::from("the kernel's audit"),
        why,
        mend: String::from("sudo nightkeep triage"),
        detectors: vec!["D21"],
    };
    let asked = Control::open().and_then(|mut control| Ok((control.status()?, control.rules()?)));
    let (status, held) = asked.map_err(|error| unseen(error.to_string()))?;
    let written = rules::files::read(file, &ThisMachine::new());
    let expected = written.map_or(0, |(_, lines)| rules::written(&lines).len());
    let is_installed = Path::new("/usr/sbin/auditd").exists();
    Ok(Audit {
        is_on: status.enabled != 0,
        rules: held.len(),
        expected,
        lost: status.lost,
        is_daemon_gone: is_installed && status.pid == 0,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_login_that_was_taken_out_is_missed_and_one_before_rsyslog_is_not() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let text = String::from;
        let login = |port: u16| Login {
            at: at(i64::from(port)),
            user: text("ann"),
            address: text("198.51.100.7"),
            port,
            ..Login::default()
        };
        let line = |port: u16| Accepted {
            at: at(i64::from(port)),
            user: text("ann"),
            address: text("198.51.100.7"),
            port,
        };
        let held = |journal: &[u16], there: &[u16], oldest: i64| {
            let logins: Vec<Login> = journal.iter().map(|&port| login(port)).collect();
            let there: Vec<Accepted> = there.iter().map(|&port| line(port)).collect();
            let found = compared(&logins.iter().collect::<Vec<_>>(), &there, Some(at(oldest)));
            (found.compared, found.missing.len(), found.only_there.len())
        };
        assert_eq!(held(&[4000, 4010], &[4010], 10), (1, 0, 0));
        assert_eq!(held(&[4000, 4010], &[4000], 10), (2, 1, 0));
        assert_eq!(held(&[4000], &[4000, 4010], 10), (1, 0, 1));
        // What is older than the journal cannot be in it.
        assert_eq!(held(&[4100], &[4000, 4100], 4050), (1, 0, 0));
    }

    #[test]
    fn a_session_taken_out_of_wtmp_is_missed() {
        let session = |user: &str, second, source| Session {
            user: user.to_owned(),
            from: String::from("192.0.2.1"),
            tty: String::from("pts/0"),
            began: Timestamp::from_second(second).unwrap(),
            ended: None,
            source,
        };
        let mut history = History {
            sessions: vec![session("ann", 1000, "wtmp"), session("bob", 2000, "wtmp")],
            last: vec![session("bob", 2001, "lastlog"), session("eve", 500, "lastlog")],
            wtmp_begins: Timestamp::from_second(900).ok(),
            ..History::default()
        };
        assert_eq!(missing_in_wtmp(&history), None);
        history.last.push(session("eve", 3000, "lastlog"));
        assert!(missing_in_wtmp(&history).unwrap().why.contains("eve at "));
        // Of logins without a terminal only lastlog2 tells.
        history.last = vec![session("eve", 3000, "lastlog2")];
        assert_eq!(missing_in_wtmp(&history), None);
    }

    #[test]
    fn records_of_zeros_and_cut_records_are_found() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("var/log")).unwrap();
        let record = |second: u32| {
            let mut record = [1; RECORD];
            record[TIME..TIME + 4].copy_from_slice(&second.to_le_bytes());
            record.to_vec()
        };
        let write = |bytes: &[u8]| fs::write(root.path().join("var/log/wtmp"), bytes).unwrap();
        write(&[record(1000), record(2000)].concat());
        assert_eq!(faults(root.path()), []);
        write(&[record(1000), vec![0; RECORD], record(2000), vec![1; 9]].concat());
        assert!(faults(root.path()).iter().filter(|fault| fault.is_sure).count() == 2);
        write(&[record(900_000), record(2000)].concat());
        assert!(!faults(root.path())[0].is_sure);
    }
}
