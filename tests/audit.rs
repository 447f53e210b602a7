//! The built binary over real audit logs: a search answers as ausearch does, and says what ausearch
//! does not.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A log made on a real server, by its name.
fn log(folder: &Path, name: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/audit/tests/data");
    let packed = File::open(data.join(format!("{name}.zst"))).unwrap();
    let path = folder.join(name);
    fs::write(&path, zstd::decode_all(packed).unwrap()).unwrap();
    path
}

fn nightkeep(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
    command.args(["audit", "search"]).args(args).env("TZ", "UTC").stdin(Stdio::null());
    command
}

fn search(args: &[&str]) -> Output {
    nightkeep(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn objects(args: &[&str]) -> Vec<Value> {
    let found = search(&[args, &["--json"]].concat());
    out(&found).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn serials(args: &[&str]) -> BTreeSet<u64> {
    objects(args).iter().map(|event| event["serial"].as_u64().unwrap()).collect()
}

/// Where nothing of an option is mended, the events are ausearch's.
#[test]
fn a_search_answers_as_ausearch_does() {
    let folder = tempfile::tempdir().unwrap();
    let options = [
        "-c sshd",
        "-x /usr/bin/sudo -sv yes",
        "-ui 0 -ts 11/23/26 13:15:00 -te 11/23/26 13:15:30",
        "-ul 1000",
        "-ua 1000",
        "-ue 0",
        "-ga 0 -tm pts0",
        "-pp 587",
        "-sc openat -sv no",
        "--session 6",
        "--session -1",
        "-m USER_AUTH,USER_CMD",
        "-m CONFIG_CHANGE",
        "-e ENOENT",
        "-hn 127.0.0.1",
        "-a 2190",
        "-k identity -w",
        "-n search -su unconfined",
        "-f /etc/shadow",
        "-f /nosuch",
    ];
    let mut found = 0;
    for name in ["trixie-enriched.log", "bookworm-raw.log", "trixie-node.log"] {
        let path = log(folder.path(), name);
        let path = path.to_str().unwrap();
        for options in options {
            let options: Vec<&str> = options.split(' ').collect();
            let ours = search(&[&options[..], &["--raw", "--rules", path]].concat());
            let theirs =
                search(&[&["--compat", "4"], &options[..], &["--raw", "-if", path]].concat());
            assert!(ours.stdout == theirs.stdout, "{options:?} of {name}");
            assert_eq!(ours.status.code(), theirs.status.code(), "{options:?} of {name}");
            found += usize::from(!ours.stdout.is_empty());
        }
    }
    assert!(found > 35, "{found}");
}

#[test]
fn keys_are_any_of_those_given_and_no_parts() {
    let folder = tempfile::tempdir().unwrap();
    let path = log(folder.path(), "trixie-enriched.log");
    let path = path.to_str().unwrap();
    let (identity, sudo) =
        (serials(&["-k", "identity", path]), serials(&["-k", "sudo_usage", path]));
    assert!(!identity.is_empty() && !sudo.is_empty());
    let both: BTreeSet<u64> = identity.union(&sudo).copied().collect();
    assert_eq!(serials(&["-k", "identity", "-k", "sudo_usage", path]), both);
    assert_eq!(serials(&["-k", "identit?", path]), identity);
    assert!(serials(&["-k", "ident", path]).is_empty());
    // Loading the rules is told, and kept apart.
    let found = search(&["-k", "identity", path]);
    assert!(!out(&found).contains("audit rule"), "{}", out(&found));
    assert!(err(&found).contains("the audit rules themselves were changed"), "{}", err(&found));
    assert!(serials(&["-k", "identity", "--rules", path]).len() > identity.len());
}

#[test]
fn a_login_by_ssh_is_one_with_and_without_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = log(folder.path(), "trixie-enriched.log");
    let path = path.to_str().unwrap();
    let logins = objects(&["-m", "USER_LOGIN", "--success", "yes", path]);
    let sessions: Vec<_> =
        logins.iter().map(|login| login["who"]["session"].as_u64().unwrap()).collect();
    assert_eq!(sessions, [6, 7, 8, 9, 10, 11, 12, 13, 15]);
    assert!(logins.iter().all(|login| login["action"] == "login"));
    assert!(logins.iter().all(|login| login["who"]["address"].is_string()));
    // What is done in a session knows where it came from, also if the login is not in the range.
    let args = ["--session", "7", "--since", "2026-11-23T13:14:34Z", path];
    let done = objects(&args);
    assert!(!done.is_empty());
    assert!(done.iter().all(|event| event["who"]["address"] == "127.0.0.1"), "{done:?}");
}

#[test]
fn rotated_packed_and_of_several_machines() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read_to_string(log(folder.path(), "trixie-enriched.log")).unwrap();
    let logs = folder.path().join("logs");
    fs::create_dir_all(logs.join("web2")).unwrap();
    let middle = whole.len() / 2 + whole[whole.len() / 2..].find('\n').unwrap() + 1;
    let third = middle / 2 + whole[middle / 2..].find('\n').unwrap() + 1;
    let mut gz = Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    gz.stdin.take().unwrap().write_all(&whole.as_bytes()[..third]).unwrap();
    fs::write(logs.join("audit.log.2.gz"), gz.wait_with_output().unwrap().stdout).unwrap();
    let packed = zstd::encode_all(&whole.as_bytes()[third..middle], 1).unwrap();
    fs::write(logs.join("audit.log.1.zst"), packed).unwrap();
    fs::write(logs.join("audit.log"), &whole[middle..]).unwrap();
    let plain = folder.path().join("trixie-enriched.log");
    let (plain, packed) = (plain.to_str().unwrap(), logs.to_str().unwrap());
    for options in
        [&["-k", "identity"][..], &["--user", "ann"], &["--until", "2026-11-23 13:15:00"]]
    {
        let one = search(&[options, &["--raw", plain]].concat());
        let three = search(&[options, &["--raw", packed]].concat());
        assert!(!one.stdout.is_empty() && one.stdout == three.stdout, "{options:?}");
    }
    let other = log(&logs.join("web2"), "bookworm-raw.log");
    fs::rename(other, logs.join("web2/audit.log")).unwrap();
    let found = objects(&["-m", "USER_CMD", packed]);
    let of = |node: &Value| found.iter().filter(|event| event["node"] == *node).count();
    assert!(of(&Value::Null) > 0 && of(&Value::from("web2")) > 0);
    assert!(found.is_sorted_by_key(|event| event["time"].as_str().unwrap().to_owned()));
    let said = out(&search(&["-m", "USER_CMD", packed]));
    assert!(said.contains("web2: "), "{said}");
    // What is missing or damaged is said, and the rest is read.
    fs::remove_file(logs.join("audit.log.1.zst")).unwrap();
    let half = fs::read(logs.join("audit.log.2.gz")).unwrap();
    fs::write(logs.join("audit.log.2.gz"), &half[..half.len() / 2]).unwrap();
    let found = search(&["-m", "USER_CMD", packed]);
    assert!(err(&found).contains("audit.log.1 is missing"), "{}", err(&found));
    assert!(
        err(&found).contains("the rest of") && err(&found).contains("damaged"),
        "{}",
        err(&found)
    );
    assert_eq!(found.status.code(), Some(0));
}

#[test]
fn a_pipe_is_read_only_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = log(folder.path(), "trixie-enriched.log");
    let whole = fs::read(&path).unwrap();
    // An open pipe that never ends: whoever read it would wait for ever.
    let mut waiting = nightkeep(&["-k", "identity", path.to_str().unwrap()]);
    let mut waiting = waiting.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let pipe = waiting.stdin.take();
    let mut said = String::new();
    std::io::Read::read_to_string(waiting.stdout.as_mut().unwrap(), &mut said).unwrap();
    assert!(waiting.wait().unwrap().success());
    drop(pipe);
    let mut piped = nightkeep(&["-k", "identity", "-"]);
    let mut piped = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pipe = piped.stdin.take().unwrap();
    let feed = std::thread::spawn(move || pipe.write_all(&whole));
    let found = piped.wait_with_output().unwrap();
    feed.join().unwrap().unwrap();
    assert!(!said.is_empty());
    assert_eq!(out(&found), said);
}

