//! Whole configs.

use std::collections::BTreeMap;
use std::path::Path;

use super::import;
use crate::import::write::write;
use crate::import::{Entry, Imported, Place};

const CONFIG: &str = include_str!("../../../tests/data/import/gatus.yaml");

fn place() -> Place {
    Place {
        zone: String::from("Europe/Vienna"),
        now: "2026-11-29T12:00:00Z".parse().unwrap(),
        channels: Vec::new(),
    }
}

fn read(texts: &[&str]) -> Imported {
    let files: Vec<(String, String)> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| (format!("{number}.yaml"), (*text).to_owned()))
        .collect();
    let variables = BTreeMap::from([
        (
            String::from("DISCORD"),
            String::from("https://discord.example/api/webhooks/1/secret-discord"),
        ),
        (String::from("TOKEN"), String::from("secret-token")),
    ]);
    import(&files, &variables, &place()).unwrap()
}

fn heartbeat(entry: &Entry) -> String {
    let one = Imported { heartbeats: vec![entry.clone()], ..Imported::default() };
    let text = write(&one, "gatus", Path::new("/s"), false).config;
    text.lines().skip(2).collect::<Vec<_>>().join("\n")
}

fn said(entry: &Entry) -> String {
    let one = Imported { monitors: vec![entry.clone()], ..Imported::default() };
    let text = write(&one, "gatus", Path::new("/s"), false).monitors;
    text.lines().skip(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kind_of_endpoint() {
    let imported = read(&[CONFIG]);
    let text: Vec<String> = imported.monitors.iter().map(said).collect();
    insta::assert_snapshot!("monitors", text.join("\n\n"));
    let text: Vec<String> = imported.heartbeats.iter().map(heartbeat).collect();
    insta::assert_snapshot!("heartbeats", text.join("\n\n"));
}

#[test]
fn everything_else_is_named() {
    let imported = read(&[CONFIG]);
    let lines: Vec<String> = imported
        .left_out
        .iter()
        .map(|left| format!("{} | {} | {}", left.of, left.part.as_deref().unwrap_or("-"), left.why))
        .collect();
    insta::assert_snapshot!("left_out", lines.join("\n"));
    assert!(!lines.join("\n").contains("secret"));
}

#[test]
fn channels_and_windows() {
    let imported = read(&[CONFIG]);
    let written = write(&imported, "gatus", Path::new("/s"), false);
    insta::assert_snapshot!("config", written.config);
    assert!(!written.config.contains("secret") && !written.monitors.contains("secret"));
}

#[test]
fn a_folder_is_laid_over_itself() {
    let imported = read(&[
        "endpoints:\n  - name: a\n    url: icmp://a\n    conditions: [\"[CONNECTED] == true\"]\n",
        "endpoints:\n  - name: b\n    url: icmp://b\n    conditions: [\"[CONNECTED] == true\"]\nmetrics: true\n",
    ]);
    let names: Vec<&str> = imported.monitors.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn what_is_no_config_of_gatus_is_refused() {
    let none = BTreeMap::new();
    for text in ["", "a: 1", "endpoints: [", "- 1", "\u{0}"] {
        let files = [(String::from("x.yaml"), text.to_owned())];
        assert!(import(&files, &none, &place()).is_err(), "{text:?}");
    }
    // Nonsense within is left out.
    let text = "endpoints: [1, null, {}, {url: 3}, {name: [], url: 'x://y'}, {url: 'tcp://h:1', conditions: 5, \
                alerts: {}, client: [], headers: x, interval: []}]\nalerting: [1]\nmaintenance: 3\nsuites: {}\n";
    let imported = import(&[(String::from("x"), text.to_owned())], &none, &place()).unwrap();
    assert_eq!(imported.monitors.len(), 1);
}
