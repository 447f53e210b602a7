//! Where notices go, checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;

/// Where notices go.
#[derive(Debug, Clone)]
pub struct ChannelConfig {
    /// Which program or service, and its settings.
    pub kind: ChannelKind,
    /// Time a single attempt may take.
    pub timeout: SignedDuration,
}

/// The channels nightkeep speaks.
#[derive(Debug, Clone)]
pub enum ChannelKind {
    /// Mail over SMTP.
    Smtp(Smtp),
    /// Mail through the machine's own `sendmail`.
    Sendmail {
        /// The program; `/usr/sbin/sendmail` unless set.
        program: PathBuf,
        /// Sender address.
        from: String,
        /// Recipient addresses.
        to: Vec<String>,
    },
    /// An ntfy topic.
    Ntfy {
        /// Server, `https://ntfy.sh` unless set.
        server: String,
        /// Topic; whoever knows it can read along, so it is a secret.
        topic: Secret,
        /// Access token.
        token: Option<Secret>,
    },
    /// A Slack incoming webhook.
    Slack {
        /// Its URL.
        url: Secret,
    },
    /// A Telegram bot.
    Telegram {
        /// API server, `https://api.telegram.org` unless set.
        server: String,
        /// The bot's token.
        token: Secret,
        /// The chat it writes to.
        chat: String,
        /// The topic in that chat, if it has topics.
        thread: Option<i64>,
    },
    /// A webhook of the owner's own.
    Webhook {
        /// Its URL.
        url: Secret,
        /// Key of the HMAC-SHA256 signature; unsigned without.
        key: Option<Secret>,
        /// Headers sent along.
        headers: BTreeMap<String, Secret>,
    },
    /// A program of the owner's own; the message comes on its standard input as JSON.
    Command {
        /// Program and arguments; no shell.
        command: Vec<String>,
    },
}

/// How mail is sent.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Server name; its certificate is checked against it.
    pub server: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// User name, if the server wants one.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Sender address.
    pub from: String,
    /// Recipient addresses.
    pub to: Vec<String>,
}

/// How an SMTP connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (port 465).
    Tls,
    /// STARTTLS, required (port 587).
    StartTls,
    /// None; only sensible on loopback.
    None,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
