//! Checks, calls and flips as JSON.

use std::fmt::Write as _;

use jiff::Timestamp;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Channel, Right};
use crate::heartbeat::book::PingLine;
use crate::heartbeat::check::{Check, Flip, Shown};
use crate::heartbeat::schedule::Written;
use crate::model::HeartbeatStatus;

/// What is shown differently to whom.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The version of the API.
    pub version: u8,
    /// What whoever asks may see.
    pub right: Right,
    /// The server's address outside, without a slash at the end.
    pub base: &'a str,
    /// The channels there are.
    pub channels: &'a [Channel],
    /// The time.
    pub now: Timestamp,
}

/// A check.
pub(super) fn check(check: &Check, view: &View<'_>) -> Value {
    let (definition, life) = (&check.definition, &check.life);
    let filter = &definition.filter;
    let in_subject = |words: &str| if filter.subject { words.to_owned() } else { String::new() };
    let mut shown = fields(json!({
        "name": definition.name,
        "slug": definition.slug,
        "tags": definition.tags,
        "desc": definition.desc,
        "grace": definition.grace.as_secs(),
        "n_pings": life.pings,
        "status": status(check, view),
        "started": check.is_started(),
        "last_ping": life.last_ping.map(second),
        "next_ping": check.next_ping().map(second),
        "manual_resume": definition.manual_resume,
        "methods": if definition.only_post { "POST" } else { "" },
        "subject": in_subject(&filter.success),
        "subject_fail": in_subject(&filter.failure),
        "start_kw": filter.start,
        "success_kw": filter.success,
        "failure_kw": filter.failure,
        "filter_subject": filter.subject,
        "filter_body": filter.body,
        "filter_http_body": filter.http_body,
        "filter_default_fail": filter.default_fail,
        "badge_url": format!("{}/b/2/{}.svg", view.base, definition.badge),
    }));
    if let Some(took) = life.last_duration.filter(|took| !took.is_zero()) {
        shown.insert(String::from("last_duration"), took.as_secs().into());
    }
    shown.extend(match view.right {
        Right::Read => fields(json!({ "unique_key": unique_key(definition.uuid) })),
        Right::Write => {
            let (base, version, uuid) = (view.base, view.version, definition.uuid);
            let url = format!("{base}/api/v{version}/checks/{uuid}");
            fields(json!({
                "uuid": uuid,
                "ping_url": format!("{base}/ping/{uuid}"),
                "update_url": url,
                "pause_url": format!("{url}/pause"),
                "resume_url": format!("{url}/resume"),
                "channels": channels(&definition.channels, view),
            }))
        }
    });
    shown.extend(match definition.when.written() {
        Written::Every { period } => fields(json!({ "timeout": period.as_secs() })),
        Written::Cron { expression: schedule, zone }
        | Written::Calendar { lines: schedule, zone } => {
            fields(json!({ "schedule": schedule, "tz": zone }))
        }
    });
    Value::Object(shown)
}

/// Lines of a check's log, newest first.
pub fn pings(uuid: Uuid, lines: &[PingLine], base: &str) -> Value {
    let ping = |line: &PingLine| {
        let body = format!("{base}/api/v3/checks/{uuid}/pings/{}/body", line.n);
        let mut shown = fields(json!({
            "type": line.kind.as_str(),
            "date": micros(line.at),
            "n": line.n,
            "scheme": line.scheme,
            "remote_addr": Some(&line.remote).filter(|remote| !remote.is_empty()),
            "method": line.method,
            "ua": line.agent,
            "rid": line.rid,
            "body_url": (line.body_bytes > 0).then_some(body),
        }));
        if let Some(took) = line.duration {
            shown.insert(String::from("duration"), took.as_secs_f64().into());
        }
        Value::Object(shown)
    };
    json!({ "pings": lines.iter().map(ping).collect::<Vec<_>>() })
}

/// Changes of status, newest first.
pub fn flips(flips: &[Flip]) -> Value {
    let flip = |flip: &Flip| {
        let up = u8::from(flip.to == HeartbeatStatus::Up);
        json!({ "timestamp": second(flip.at), "up": up })
    };
    json!({ "flips": flips.iter().map(flip).collect::<Vec<_>>() })
}

/// The name of a check for whoever may only read: it cannot be called with it.
pub(super) fn unique_key(uuid: Uuid) -> String {
    let half = uuid.simple().to_string();
    let mut key = String::new();
    // Half of it cannot be had back from this, whatever SHA-1 is worth today.
    for byte in digest(&SHA1_FOR_LEGACY_USE_ONLY, &half.as_bytes()[..16]).as_ref() {
        // Writing to a string cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}

fn status(check: &Check, view: &View<'_>) -> &'static str {
    match check.shown(view.now) {
        _ if view.version == 1 && check.is_running(view.now) => "started",
        Shown::Down => "down",
        Shown::New => "new",
        Shown::Up => "up",
        Shown::Late => "grace",
        Shown::Paused => "paused",
    }
}

fn channels(names: &[String], view: &View<'_>) -> String {
    let own = view.channels.iter().filter(|channel| names.contains(&channel.name));
    let mut ids: Vec<String> = own.map(|channel| channel.id.to_string()).collect();
    ids.sort();
    ids.join(",")
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// As Python writes it: no fraction if there is none.
fn micros(at: Timestamp) -> String {
    let fraction = at.subsec_microsecond();
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
    format!("{}{fraction}+00:00", at.strftime("%Y-%m-%dT%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_times_as_healthchecks_writes_them() {
        let uuid = Uuid::try_parse("604f70b2-20a5-4574-9222-d95cfc4ebf74").unwrap();
        assert_eq!(unique_key(uuid), KEY);
        let at = |micros| Timestamp::from_microsecond(micros).unwrap();
        assert_eq!(micros(at(1_000_000)), "1970-01-01T00:00:01+00:00");
        assert_eq!(micros(at(1_000_020)), "1970-01-01T00:00:01.000020+00:00");
        assert_eq!(second(at(1_999_999)), "1970-01-01T00:00:01+00:00");
    }

    /// As Healthchecks answers for it.
    const KEY: &str = "204b4711dde8e05d6007728823003faf3c6c9d2f";
}
