//! The channels that run a program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use nightkeep::config::ChannelKind;
use tempfile::TempDir;

use crate::{notice, now, outcome, send, send_within};

fn script(text: &str) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("program");
    fs::write(&path, format!("#!/bin/sh\ncd '{}'\n{text}\n", dir.path().display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    (dir, path)
}

fn command(path: &Path) -> ChannelKind {
    ChannelKind::Command { command: vec![path.display().to_string(), String::from("--loud")] }
}

fn sendmail(program: &Path) -> ChannelKind {
    ChannelKind::Sendmail {
        program: program.to_owned(),
        from: String::from("Night <nightkeep@web1.example>"),
        to: vec![String::from("ann@example.org"), String::from("Bob <bob@example.org>")],
    }
}

#[test]
fn a_command_gets_the_message() {
    let (dir, path) = script(
        "cat > input; printf '%s\\n' \"$1\" \"$NIGHTKEEP_TITLE\" \"$NIGHTKEEP_KIND\" > rest",
    );
    send(command(&path), &notice()).unwrap();
    let input = fs::read_to_string(dir.path().join("input")).unwrap();
    let input: serde_json::Value = serde_json::from_str(&input).unwrap();
    assert_eq!(input["key"], "40-test");
    assert!(input["text"].as_str().unwrap().contains("nightkeep alerts ack 17"));
    let rest = fs::read_to_string(dir.path().join("rest")).unwrap();
    assert_eq!(rest, format!("--loud\n{}\nraised\n", notice().message.title));
}

#[test]
fn exit_codes_say_what_to_do() {
    for (text, expected) in [
        ("exit 0", "ok"),
        ("exit 75", "later"),
        ("echo 'no such user' >&2; exit 1", "unclear"),
        ("kill -9 $$", "unclear"),
    ] {
        let (_dir, path) = script(text);
        for kind in [command(&path), sendmail(&path)] {
            assert_eq!(outcome(&send(kind, &notice())).0, expected, "{text}");
        }
    }
    let (_dir, path) = script("echo fine; echo \"$(printf '\\033[31mno such user')\" >&2; exit 1");
    let error = send(command(&path), &notice()).unwrap_err().to_string();
    assert!(error.ends_with("program: no such user (exit status: 1)"), "{error}");
    let missing = Path::new("/nonexistent/program");
    assert_eq!(outcome(&send(command(missing), &notice())).0, "later");
}

#[test]
fn a_program_that_hangs_dies_with_its_children() {
    let (dir, path) = script("sleep 600 & echo $! > child; wait");
    let result = send_within(command(&path), &notice(), now(), SignedDuration::from_secs(2));
    assert_eq!(outcome(&result).0, "later");
    let child = fs::read_to_string(dir.path().join("child")).unwrap();
    let stat = PathBuf::from(format!("/proc/{}/stat", child.trim()));
    let is_gone = || fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
    for _ in 0..100 {
        if is_gone() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the child lives");
}

#[test]
fn a_daemon_left_behind_does_not_hold_up_the_success() {
    let (_dir, path) = script("sleep 600 & echo $! > child; exit 0");
    send(command(&path), &notice()).unwrap();
    let child = fs::read_to_string(path.with_file_name("child")).unwrap();
    let pid = rustix::process::Pid::from_raw(child.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn sendmail_gets_a_whole_mail() {
    let (dir, path) = script("echo \"$@\" > arguments; cat > mail");
    send(sendmail(&path), &notice()).unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("arguments")).unwrap(), "-t -oi\n");
    let mail = fs::read_to_string(dir.path().join("mail")).unwrap();
    assert!(!mail.contains('\r'));
    for line in [
        "From: Night <nightkeep@web1.example>",
        "To: ann@example.org, Bob <bob@example.org>",
        "Auto-Submitted: auto-generated",
        "Date: Mon, 23 Nov 2026 01:15:00 +0000",
    ] {
        assert!(mail.lines().any(|other| other == line), "{line} in {mail}");
    }
}
