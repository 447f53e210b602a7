//! Matrix rooms, <https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid>.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{SendError, http, message, words};
use crate::config::Secret;
use crate::model::{Message, Notice, Severity};

/// An event may have 65536 bytes, the text twice and its quotes escaped among them.
const MOST: usize = 12_000;

pub(super) async fn send(
    server: &str,
    token: &Secret,
    room: &str,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let url = format!(
        "{}/_matrix/client/v3/rooms/{}/send/m.room.message/{}",
        server.trim_end_matches('/'),
        utf8_percent_encode(room, NON_ALPHANUMERIC),
        transaction(notice)
    );
    let bearer = format!("Bearer {}", token.reveal());
    let body = body(&notice.message, now, tz).to_string().into_bytes();
    let mut reply = http::put(&url, &[("Authorization", &bearer)], body, now).await?;
    let told = reply.json();
    if reply.status == 200 {
        return if told["event_id"].is_string() {
            Ok(())
        } else {
            Err(SendError::later(format!("HTTP 200, but not from Matrix: {}", reply.said())))
        };
    }
    if let Some(wait) = told["retry_after_ms"].as_i64() {
        reply.after = reply.after.max(Some(SignedDuration::from_millis(wait.max(0))));
    }
    if let (Some(code), Some(error)) = (told["errcode"].as_str(), told["error"].as_str()) {
        reply.body = format!("{code}: {error}");
    }
    Err(match reply.status {
        404 => SendError::refused(format!(
            "HTTP 404: {}; check the channel's `server` and `room`",
            reply.said()
        )),
        _ => reply.error("the channel's `token`, and that its user has joined the room"),
    })
}

/// The same for every attempt at a notice: the server takes it once. Unlike another host's.
fn transaction(notice: &Notice) -> String {
    let digest = Sha256::digest(format!("{}\n{}", notice.message.host, notice.key));
    format!("nightkeep-{}", words::hex(&digest[..12]))
}

fn body(message: &Message, now: Timestamp, tz: &TimeZone) -> Value {
    let title = message::one_line(message, now, tz);
    let text = message::plain(message, now, tz);
    let html = words::fit(&escape(text.trim_end()), MOST, str::len).replace('\n', "<br>");
    json!({
        // Clients make no sound for a notice.
        "msgtype": if message.severity == Severity::Info { "m.notice" } else { "m.text" },
        "body": format!("{title}\n\n{}", words::fit(text.trim_end(), MOST, str::len)),
        "format": "org.matrix.custom.html",
        "formatted_body": format!("<strong>{}</strong><br><br>{html}", escape(&title)),
        // Nobody is called by what a log line says.
        "m.mentions": {},
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
