use jiff::SignedDuration;

use super::*;
use crate::heartbeat::book::{Ping, PingKey};
use crate::heartbeat::contract::{Caller, Kind};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn book() -> Book {
    let mut book = Book::default();
    book.add_project("default", PingKey::known("key"));
    book
}

fn channels() -> Vec<Channel> {
    let channel =
        |n, name: &str, kind| Channel { id: Uuid::from_u128(n), name: name.to_owned(), kind };
    vec![channel(2, "me", "email"), channel(1, "phone", "ntfy")]
}

struct Asking<'a> {
    book: &'a mut Book,
    version: u8,
    right: Right,
    now: Timestamp,
}

impl Asking<'_> {
    /// Status and body, by method and path.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let (version, place) = read(path).unwrap();
        assert_eq!(version, self.version);
        let channels = channels();
        let view = View {
            version,
            right: self.right,
            base: "https://a.example",
            channels: &channels,
            now: self.now,
        };
        let answer = if method == "GET" {
            look(self.book, &place, None, &view)
        } else {
            let json = json(body.as_bytes()).unwrap();
            let mut n = 1 + 2 * self.book.checks().count() as u128;
            let mut fresh = || {
                n += 1;
                Uuid::from_u128(n << 64)
            };
            change(self.book, &place, method, &json, &view, &mut fresh)
        };
        let body = String::from_utf8(answer.body).unwrap();
        (answer.status, serde_json::from_str(&body).unwrap_or(Value::from(body)))
    }
}

#[test]
fn a_check_from_its_making_to_its_end() {
    let mut book = book();
    let mut asking = Asking { book: &mut book, version: 3, right: Right::Write, now: at(100) };
    let (status, made) = asking.ask(
        "POST",
        "/api/v3/checks/",
        r#"{"name":"Backup","slug":"backup","tags":"a b","timeout":3600,"grace":60,
            "channels":"phone,me","subject":"OK","unique":["name"]}"#,
    );
    assert_eq!(status, 201);
    let uuid = made["uuid"].as_str().unwrap().to_owned();
    let url = format!("https://a.example/api/v3/checks/{uuid}");
    let expected = json!({
        "name": "Backup", "slug": "backup", "tags": "a b", "desc": "", "grace": 60, "n_pings": 0,
        "status": "new", "started": false, "last_ping": null, "next_ping": null,
        "manual_resume": false, "methods": "", "subject": "OK", "subject_fail": "",
        "start_kw": "", "success_kw": "OK", "failure_kw": "", "filter_subject": true,
        "filter_body": false, "filter_http_body": false, "filter_default_fail": false,
        "badge_url": made["badge_url"], "uuid": uuid,
        "ping_url": format!("https://a.example/ping/{uuid}"),
        "update_url": url, "pause_url": format!("{url}/pause"),
        "resume_url": format!("{url}/resume"),
        "channels": format!("{},{}", Uuid::from_u128(1), Uuid::from_u128(2)),
        "timeout": 3600,
    });
    assert_eq!(made, expected);
    let again = r#"{"name":"Backup","grace":120,"unique":["name"]}"#;
    let (status, same) = asking.ask("POST", "/api/v3/checks/", again);
    assert_eq!((status, &same["uuid"], &same["grace"]), (200, &made["uuid"], &json!(120)));
    let path = format!("/api/v3/checks/{uuid}");
    let cron = r#"{"schedule":"5 4 * * *","tz":"Europe/Vienna"}"#;
    let (_, changed) = asking.ask("POST", &path, cron);
    assert_eq!((&changed["tz"], &changed["timeout"]), (&json!("Europe/Vienna"), &Value::Null));
    let (status, refused) = asking.ask("POST", &path, r#"{"channels":"nobody"}"#);
    let why = json!({ "error": "invalid channel identifier: nobody" });
    assert_eq!((status, refused), (400, why));
    let (status, paused) = asking.ask("POST", &format!("{path}/pause"), "");
    assert_eq!((status, &paused["status"]), (200, &json!("paused")));
    let (status, resumed) = asking.ask("POST", &format!("{path}/resume"), "");
    assert_eq!((status, &resumed["status"]), (200, &json!("new")));
    let not_paused = (409, json!("check is not paused"));
    assert_eq!(asking.ask("POST", &format!("{path}/resume"), ""), not_paused);
    let (status, deleted) = asking.ask("DELETE", &path, "");
    assert_eq!((status, &deleted["channels"]), (200, &json!("")));
    assert_eq!(asking.ask("GET", &path, "").0, 404);
}

