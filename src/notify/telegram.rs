//! Telegram bots, <https://core.telegram.org/bots/api#sendmessage>.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{SendError, http, message, words};
use crate::config::Secret;
use crate::model::{Message, Notice, Severity};

/// A message may have 4096 UTF-16 units after its markup is taken out.
const MOST: usize = 3900;

pub(super) async fn send(
    server: &str,
    token: &Secret,
    chat: &str,
    thread: Option<i64>,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    // The token is part of the URL: no error may carry it, and `http` names only the host.
    let url = format!("{}/bot{}/sendMessage", server.trim_end_matches('/'), token.reveal());
    let mut body = body(&notice.message, now, tz);
    body["chat_id"] = json!(chat);
    if let Some(thread) = thread {
        body["message_thread_id"] = json!(thread);
    }
    match post(&url, &body, now).await? {
        Answer::Taken => Ok(()),
        Answer::Moved(chat) => {
            // The group became a supergroup. It has no topics yet, so no thread either.
            body["chat_id"] = json!(chat);
            match post(&url, &body, now).await? {
                Answer::Taken => {
                    tracing::warn!(
                        chat,
                        "the Telegram group has a new id; set the channel's `chat`"
                    );
                    Ok(())
                }
                Answer::Moved(_) => Err(SendError::later("the group moves from id to id")),
            }
        }
    }
}

enum Answer {
    Taken,
    Moved(i64),
}

async fn post(url: &str, body: &Value, now: Timestamp) -> Result<Answer, SendError> {
    let mut reply = http::post(url, &[], body.to_string().into_bytes(), now).await?;
    let told: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    if reply.status == 200 && told["ok"] == true {
        return Ok(Answer::Taken);
    }
    if let Some(chat) = told["parameters"]["migrate_to_chat_id"].as_i64() {
        return Ok(Answer::Moved(chat));
    }
    if let Some(seconds) = told["parameters"]["retry_after"].as_u64() {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        reply.after = Some(SignedDuration::from_secs(seconds));
    }
    if let Some(description) = told["description"].as_str() {
        description.clone_into(&mut reply.body);
    }
    Err(match reply.status {
        200 => SendError::later(format!("HTTP 200, but not from Telegram: {}", reply.said())),
        // Telegram says 404 for a token that is none, 403 where the bot was thrown out.
        404 => {
            SendError::refused(format!("HTTP 404: {}; check the channel's `token`", reply.said()))
        }
        _ => reply.error("the channel's `token`, and that the bot may write to the chat"),
    })
}

fn body(message: &Message, now: Timestamp, tz: &TimeZone) -> Value {
    let units = |text: &str| text.chars().map(char::len_utf16).sum();
    let title = escape(&message::one_line(message, now, tz));
    let text = escape(&words::fit(&message::plain(message, now, tz), MOST, units));
    json!({
        "text": format!("<b>{title}</b>\n\n{text}"),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": true},
        "disable_notification": message.severity == Severity::Info,
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
