//! What two servers said, without what cannot be the same.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::server::Answer;

/// An answer without addresses and secrets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Normal {
    status: u16,
    body: Value,
    headers: Vec<(&'static str, String)>,
}

/// Those that the contract is about.
const HEADERS: [&str; 7] = [
    "content-type",
    "ping-body-limit",
    "access-control-allow-origin",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-max-age",
    "cache-control",
];
/// Seconds that the second server may be asked later.
const LATER: i64 = 5;

impl Normal {
    pub(crate) fn of(base: &str, answer: &Answer) -> Self {
        let body = match serde_json::from_str::<Value>(&answer.body) {
            Ok(json) => normal(base, json),
            Err(_) if answer.body.contains("<h1>Not Found</h1>") => Value::from("page"),
            Err(_) => Value::from(answer.body.clone()),
        };
        let value = |name: &&'static str| {
            let value = answer.header(name)?;
            let mut parts: Vec<&str> = value.split(", ").collect();
            parts.sort_unstable();
            Some((*name, parts.join(", ")))
        };
        Self { status: answer.status, body, headers: HEADERS.iter().filter_map(value).collect() }
    }
}

fn normal(base: &str, value: Value) -> Value {
    let uuid =
        |text: &str| text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
    match value {
        Value::Object(fields) => {
            let fields =
                fields.into_iter().filter(|(name, _)| name != "rid" && name != "unique_key");
            fields.map(|(name, value)| (name, normal(base, value))).collect()
        }
        Value::Array(all) => all.into_iter().map(|value| normal(base, value)).collect(),
        Value::String(text) => match text.strip_prefix(base) {
            Some(path) => {
                let steps = path.split('/').map(|step| if step.len() >= 36 { "U" } else { step });
                Value::from(format!("BASE{}", steps.collect::<Vec<_>>().join("/")))
            }
            None if uuid(&text) => Value::from("U"),
            None => Value::from(text),
        },
        value => value,
    }
}

/// How two answers differ.
pub(crate) fn differences(what: &str, own: &Normal, other: &Normal, is_ping: bool) -> Vec<String> {
    let mut told = Vec::new();
    // v3.13 knows no check by a slug in capitals, master says that there can be none.
    let is_upper = own.status == 400
        && other.status == 404
        && (own.body == "invalid url format" || own.body == "");
    if own.status != other.status && !is_upper {
        told.push(format!("{what}: status {} and {}", own.status, other.status));
    }
    if !is_upper {
        bodies(what, &own.body, &other.body, &mut told);
    }
    for name in HEADERS {
        let of = |normal: &Normal| {
            normal.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        };
        if !is_explained(name, is_ping, other.status) && of(own) != of(other) {
            told.push(format!("{what}: {name}: {:?} and {:?}", of(own), of(other)));
        }
    }
    told
}

/// What is not to be kept by caches on the way says so here, and there only in part: not where
/// something is managed, nor where a ping key or slug is unknown or a slug ambiguous. Varnish, for one,
/// keeps a 404 for two minutes, and a check that is made meanwhile would not hear its first calls.
fn is_explained(name: &str, is_ping: bool, status: u16) -> bool {
    name == "cache-control" && (!is_ping || matches!(status, 404 | 409))
}

fn bodies(what: &str, own: &Value, other: &Value, told: &mut Vec<String>) {
    match (own, other) {
        (Value::Object(own), Value::Object(other)) => {
            let names: BTreeSet<&String> = own.keys().chain(other.keys()).collect();
            for name in names {
                let of = |fields: &serde_json::Map<String, Value>| {
                    fields.get(name).cloned().unwrap_or(Value::from("(not there)"))
                };
                bodies(&format!("{what}.{name}"), &of(own), &of(other), told);
            }
        }
        (Value::Array(own), Value::Array(other)) if own.len() == other.len() => {
            for (n, (own, other)) in own.iter().zip(other).enumerate() {
                bodies(&format!("{what}[{n}]"), own, other, told);
            }
        }
        (own, other) if own == other || is_near(what, own, other) => {}
        (own, other) => told.push(format!("{what}: {own} and {other}")),
    }
}

fn is_near(what: &str, own: &Value, other: &Value) -> bool {
    let time = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
    match (time(own), time(other)) {
        (Some(own), Some(other)) => (own.as_second() - other.as_second()).abs() <= LATER,
        _ if what.ends_with("duration") => {
            // A run that took no whole second is not shown, and the clocks are two.
            let seconds = |value: &Value| value.as_f64().unwrap_or_default();
            (seconds(own) - seconds(other)).abs() <= 5.0
        }
        _ => false,
    }
}
