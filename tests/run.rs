//! The built binary, from a trouble to its recovery: told once each, whatever is killed between.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Long enough for a slow machine; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_mins(1);
/// Several ticks, group waits and clear times of the config below.
const QUIET: Duration = Duration::from_secs(6);

/// A webhook that takes everything.
fn hook() -> (u16, Receiver<Value>) {
    serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// A pager that takes everything.
fn pager() -> (u16, Receiver<Value>) {
    serve(
        "HTTP/1.1 202 Accepted\r\nContent-Length: 20\r\nConnection: close\r\n\r\n{\"status\":\"success\"}",
    )
}

fn serve(answer: &'static str) -> (u16, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, received) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Some(body) = take(stream, answer)
                && sender.send(body).is_err()
            {
                return;
            }
        }
    });
    (port, received)
}

fn take(stream: TcpStream, answer: &str) -> Option<Value> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut stream = stream;
    stream.write_all(answer.as_bytes()).ok()?;
    let mut body: Value = serde_json::from_slice(&body).ok()?;
    Some(if body["message"].is_object() { body["message"].take() } else { body })
}

/// A watch of its own, in a directory of its own.
struct Night {
    directory: tempfile::TempDir,
    port: u16,
    /// More of its config.
    more: String,
    watch: Option<Child>,
}

