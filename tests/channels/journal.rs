//! The journal's and syslog's sockets.

use std::os::unix::net::UnixDatagram;
use std::path::Path;

use nightkeep::config::ChannelKind;
use nightkeep::model::{Notice, Severity};
use tempfile::TempDir;

use crate::{huge, notice, outcome, recovery, send};

fn syslog(dir: &Path) -> ChannelKind {
    ChannelKind::Syslog { journal: dir.join("journal"), syslog: dir.join("log") }
}

fn lines(socket: &UnixDatagram, count: usize) -> Vec<String> {
    let mut buffer = vec![0; 1 << 18];
    let mut next = || {
        let size = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..size].to_vec()).unwrap()
    };
    (0..count).map(|_| next()).collect()
}

fn told(notice: &Notice) -> String {
    let dir = TempDir::new().unwrap();
    let journal = UnixDatagram::bind(dir.path().join("journal")).unwrap();
    send(syslog(dir.path()), notice).unwrap();
    lines(&journal, 1).remove(0)
}

#[test]
fn the_journal_gets_fields() {
    let mut hostile = notice();
    hostile.message.items[0].summary = String::from("a\nPRIORITY=7\u{1b}[31m\u{202e}b");
    let entry = told(&hostile);
    let fields: Vec<&str> = entry.lines().collect();
    for field in [
        "PRIORITY=2",
        "MESSAGE_ID=81633dc188e7463b8b994ef7b9d1427e",
        "SYSLOG_IDENTIFIER=nightkeep",
        "NIGHTKEEP_KEY=40-test",
        "NIGHTKEEP_KIND=raised",
        "NIGHTKEEP_ALERT=17",
        "NIGHTKEEP_RULE=unit-failed",
        "NIGHTKEEP_SUBJECT=unit:caddy.service",
    ] {
        assert!(fields.contains(&field), "{field} in {entry}");
    }
    let message = "MESSAGE=critical: a PRIORITY=7b (alert 17, since 01:11 UTC)";
    assert!(fields.contains(&message), "{entry}");
    assert_eq!(fields.iter().filter(|field| field.starts_with("PRIORITY=")).count(), 1);
    assert!(told(&recovery()).contains("MESSAGE=over: "));
}

#[test]
fn each_alert_is_a_line_even_of_many() {
    let dir = TempDir::new().unwrap();
    let journal = UnixDatagram::bind(dir.path().join("journal")).unwrap();
    // A full buffer makes the sender wait, not fail.
    let reader = std::thread::spawn(move || lines(&journal, 500));
    let mut many = huge();
    for (item, alert) in many.message.items.iter_mut().zip(1..) {
        item.alert = alert;
    }
    send(syslog(dir.path()), &many).unwrap();
    let entries = reader.join().unwrap();
    assert!(entries.iter().all(|entry| entry.lines().count() == 14), "{}", entries[0]);
}

#[test]
fn syslog_hears_it_where_there_is_no_journal() {
    let dir = TempDir::new().unwrap();
    let log = UnixDatagram::bind(dir.path().join("log")).unwrap();
    let mut warning = notice();
    warning.message.items[0].severity = Severity::Warning;
    send(syslog(dir.path()), &warning).unwrap();
    let line = lines(&log, 1).remove(0);
    let pid = std::process::id();
    let head = format!("<28>Nov 23 01:15:00 nightkeep[{pid}]: warning: caddy.service <failed>");
    assert!(line.starts_with(&head), "{line}");
}

#[test]
fn without_either_it_is_tried_again() {
    let dir = TempDir::new().unwrap();
    let result = send(syslog(dir.path()), &notice());
    assert_eq!(outcome(&result).0, "later");
    assert!(result.unwrap_err().to_string().contains("systemctl status systemd-journald"));
}
