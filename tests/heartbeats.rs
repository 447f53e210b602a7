//! Heartbeats through the built binary: the ping contract over real sockets, and that nothing
//! acknowledged is lost whatever is killed.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod alone;
mod http;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::alone::{free_port, looks_at_nothing};
use crate::http::{Answer, PATIENCE, ask, exchange};

/// A watch that does nothing but take pings.
struct Watch {
    directory: tempfile::TempDir,
    port: u16,
    process: Option<Child>,
}

impl Watch {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), port: free_port(), process: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn configure(&self, web: &str) {
        let store = self.path("store");
        let off = looks_at_nothing();
        let text = format!(
            "host = \"testhost\"\n[store]\npath = \"{}\"\n{off}[web]\n{web}\n",
            store.display()
        );
        std::fs::write(self.path("nightkeep.toml"), text).unwrap();
    }

    fn start(&mut self) {
        self.configure(&format!("listen = [\"127.0.0.1:{}\"]", self.port));
        self.run();
    }

    fn run(&mut self) {
        let mut command = self.command(&["run"]);
        self.process = Some(command.stderr(Stdio::inherit()).spawn().unwrap());
        for _ in 0..600 {
            let answers = |port| {
                let answer = ask(port, "GET /ping/none/none HTTP/1.1\r\nHost: x\r\n\r\n");
                // Until the store was read it is not known whether there is such a check.
                answer.is_some_and(|answer| answer.status == 404)
            };
            if answers(self.port) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the watch does not listen");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
        command.arg("--config").arg(self.path("nightkeep.toml"));
        command.arg("--socket").arg(self.path("socket")).args(arguments);
        command
    }

    fn signal(&self, name: &str) {
        let pid = self.process.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    fn database(&self) -> Connection {
        let path = self.path("store").join("heartbeats.db");
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
    }

    fn key(&self) -> String {
        let sql = "select ping_key from heartbeat_project";
        for _ in 0..100 {
            if let Ok(key) = self.database().query_row(sql, [], |row| row.get(0)) {
                return key;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("no ping key");
    }

    /// What is written down of the check with this slug.
    fn life(&self, slug: &str) -> Option<Value> {
        let sql = "select life from heartbeat_life join heartbeat using (id) \
                   where json_extract(definition, '$.slug') = ?1";
        let life: String = self.database().query_row(sql, [slug], |row| row.get(0)).ok()?;
        Some(serde_json::from_str(&life).unwrap())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}

fn get(port: u16, path: &str) -> Answer {
    ask(port, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).unwrap()
}

#[test]
fn the_contract_over_sockets() {
    let mut watch = Watch::new();
    watch.start();
    let (port, key) = (watch.port, watch.key());
    let made = get(port, &format!("/ping/{key}/job?create=1"));
    assert_eq!((made.status, made.body.as_str()), (201, "Created"));
    let fine = get(port, &format!("/ping/{key}/job"));
    let mut headers = fine.headers.clone();
    headers.retain(|(name, _)| name != "date");
    headers.sort();
    let expected = [
        ("access-control-allow-origin", "*"),
        ("cache-control", "max-age=0, no-cache, no-store, must-revalidate, private"),
        ("content-length", "2"),
        ("content-type", "text/html; charset=utf-8"),
        ("ping-body-limit", "10000"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!((fine.status, fine.body.as_str(), &headers[..]), (200, "OK", &expected[..]));
    for method in ["HEAD", "POST", "PUT", "OPTIONS", "DELETE", "BREW"] {
        let request = format!("{method} /ping/{key}/job/log HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(ask(port, &request).unwrap().status, 200, "{method}");
    }
    for (path, status, body) in [
        (format!("/ping/{key}/none"), 404, "not found"),
        (format!("/ping/{key}/JOB"), 400, "invalid url format"),
        (format!("/ping/{key}/job/256"), 400, "invalid url format"),
        (format!("/ping/{key}/job?rid=1"), 400, "invalid uuid format"),
        (String::from("/ping/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"), 404, "not found"),
        (String::from("/ping/none/none?create=1"), 404, "not found"),
    ] {
        let answer = get(port, &path);
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    }
    for path in ["/ping/none", "/ping/"] {
        let answer = get(port, path);
        assert_eq!(answer.status, 404);
        assert!(answer.body.contains("<title>Not Found</title>"), "{path}: {}", answer.body);
    }
    // The body is kept up to the limit, and what is more is read so that the answer arrives.
    let body = "x".repeat(2_000_000);
    let request = format!(
        "POST /ping/{key}/job/7 HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(ask(port, &request).unwrap().body, "OK");
    let sql =
        "select length(body), kind, exit, method, remote from heartbeat_ping order by seq desc";
    let row: (i64, String, i64, String, String) = watch
        .database()
        .query_row(sql, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .unwrap();
    let row = (row.0, row.1.as_str(), row.2, row.3.as_str(), row.4.as_str());
    assert_eq!(row, (10_000, "fail", 7, "POST", "127.0.0.1"));
    let life = watch.life("job").unwrap();
    assert_eq!((&life["status"], &life["pings"]), (&Value::from("down"), &Value::from(9)));
    watch.signal("TERM");
    assert!(watch.process.take().unwrap().wait().unwrap().success());
}

#[test]
fn a_reload_opens_and_closes_only_what_changed() {
    let mut watch = Watch::new();
    watch.start();
    let (first, second) = (watch.port, free_port());
    let path = format!("/ping/{}/job?create=1", watch.key());
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut kept = BufReader::new(TcpStream::connect(("127.0.0.1", first)).unwrap());
    assert_eq!(exchange(&mut kept, &request).unwrap().status, 201);
    let socket = watch.path("web.sock");
    let and = format!(
        "listen = [\"127.0.0.1:{first}\", \"127.0.0.1:{second}\", \"unix:{}\"]",
        socket.display()
    );
    watch.configure(&and);
    watch.signal("HUP");
    let until = |what: &str, done: &dyn Fn() -> bool| {
        for _ in 0..600 {
            if done() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{what}");
    };
    until("the second port", &|| TcpStream::connect(("127.0.0.1", second)).is_ok());
    until("the socket", &|| std::os::unix::net::UnixStream::connect(&socket).is_ok());
    assert_eq!(exchange(&mut kept, &request).unwrap().status, 200);
    watch.configure(&format!("listen = [\"127.0.0.1:{second}\"]"));
    watch.signal("HUP");
    until("the first port closes", &|| TcpStream::connect(("127.0.0.1", first)).is_err());
    assert_eq!(get(second, &path).status, 200);
    // What was closed ends its idle connections.
    let mut rest = Vec::new();
    kept.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(kept.read_to_end(&mut rest).unwrap(), 0);
}

/// A webhook that takes everything.
fn hook() -> (u16, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, received) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            reader.get_mut().write_all(answer).unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            if sender.send(body["message"].clone()).is_err() {
                return;
            }
        }
    });
    (port, received)
}

/// The next message about this rule.
fn told(received: &Receiver<Value>) -> (String, String) {
    let message = received.recv_timeout(PATIENCE).expect("a message");
    let item = &message["items"][0];
    assert_eq!(item["rule"], "heartbeat-down", "{message}");
    (message["kind"].as_str().unwrap().to_owned(), item["summary"].as_str().unwrap().to_owned())
}

#[test]
fn what_does_not_call_is_told_and_its_end_as_well() {
    let (hook, received) = hook();
    let mut watch = Watch::new();
    let web = format!(
        "listen = [\"127.0.0.1:{}\"]\n[alerts]\ngroup-wait = \"0s\"\nclear-for = \"0s\"\n\
         [channel.hook]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:{hook}/\"\n\
         [[heartbeat]]\nname = \"Job\"\nevery = \"1h\"\ngrace = \"1h\"\n\
         [[heartbeat]]\nname = \"Beat\"\nevery = \"1s\"\ngrace = \"1s\"\n",
        watch.port
    );
    watch.configure(&web);
    watch.run();
    let (port, key) = (watch.port, watch.key());
    let job = format!("/ping/{key}/job");
    assert_eq!(get(port, &job).status, 200);
    let body = "dumping\ndisk full\n";
    let request =
        format!("POST {job}/3 HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    assert_eq!(ask(port, &request).unwrap().status, 200);
    let (kind, summary) = told(&received);
    assert_eq!(kind, "raised");
    assert!(summary.contains("exit code 3: disk full"), "{summary}");
    // A down one is still down after a restart.
    watch.kill();
    watch.run();
    assert_eq!(get(port, &job).status, 200);
    let next = loop {
        // Delivered twice if it was killed before it had noted the first time.
        match told(&received) {
            (kind, same) if kind == "raised" && same == summary => {}
            next => break next,
        }
    };
    assert_eq!(next.0, "recovered");
    // Of one that misses its time the timer tells, by itself.
    assert_eq!(get(port, &format!("/ping/{key}/beat")).status, 200);
    let (kind, summary) = told(&received);
    assert_eq!(kind, "raised");
    assert!(summary.contains("did not call in"), "{summary}");
    // It is told and written down side by side.
    let is_down = (0..600).any(|_| {
        thread::sleep(Duration::from_millis(100));
        watch.life("beat").unwrap()["status"] == "down"
    });
    assert!(is_down, "{:?}", watch.life("beat"));
    let life = watch.life("beat").unwrap();
    let time = |key: &str| life[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time("since").duration_since(time("last_ping")).as_secs(), 2);
    let shown = watch.command(&["heartbeats"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("down") && shown.contains("every 1s"), "{shown}");
    for (words, said) in [
        (&["heartbeats", "pause", "beat"][..], "beat is paused"),
        (&["heartbeats", "show", "job"][..], "disk full"),
    ] {
        let output = watch.command(words).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains(said), "{output:?}");
    }
    assert!(!watch.command(&["heartbeats", "pause", "none"]).output().unwrap().status.success());
}

#[test]
fn a_heartbeat_is_told_where_it_says() {
    let ((all, all_received), (team, team_received)) = (hook(), hook());
    let mut watch = Watch::new();
    let channel = |name: &str, port: u16| {
        format!("[channel.{name}]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:{port}/\"\n")
    };
    let web = format!(
        "listen = [\"127.0.0.1:{}\"]\n[alerts]\ngroup-wait = \"0s\"\nclear-for = \"0s\"\n{}{}\
         [[route]]\nchannels = \"all\"\n[[heartbeat]]\nname = \"Job\"\nchannels = \"team\"\n",
        watch.port,
        channel("all", all),
        channel("team", team),
    );
    watch.configure(&web);
    watch.run();
    let (port, key) = (watch.port, watch.key());
    let call = |path: &str| assert!(get(port, &format!("/ping/{key}/{path}")).status < 300);
    let token = watch.command(&["token", "add", "t", "--scope", "heartbeats-write"]);
    let token = { token }.output().unwrap();
    let token = String::from_utf8(token.stdout).unwrap();
    let token = token.split_whitespace().find(|word| word.len() == 32).unwrap();
    let set = |channels: &str| {
        let body =
            format!("{{\"slug\":\"made\",\"unique\":[\"slug\"],\"channels\":\"{channels}\"}}");
        let head = format!("X-Api-Key: {token}\r\nContent-Length: {}", body.len());
        let request = format!("POST /api/v3/checks/ HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n{body}");
        assert_eq!(ask(port, &request).unwrap().status, 200);
    };
    call("job/fail");
    let (kind, summary) = told(&team_received);
    assert!(kind == "raised" && summary.contains("job"), "{kind}: {summary}");
    let shown = watch.command(&["heartbeats", "show", "job"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let told_of: Vec<&str> = shown.lines().skip_while(|line| *line != "Told").skip(2).collect();
    assert!(told_of[0].contains("it began") && told_of[0].contains("team"), "{shown}");
    // The same of one the API decides about.
    call("made?create=1");
    set("team");
    call("made/fail");
    let (kind, summary) = told(&team_received);
    assert!(kind == "raised" && summary.contains("made"), "{kind}: {summary}");
    call("made");
    assert_eq!(told(&team_received).0, "recovered");
    let shown = watch.command(&["heartbeats", "show", "made"]).output().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("told to team"), "{shown:?}");
    // Without channels the routes decide, which had nothing to tell until now.
    set("");
    call("made/fail");
    let (kind, summary) = told(&all_received);
    assert!(kind == "raised" && summary.contains("made"), "{kind}: {summary}");
    assert!(team_received.try_recv().is_err());
}

/// A conversation over SMTP.
struct Mailing(BufReader<TcpStream>);

impl Mailing {
    fn begin(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut mailing = Self(BufReader::new(stream));
        assert_eq!(mailing.answer(), "220 a.example nightkeep\r\n");
        mailing.say("EHLO me", "250");
        mailing
    }

    fn answer(&mut self) -> String {
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            answer += &line;
            if line.as_bytes().get(3) != Some(&b'-') {
                return answer;
            }
        }
    }

    /// Says a line, and expects an answer that begins so.
    fn say(&mut self, line: &str, expected: &str) {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        let answer = self.answer();
        assert!(answer.starts_with(expected), "{line}: {answer}");
    }
}

#[test]
fn mails_are_calls() {
    let mut watch = Watch::new();
    let port = free_port();
    watch.configure(&format!(
        "listen = \"127.0.0.1:{}\"\n\
         [heartbeat-mail]\nlisten = \"127.0.0.1:{port}\"\ndomain = \"a.example\"\n\
         [[heartbeat]]\nname = \"Backup\"\nfailure-words = \"failed\"\nsuccess-words = \"done\"\n",
        watch.port
    ));
    watch.run();
    let (web, key) = (watch.port, watch.key());
    let token = watch.command(&["token", "add", "me", "--scope", "heartbeats-write"]).output();
    let token = String::from_utf8(token.unwrap().stdout).unwrap();
    let api = |path: &str| {
        let request = format!(
            "GET /api/v3/{path} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {}\r\n\r\n",
            token.trim()
        );
        ask(web, &request).unwrap().body
    };
    let json = |path: &str| serde_json::from_str::<Value>(&api(path)).unwrap();
    let check = &json("checks/")["checks"][0];
    let uuid = check["uuid"].as_str().unwrap();
    let address = format!("{uuid}@a.example");
    assert_eq!(check["ping_email"], Value::from(address.clone()));
    let shown = watch.command(&["heartbeats", "show", "backup"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&format!("or by mail to {address}\n")), "{shown}");

    let mut mailing = Mailing::begin(port);
    mailing.say("MAIL FROM:<root@nas.example> SIZE=99999999", "552");
    mailing.say("MAIL FROM:<root@nas.example> SIZE=99", "250");
    mailing.say(&format!("RCPT TO:<{uuid}@b.example>"), "550 5.1.1 Recipient rejected");
    mailing.say("RCPT TO:<root@a.example>", "550 5.1.1 Invalid mailbox");
    mailing.say("RCPT TO:<5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278@a.example>", "250");
    mailing.say(&format!("RCPT TO:<{address}>"), "250");
    mailing.say("DATA", "354");
    mailing.say("Subject: Backup done\r\n\r\nAll is well.\r\n.", "250 OK");
    // What was acknowledged is there, whatever is killed.
    watch.kill();
    watch.run();
    assert_eq!(json(&format!("checks/{uuid}"))["status"], "up");

    let mut mailing = Mailing::begin(port);
    mailing.say("MAIL FROM:<>", "250");
    mailing.say(&format!("RCPT TO:<{key}+backup@a.example>"), "250");
    mailing.say("DATA", "354");
    mailing.say("Subject: Backup\r\n\r\nIt failed.\r\n.", "250 OK");
    mailing.say("QUIT", "221");
    assert_eq!(json(&format!("checks/{uuid}"))["status"], "down");

    // As a library sends it: with names, and words in base64.
    let mail = lettre::Message::builder()
        .from("Näs <root@nas.example>".parse().unwrap())
        .to(address.parse().unwrap())
        .subject("Wöchentliches Backup: done")
        .singlepart(lettre::message::SinglePart::html(String::from("<p>Schön.</p>")))
        .unwrap();
    let transport = lettre::SmtpTransport::builder_dangerous("127.0.0.1").port(port).build();
    lettre::Transport::send(&transport, &mail).unwrap();

    let pings = json(&format!("checks/{uuid}/pings/"));
    let pings = pings["pings"].as_array().unwrap();
    let told = |ping: &Value| {
        let told = ["type", "scheme", "method", "ua", "remote_addr"];
        told.map(|key| ping[key].as_str().unwrap().to_owned()).join(" ")
    };
    assert_eq!(
        pings.iter().map(told).collect::<Vec<_>>(),
        [
            "success email  Email from root@nas.example 127.0.0.1",
            "fail email  Email from <> 127.0.0.1",
            "success email  Email from root@nas.example 127.0.0.1",
        ]
    );
    let body = api(&format!("checks/{uuid}/pings/1/body"));
    assert_eq!(body, "Subject: Backup done\r\n\r\nAll is well.\r\n");
}

/// What one client was told, and what it asked last.
struct Told {
    slug: String,
    acknowledged: u64,
    last: String,
    in_flight: String,
}

/// Calls again and again, each time with another run, until it is cut off.
fn client(port: u16, key: &str, slug: String, keep_alive: bool, stop: &AtomicBool) -> Told {
    let mut told = Told { slug, acknowledged: 0, last: String::new(), in_flight: String::new() };
    let mut stream = None;
    while !stop.load(Ordering::Relaxed) {
        told.in_flight = uuid::Uuid::new_v4().to_string();
        let path = format!("/ping/{key}/{}?create=1&rid={}", told.slug, told.in_flight);
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        if stream.is_none() || !keep_alive {
            let Ok(connected) = TcpStream::connect(("127.0.0.1", port)) else { break };
            stream = Some(BufReader::new(connected));
        }
        let Some(stream) = &mut stream else { break };
        match exchange(stream, &request) {
            Some(answer) if answer.status == 200 || answer.status == 201 => {
                told.acknowledged += 1;
                told.last = std::mem::take(&mut told.in_flight);
            }
            Some(answer) => panic!("{answer:?}"),
            None => break,
        }
    }
    told
}

/// Rounds of killing; more by the environment, for an hour of it.
fn rounds() -> usize {
    std::env::var("NIGHTKEEP_TEST_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4)
}

#[test]
fn kill_9_under_load_loses_nothing_acknowledged() {
    const CLIENTS: usize = 48;
    let mut watch = Watch::new();
    watch.start();
    let key = watch.key();
    let (mut pings, mut all, mut ambiguous) = (vec![0_u64; CLIENTS], 0, 0);
    for round in 0..rounds() {
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let (port, key, stop) = (watch.port, key.clone(), Arc::clone(&stop));
                thread::spawn(move || client(port, &key, format!("job-{n}"), n % 2 == 0, &stop))
            })
            .collect();
        // Each round at another moment of the store's work.
        thread::sleep(Duration::from_millis(400 + 137 * (round as u64 % 7)));
        watch.kill();
        stop.store(true, Ordering::Relaxed);
        let told: Vec<Told> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        watch.run();
        let mut acknowledged = 0;
        for (told, before) in told.iter().zip(&mut pings) {
            let Some(life) = watch.life(&told.slug) else {
                assert_eq!(told.acknowledged + *before, 0, "{} is lost", told.slug);
                continue;
            };
            let kept = life["pings"].as_u64().unwrap();
            let last = life["last"]["rid"].as_str().unwrap_or_default();
            // The one in flight may count, for nobody knows whether it did.
            let in_flight = kept - *before - told.acknowledged;
            assert!(in_flight <= 1, "{}: {kept} of {}", told.slug, told.acknowledged);
            let expected = if in_flight == 1 { &told.in_flight } else { &told.last };
            assert!(told.acknowledged + in_flight == 0 || last == expected, "{}", told.slug);
            ambiguous += in_flight;
            acknowledged += told.acknowledged;
            *before = kept;
        }
        println!("round {round}: {acknowledged} acknowledged, none lost");
        all += acknowledged;
    }
    assert!(all > 100, "hardly any load: {all}");
    println!("{ambiguous} were written down and not acknowledged");
}