#[test]
fn whoever_may_only_read_sees_no_address() {
    let mut book = book();
    let made = {
        let mut asking = Asking { book: &mut book, version: 3, right: Right::Write, now: at(0) };
        asking.ask("POST", "/api/v3/checks/", r#"{"name":"a"}"#).1
    };
    let mut asking = Asking { book: &mut book, version: 3, right: Right::Read, now: at(0) };
    let (_, all) = asking.ask("GET", "/api/v3/checks/", "");
    let uuid = made["uuid"].as_str().unwrap();
    assert!(!all.to_string().contains(uuid), "{all}");
    let key = all["checks"][0]["unique_key"].as_str().unwrap().to_owned();
    let (status, one) = asking.ask("GET", &format!("/api/v3/checks/{key}"), "");
    assert_eq!((status, &one), (200, &all["checks"][0]));
    assert_eq!(asking.ask("GET", &format!("/api/v3/checks/{}", "0".repeat(40)), "").0, 404);
}

#[test]
fn older_versions_differ_in_names_only() {
    let mut book = book();
    let made = {
        let mut asking = Asking { book: &mut book, version: 1, right: Right::Write, now: at(0) };
        asking.ask("POST", "/api/v1/checks/", r#"{"name":"Nightly Job"}"#).1
    };
    assert_eq!(made["slug"], json!("nightly-job"));
    let uuid = Uuid::try_parse(made["uuid"].as_str().unwrap()).unwrap();
    let id = find(&book, &Which::Uuid(uuid)).unwrap();
    let caller = Caller::default();
    let ping = Ping { kind: Kind::Start, exit: None, rid: None, caller: &caller, body: b"" };
    book.hear(id, &ping, at(10));
    for (version, status) in [(1, "started"), (2, "new"), (3, "new")] {
        let mut asking = Asking { book: &mut book, version, right: Right::Write, now: at(20) };
        let (_, shown) = asking.ask("GET", &format!("/api/v{version}/checks/{uuid}"), "");
        let fields = (&shown["status"], &shown["started"], &shown["next_ping"]);
        let next = json!("1970-01-01T00:00:10+00:00");
        assert_eq!(fields, (&json!(status), &json!(true), &next), "v{version}");
    }
    // A run of one that is down, for as long as it may take.
    for (kind, second) in [(Kind::Fail, 30), (Kind::Start, 40)] {
        book.hear(id, &Ping { kind, ..ping }, at(second));
    }
    for (version, second, status) in [(1, 50, "started"), (3, 50, "down"), (1, 3700, "down")] {
        let mut asking = Asking { book: &mut book, version, right: Right::Write, now: at(second) };
        let (_, shown) = asking.ask("GET", &format!("/api/v{version}/checks/{uuid}"), "");
        assert_eq!(shown["status"], status, "v{version} at {second}");
    }
}

#[test]
fn a_check_of_a_file_is_changed_there() {
    let mut book = book();
    let mut definition = Definition::new(Uuid::nil(), Uuid::nil(), 1, "backup", at(0));
    definition.origin = Origin::File { path: "/etc/nightkeep.toml".into(), line: 7 };
    book.add(definition);
    let mut asking = Asking { book: &mut book, version: 3, right: Right::Write, now: at(0) };
    let path = format!("/api/v3/checks/{}", Uuid::nil());
    let by_slug = r#"{"slug":"backup","unique":["slug"]}"#;
    for (method, path, body) in [
        ("POST", path.as_str(), r#"{"name":"b"}"#),
        ("DELETE", path.as_str(), ""),
        ("POST", &format!("{path}/pause"), ""),
        ("POST", "/api/v3/checks/", by_slug),
    ] {
        let (status, answer) = asking.ask(method, path, body);
        assert_eq!(status, 403);
        assert!(answer["error"].as_str().unwrap().contains("/etc/nightkeep.toml:7"), "{answer}");
    }
    assert_eq!(asking.ask("GET", &path, "").0, 200);
}

#[test]
fn keys_and_bodies() {
    let body = |text: &str| json(text.as_bytes());
    assert_eq!(body("[]").unwrap_err().status, 400);
    let why = String::from_utf8(body("{").unwrap_err().body).unwrap();
    assert_eq!(why, r#"{"error": "could not parse request body"}"#);
    let whole = "x".repeat(LENGTH);
    let inside = body(&format!(r#"{{"api_key":"{whole}"}}"#)).unwrap();
    assert_eq!(key(None, &inside, true), Ok(whole.clone()));
    assert_eq!(key(Some(&whole), &Map::new(), false), Ok(whole));
    assert_eq!(key(None, &inside, false).unwrap_err().status, 401);
    assert_eq!(key(Some("short"), &inside, true).unwrap_err().status, 401);
}

#[test]
fn spans_of_flips() {
    let now = at(1_000_000);
    assert_eq!(span(None, now), Ok((Timestamp::MIN, Timestamp::MAX)));
    assert_eq!(span(Some("start=5&end=9"), now), Ok((at(5), at(9))));
    let hour = now.checked_sub(SignedDuration::from_hours(1)).unwrap();
    assert_eq!(span(Some("seconds=3600"), now), Ok((hour, Timestamp::MAX)));
    assert_eq!(span(Some("seconds=0&seconds="), now), Ok((Timestamp::MIN, Timestamp::MAX)));
    for query in ["seconds=x", "seconds=-1", "seconds=31536001", "start=", "end=10000000001"] {
        assert_eq!(span(Some(query), now).unwrap_err().status, 400, "{query}");
    }
}
