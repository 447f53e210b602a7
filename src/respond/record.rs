//! The other records: auth.log, wtmp and btmp, the kernel's audit.

use std::io::Read as _;
use std::path::Path;

use nightkeep_audit::netlink::Control;
use nightkeep_audit::rules;
use nightkeep_audit::rules::check::ThisMachine;
use nightkeep_triage::scene::Unseen;
use nightkeep_triage::scene::log::{Audit, RecordFault};
use nightkeep_triage::scene::login::Login;

use crate::source::plain;

/// No log is read further, in bytes.
const MOST: u64 = 256 << 20;
/// Bytes of a record of utmp(5).
const RECORD: usize = 384;
/// Where its time is, in seconds since 1970, 32 bits wide.
const TIME: usize = 340;
/// Back by more than this is no clock that was set right, in seconds.
const BACK: i64 = 86_400;

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    plain::open(path).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Logins of the journal that auth.log has not, though it was written at that time.
pub(super) fn missing_in_auth_log(root: &Path, logins: &[Login]) -> Vec<String> {
    let path = root.join("var/log/auth.log");
    let (Some(text), true) = (read(&path), logins.len() > 1) else { return Vec::new() };
    let mut text = String::from_utf8_lossy(&text).into_owned();
    if let Some(older) = read(&path.with_extension("log.1")) {
        text.push_str(&String::from_utf8_lossy(&older));
    }
    let is_there = |login: &&Login| {
        // The address and port name the connection; the port alone would be found in others.
        text.contains(&format!("from {} port {} ", login.address, login.port))
    };
    // What it has none of at all it was not written for: rsyslog was not there yet, or it is rotated away.
    let Some(first) = logins.iter().position(|login| is_there(&login)) else { return Vec::new() };
    let missing = logins[first..].iter().filter(|login| !is_there(login));
    missing
        .map(|login| {
            format!("{} {} from {} port {}", login.at, login.user, login.address, login.port)
        })
        .collect()
}

/// What is wrong with the records of logins.
pub(super) fn faults(root: &Path) -> Vec<RecordFault> {
    let mut faults = Vec::new();
    for name in ["wtmp", "wtmp.1", "btmp"] {
        let path = root.join("var/log").join(name);
        let Some(bytes) = read(&path) else { continue };
        let mut say = |why: &str, is_sure| {
            let (path, why) = (format!("/var/log/{name}"), why.to_owned());
            faults.push(RecordFault { path, why, is_sure });
        };
        let (records, rest) = bytes.as_chunks::<RECORD>();
        if !rest.is_empty() {
            say("its size is no multiple of a record's: something was cut out of it", true);
        }
        let zeros = records.iter().filter(|record| record.iter().all(|&byte| byte == 0)).count();
        if zeros > 0 {
            say(&format!("{zeros} records were overwritten with zeros"), true);
        }
        let times: Vec<i64> = records.iter().filter_map(time).filter(|&time| time > 0).collect();
        if times.windows(2).any(|pair| pair[1] + BACK < pair[0]) {
            say(
                "its times go back by more than a day: its records are not in order, or the clock was set",
                false,
            );
        }
        let has_older = root.join("var/log/wtmp.1").exists();
        if name == "wtmp"
            && bytes.is_empty()
            && !has_older
            && root.join("var/log/auth.log").exists()
        {
            say("it is empty, and there is no older one", false);
        }
    }
    faults
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
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("var/log")).unwrap();
        let log = "Nov 23 20:00:00 web1 sshd[7]: Accepted publickey for ann from 198.51.100.7 port 4001 ssh2\n";
        fs::write(root.path().join("var/log/auth.log"), log).unwrap();
        let login = |port| Login {
            user: String::from("ann"),
            address: String::from("198.51.100.7"),
            port,
            ..Login::default()
        };
        let missing = |ports: &[u16]| {
            let logins: Vec<Login> = ports.iter().map(|&port| login(port)).collect();
            missing_in_auth_log(root.path(), &logins).len()
        };
        assert_eq!(missing(&[4000, 4001]), 0);
        assert_eq!(missing(&[4001, 4002]), 1);
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
