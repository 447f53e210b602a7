//! Pushover, <https://pushover.net/api>, and its receipts, <https://pushover.net/api/receipts>.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{SendError, Taken, http, message, words};
use crate::config::Pushover;
use crate::model::{Message, Notice, Severity, TellKind};

/// Characters of a message and of its title.
const MOST: usize = 1024;
const TITLE: usize = 250;

/// Sends one message. Of one that rings until somebody answers, Pushover gives a receipt.
pub(super) async fn send(
    pushover: &Pushover,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<Taken, SendError> {
    let message = &notice.message;
    if message.kind == TellKind::Acknowledged {
        // It only ends the ringing, and whoever looks after the receipts does that.
        return Ok(Taken::default());
    }
    let characters = |text: &str| text.chars().count();
    let priority = priority(message, pushover.emergency);
    let fields = [
        ("token", pushover.token.reveal().to_owned()),
        ("user", pushover.user.reveal().to_owned()),
        ("device", pushover.device.clone().unwrap_or_default()),
        ("title", words::cut(&message::one_line(message, now, tz), TITLE)),
        ("message", words::fit(message::plain(message, now, tz).trim_end(), MOST, characters)),
        ("priority", priority.to_string()),
        ("timestamp", message.at.as_second().to_string()),
        ("retry", pushover.retry.as_secs().to_string()),
        ("expire", pushover.expire.as_secs().to_string()),
    ];
    let wanted = |name: &str, value: &str| match name {
        "retry" | "expire" => priority == 2,
        _ => !value.is_empty(),
    };
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .filter(|(name, value)| wanted(name, value))
        .collect();
    let reply = http::form(&address(pushover, "messages.json"), &fields, now).await?;
    let told = reply.json();
    if reply.status == 200 && told["status"] == 1 {
        let receipt = told["receipt"].as_str().filter(|receipt| is_receipt(receipt));
        return Ok(Taken { receipt: receipt.map(str::to_owned), rest: None });
    }
    Err(error(&reply, now))
}

/// `-1` makes no sound, `1` rings through quiet hours, `2` until somebody answers.
fn priority(message: &Message, emergency: bool) -> i8 {
    match (message.kind, message.severity) {
        (_, Severity::Info) => -1,
        (TellKind::Recovered | TellKind::Acknowledged, _) | (_, Severity::Warning) => 0,
        (_, Severity::Critical) if emergency => 2,
        (_, Severity::Critical) => 1,
    }
}

fn error(reply: &http::Reply, now: Timestamp) -> SendError {
    let errors: Vec<String> = reply.json()["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error.as_str())
        .map(|error| words::clean(error, 160))
        .collect();
    let said = if errors.is_empty() { reply.said() } else { errors.join("; ") };
    match reply.status {
        200 => SendError::later(format!("HTTP 200, but not from Pushover: {said}")),
        // The month's messages are used up; when there are new ones stands in a header.
        429 => {
            let reset = reply.header("x-limit-app-reset").and_then(|at| at.parse().ok());
            let at = reset.and_then(|at| Timestamp::from_second(at).ok());
            let after = at.map(|at| at.duration_since(now).max(SignedDuration::ZERO));
            SendError::Later { why: format!("HTTP 429: {said}"), after: after.max(reply.after) }
        }
        400 if ["token", "user", "device"].iter().any(|key| said.contains(key)) => {
            let mend = "check the channel's `token`, `user` and `device`";
            SendError::refused(format!("HTTP 400: {said}; {mend}"))
        }
        _ => reply.error("the channel's `token` and `user`"),
    }
}

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It still rings.
    Ringing,
    /// Somebody answered, on this device if Pushover names it.
    Acknowledged {
        /// The device's name, as its owner calls it.
        device: String,
    },
    /// It rings no more, or is not known.
    Over,
}

/// Asks whether somebody answered. Pushover wants to be asked no more than every 5 seconds.
pub(super) async fn ask(
    pushover: &Pushover,
    receipt: &str,
    now: Timestamp,
) -> Result<Answer, SendError> {
    let token = percent_encoding::utf8_percent_encode(
        pushover.token.reveal(),
        percent_encoding::NON_ALPHANUMERIC,
    );
    let url = address(pushover, &format!("receipts/{receipt}.json?token={token}"));
    let reply = http::get(&url, now).await?;
    let told = reply.json();
    match reply.status {
        200 if told["status"] != 1 => Err(error(&reply, now)),
        200 if told["acknowledged"] == 1 => {
            let device = told["acknowledged_by_device"].as_str().unwrap_or_default();
            Ok(Answer::Acknowledged { device: words::clean(device, 40) })
        }
        200 if told["expired"] == 1 => Ok(Answer::Over),
        200 => Ok(Answer::Ringing),
        400 | 404 => Ok(Answer::Over),
        _ => Err(error(&reply, now)),
    }
}

/// Ends the ringing: what it rang for is over.
pub(super) async fn cancel(
    pushover: &Pushover,
    receipt: &str,
    now: Timestamp,
) -> Result<(), SendError> {
    let url = address(pushover, &format!("receipts/{receipt}/cancel.json"));
    let reply = http::form(&url, &[("token", pushover.token.reveal())], now).await?;
    match reply.status {
        200 | 400 | 404 => Ok(()),
        _ => Err(error(&reply, now)),
    }
}

/// A receipt becomes part of an address: 30 letters and digits, as documented, and no more.
fn is_receipt(receipt: &str) -> bool {
    (1..=64).contains(&receipt.len()) && receipt.chars().all(|c| c.is_ascii_alphanumeric())
}

fn address(pushover: &Pushover, path: &str) -> String {
    format!("{}/1/{path}", pushover.server.trim_end_matches('/'))
}