impl Night {
    fn new(port: u16) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory, port, more: String::new(), watch: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Every disk is too full at `warning`.
    fn configure(&self, warning: &str, clear: &str) {
        let (store, port, more) = (self.path("store"), self.port, &self.more);
        let text = format!(
            r#"
host = "testhost"
interval = "1s"
[store]
path = "{}"
[disk]
used = {{ warning = "{warning}", critical = "100%", clear = "{clear}", for = "0s" }}
inodes = false
forecast = false
[memory]
enabled = false
[cpu]
enabled = false
[network]
enabled = false
[units]
enabled = false
[ssh]
enabled = false
[fail2ban]
enabled = false
[certificates]
enabled = false
[machine]
enabled = false
[hardware]
enabled = false
[way-out]
ask = []
[alerts]
group-wait = "1s"
clear-for = "1s"
[channel.hook]
type = "webhook"
url = "http://127.0.0.1:{port}/"
{more}
"#,
            store.display(),
        );
        std::fs::write(self.path("nightkeep.toml"), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
        command.arg("--config").arg(self.path("nightkeep.toml"));
        command.arg("--socket").arg(self.path("socket")).args(arguments);
        command
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn start(&mut self) {
        let watch = self.command(&["run"]).stderr(Stdio::inherit()).spawn().unwrap();
        self.watch = Some(watch);
        for _ in 0..600 {
            if self.ask(&["status"]).status.success() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the watch did not start");
    }

    fn kill(&mut self) {
        let mut watch = self.watch.take().unwrap();
        watch.kill().unwrap();
        watch.wait().unwrap();
    }

    fn signal(&self, name: &str) {
        let pid = self.watch.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
}

impl Drop for Night {
    fn drop(&mut self) {
        if self.watch.is_some() {
            self.kill();
        }
    }
}

fn next(received: &Receiver<Value>) -> Value {
    received.recv_timeout(PATIENCE).expect("a message")
}

fn nothing_more(received: &Receiver<Value>) {
    assert_eq!(received.recv_timeout(QUIET), Err(RecvTimeoutError::Timeout));
}

#[test]
fn a_trouble_is_told_once_and_its_end_once_whatever_is_killed() {
    let (port, received) = hook();
    let mut night = Night::new(port);
    night.configure("0.0001%", "0.00005%");
    night.start();

    let raised = next(&received);
    assert_eq!(raised["kind"], "raised");
    assert_eq!(raised["host"], "testhost");
    assert_eq!(raised["items"][0]["rule"], "disk-used");
    nothing_more(&received);

    night.kill();
    night.start();
    nothing_more(&received);

    let alerts: Value = serde_json::from_slice(&night.ask(&["alerts", "--json"]).stdout).unwrap();
    let id = alerts[0]["id"].as_u64().expect("a firing alert has a number").to_string();
    assert!(night.ask(&["alerts", "ack", &id]).status.success());
    assert!(!night.ask(&["alerts", "ack", "4711"]).status.success());

    // A wrong config changes nothing.
    std::fs::write(night.path("nightkeep.toml"), "[disk]\nusd = 1\n").unwrap();
    night.signal("HUP");
    nothing_more(&received);

    night.configure("100%", "99.9%");
    night.signal("HUP");
    let over = next(&received);
    assert_eq!(over["kind"], "recovered");
    assert_eq!(over["items"][0]["rule"], "disk-used");
    nothing_more(&received);

    let story = night.ask(&["alerts", "show", &id]);
    let story = String::from_utf8(story.stdout).unwrap();
    assert!(story.contains("delivered"), "{story}");

    night.signal("TERM");
    assert!(night.watch.take().unwrap().wait().unwrap().success());
}

/// The pager hears of each alert's beginning, acknowledgement and end under one key.
#[test]
fn a_pager_is_acknowledged_and_resolved() {
    let ((hook, _told), (port, paged)) = (hook(), pager());
    let mut night = Night::new(hook);
    night.more = format!(
        "[channel.pager]\ntype = \"pagerduty\"\nserver = \"http://127.0.0.1:{port}\"\nrouting-key = \"{}\"",
        "a".repeat(32)
    );
    night.configure("0.0001%", "0.00005%");
    night.start();
    let event = |action: &str| {
        let event = next(&paged);
        assert_eq!(event["event_action"], action, "{event}");
        event["dedup_key"].as_str().unwrap().to_owned()
    };
    let first = event("trigger");
    let alerts: Value = serde_json::from_slice(&night.ask(&["alerts", "--json"]).stdout).unwrap();
    let alerts = alerts.as_array().unwrap();
    let mut opened: Vec<_> = (1..alerts.len()).map(|_| event("trigger")).chain([first]).collect();
    opened.sort();
    for alert in alerts {
        assert!(night.ask(&["alerts", "ack", &alert["id"].to_string()]).status.success());
    }
    let mut acknowledged: Vec<_> = alerts.iter().map(|_| event("acknowledge")).collect();
    acknowledged.sort();
    assert_eq!(acknowledged, opened);
    night.configure("100%", "99.9%");
    night.signal("HUP");
    let mut resolved: Vec<_> = alerts.iter().map(|_| event("resolve")).collect();
    resolved.sort();
    assert_eq!(resolved, opened);
}

/// A service goes down with what hangs on it, is paused, and comes back.
#[test]
fn a_monitor_is_told_once_and_its_child_is_not() {
    let (port, received) = hook();
    let mut night = Night::new(port);
    let listen = |port: u16| TcpListener::bind(("127.0.0.1", port)).unwrap();
    let (gate, shop) = (listen(0), listen(0));
    let places = [&gate, &shop].map(|listener| listener.local_addr().unwrap().port());
    let monitor = |name: &str, more: &str| {
        format!(
            "[[monitor]]\nname = \"{name}\"\ntype = \"tcp\"\ninterval = \"1s\"\ntimeout = \"500ms\"\n{more}\n"
        )
    };
    night.more = monitor("gate", &format!("target = \"127.0.0.1:{}\"", places[0]));
    night.configure("100%", "99.9%");
    let pieces = night.path("monitors.d");
    std::fs::create_dir(&pieces).unwrap();
    let child = format!("target = \"127.0.0.1:{}\"\nparent = \"gate\"", places[1]);
    let group = "[[monitor]]\nname = \"both\"\ntype = \"group\"\nmembers = [\"gate\", \"shop\"]\nneeds = 1\nparent = \"gate\"\n";
    std::fs::write(pieces.join("shop.toml"), monitor("shop", &child) + group).unwrap();
    night.start();
    let statuses = || -> Vec<String> {
        let listed = night.ask(&["monitors", "--json"]).stdout;
        let listed: Value = serde_json::from_slice(&listed).unwrap();
        let status = |one: &Value| format!("{} {}", one["name"], one["status"]).replace('"', "");
        let mut statuses: Vec<String> = listed.as_array().unwrap().iter().map(status).collect();
        statuses.sort();
        statuses
    };
    let become_so = |wanted: [&str; 3]| {
        for _ in 0..600 {
            if statuses() == wanted {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("{:?}", statuses());
    };
    become_so(["both up", "gate up", "shop up"]);
    nothing_more(&received);

    drop((gate, shop));
    let raised = next(&received);
    assert_eq!(raised["items"][0]["subject"], "monitor:gate", "{raised}");
    assert_eq!(raised["items"].as_array().unwrap().len(), 1, "{raised}");
    assert!(raised["items"][0]["summary"].as_str().unwrap().contains("refused"), "{raised}");
    become_so(["both down", "gate down", "shop down"]);
    nothing_more(&received);
    assert_eq!(night.ask(&["monitors", "test", "gate"]).status.code(), Some(2));

    // A wrong file beside the config changes nothing.
    std::fs::write(pieces.join("wrong.toml"), "[[monitor]]\nname = 1\n").unwrap();
    night.signal("HUP");
    nothing_more(&received);
    std::fs::remove_file(pieces.join("wrong.toml")).unwrap();

    let again = places.map(listen);
    let over = next(&received);
    assert_eq!(
        (&over["kind"], &over["items"][0]["subject"]),
        (&"recovered".into(), &"monitor:gate".into())
    );
    become_so(["both up", "gate up", "shop up"]);
    nothing_more(&received);

    // What is paused may be gone, also after a restart.
    assert!(night.ask(&["monitors", "pause", "gate"]).status.success());
    assert!(!night.ask(&["monitors", "pause", "nobody"]).status.success());
    night.kill();
    night.start();
    drop(again);
    let mut told = next(&received).to_string();
    while let Ok(more) = received.recv_timeout(QUIET) {
        told += &more.to_string();
    }
    assert!(told.contains("monitor:shop") && !told.contains("monitor:gate"), "{told}");
    let shown = String::from_utf8(night.ask(&["monitors", "show", "shop"]).stdout).unwrap();
    assert!(shown.contains("refused"), "{shown}");
}

#[test]
fn a_wrong_config_says_where_and_what_instead() {
    let night = Night::new(1);
    std::fs::write(night.path("nightkeep.toml"), "[disk]\nusd = { warning = \"85%\" }\n").unwrap();
    let output = night.ask(&["config", "check"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(said.contains(":2"), "the line: {said}");
    assert!(said.contains("used"), "what was meant: {said}");
}

#[test]
fn check_needs_nothing_and_answers_in_json() {
    let missing = Path::new("/nonexistent/nightkeep.toml");
    let check = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
        command.arg("--config").arg(missing).arg("check").args(arguments).output().unwrap()
    };
    let output = check(&["--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let code = output.status.code().unwrap();
    let verdict = found["verdict"].as_str().unwrap();
    let expected = ["well", "warning", "critical", "could not tell"];
    assert_eq!(expected.iter().position(|word| *word == verdict), usize::try_from(code).ok());
    assert!(!found["well"].as_array().unwrap().is_empty(), "{found}");
    let text = String::from_utf8(check(&[]).stdout).unwrap();
    assert!(!text.contains('\x1b'), "no colours into a pipe: {text}");
}
