//! The same against a real watch: by its own socket, without a key, and late with the true time.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{BINARY, Machine};

/// A watch that watches nothing but heartbeats.
struct Watch {
    machine: Machine,
    port: u16,
    child: Option<Child>,
}

impl Watch {
    fn new() -> Self {
        let machine = Machine::new();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let store = machine.path("store");
        let off = ["disk", "memory", "cpu", "network", "units", "ssh", "fail2ban", "certificates"];
        let off = off.map(|room| format!("[{room}]\nenabled = false\n")).concat();
        let text = format!(
            "host = \"testhost\"\n[store]\npath = \"{}\"\n[web]\nlisten = [\"127.0.0.1:{port}\"]\n\
             [channel.none]\ntype = \"command\"\ncommand = [\"/bin/true\"]\n{off}\
             [machine]\nenabled = false\n[hardware]\nenabled = false\n",
            store.display()
        );
        fs::write(machine.path("nightkeep.toml"), text).unwrap();
        Self { machine, port, child: None }
    }

    fn start(&mut self) {
        let mut command = Command::new(BINARY);
        command.arg("--config").arg(self.machine.path("nightkeep.toml"));
        command.arg("--socket").arg(self.machine.path("control.sock")).arg("run");
        self.child = Some(command.stderr(Stdio::inherit()).spawn().unwrap());
        let begun = Instant::now();
        while !self.request("GET /ping/a/b").contains("not found") {
            assert!(begun.elapsed() < Duration::from_mins(1));
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn request(&self, request: &str) -> String {
        let mut answer = String::new();
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let text = format!("{request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            stream.write_all(text.as_bytes()).unwrap();
            let _ = stream.read_to_string(&mut answer);
        }
        answer
    }

    fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let database = Connection::open(self.machine.path("store/heartbeats.db")).unwrap();
        let mut statement = database.prepare(sql).unwrap();
        let count = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            (0..count)
                .map(|nth| row.get::<_, Option<String>>(nth).map(Option::unwrap_or_default))
                .collect()
        };
        statement.query_map((), row).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The log, once it has so many lines.
    fn log(&self, count: usize) -> Vec<Vec<String>> {
        let begun = Instant::now();
        loop {
            let rows = self.rows(
                "select kind, cast(exit as text), remote, cast(body as text), cast(at as text), \
                 cast(duration as text), rid from heartbeat_ping order by seq",
            );
            if rows.len() >= count {
                assert_eq!(rows.len(), count, "{rows:?}");
                return rows;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "{rows:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

#[test]
fn a_real_watch_hears_of_it_in_time_and_late() {
    let mut watch = Watch::new();
    watch.start();
    let output = watch.machine.sh(&[], "echo lost");
    assert!(String::from_utf8_lossy(&output.stderr).contains("knows no heartbeat job"));
    let key = watch.rows("select ping_key from heartbeat_project")[0][0].clone();
    let created = watch.request(&format!("GET /ping/{key}/job?create=1"));
    assert!(created.starts_with("HTTP/1.1 201"), "{created}");
    // The key-less address is this machine's users' alone, and they have no other.
    assert!(watch.request("GET /ping/-/job").starts_with("HTTP/1.1 404"));

    let output = watch.machine.sh(&[], "echo one; exit 3");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(3), b"".as_slice()));
    let log = watch.log(3);
    let user = format!("uid {}", rustix::process::getuid().as_raw());
    assert_eq!(log[1][..4], ["start", "", &user, ""]);
    assert_eq!(log[2][..4], ["fail", "3", &user, "one\n"]);
    assert_eq!(log[1][6], log[2][6]);

    watch.kill();
    let before = jiff::Timestamp::now().as_microsecond();
    assert_eq!(watch.machine.sh(&[], "sleep 1.5; echo two").status.code(), Some(0));
    let after = jiff::Timestamp::now().as_microsecond();
    thread::sleep(Duration::from_secs(3));
    watch.start();
    let log = watch.log(5);
    assert_eq!(
        (log[3][0].as_str(), log[4][0].as_str(), log[4][3].as_str()),
        ("start", "success", "two\n")
    );
    for line in &log[3..] {
        let at: i64 = line[4].parse().unwrap();
        assert!((before..=after).contains(&at), "{before} {at} {after}");
    }
    let took: i64 = log[4][5].parse().unwrap();
    assert!((1_500_000..5_000_000).contains(&took) || (1500..5000).contains(&took), "{took}");
}
