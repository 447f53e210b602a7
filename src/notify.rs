//! Telling the owner: one message, laid out by each channel, delivered from the outbox.

pub mod deliver;
pub mod message;
pub mod outbox;

mod command;
mod http;
mod keep;
mod ntfy;
mod process;
mod sendmail;
mod slack;
mod smtp;
mod telegram;
mod webhook;
mod words;

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::config::{ChannelConfig, ChannelKind, Secret};
use crate::model::Notice;

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
) -> Result<(), SendError> {
    let limit = Duration::try_from(channel.timeout).unwrap_or(Duration::ZERO);
    let attempt = async {
        match &channel.kind {
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
        }
    };
    let result = match tokio::time::timeout(limit, attempt).await {
        Ok(result) => result,
        Err(_) => {
            Err(SendError::later(format!("no answer within {}", words::span(channel.timeout))))
        }
    };
    result.map_err(|mut error| {
        let why = hide(error.why_mut(), &secrets(&channel.kind));
        *error.why_mut() = words::clean(&why, 300);
        error
    })
}

/// The least time between two messages to the channel, by what its service allows: Slack takes
/// one a second, Telegram one a second in a chat and twenty a minute in a group.
pub(crate) fn gap(kind: &ChannelKind) -> SignedDuration {
    match kind {
        ChannelKind::Telegram { chat, .. } if chat.starts_with(['-', '@']) => {
            SignedDuration::from_secs(3)
        }
        ChannelKind::Slack { .. } | ChannelKind::Telegram { .. } => SignedDuration::from_secs(1),
        _ => SignedDuration::ZERO,
    }
}

/// Everything of a channel that must not be shown, whatever a server echoes.
fn secrets(kind: &ChannelKind) -> Vec<&str> {
    let path = |url: &'_ Secret| -> Option<usize> {
        let url = url.reveal();
        let host = url.find("://").map_or(0, |at| at + 3);
        url[host..].find('/').map(|at| host + at)
    };
    let url = |url| {
        let text = Secret::reveal(url);
        [Some(text), path(url).map(|at| text[at..].trim_matches('/'))].into_iter().flatten()
    };
    match kind {
        ChannelKind::Smtp(smtp) => smtp.password.iter().map(Secret::reveal).collect(),
        ChannelKind::Sendmail { .. } | ChannelKind::Command { .. } => Vec::new(),
        ChannelKind::Ntfy { topic, token, .. } => {
            [Some(topic), token.as_ref()].into_iter().flatten().map(Secret::reveal).collect()
        }
        ChannelKind::Slack { url: secret } => url(secret).collect(),
        ChannelKind::Telegram { token, .. } => vec![token.reveal()],
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
    }
}
