//! Telling the owner: one message, laid out by each channel, delivered from the outbox.

pub mod deliver;
pub mod message;
pub mod outbox;

mod apprise;
mod command;
mod copies;
mod discord;
mod gotify;
pub(crate) mod http;
mod keep;
mod matrix;
mod ntfy;
mod pagerduty;
mod process;
mod pushover;
mod sendmail;
mod slack;
mod smtp;
mod syslog;
mod teams;
mod telegram;
mod webhook;
mod words;

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::config::{ChannelConfig, ChannelKind, Config, Secret};
use crate::model::Notice;

pub use copies::{copies, keeps_apart, that_take_back};

/// A channel did not take a notice. The texts carry no secrets and no control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may take it later: try again.
    #[error("{why}")]
    Later {
        /// What it answered.
        why: String,
        /// The wait it asked for (`Retry-After`).
        after: Option<SignedDuration>,
    },
    /// It does not say whether trying again helps (a program's exit status): a few times.
    #[error("{why}")]
    Unclear {
        /// What it answered.
        why: String,
    },
    /// It will never take this notice.
    #[error("{why}")]
    Never {
        /// What it answered.
        why: String,
    },
}

/// What a channel said beside that it has the notice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// It wants nothing more for this long.
    pub rest: Option<SignedDuration>,
    /// Under this number it says later whether somebody answered.
    pub receipt: Option<String>,
}

/// Credentials that were refused are tried again this seldom: the owner mends them, and what
/// waits is told then, but the account is not locked by too many attempts.
const REFUSED: SignedDuration = SignedDuration::from_mins(15);

impl SendError {
    fn later(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after: None }
    }

    fn never(why: impl Into<String>) -> Self {
        Self::Never { why: why.into() }
    }

    fn refused(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after: Some(REFUSED) }
    }

    fn why_mut(&mut self) -> &mut String {
        match self {
            Self::Later { why, .. } | Self::Unclear { why } | Self::Never { why } => why,
        }
    }
}

/// Sends a test message over the channel of this name now.
///
/// # Errors
/// As of [`send`].
pub async fn test(
    name: &str,
    channel: &ChannelConfig,
    config: &Config,
    now: Timestamp,
) -> Result<Taken, SendError> {
    let notice = Notice {
        key: format!("test-{}-{name}", now.as_microsecond()),
        channel: name.to_owned(),
        message: message::test(&config.host, now),
    };
    send(channel, &notice, now, &config.timezone).await
}

