//! What conditions read as, and what they say.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Condition, FACTS, Fact};
use crate::answer::{Answer, Outcome, Phases};
use crate::fault::Fault;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn condition(text: &str) -> Condition {
    Condition::parse(text)
        .unwrap_or_else(|invalid| panic!("{text}: {invalid} ({:?})", invalid.help))
}

fn answered(answer: Answer) -> Outcome {
    Outcome {
        phases: Phases {
            dns: Some(Duration::from_micros(2100)),
            connect: Some(Duration::from_millis(12)),
            tls: None,
            first_byte: Some(Duration::from_millis(1100)),
            total: Duration::from_millis(1240),
        },
        address: "[2001:db8::1]:443".parse().ok(),
        certificate_ends: Some(NOW + SignedDuration::from_hours(13 * 24 + 4)),
        ipv6_fault: None,
        result: Ok(answer),
    }
}

fn page(body: &str) -> Outcome {
    answered(Answer {
        status: Some(200),
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("set-cookie".to_owned(), "a=1".to_owned()),
            ("set-cookie".to_owned(), "b=2; Secure".to_owned()),
            ("x-count".to_owned(), "17".to_owned()),
        ],
        body: body.as_bytes().to_vec(),
        protocol: "HTTP/2".to_owned(),
        ..Answer::default()
    })
}

fn dead() -> Outcome {
    let result = Err(Fault::NoSuchName { name: "nowhere.example".to_owned() });
    Outcome { result, ..page("") }
}

#[track_caller]
fn holds(outcome: &Outcome, text: &str) {
    let verdict = condition(text).judge(outcome, NOW);
    assert!(verdict.holds, "{text}: {:?}", verdict.parts);
}

#[track_caller]
fn fails(outcome: &Outcome, text: &str) {
    let verdict = condition(text).judge(outcome, NOW);
    assert!(!verdict.holds, "{text}: {:?}", verdict.parts);
}

#[test]
fn each_test_shows_what_was_found() {
    let text = r#"status < 400 and latency < 800ms and body contains "ok""#;
    let verdict = condition(text).judge(&page("all is ok"), NOW);
    let parts: Vec<_> = verdict
        .parts
        .iter()
        .map(|part| (part.text.as_str(), part.found.as_str(), part.holds))
        .collect();
    assert!(!verdict.holds);
    assert_eq!(
        parts,
        [
            ("status < 400", "200", true),
            ("latency < 800ms", "1.24 s", false),
            ("body contains \"ok\"", "\"all is ok\"", true),
        ]
    );
}

