//! Microsoft Teams: a workflow that waits for a web request and posts an adaptive card,
//! <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{SendError, http, message, words};
use crate::config::Secret;
use crate::model::{Message, Notice, Severity, TellKind};

/// A message may have 28 KB.
const MOST: usize = 27_000;

pub(super) async fn send(
    url: &Secret,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let body = body(&notice.message, now, tz).to_string().into_bytes();
    let reply = http::post(url.reveal(), &[], body, now).await?;
    match (reply.status, reply.body.trim()) {
        // The connectors before the workflows said `1`, and told of errors with a 200 as well.
        (202, _) | (200, "" | "1") => Ok(()),
        (200, _) => Err(SendError::later(format!("HTTP 200, but an error: {}", reply.said()))),
        (404 | 410, _) => Err(refused(&reply, "is gone")),
        (400, said) if said.contains("NotEnabled") || said.contains("Disabled") => {
            Err(refused(&reply, "is switched off"))
        }
        _ => Err(reply.error("the channel's `url`, and who may start the workflow")),
    }
}

fn refused(reply: &http::Reply, what: &str) -> SendError {
    SendError::refused(format!(
        "HTTP {}: the workflow {what}; see to it in Teams' Workflows, and set the channel's `url`",
        reply.status
    ))
}

/// The card. Its text is made of runs, which know no Markdown: what a log line says has no
/// meaning in it.
fn body(message: &Message, now: Timestamp, tz: &TimeZone) -> Value {
    let title = message::one_line(message, now, tz);
    let text = message::plain(message, now, tz);
    let mut most = MOST / 2;
    loop {
        let text = words::fit(&text, most, str::len);
        let body = json!({
            "type": "message",
            "summary": title,
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "msteams": {"width": "Full"},
                    "body": lines(&title, colour(message), &text),
                },
            }],
        });
        // A short text always fits.
        if most < 1000 || body.to_string().len() <= MOST {
            return body;
        }
        most /= 2;
    }
}

fn lines(title: &str, colour: &str, text: &str) -> Vec<Value> {
    let head = json!({"type": "TextRun", "text": title, "weight": "Bolder", "size": "Medium", "color": colour});
    let mut lines = vec![json!({"type": "RichTextBlock", "inlines": [head]})];
    let mut apart = true;
    for line in text.lines() {
        if line.is_empty() {
            apart = true;
            continue;
        }
        let spacing = if std::mem::take(&mut apart) { "Medium" } else { "None" };
        let run = json!({"type": "TextRun", "text": line});
        lines.push(json!({"type": "RichTextBlock", "spacing": spacing, "inlines": [run]}));
    }
    lines
}

fn colour(message: &Message) -> &'static str {
    match (message.kind, message.severity) {
        (TellKind::Recovered, _) => "Good",
        (_, Severity::Critical) => "Attention",
        (_, Severity::Warning) => "Warning",
        (_, Severity::Info) => "Accent",
    }
}
