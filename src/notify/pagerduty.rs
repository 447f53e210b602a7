//! `PagerDuty`'s Events API v2, <https://developer.pagerduty.com/docs/events-api-v2-overview>.
//!
//! An alert is opened, acknowledged and resolved under one key of its own, so that nothing keeps
//! burning there that is over here.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{SendError, http, message, words};
use crate::config::Secret;
use crate::model::{Message, MessageItem, Notice, Severity, TellKind};

/// Characters of a summary.
const SUMMARY: usize = 1024;
/// Characters of a deduplication key.
const KEY: usize = 255;

pub(super) async fn send(
    server: &str,
    key: &Secret,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let url = format!("{}/v2/enqueue", server.trim_end_matches('/'));
    for mut event in events(notice, now, tz) {
        event["routing_key"] = json!(key.reveal());
        let reply = http::post(&url, &[], event.to_string().into_bytes(), now).await?;
        if reply.status == 202 && reply.json()["status"] == "success" {
            continue;
        }
        return Err(match reply.status {
            400 if reply.body.contains("routing") => SendError::refused(format!(
                "HTTP 400: {}; check the channel's `routing-key`",
                reply.said()
            )),
            404 => SendError::refused("HTTP 404: no Events API there; check the `server`"),
            _ => reply.error("the channel's `routing-key`"),
        });
    }
    Ok(())
}

/// One event for each alert. What fails half-way is sent again from the beginning: under its key
/// the same event changes nothing.
fn events(notice: &Notice, now: Timestamp, tz: &TimeZone) -> Vec<Value> {
    let message = &notice.message;
    let about_none = message.items.iter().all(|item| item.alert == 0);
    if about_none {
        return vec![whole(notice, now, tz)];
    }
    message.items.iter().map(|item| of_item(message, item)).collect()
}

fn action(kind: TellKind) -> &'static str {
    match kind {
        TellKind::Raised | TellKind::Worse | TellKind::Reminder => "trigger",
        TellKind::Acknowledged => "acknowledge",
        TellKind::Recovered | TellKind::Digest => "resolve",
    }
}

/// A message that is about no single alert: a test.
fn whole(notice: &Notice, now: Timestamp, tz: &TimeZone) -> Value {
    let message = &notice.message;
    let key = if message.items.is_empty() { "test" } else { &notice.key };
    json!({
        "event_action": action(message.kind),
        "dedup_key": dedup(&format!("nightkeep/{}/{key}", message.host)),
        "payload": {
            "summary": message::one_line(message, now, tz),
            "source": message.host,
            "severity": level(message.severity),
            "timestamp": message.at.to_string(),
            "custom_details": {"text": message::plain(message, now, tz)},
        },
        "client": "nightkeep",
    })
}

fn of_item(message: &Message, item: &MessageItem) -> Value {
    // The number alone would begin anew with a new store; the rest tells two of one number apart.
    let key = format!("nightkeep/{}/{}/{}/{}", message.host, item.alert, item.rule, item.subject);
    let action = action(message.kind);
    let mut event = json!({"event_action": action, "dedup_key": dedup(&key)});
    if action == "trigger" {
        event["payload"] = json!({
            "summary": words::cut(&format!("{}: {}", message.host, item.summary), SUMMARY),
            "source": message.host,
            "severity": level(item.severity),
            "timestamp": item.since.to_string(),
            "component": item.subject,
            "class": item.rule,
            "custom_details": {
                "next": item.next,
                "acknowledge": format!("nightkeep alerts ack {}", item.alert),
                "evidence": item.evidence,
                "held back by": item.held,
            },
        });
        event["client"] = json!("nightkeep");
    }
    event
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// The key as it is, or its beginning and a hash of it.
fn dedup(key: &str) -> String {
    if key.chars().count() <= KEY {
        return key.to_owned();
    }
    let hash = words::hex(&Sha256::digest(key)[..12]);
    let kept: String = key.chars().take(KEY - hash.len() - 1).collect();
    format!("{kept}/{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_key_keeps_within_its_limit_and_apart() {
        let (one, other) = ("ä".repeat(300), "ä".repeat(301));
        assert_eq!(dedup(&one).chars().count(), KEY);
        assert_ne!(dedup(&one), dedup(&other));
        assert_eq!(dedup("short"), "short");
    }
}
