//! Apprise, for the long tail of services: its program, <https://appriseit.com/cli/>, or its
//! server, <https://appriseit.com/api/>.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::process::{self, Talks};
use super::{SendError, http, message, words};
use crate::config::Secret;
use crate::model::{Message, Notice, Severity, TellKind};

/// Runs the program for one service. Its URL goes by the environment and the text by standard
/// input, so that no list of processes shows them.
pub(super) async fn run(
    program: &Path,
    url: &Secret,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let message = &notice.message;
    let arguments = [
        // What it says of a failure it says only with this.
        String::from("--verbose"),
        String::from("--input-format=text"),
        format!("--notification-type={}", kind(message)),
        format!("--title={}", message::one_line(message, now, tz)),
    ];
    let variables = [("APPRISE_URLS", url.reveal().to_owned())];
    let text = message::plain(message, now, tz);
    let arguments = arguments.into_iter().map(Into::into);
    let ended =
        process::feed(program, arguments, &variables, text.as_bytes(), Talks::OnBoth).await?;
    match ended.code() {
        Some(0) => Ok(()),
        // The service did not take it (1), or not in time (5).
        Some(1 | 5) => Err(SendError::later(ended.said())),
        // 4: one of several did.
        _ => Err(SendError::Unclear { why: ended.said() }),
    }
}

/// Posts to the server, for the services it keeps under a key.
pub(super) async fn post(
    server: &str,
    key: &Secret,
    tags: &[String],
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let message = &notice.message;
    let url = format!("{}/notify/{}", server.trim_end_matches('/'), key.reveal());
    let mut body = json!({
        "title": message::one_line(message, now, tz),
        "body": message::plain(message, now, tz),
        "type": kind(message),
        "format": "text",
    });
    if !tags.is_empty() {
        // Any of them.
        body["tag"] = json!(tags.join(" "));
    }
    let body = body.to_string().into_bytes();
    let reply = http::post(&url, &[("Accept", "application/json")], body, now).await?;
    match reply.status {
        200 if !reply.body.trim_start().starts_with('<') => Ok(()),
        200 => Err(SendError::later(format!("HTTP 200, but not from Apprise: {}", reply.said()))),
        204 | 404 => Err(SendError::refused(format!(
            "HTTP {}: nothing is kept there under the channel's `key`",
            reply.status
        ))),
        424 => {
            let why = format!("HTTP 424: {}", warning(&reply));
            Err(if is_one(server, key, tags, now).await {
                SendError::later(why)
            } else {
                // One failed, and the others would be told again: only a few times.
                SendError::Unclear { why }
            })
        }
        _ => Err(reply.error("the channel's `key`, and user and password in `server`")),
    }
}

/// Is it a single service? Without an answer, no.
async fn is_one(server: &str, key: &Secret, tags: &[String], now: Timestamp) -> bool {
    let tags = match tags {
        [] => String::from("all"),
        tags => utf8_percent_encode(&tags.join(","), NON_ALPHANUMERIC).to_string(),
    };
    let (server, key) = (server.trim_end_matches('/'), key.reveal());
    let reply = http::get(&format!("{server}/json/urls/{key}?privacy=1&tag={tags}"), now).await;
    reply.is_ok_and(|reply| {
        reply.status == 200 && reply.json()["urls"].as_array().is_some_and(|urls| urls.len() == 1)
    })
}

/// What the server's log says of the failure, or else what it answered.
fn warning(reply: &http::Reply) -> String {
    let told = reply.json();
    let details = told["details"].as_array().map_or(&[][..], Vec::as_slice);
    let bad = details.iter().find(|line| line[0] == "WARNING" || line[0] == "ERROR");
    let said = bad.and_then(|line| line[2].as_str());
    said.map_or_else(|| reply.said(), |said| words::clean(said, 160))
}

fn kind(message: &Message) -> &'static str {
    match (message.kind, message.severity) {
        (TellKind::Recovered, _) => "success",
        (TellKind::Acknowledged, _) | (_, Severity::Info) => "info",
        (_, Severity::Warning) => "warning",
        (_, Severity::Critical) => "failure",
    }
}
