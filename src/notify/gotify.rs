//! Gotify, <https://gotify.net/api-docs#/message/createMessage>.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{SendError, http, message};
use crate::config::Secret;
use crate::model::{Message, Notice, Severity, TellKind};

pub(super) async fn send(
    server: &str,
    token: &Secret,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let url = format!("{}/message", server.trim_end_matches('/'));
    let body = body(&notice.message, now, tz).to_string().into_bytes();
    let reply = http::post(&url, &[("X-Gotify-Key", token.reveal())], body, now).await?;
    match reply.status {
        200 if reply.json()["id"].is_u64() => Ok(()),
        200 => Err(SendError::later(format!("HTTP 200, but not from Gotify: {}", reply.said()))),
        404 => Err(SendError::refused("HTTP 404: no Gotify there; check the channel's `server`")),
        _ => Err(reply.error("the channel's `token`: it must be an application's")),
    }
}

fn body(message: &Message, now: Timestamp, tz: &TimeZone) -> Value {
    json!({
        "title": message::one_line(message, now, tz),
        "message": message::plain(message, now, tz),
        "priority": priority(message),
        "extras": {"client::display": {"contentType": "text/plain"}},
    })
}

/// Gotify's app rings from 4 on, and rings and shakes from 8 on.
fn priority(message: &Message) -> u8 {
    match (message.kind, message.severity) {
        (_, Severity::Info) => 2,
        (TellKind::Recovered | TellKind::Acknowledged, _) => 4,
        (TellKind::Reminder, Severity::Critical) => 7,
        (_, Severity::Critical) => 10,
        (_, Severity::Warning) => 5,
    }
}
