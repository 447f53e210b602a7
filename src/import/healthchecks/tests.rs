//! A real project, as Healthchecks 3.13 answered.

use std::path::Path;

use super::{Answers, import};
use crate::import::write::write;
use crate::import::{Imported, Place};

fn read(checks: &str, channels: Option<&str>, known: &[&str]) -> Imported {
    let place = Place {
        zone: String::from("Europe/Vienna"),
        now: "2026-11-29T12:00:00Z".parse().unwrap(),
        channels: known.iter().map(|name| (*name).to_owned()).collect(),
    };
    let json = |text: &str| serde_json::from_str(text).unwrap();
    import(&Answers { checks: json(checks), channels: channels.map(json) }, &place).unwrap()
}

const CHECKS: &str = include_str!("../../../tests/data/import/healthchecks-checks.json");
const READ_ONLY: &str = include_str!("../../../tests/data/import/healthchecks-read-only.json");
const CHANNELS: &str = include_str!("../../../tests/data/import/healthchecks-channels.json");

fn lines(imported: &Imported) -> String {
    let line = |left: &crate::import::LeftOut| {
        format!("{} | {} | {}", left.of, left.part.as_deref().unwrap_or("-"), left.why)
    };
    imported.left_out.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_check_keeps_its_uuid_and_schedule() {
    let imported = read(CHECKS, Some(CHANNELS), &["phone"]);
    let written = write(&imported, "healthchecks", Path::new("/s"), false);
    insta::assert_snapshot!("heartbeats", written.config);
    insta::assert_snapshot!("left_out", lines(&imported));
}

#[test]
fn a_read_only_key_shows_no_uuids() {
    let imported = read(READ_ONLY, None, &[]);
    assert_eq!(imported.heartbeats.len(), 9);
    assert!(imported.heartbeats.iter().all(|entry| entry.get("uuid").is_none()));
    assert!(lines(&imported).contains("UUIDs of 9 checks"));
}

#[test]
fn nonsense_is_refused_or_left_out() {
    let place =
        Place { zone: "UTC".into(), now: jiff::Timestamp::UNIX_EPOCH, channels: Vec::new() };
    let answer =
        |text: &str| Answers { checks: serde_json::from_str(text).unwrap(), channels: None };
    for text in ["null", "{}", "[]", "{\"checks\": 1}"] {
        assert!(import(&answer(text), &place).is_err(), "{text}");
    }
    let text = "{\"checks\": [1, {}, {\"name\": 3, \"timeout\": -5, \"grace\": \"x\"}, {\"schedule\": \"\"}]}";
    let imported = import(&answer(text), &place).unwrap();
    assert_eq!(imported.heartbeats.len(), 1);
}
