//! A real Matrix server: Synapse (`pip install matrix-synapse` into a directory of its own, and
//! NIGHTKEEP_TEST_SYNAPSE set to that directory's `python`).

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nightkeep::config::{ChannelKind, Secret};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{huge, notice, outcome, recovery, send, skipped};

struct Synapse {
    child: Child,
    port: u16,
    token: String,
    room: String,
    _dir: TempDir,
}

impl Synapse {
    /// None, and said so, where it is not installed.
    fn start(limit: &str) -> Option<Self> {
        let Some(python) = std::env::var_os("NIGHTKEEP_TEST_SYNAPSE") else {
            skipped("Synapse", "pip install matrix-synapse and set NIGHTKEEP_TEST_SYNAPSE");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = TempDir::new().unwrap();
        let mut command = Command::new(python);
        command
            .args(["-m", "synapse.app.homeserver", "--config-path", "hs.yaml"])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let config = format!(
            "server_name: localhost\nreport_stats: false\nsuppress_key_server_warning: true\n\
             trusted_key_servers: []\nsigning_key_path: {dir}/key\nmedia_store_path: {dir}/media\n\
             pid_file: {dir}/pid\nmacaroon_secret_key: a\nregistration_shared_secret: b\n\
             enable_registration: true\nenable_registration_without_verification: true\n\
             database: {{name: sqlite3, args: {{database: '{dir}/db'}}}}\n\
             listeners: [{{port: {port}, tls: false, type: http, bind_addresses: ['127.0.0.1'], \
             resources: [{{names: [client]}}]}}]\nrc_message: {limit}\n",
            dir = dir.path().display()
        );
        std::fs::write(dir.path().join("hs.yaml"), config).unwrap();
        let made = Command::new(command.get_program())
            .args(command.get_args())
            .arg("--generate-keys")
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let child = command.spawn().unwrap();
        let mut server = Self { child, port, token: String::new(), room: String::new(), _dir: dir };
        for _ in 0..1200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                let user = json!({"username": "nk", "password": "s3cr3t-password", "auth": {"type": "m.login.dummy"}});
                server.token = text(&server.ask("POST", "register", &user)["access_token"]);
                server.room = text(&server.ask("POST", "createRoom", &json!({}))["room_id"]);
                return Some(server);
            }
            assert!(server.child.try_wait().unwrap().is_none(), "Synapse ended");
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("Synapse does not listen");
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut request = format!("{method} /_matrix/client/v3/{path} HTTP/1.0\r\n");
        if !self.token.is_empty() {
            let _ = write!(request, "Authorization: Bearer {}\r\n", self.token);
        }
        let _ = write!(request, "Content-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn channel(&self, room: &str) -> ChannelKind {
        ChannelKind::Matrix {
            server: format!("http://127.0.0.1:{}/", self.port),
            token: Secret::new(&self.token),
            room: room.to_owned(),
        }
    }

    /// What a phone would have got, oldest first.
    fn messages(&self) -> Vec<Value> {
        let path = format!("rooms/{}/messages?dir=f&limit=100", self.room);
        let events = self.ask("GET", &path, &json!({}))["chunk"].take();
        let is_message = |event: &&Value| event["type"] == "m.room.message";
        let events = events.as_array().unwrap().iter().filter(is_message);
        events.map(|event| event["content"].clone()).collect()
    }
}

impl Drop for Synapse {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn a_real_server_takes_a_notice_once() {
    let Some(server) = Synapse::start("{per_second: 1000, burst_count: 1000}") else { return };
    for notice in [notice(), notice(), huge_one(), recovery()] {
        send(server.channel(&server.room), &notice).unwrap();
    }
    let messages = server.messages();
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(text(&messages[0]["body"]).starts_with(&notice().message.title));
    let elsewhere = send(server.channel("!elsewhere:localhost"), &notice());
    assert_eq!(outcome(&elsewhere), ("later", Some(15 * 60)));
    assert!(elsewhere.unwrap_err().to_string().contains("joined the room"));
}

fn huge_one() -> nightkeep::model::Notice {
    let mut notice = huge();
    notice.key = String::from("42-test");
    notice
}

#[test]
fn a_real_server_says_how_long_to_wait() {
    let Some(server) = Synapse::start("{per_second: 0.1, burst_count: 3}") else { return };
    let mut notice = notice();
    let mut results = (0..6).map(|attempt| {
        notice.key = format!("{attempt}-test");
        outcome(&send(server.channel(&server.room), &notice))
    });
    assert_eq!(results.next(), Some(("ok", None)));
    let (word, wait) = results.find(|(word, _)| *word != "ok").unwrap();
    assert_eq!(word, "later");
    assert!(wait.is_some_and(|wait| (1..=11).contains(&wait)), "{wait:?}");
}
