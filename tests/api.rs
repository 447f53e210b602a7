//! nightkeep's own API through the built binary. Every answer is held against its own document.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod alone;
mod http;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::alone::{free_port, looks_at_nothing};
use crate::http::{Answer, ask};

const ROOT: &str = "/api/nightkeep/v1";

/// A watch that does nothing but ask monitors and listen.
struct Watch {
    directory: tempfile::TempDir,
    port: u16,
    process: Child,
    document: Value,
}

impl Watch {
    fn start() -> Self {
        let (directory, port) = (tempfile::tempdir().unwrap(), free_port());
        let text = format!(
            r#"
host = "testhost"
interval = "1s"
[store]
path = "{}"
{}
[web]
listen = ["127.0.0.1:{port}"]
[way-out]
ask = []
[alerts]
group-wait = "0s"
clear-for = "0s"
[channel.sink]
type = "command"
command = ["/bin/true"]
[[maintenance]]
name = "patches"
weekly = "Sun 03:00-04:00"
author = "ann"
rules = ["unit-failed"]
[[monitor]]
name = "of a file"
type = "tcp"
target = "127.0.0.1:1"
paused = true
[[heartbeat]]
name = "Backup"
"#,
            directory.path().join("store").display(),
            looks_at_nothing(),
        );
        std::fs::write(directory.path().join("nightkeep.toml"), text).unwrap();
        let process = command(&directory, &["run"]).stderr(Stdio::inherit()).spawn().unwrap();
        let mut watch = Self { directory, port, process, document: Value::Null };
        let made = until("it does not listen", || {
            Some(watch.send("GET", "/openapi.json", None, None)).filter(|answer| answer.status > 0)
        });
        watch.document = made.json();
        watch
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn token(&self, scope: &str) -> String {
        let name = format!("a {scope}");
        let arguments = ["token", "add", &name, "--scope", scope];
        let made = command(&self.directory, &arguments).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    /// Asks, and says nothing of what the document thinks of it. Status 0: nobody answers.
    fn send(&self, method: &str, path: &str, token: Option<&str>, body: Option<&str>) -> Answer {
        let mut request = format!("{method} {ROOT}{path} HTTP/1.1\r\nHost: watch.test\r\n");
        if let Some(token) = token {
            request += &format!("Authorization: Bearer {token}\r\n");
        }
        let body = body.unwrap_or_default();
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        ask(self.port, &request).unwrap_or_default()
    }

    /// Asks; the answer has to be as the document says.
    fn ask(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let text = (!body.is_null()).then(|| body.to_string());
        let answer = self.send(method, path, Some(token), text.as_deref());
        self.hold_against_document(method, path, &answer);
        answer
    }

    fn get(&self, path: &str, token: &str) -> Value {
        let answer = self.ask("GET", path, token, &Value::Null);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    fn hold_against_document(&self, method: &str, path: &str, answer: &Answer) {
        let path = path.split('?').next().unwrap();
        let fits = |template: &&String| {
            let (wanted, is): (Vec<_>, Vec<_>) =
                (template.split('/').collect(), path.split('/').collect());
            wanted.len() == is.len()
                && wanted.iter().zip(&is).all(|(one, two)| one.starts_with('{') || one == two)
        };
        let paths = self.document["paths"].as_object().unwrap();
        let template = paths.keys().filter(fits).min_by_key(|path| path.matches('{').count());
        let operation = &paths[template.unwrap()][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {path} is not in the document");
        let responses = &operation["responses"];
        let status = answer.status.to_string();
        let response = responses.get(&status).unwrap_or(&responses["default"]);
        let kind = answer.header("content-type").unwrap();
        let schema = &response["content"][kind]["schema"];
        assert!(schema.is_object(), "{method} {path}: {status} {kind} is not in the document");
        assert_eq!(kind == "application/problem+json", answer.status >= 400);
        if kind.ends_with("json") {
            let components = &self.document["components"];
            let schema = json!({ "allOf": [schema], "components": components });
            let mut compiler = boon::Compiler::new();
            compiler.add_resource("http://api.test/schema.json", schema).unwrap();
            let mut schemas = boon::Schemas::new();
            let index = compiler.compile("http://api.test/schema.json", &mut schemas).unwrap();
            if let Err(error) = schemas.validate(&answer.json(), index) {
                panic!("{method} {path}: {}\n{error:#}", answer.body);
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(directory: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
    command.arg("--config").arg(directory.path().join("nightkeep.toml"));
    command.arg("--socket").arg(directory.path().join("socket")).args(arguments);
    command
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// It was refused so, and says what to do.
    fn refuses(&self, status: u16, instead: &str) {
        let said = self.json();
        assert_eq!(self.status, status, "{said}");
        let text = format!("{} {}", said["detail"], said["instead"]);
        assert!(text.contains(instead), "{said}");
    }
}

/// Waits for something.
fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look() {
            return found;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("{what}");
}

/// Something that takes connections until it is dropped.
fn listener(port: u16) -> TcpListener {
    TcpListener::bind(("127.0.0.1", port)).unwrap()
}

#[test]
fn who_may_ask_what() {
    let watch = Watch::start();
    let [read, write, metrics, beats, beats_write] =
        ["read", "write", "metrics", "heartbeats-read", "heartbeats-write"]
            .map(|scope| watch.token(scope));
    for (token, path, status) in [
        (None, "/status", 401),
        (Some("x".repeat(32)), "/status", 401),
        (Some(metrics.clone()), "/status", 403),
        (Some(beats.clone()), "/alerts", 403),
        (Some(beats_write.clone()), "/monitors", 403),
        (Some(beats.clone()), "/heartbeats", 200),
        (Some(read.clone()), "/heartbeats", 200),
    ] {
        let answer = watch.send("GET", path, token.as_deref(), None);
        assert_eq!(answer.status, status, "{path} {}", answer.body);
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let refused = watch.ask("POST", "/silences", &read, &json!({ "for": "1h" }));
    refused.refuses(403, "use one with the scope write");
    // A token as an API key, and HEAD.
    let request = format!("HEAD {ROOT}/status HTTP/1.1\r\nHost: x\r\nX-Api-Key: {read}\r\n\r\n");
    assert_eq!(ask(watch.port, &request).unwrap().status, 200);

    // Whoever may look at everything gets everything that needs no name.
    for (path, operations) in watch.document["paths"].as_object().unwrap() {
        if operations["get"].is_object() && !path.contains('{') && path != "/history" {
            watch.get(path, &read);
        }
    }
    let known = watch.get("/status", &read);
    assert_eq!(known["host"], "testhost");
    // The address of a heartbeat is for whoever may change it.
    let shown = |token: &str| watch.get("/heartbeats/backup", token)["url"].clone();
    assert_eq!((shown(&read), shown(&beats)), (Value::Null, Value::Null));
    let url = shown(&beats_write).as_str().unwrap().to_owned();
    assert!(url.starts_with("http://watch.test/ping/") && url.ends_with("/backup"), "{url}");
    assert_eq!(shown(&write), url);

    for (method, path, status, says) in [
        ("GET", "/nothing", 404, "openapi.json"),
        ("GET", "/status/", 404, "openapi.json"),
        ("PATCH", "/monitors/a", 405, "use GET, HEAD, PUT, DELETE"),
        ("GET", "/alerts/history?sinse=1h", 400, "since"),
        ("GET", "/alerts/history?since=soon", 400, "24h"),
        ("GET", "/alerts?phase=bad", 400, "firing"),
        ("GET", "/alerts?rule=disk", 400, "no rule"),
        ("GET", "/alerts/7", 404, "no alert 7"),
        ("GET", "/history", 400, "metric"),
        ("GET", "/history?metric=cpu", 400, "/series"),
        ("GET", "/monitors/none", 404, "no monitor"),
    ] {
        watch.send(method, path, Some(&write), None).refuses(status, says);
    }
    let answer = watch.send("PATCH", "/monitors/a", Some(&write), None);
    assert_eq!(answer.header("allow"), Some("GET, HEAD, PUT, DELETE"));
    let sent = |body: &str| watch.send("POST", "/silences", Some(&write), Some(body));
    sent("for 2 hours").refuses(400, "no JSON");
    sent("[]").refuses(400, "no JSON object");
    sent(r#"{"for":"1h","until_when":1}"#).refuses(422, "until_when");
    sent("{}").refuses(422, "for how long");
    sent(&" ".repeat(70_000)).refuses(413, "64 KiB");
}

#[test]
fn a_monitor_from_its_making_to_its_end() {
    let watch = Watch::start();
    let token = &watch.token("write");
    let port = free_port();
    let open = listener(port);
    let mut monitor = json!({
        "name": "shop & co",
        "typ": "tcp",
        "target": format!("127.0.0.1:{port}"),
        "interval": "1s",
        "timeout": "1s",
        "failures": 1,
        "tags": ["web"],
    });
    let make = |monitor: &Value| watch.ask("POST", "/monitors", token, monitor);
    let refused = make(&monitor);
    refused.refuses(422, "type");
    let said = refused.json();
    let of_key = |key: &str| {
        let errors = said["errors"].as_array().unwrap();
        errors.iter().find(|error| error["key"] == key).cloned().unwrap_or_default()
    };
    assert!(of_key("typ")["instead"].as_str().unwrap().contains("`type`"), "{said}");
    let kind = monitor.as_object_mut().unwrap().remove("typ").unwrap();
    monitor["type"] = json!("command");
    make(&monitor).refuses(422, "no program is run");
    monitor["type"] = kind;
    monitor["interval"] = json!("1 fortnight");
    make(&monitor).refuses(422, "interval");
    monitor["interval"] = json!("1s");
    let asked = watch.ask("POST", "/monitor-test", token, &monitor).json();
    assert_eq!(asked["found"], "up", "{asked}");

    let made = make(&monitor);
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    assert_eq!((&made["origin"], &made["config"]["interval"]), (&json!("store"), &json!("1s")));
    make(&monitor).refuses(409, "already");
    let at = "/monitors/shop%20%26%20co";
    let becomes = |status: &str| {
        until(&format!("it is not {status}"), || {
            Some(watch.get(at, token)).filter(|monitor| monitor["status"] == status)
        })
    };
    let up = becomes("up");
    assert!(up["results"][0]["connect_seconds"].is_number(), "{up}");
    assert_eq!(watch.get("/monitors?tag=web&limit=1", token)["items"].as_array().unwrap().len(), 1);
    let first = watch.get("/monitors?limit=1", token);
    assert_eq!(
        (&first["items"][0]["name"], &first["next"]),
        (&json!("of a file"), &json!("of a file"))
    );
    let second = watch.get("/monitors?limit=1&cursor=of%20a%20file", token);
    assert_eq!((&second["items"][0]["name"], &second["next"]), (&json!("shop & co"), &Value::Null));

    // Down, and its alert.
    drop(open);
    becomes("down");
    let alert = until("there is no alert", || {
        let alerts = watch.get("/alerts?rule=monitor-down&phase=firing", token);
        alerts["items"].get(0).cloned()
    });
    assert_eq!(alert["subject"], "monitor:shop & co");
    let id = &alert["id"];
    let said = watch.ask(
        "POST",
        &format!("/alerts/{id}/acknowledge"),
        token,
        &json!({ "reason": "on it" }),
    );
    assert_eq!(said.status, 200, "{}", said.body);
    let by = watch.get("/alerts", token)["items"][0]["acknowledged"][0].clone();
    assert_eq!(by, "token a write", "no token passes for a user");
    let silence =
        watch.ask("POST", &format!("/alerts/{id}/silence"), token, &json!({ "for": "2h" }));
    assert_eq!(silence.status, 201, "{}", silence.body);
    let silence = silence.json();
    assert_eq!(
        silence["matches"],
        json!({ "rules": ["monitor-down"], "subjects": ["monitor:shop & co"] })
    );
    assert_eq!(watch.get("/silences", token)["items"], json!([silence]));
    let ended = format!("/silences/{}", silence["id"]);
    assert_eq!(watch.ask("DELETE", &ended, token, &Value::Null).status, 200);
    watch.ask("DELETE", &ended, token, &Value::Null).refuses(404, "no silence");
    let story = until("nothing was delivered", || {
        let story = watch.get(&format!("/alerts/{id}"), token);
        let is_told = story["deliveries"][0]["state"] == "delivered";
        is_told.then_some(story)
    });
    assert_eq!(story["story"][0]["decision"], "change", "{story}");

    // Up again, by another way.
    let _open = listener(port);
    becomes("up");
    let history = until("it did not end", || {
        let history = watch.get("/alerts/history?subject=monitor:shop%20%26%20co", token);
        (history["items"].as_array().unwrap().len() == 2).then_some(history)
    });
    assert_eq!(
        (&history["items"][0]["to"], &history["items"][1]["to"]),
        (&json!("resolved"), &json!("firing"))
    );
    let page = watch.get("/alerts/history?limit=1", token);
    assert_eq!(page["items"][0], history["items"][0]);
    let next = page["next"].as_str().unwrap();
    let page = watch.get(&format!("/alerts/history?limit=1&cursor={next}"), token);
    assert_eq!((&page["items"][0], &page["next"]), (&history["items"][1], &Value::Null));

    // Changed, paused, asked, taken out.
    let put = |body: &Value| watch.ask("PUT", at, token, body);
    put(&json!({ "name": "other", "type": "tcp", "target": "h:1" })).refuses(422, "keeps its name");
    let changed =
        put(&json!({ "type": "tcp", "target": format!("127.0.0.1:{port}"), "note": "of ann" }));
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!((&changed.json()["note"], &changed.json()["tags"]), (&json!("of ann"), &json!([])));
    assert_eq!(watch.ask("POST", &format!("{at}/pause"), token, &Value::Null).status, 200);
    assert_eq!(watch.get(at, token)["status"], "paused");
    assert_eq!(watch.ask("POST", &format!("{at}/resume"), token, &Value::Null).status, 200);
    let asked = watch.ask("POST", &format!("{at}/test"), token, &Value::Null).json();
    assert_eq!((&asked["found"], &asked["name"]), (&json!("up"), &json!("shop & co")));
    until("nothing is in its history", || {
        let past = watch.get(&format!("{at}/history?since=1h&points=6"), token);
        past["latency_seconds"].is_number().then_some(())
    });
    let series = watch.get("/series?metric=monitor_up_ratio", token);
    assert_eq!(series["items"][0]["subject"], "monitor:shop & co");
    let range = "/history?metric=monitor_up_ratio&subject=monitor:shop%20%26%20co&points=1";
    let up = watch.get(range, token)["points"][0]["mean"].as_f64().unwrap();
    assert!(up > 0.0 && up < 1.0, "{up}");
    let exported = command(&watch.directory, &["monitors", "export"]).output().unwrap();
    let exported = String::from_utf8(exported.stdout).unwrap();
    assert!(exported.contains("note = \"of ann\""), "{exported}");
    assert_eq!(watch.ask("POST", &format!("{at}/pause"), token, &Value::Null).status, 200);
    assert_eq!(watch.ask("DELETE", at, token, &Value::Null).status, 200);
    watch.ask("DELETE", at, token, &Value::Null).refuses(404, "no monitor");
    // A new one of that name is asked, though the one before was paused.
    let again = put(&json!({ "type": "tcp", "target": format!("127.0.0.1:{port}") }));
    assert_eq!((again.status, &again.json()["status"]), (200, &json!("pending")));
    assert_eq!(watch.ask("DELETE", at, token, &Value::Null).status, 200);

    // What a file says is changed there.
    let file = watch.path("nightkeep.toml").display().to_string();
    let of_file = "/monitors/of%20a%20file";
    let body = json!({ "type": "tcp", "target": "127.0.0.1:2" });
    watch.ask("PUT", of_file, token, &body).refuses(409, &format!("{file}, line "));
    watch.ask("DELETE", of_file, token, &Value::Null).refuses(409, &file);
    watch.ask("POST", &format!("{of_file}/resume"), token, &Value::Null).refuses(409, &file);
}

#[test]
fn no_secret_comes_back() {
    let watch = Watch::start();
    let token = &watch.token("write");
    let mut monitor = json!({
        "name": "inner",
        "type": "http",
        "target": "http://127.0.0.1:1/",
        "user": "u",
        "password": "hush-hush",
        "headers": { "X-Key": "hush-hush" },
    });
    let made = watch.ask("POST", "/monitors", token, &monitor);
    assert_eq!((made.status, made.body.contains("hush")), (201, false), "{}", made.body);
    let config = made.json()["config"].clone();
    assert_eq!((&config["password"], &config["headers"]), (&json!("…"), &json!({ "X-Key": "…" })));
    watch.ask("PUT", "/monitors/inner", token, &config).refuses(422, "send the secret again");
    monitor["password"] = json!({ "file": "/etc/hostname" });
    watch.ask("PUT", "/monitors/inner", token, &monitor).refuses(422, "a text");
    monitor.as_object_mut().unwrap().remove("password");
    monitor["password-file"] = json!("/etc/hostname");
    watch.ask("PUT", "/monitors/inner", token, &monitor).refuses(422, "no file");
    // Nor by what is said of a wrong one.
    monitor["passwort"] = json!("hush-hush");
    monitor.as_object_mut().unwrap().remove("password-file");
    let wrong = watch.ask("PUT", "/monitors/inner", token, &monitor);
    assert_eq!((wrong.status, wrong.body.contains("hush")), (422, false), "{}", wrong.body);
}

#[test]
fn heartbeats_and_the_log_book() {
    let watch = Watch::start();
    let token = &watch.token("heartbeats-write");
    let post = |path: &str, body: &Value| watch.ask("POST", path, token, body);
    post("/heartbeats", &json!({ "name": "Sync", "evry": "1h" })).refuses(422, "every");
    post("/heartbeats", &json!({ "name": "Sync", "every": "1h", "cron": "* * * * *" }))
        .refuses(422, "one schedule");
    let made = post("/heartbeats", &json!({ "name": "Sync", "every": "1h", "tags": ["db"] }));
    assert_eq!(made.status, 201, "{}", made.body);
    post("/heartbeats", &json!({ "name": "Sync" })).refuses(409, "there is a heartbeat `sync`");
    let url = made.json()["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix("http://watch.test").unwrap();
    let called = format!("POST {path}/fail HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nouch");
    assert_eq!(ask(watch.port, &called).unwrap().status, 200);
    let shown = watch.get("/heartbeats/sync", token);
    assert_eq!((&shown["status"], &shown["calls"][0]["kind"]), (&json!("down"), &json!("fail")));
    let sent = watch.ask("GET", "/heartbeats/sync/pings/1/body", token, &Value::Null);
    assert_eq!((sent.status, sent.body.as_str()), (200, "ouch"));
    let changed = watch.ask("PUT", "/heartbeats/sync", token, &json!({ "cron": "5 4 * * *" }));
    let changed = changed.json();
    assert_eq!((&changed["config"]["cron"], &changed["url"]), (&json!("5 4 * * *"), &json!(url)));
    assert_eq!(post("/heartbeats/sync/pause", &Value::Null).status, 200);
    assert_eq!(watch.get("/heartbeats/sync", token)["status"], "paused");
    assert_eq!(post("/heartbeats/sync/resume", &Value::Null).status, 200);
    assert_eq!(watch.get("/heartbeats?tag=db", token)["items"], json!([]), "PUT left the tag out");
    watch.ask("DELETE", "/heartbeats/backup", token, &Value::Null).refuses(409, "line ");
    assert_eq!(watch.ask("DELETE", "/heartbeats/sync", token, &Value::Null).status, 200);
    watch.ask("GET", "/heartbeats/sync", token, &Value::Null).refuses(404, "no heartbeat");

    let token = &watch.token("write");
    let post = |path: &str, body: &Value| watch.ask("POST", path, token, body);
    post("/incidents", &json!({ "title": " " })).refuses(422, "says nothing");
    let opened = post("/incidents", &json!({ "title": "a shell" }));
    assert_eq!(opened.status, 201, "{}", opened.body);
    let id = opened.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        post(&format!("/incidents/{id}/notes"), &json!({ "text": "killed it" })).status,
        201
    );
    post(&format!("/incidents/{id}/updates"), &json!({ "text": "x" })).refuses(409, "publish it");
    let public = json!({ "title": "The shop is down", "text": "We look" });
    assert_eq!(post(&format!("/incidents/{id}/publish"), &public).status, 200);
    assert_eq!(post(&format!("/incidents/{id}/close"), &Value::Null).status, 200);
    let shown = watch.get(&format!("/incidents/{id}"), token);
    let entries: Vec<&str> = shown["log"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["entry"].as_str().unwrap())
        .collect();
    assert_eq!(entries, ["opened", "note", "published", "closed"]);
    assert_eq!(shown["log"][1]["author"], "token a write");
    let record = watch.ask("GET", &format!("/incidents/{id}/record"), token, &Value::Null);
    assert!(record.body.contains("killed it"), "{}", record.body);
    watch.ask("GET", "/incidents/2020-01-01-1", token, &Value::Null).refuses(404, "no incident");

    assert_eq!(watch.get("/maintenance", token)["items"][0]["name"], "patches");
    assert_eq!(
        watch.get("/channels", token)["items"][0],
        json!({ "name": "sink", "type": "command" })
    );
    assert_eq!(post("/channels/sink/test", &Value::Null).status, 200);
}

#[test]
fn what_was_done_is_noted() {
    let watch = Watch::start();
    let token = &watch.token("write");
    let noted = watch.ask("POST", "/marks", token, &json!({ "kind": "deploy", "text": "shop v1" }));
    assert_eq!(noted.status, 201, "{}", noted.body);
    assert_eq!(noted.json()["said"], "noted: deploy shop v1");
    watch
        .ask("POST", "/marks", token, &json!({ "kind": "note", "text": " " }))
        .refuses(422, "what it was");
}