#[test]
fn numbers_and_texts() {
    let page = page(r#"{"n": 5, "t": "5", "big": 5.5, "ok": true, "no": null, "word": "true"}"#);
    for text in [
        "status = 200",
        "status == 200",
        "status != 404",
        "status in (200, 300..399)",
        "status in (100..299)",
        "status not in (400..599)",
        "json.n = 5",
        "json.n = 5.0",
        "json.t = 5",
        "json.t = \"5\"",
        "json.n != \"5\"",
        "json.big > 5",
        "json.ok = true",
        "json.word = true",
        "json.ok != \"true\"",
        "json.no = null",
        "json.no exists",
        "header.x-count >= 17",
        "header.X-Count = 17",
        "header.content-type = application/json",
        "header.content-type starts with application/",
        "header.content-type not starts with text/",
        "header.set-cookie contains Secure",
        "header.x-other missing",
        "protocol = HTTP/2",
        "address = 2001:db8::1",
        "size > 20",
        "connect < 20ms and dns = 2.1ms and first-byte in (1s..2s)",
        "tls missing",
        "certificate > 13d and certificate < 2w",
        "certificate > 300h",
    ] {
        holds(&page, text);
    }
    for text in [
        "json.n = \"5\"",
        "json.ok = \"true\"",
        "json.n > 5",
        "json.word > 5",
        "header.set-cookie lacks 'a=1'",
        "header.set-cookie != \"a=1\"",
        "header.x-other != 5",
        "header.x-other lacks x",
        "tls < 1s",
        "tls exists",
        "domain > 1d",
        "loss < 20%",
        "record exists",
    ] {
        fails(&page, text);
    }
}

#[test]
fn paths_of_json() {
    let page = page(
        r#"{"items": [{"name": "a"}, {"name": "b"}], "odd key": {"x]y": 1}, "tags": ["x", 7]}"#,
    );
    for text in [
        "json.items[0].name = a",
        "json.items[1].name = \"b\"",
        "json.items[2] missing",
        "json.items.name missing",
        "not json.items[2].name = c",
        r#"json["odd key"]["x]y"] = 1"#,
        "json['odd key'] exists",
        "len(json.items) = 2",
        "len(json) = 3",
        "len(json.items[0].name) = 1",
        "json.tags contains x",
        "json.tags contains 7",
        "json.tags lacks y",
        "json exists",
    ] {
        holds(&page, text);
    }
    fails(&page, "len(json.other) = 0");
    let no_json = condition("json.a = 1").judge(&self::page("<html>"), NOW);
    assert_eq!(no_json.parts[0].found, "the body is no JSON");
    let mut long = self::page("{\"a\": ");
    long.result.as_mut().unwrap().cut = true;
    let cut = condition("json.a = 1").judge(&long, NOW);
    assert_eq!(cut.parts[0].found, "no JSON: the body is longer than what is read");
}

#[test]
fn texts() {
    let page = page("Hello\nworld \\d 42");
    for text in [
        "body starts with Hello",
        "body ends with 42",
        r#"body matches "\d+$""#,
        r"body matches '^Hello\s'",
        r"body contains '\d'",
        r#"body contains "\\d""#,
        r#"body contains "Hello\nworld""#,
        r#"body contains "w\u{6f}rld""#,
        "body lacks hello",
        "body not contains hello",
        "BODY LACKS hello",
        "body not matches hello",
        "answer exists",
    ] {
        holds(&page, text);
    }
    holds(&self::page(""), "body lacks x and body = \"\" and body missing");
    holds(&self::page("12\n"), "body > 11 and body = 12");
}

#[test]
fn records_and_pings() {
    let dns = answered(Answer {
        status: Some(0),
        records: vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()],
        ..Answer::default()
    });
    holds(
        &dns,
        "rcode = NOERROR and record = 192.0.2.2 and record != 192.0.2.3 and len(records) = 2",
    );
    fails(&dns, "record != 192.0.2.2");
    holds(
        &answered(Answer { status: Some(3), ..Answer::default() }),
        "rcode = NXDOMAIN and record missing",
    );
    let ping = answered(Answer { loss: Some(0.2), ..Answer::default() });
    holds(&ping, "loss <= 20% and loss = 0.2 and loss > 0");
    let clock = Answer {
        offset: Some(SignedDuration::from_millis(-120)),
        stratum: Some(2),
        ..Answer::default()
    };
    holds(&answered(clock), "offset > 100ms and offset < 1s and stratum in (1..4)");
}

#[test]
fn the_dead_satisfy_nothing_but_not_up() {
    for (name, _) in FACTS {
        let fact = match *name {
            "up" => continue,
            "len" => "len(json)",
            "header" => "header.server",
            name => name,
        };
        for text in ["exists", "missing"] {
            fails(&dead(), &format!("{fact} {text}"));
            fails(&dead(), &format!("not {fact} {text}"));
            fails(&dead(), &format!("not (up and {fact} {text}) and not up and {fact} {text}"));
        }
    }
    fails(&dead(), "up");
    holds(&dead(), "not up");
    holds(&dead(), "status = 200 or not up");
    let verdict = condition("latency < 5s and not body contains error").judge(&dead(), NOW);
    assert_eq!(verdict.parts[1].text, "not body contains \"error\"");
    assert!(verdict.parts.iter().all(|part| part.found == "no answer" && !part.holds));
}

#[test]
fn what_is_found_is_short_and_printable() {
    let nasty = format!("{}\u{1b}[31m\u{202e}needle\u{7}{}", "x".repeat(5000), "y".repeat(5000));
    let verdict = condition("body contains needle and body lacks needle").judge(&page(&nasty), NOW);
    let found = &verdict.parts[0].found;
    assert!(
        found.starts_with("\"…") && found.contains("needle") && found.contains("\\u{1b}"),
        "{found}"
    );
    assert!(
        found.chars().count() <= 120
            && !found.contains(|c: char| c.is_control() || c == '\u{202e}')
    );
    let ended =
        Outcome { certificate_ends: Some(NOW - SignedDuration::from_hours(75)), ..page("") };
    assert_eq!(
        condition("certificate > 1d").judge(&ended, NOW).parts[0].found,
        "ended 3 d 3 h ago"
    );
}

#[test]
fn says_what_it_needs() {
    let asks = condition("status = 200 and latency < 1s and (json.a = 1 or status = 204)");
    assert_eq!(
        asks.facts().iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["status", "latency", "json.a"]
    );
    assert!(asks.needs_body() && !condition("status = 200").needs_body());
    for (name, _) in FACTS {
        let fact = match *name {
            "len" => continue,
            "header" => "header.x",
            name => name,
        };
        assert_eq!(Fact::parse(fact).map(|read| read.to_string()), Ok(fact.to_owned()));
    }
}