/// Sends one notice over one channel and waits for its success reply, at most the channel's
/// `timeout`. `now` is the time of this attempt: a late message says so.
///
/// # Errors
/// [`SendError`], by what the channel's documentation says of its replies.
pub async fn send(
    channel: &ChannelConfig,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<Taken, SendError> {
    let limit = Duration::try_from(channel.timeout).unwrap_or(Duration::ZERO);
    let attempt = async {
        let taken = match &channel.kind {
            ChannelKind::Discord { url, thread } => {
                return discord::send(url, *thread, notice, now, tz).await;
            }
            ChannelKind::Pushover(pushover) => {
                return pushover::send(pushover, notice, now, tz).await;
            }
            ChannelKind::Smtp(smtp) => smtp::send(smtp, notice, now, tz, limit).await,
            ChannelKind::Sendmail { program, from, to } => {
                sendmail::send(program, from, to, notice, now, tz).await
            }
            ChannelKind::Ntfy { server, topic, token } => {
                ntfy::send(server, topic, token.as_ref(), notice, now, tz).await
            }
            ChannelKind::Slack { url } => slack::send(url, notice, now, tz).await,
            ChannelKind::Telegram { server, token, chat, thread } => {
                telegram::send(server, token, chat, *thread, notice, now, tz).await
            }
            ChannelKind::Webhook { url, key, headers } => {
                webhook::send(url, key.as_ref(), headers, notice, now, tz).await
            }
            ChannelKind::Command { command } => command::send(command, notice, now, tz).await,
            ChannelKind::Gotify { server, token } => {
                gotify::send(server, token, notice, now, tz).await
            }
            ChannelKind::Matrix { server, token, room } => {
                matrix::send(server, token, room, notice, now, tz).await
            }
            ChannelKind::Teams { url } => teams::send(url, notice, now, tz).await,
            ChannelKind::Pagerduty { server, key } => {
                pagerduty::send(server, key, notice, now, tz).await
            }
            ChannelKind::Apprise { program, url } => {
                apprise::run(program, url, notice, now, tz).await
            }
            ChannelKind::AppriseApi { server, key, tags } => {
                apprise::post(server, key, tags, notice, now, tz).await
            }
            ChannelKind::Syslog { journal, syslog } => {
                syslog::send(journal, syslog, notice, now, tz).await
            }
        };
        taken.map(|()| Taken::default())
    };
    let result = match tokio::time::timeout(limit, attempt).await {
        Ok(result) => result,
        Err(_) => {
            Err(SendError::later(format!("no answer within {}", words::span(channel.timeout))))
        }
    };
    result.map_err(|error| masked(error, &channel.kind))
}

/// The error without secrets and control characters, whatever a server echoed.
fn masked(mut error: SendError, kind: &ChannelKind) -> SendError {
    let why = hide(error.why_mut(), &secrets(kind));
    *error.why_mut() = words::clean(&why, 300);
    error
}

/// The least time between two messages to the channel, by what its service allows: Slack and
/// Teams take one a second, Telegram one a second in a chat and twenty a minute in a group,
/// Discord thirty a minute, `PagerDuty` 120 events a minute; Matrix servers differ.
pub(crate) fn gap(kind: &ChannelKind) -> SignedDuration {
    match kind {
        ChannelKind::Telegram { chat, .. } if chat.starts_with(['-', '@']) => {
            SignedDuration::from_secs(3)
        }
        ChannelKind::Discord { .. } => SignedDuration::from_secs(2),
        ChannelKind::Slack { .. }
        | ChannelKind::Telegram { .. }
        | ChannelKind::Teams { .. }
        | ChannelKind::Matrix { .. }
        | ChannelKind::Pushover(_) => SignedDuration::from_secs(1),
        ChannelKind::Pagerduty { .. } => SignedDuration::from_millis(500),
        _ => SignedDuration::ZERO,
    }
}

/// Everything of a channel that must not be shown, whatever a server echoes.
fn secrets(kind: &ChannelKind) -> Vec<&str> {
    // The whole address, its path, and what in it may be a token: no word, no host's name.
    let token = |part: &&str| {
        let digits = part.contains(|c: char| c.is_ascii_digit());
        !part.contains('.') && (part.len() >= 16 || part.len() >= 8 && digits)
    };
    let url = |url| {
        let text = Secret::reveal(url);
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let path = rest.find('/').map(|at| rest[at..].trim_matches('/'));
        let parts = rest.split(['/', '?', '&', '=', '@', ':']);
        [Some(text), path].into_iter().flatten().chain(parts.filter(token))
    };
    match kind {
        ChannelKind::Smtp(smtp) => smtp.password.iter().map(Secret::reveal).collect(),
        ChannelKind::Sendmail { .. } | ChannelKind::Command { .. } | ChannelKind::Syslog { .. } => {
            Vec::new()
        }
        ChannelKind::Ntfy { topic, token, .. } => {
            [Some(topic), token.as_ref()].into_iter().flatten().map(Secret::reveal).collect()
        }
        ChannelKind::Slack { url: secret }
        | ChannelKind::Discord { url: secret, .. }
        | ChannelKind::Teams { url: secret }
        | ChannelKind::Apprise { url: secret, .. } => url(secret).collect(),
        ChannelKind::Telegram { token, .. }
        | ChannelKind::Gotify { token, .. }
        | ChannelKind::Matrix { token, .. } => vec![token.reveal()],
        ChannelKind::Pushover(pushover) => {
            vec![pushover.token.reveal(), pushover.user.reveal()]
        }
        ChannelKind::Pagerduty { key, .. } | ChannelKind::AppriseApi { key, .. } => {
            vec![key.reveal()]
        }
        ChannelKind::Webhook { url: secret, key, headers } => {
            let others = key.iter().chain(headers.values()).map(Secret::reveal);
            url(secret).chain(others).collect()
        }
    }
}

fn hide(text: &str, secrets: &[&str]) -> String {
    let mut shown = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= 3) {
        shown = shown.replace(secret, "…");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_whatever_a_server_echoes() {
        let kind =
            ChannelKind::Slack { url: Secret::new("https://hooks.example/services/T0/B0/x") };
        let text = "Cannot POST /services/T0/B0/x (https://hooks.example/services/T0/B0/x)";
        assert_eq!(hide(text, &secrets(&kind)), "Cannot POST /… (…)");
        let url =
            Secret::new("https://flows.example/workflows/7f3a9b21c0de/run?sig=Q0VPc2lnbmF0dXJl");
        let text = "flows.example: workflows 7f3a9b21c0de: bad Q0VPc2lnbmF0dXJl";
        let kind = ChannelKind::Teams { url };
        assert_eq!(hide(text, &secrets(&kind)), "flows.example: workflows …: bad …");
    }
}
