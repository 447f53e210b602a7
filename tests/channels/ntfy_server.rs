//! A real ntfy server (Debian 13: `apt-get install ntfy`; elsewhere `tests/channels/ntfy.sh`
//! fetches that package and says what to set).

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nightkeep::config::{ChannelKind, Secret};
use serde_json::Value;
use tempfile::TempDir;

use crate::{huge, notice, outcome, send, skipped};

struct Ntfy {
    child: Child,
    port: u16,
    _dir: TempDir,
}

impl Ntfy {
    /// None, and said so, where it is not installed.
    fn start(options: &[&str]) -> Option<Self> {
        let program = std::env::var_os("NIGHTKEEP_TEST_NTFY")
            .map_or_else(|| PathBuf::from("/usr/bin/ntfy"), PathBuf::from);
        if !program.exists() {
            skipped("ntfy", "run tests/channels/ntfy.sh and set NIGHTKEEP_TEST_NTFY as it says");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = TempDir::new().unwrap();
        let config = dir.path().join("server.yml");
        std::fs::write(&config, "").unwrap();
        let child = Command::new(program)
            .args(["serve", "--listen-http", &format!("127.0.0.1:{port}")])
            .args(["--config", &config.display().to_string()])
            .args(["--cache-file", &dir.path().join("cache.db").display().to_string()])
            .args(["--auth-file", &dir.path().join("auth.db").display().to_string()])
            .args(options)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self { child, port, _dir: dir };
        for _ in 0..400 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(server);
            }
            assert!(server.child.try_wait().unwrap().is_none(), "ntfy ended");
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("ntfy does not listen");
    }

    fn channel(&self) -> ChannelKind {
        ChannelKind::Ntfy {
            server: format!("http://127.0.0.1:{}/", self.port),
            topic: Secret::new("alerts"),
            token: None,
        }
    }

    /// What a phone would have got.
    fn messages(&self) -> Vec<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(b"GET /alerts/json?poll=1 HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Drop for Ntfy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_server_shows_the_message() {
    let Some(server) = Ntfy::start(&[]) else { return };
    send(server.channel(), &notice()).unwrap();
    send(server.channel(), &huge()).unwrap();
    let messages = server.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["title"], notice().message.title);
    assert_eq!(messages[0]["priority"], 5);
    assert!(messages.iter().all(|message| message["attachment"].is_null()));
}

#[test]
fn a_real_server_refuses_and_limits() {
    let Some(server) = Ntfy::start(&["--auth-default-access", "deny-all"]) else { return };
    let result = send(server.channel(), &notice());
    assert_eq!(outcome(&result), ("later", Some(15 * 60)));
    assert!(result.unwrap_err().to_string().contains("`token`"));
    drop(server);
    let options = ["--visitor-request-limit-burst", "3", "--visitor-request-limit-replenish", "1h"];
    let Some(server) = Ntfy::start(&options) else { return };
    let sent: Vec<_> = (0..5).map(|_| outcome(&send(server.channel(), &notice()))).collect();
    assert_eq!(sent.first(), Some(&("ok", None)));
    assert_eq!(sent.last(), Some(&("later", None)));
}