#[test]
fn nothing_found_is_not_nothing_happened() {
    let folder = tempfile::tempdir().unwrap();
    let path = log(folder.path(), "trixie-enriched.log");
    let path = path.to_str().unwrap();
    let found = search(&["-k", "identiy", "--since", "2026-11-20", path]);
    assert_eq!(found.status.code(), Some(1));
    let said = out(&found);
    for part in [
        "Nothing was found since 2026-11-20 00:00:00 in ",
        "It covers 2026-11-23 13:14:17 to 2026-11-23 13:16:14.",
        "It begins only after the time that was asked for",
        "do you mean identity",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    // Programs have nothing to read, people have the reason.
    let found = search(&["-k", "identiy", "--json", path]);
    assert!(found.stdout.is_empty() && err(&found).contains("do you mean identity"));
    for (wrong, why) in [
        (&["--since", "soon"][..], "is no time: write 2h"),
        (&["-m", "USER_LOGINS"], "do you mean USER_LOGIN"),
        (&["--checkpoint", "x"], "--compat 4 --checkpoint"),
        (&["-sc", "nosuch"], "nosuch"),
    ] {
        let found = search(&[wrong, &[path]].concat());
        assert_eq!(found.status.code(), Some(64), "{wrong:?}");
        assert!(err(&found).contains(why), "{}", err(&found));
    }
}

#[test]
fn names_of_the_json_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = log(folder.path(), "trixie-enriched.log");
    let path = path.to_str().unwrap();
    let event = &objects(&["-a", "2190", "--records", path])[0];
    let names: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "time",
            "serial",
            "node",
            "keys",
            "who",
            "action",
            "object",
            "program",
            "pid",
            "ppid",
            "command",
            "success",
            "exit",
            "error",
            "rule_loading",
            "sentence",
            "records"
        ]
    );
    let who: Vec<_> = event["who"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(who, ["login", "user", "auid", "uid", "session", "address", "terminal"]);
    assert_eq!(event["time"], "2026-11-23T13:15:41.656Z");
    assert_eq!((&event["action"], &event["object"]), (&"renamed".into(), &"/etc/passwd".into()));
    assert_eq!(event["command"], serde_json::json!(["userdel", "-r", "bob"]));
    assert_eq!((&event["exit"], &event["success"]), (&0.into(), &true.into()));
    assert_eq!(event["records"].as_array().unwrap().len(), 8);
}

#[test]
fn stories_take_the_same_logs_and_dates() {
    let folder = tempfile::tempdir().unwrap();
    let path = log(folder.path(), "trixie-enriched.log");
    let story = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
        let command = command.arg("audit").args(args).arg(&path).env("TZ", "UTC");
        command.stdin(Stdio::null()).output().unwrap()
    };
    let since = ["--since", "2026-11-23", "13:00"];
    let who = story(&[&["who", "/etc/shadow"][..], &since].concat());
    assert!(out(&who).contains("root wrote /etc/shadow with userdel"), "{}", out(&who));
    let session = story(&[&["session", "7"][..], &since].concat());
    assert!(out(&session).contains("ann logged in from 127.0.0.1"), "{}", out(&session));
    let none = story(&["session", "7", "--until", "2026-11-23 13:14:20", "--since", "2026-11-23"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(out(&none).contains("It covers 2026-11-23 13:14:17"), "{}", out(&none));
}
