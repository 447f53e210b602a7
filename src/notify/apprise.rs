//! Apprise, for the long tail of services: its program, <https://appriseit.com/cli/>, or its
//! server, <https://appriseit.com/api/>.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::process::{self, Talks};
use super::{SendError, http, message};
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
        // At least one of its services failed, and perhaps others did not: a few times.
        424 => Err(SendError::Unclear { why: format!("HTTP 424: {}", reply.said()) }),
        _ => Err(reply.error("the channel's `key`, and user and password in `server`")),
    }
}

fn kind(message: &Message) -> &'static str {
    match (message.kind, message.severity) {
        (TellKind::Recovered, _) => "success",
        (TellKind::Acknowledged, _) | (_, Severity::Info) => "info",
        (_, Severity::Warning) => "warning",
        (_, Severity::Critical) => "failure",
    }
}
