//! Discord webhooks, <https://docs.discord.com/developers/resources/webhook#execute-webhook>.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{SendError, Taken, http, message, words};
use crate::config::Secret;
use crate::model::{Message, Notice, Severity};

/// A message may have 2000 characters, the title and the marks around the text among them.
const MOST: usize = 1850;
/// Flags of a message: no previews of what looks like a link, no sound.
const SUPPRESS_EMBEDS: u32 = 1 << 2;
const SUPPRESS_NOTIFICATIONS: u32 = 1 << 12;

pub(super) async fn send(
    url: &Secret,
    thread: Option<i64>,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<Taken, SendError> {
    let body = body(&notice.message, now, tz).to_string().into_bytes();
    let reply = http::post(&address(url.reveal(), thread), &[], body, now).await?;
    let told = reply.json();
    match reply.status {
        200 if told["id"].is_string() => Ok(Taken { rest: rest(&reply), ..Taken::default() }),
        204 => Ok(Taken { rest: rest(&reply), ..Taken::default() }),
        200 => Err(SendError::later(format!("HTTP 200, but not from Discord: {}", reply.said()))),
        // 10015 Unknown Webhook and its like: it was deleted, and a new one mends it.
        401 | 403 | 404 => Err(SendError::refused(format!(
            "HTTP {}: {}; make a new webhook and set the channel's `url`",
            reply.status,
            said(&told, &reply)
        ))),
        429 => Err(SendError::Later {
            why: format!("HTTP 429: {}", said(&told, &reply)),
            after: told["retry_after"].as_f64().and_then(seconds).max(reply.after),
        }),
        _ => Err(reply.error("the channel's `url`")),
    }
}

/// The URL to post to. Without a version Discord answers as its sixth did, whose waits are
/// milliseconds; without `wait` it says nothing of a message it then does not keep.
fn address(url: &str, thread: Option<i64>) -> String {
    let host = |host: &str| url.strip_prefix(host).and_then(|path| path.strip_prefix("/api/"));
    let path = ["https://discord.com", "https://discordapp.com"].into_iter().find_map(host);
    let url = match path {
        Some(path) if path.starts_with("webhooks/") => {
            Cow::Owned(format!("https://discord.com/api/v10/{path}"))
        }
        _ => Cow::Borrowed(url),
    };
    let mark = if url.contains('?') { '&' } else { '?' };
    let thread = thread.map_or_else(String::new, |thread| format!("&thread_id={thread}"));
    format!("{url}{mark}wait=true{thread}")
}

/// The wait that is asked for before the next message, when this one used up what was left.
fn rest(reply: &http::Reply) -> Option<SignedDuration> {
    let left: u32 = reply.header("x-ratelimit-remaining")?.parse().ok()?;
    let after = reply.header("x-ratelimit-reset-after")?.parse().ok();
    after.filter(|_| left == 0).and_then(seconds)
}

fn seconds(seconds: f64) -> Option<SignedDuration> {
    SignedDuration::try_from_secs_f64(seconds).ok().filter(SignedDuration::is_positive)
}

fn said(told: &Value, reply: &http::Reply) -> String {
    told["message"].as_str().map_or_else(|| reply.said(), |message| words::clean(message, 160))
}

fn body(message: &Message, now: Timestamp, tz: &TimeZone) -> Value {
    let units = |text: &str| text.chars().map(char::len_utf16).sum();
    let title = escape(&message::one_line(message, now, tz));
    // In a block of code nothing but its end has a meaning.
    let text = message::plain(message, now, tz).replace("``", "`\u{200b}`");
    let text = words::fit(text.trim_end(), MOST - title.len().min(MOST), units);
    let quiet = if message.severity == Severity::Info { SUPPRESS_NOTIFICATIONS } else { 0 };
    json!({
        "content": format!("**{title}**\n```\n{text}\n```"),
        // Nobody is called by what a log line says.
        "allowed_mentions": {"parse": []},
        "flags": SUPPRESS_EMBEDS | quiet,
    })
}

/// Everything Discord's Markdown gives a meaning in a line.
fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\*_~`|<>[]()#@:".contains(c) {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_version_and_the_thread() {
        let url = "https://discordapp.com/api/webhooks/1/t";
        assert_eq!(address(url, None), "https://discord.com/api/v10/webhooks/1/t?wait=true");
        let url = "https://chat.example/api/webhooks/1/t?a=b";
        assert_eq!(address(url, Some(7)), format!("{url}&wait=true&thread_id=7"));
    }

    #[test]
    fn names_in_a_title_have_no_meaning() {
        assert_eq!(escape("<@1> a_b `x`"), r"\<\@1\> a\_b \`x\`");
    }
}
