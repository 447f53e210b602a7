//! Slack incoming webhooks, <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{SendError, http, message, words};
use crate::config::Secret;
use crate::model::{Message, Notice};

/// A section's text may have 3000 characters.
const MOST: usize = 2900;

pub(super) async fn send(
    url: &Secret,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let body = body(&notice.message, now, tz).to_string().into_bytes();
    let reply = http::post(url.reveal(), &[], body, now).await?;
    match (reply.status, reply.body.trim()) {
        (200, "ok") => Ok(()),
        (200, _) => Err(SendError::later(format!("HTTP 200, but not `ok`: {}", reply.said()))),
        (_, word) => match meaning(word) {
            Some(meaning) => Err(SendError::never(format!("{word}: {meaning}"))),
            None => Err(reply.error("the channel's `url`")),
        },
    }
}

/// The errors Slack documents, none of which passes by itself.
fn meaning(word: &str) -> Option<&'static str> {
    Some(match word {
        "action_prohibited" => "an admin of the workspace forbids it",
        "channel_is_archived" => "the Slack channel is archived",
        "channel_not_found" => "the Slack channel is gone",
        "invalid_payload" => "Slack does not understand the message",
        "invalid_token" | "no_active_hooks" | "no_service" | "no_service_id" => {
            "the webhook was removed or disabled; make a new one and set the channel's `url`"
        }
        "no_team" | "team_disabled" => "the workspace is gone or disabled",
        "posting_to_general_channel_denied" => "the webhook may not write to #general",
        _ => return None,
    })
}

fn body(message: &Message, now: Timestamp, tz: &TimeZone) -> Value {
    let title = escape(&message::one_line(message, now, tz));
    let text = words::fit(&escape(&message::plain(message, now, tz)), MOST, |t| t.chars().count());
    let section = |text: String| json!({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": true}});
    // `text` is what a lock screen shows.
    json!({"text": title, "blocks": [section(format!("*{title}*")), section(text)]})
}

/// The three characters Slack gives a meaning (`<!channel>` would call everyone).
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
