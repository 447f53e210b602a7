//! ntfy: JSON to the server's root, <https://docs.ntfy.sh/publish/#publish-as-json>.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{SendError, http, message, words};
use crate::config::Secret;
use crate::model::{Message, Notice, Severity, TellKind};

/// Above 4096 bytes ntfy makes an attachment of the text, or refuses it where attachments are
/// off (code 40014).
const MOST: usize = 4000;

pub(super) async fn send(
    server: &str,
    topic: &Secret,
    token: Option<&Secret>,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let body = body(topic.reveal(), &notice.message, now, tz).to_string().into_bytes();
    let bearer = token.map(|token| format!("Bearer {}", token.reveal()));
    let headers: Vec<_> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
    let url = format!("{}/", server.trim_end_matches('/'));
    let reply = http::post(&url, &headers, body, now).await?;
    if reply.status != 200 {
        return Err(reply.error("the channel's `token` and its right to write to the topic"));
    }
    // A proxy's welcome page is a 200 too.
    let told: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    if told["id"].is_string() {
        Ok(())
    } else {
        Err(SendError::later(format!("HTTP 200, but not from ntfy: {}", reply.said())))
    }
}

fn body(topic: &str, message: &Message, now: Timestamp, tz: &TimeZone) -> Value {
    let (priority, tag) = look(message);
    json!({
        "topic": topic,
        "title": message::one_line(message, now, tz),
        "message": words::fit(&message::plain(message, now, tz), MOST, str::len),
        "priority": priority,
        "tags": [tag],
    })
}

/// Priority (1 to 5; 5 rings through do-not-disturb) and the tag shown as an emoji.
fn look(message: &Message) -> (u8, &'static str) {
    match (message.kind, message.severity) {
        (TellKind::Recovered, Severity::Info) => (2, "white_check_mark"),
        (TellKind::Recovered, _) => (3, "white_check_mark"),
        (TellKind::Acknowledged, _) => (2, "eyes"),
        (TellKind::Digest, _) => (2, "newspaper"),
        (TellKind::Reminder, Severity::Critical) => (4, "rotating_light"),
        (_, Severity::Critical) => (5, "rotating_light"),
        (_, Severity::Warning) => (3, "warning"),
        (_, Severity::Info) => (2, "information_source"),
    }
}
