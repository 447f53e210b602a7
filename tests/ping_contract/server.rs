//! The servers that are asked: the built binary, and Healthchecks where there is one.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Long enough for a slow machine; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) write: String,
    pub(crate) read: String,
    pub(crate) ping_key: String,
}

impl Server {
    /// A Healthchecks server with one project of its own.
    pub(crate) fn named_by_environment() -> Option<Self> {
        let text = std::env::var("NIGHTKEEP_TEST_HEALTHCHECKS").ok()?;
        let mut words = text.split_whitespace().map(str::to_owned);
        let mut next = || words.next().expect("URL WRITE_KEY READ_KEY PING_KEY");
        Some(Self { base: next(), write: next(), read: next(), ping_key: next() })
    }

    pub(crate) fn ask(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> Answer {
        self.try_ask(method, path, key, body).unwrap()
    }

    fn try_ask(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> Option<Answer> {
        let host = self.base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let key = key.map(|key| format!("X-Api-Key: {key}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{key}\
             User-Agent: table\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_ascii_lowercase(), value.to_owned()))
        });
        Some(Answer { status, headers: headers.collect(), body: body.to_owned() })
    }

    /// Makes a check: its address, and its name for who may only read.
    pub(crate) fn make(&self, body: &str) -> (String, String) {
        let made = self.ask("POST", "/api/v3/checks/", Some(&self.write), body);
        assert_eq!(made.status, 201, "{body}: {}", made.body);
        let uuid = made.json()["uuid"].as_str().unwrap().to_owned();
        let shown = self.ask("GET", &format!("/api/v3/checks/{uuid}"), Some(&self.read), "");
        (uuid, shown.json()["unique_key"].as_str().unwrap().to_owned())
    }
}

/// The built binary, doing nothing but this.
pub(crate) struct Watch {
    pub(crate) server: Server,
    process: Child,
    _directory: tempfile::TempDir,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let store = directory.path().join("store");
        let off = ["memory", "cpu", "network", "units", "ssh", "fail2ban", "certificates"];
        let off = off.iter().chain(&["machine", "hardware", "disk"]);
        let off: Vec<String> =
            off.map(|section| format!("[{section}]\nenabled = false\n")).collect();
        let off = off.concat();
        let text = format!(
            "host = \"testhost\"\n[store]\npath = \"{}\"\n{off}[web]\nlisten = [\"127.0.0.1:{port}\"]\n",
            store.display()
        );
        let config = directory.path().join("nightkeep.toml");
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
        command.arg("--config").arg(&config);
        command.arg("--socket").arg(directory.path().join("socket")).arg("run");
        let process = command.stderr(Stdio::inherit()).spawn().unwrap();
        let (write, read) = ("w".repeat(32), "r".repeat(32));
        let base = format!("http://127.0.0.1:{port}");
        let server = Server { base, write, read, ping_key: String::new() };
        let mut watch = Self { server, process, _directory: directory };
        let answers = || watch.server.try_ask("GET", "/api/v3/status/", None, "");
        let is_up = (0..600).any(|_| {
            thread::sleep(Duration::from_millis(100));
            answers().is_some_and(|answer| answer.status == 200)
        });
        assert!(is_up, "the watch does not listen");
        let state = Connection::open(store.join("state.db")).unwrap();
        for (name, scope) in [("w", "heartbeats-write"), ("r", "heartbeats-read")] {
            let digest: [u8; 32] = Sha256::digest(name.repeat(32)).into();
            let sql = "insert into token (name, scope, digest) values (?1, ?2, ?3)";
            state.execute(sql, (name, scope, digest)).unwrap();
        }
        for file in ["heartbeats.db", "state.db"] {
            let keys = Connection::open(store.join(file)).unwrap();
            let sql = "select ping_key from heartbeat_project";
            if let Ok(key) = keys.query_row(sql, [], |row| row.get(0)) {
                watch.server.ping_key = key;
            }
        }
        watch
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
