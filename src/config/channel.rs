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
    /// A Discord webhook.
    Discord {
        /// Its URL.
        url: Secret,
        /// The thread it writes to, if not the channel itself.
        thread: Option<i64>,
    },
    /// A Gotify application.
    Gotify {
        /// Server.
        server: String,
        /// The application's token.
        token: Secret,
    },
    /// Pushover.
    Pushover(Pushover),
    /// A Matrix room.
    Matrix {
        /// Home server, as the client API is reached.
        server: String,
        /// Access token of the user that writes.
        token: Secret,
        /// The room's id, `!…`.
        room: String,
    },
    /// A workflow of Microsoft Teams.
    Teams {
        /// Its URL.
        url: Secret,
    },
    /// `PagerDuty`, Events API v2.
    Pagerduty {
        /// Server, `https://events.pagerduty.com` unless set.
        server: String,
        /// The integration's key.
        key: Secret,
    },
    /// One service through the `apprise` program.
    Apprise {
        /// The program; `/usr/bin/apprise` unless set.
        program: PathBuf,
        /// Apprise's URL of the service.
        url: Secret,
    },
    /// Services through an Apprise server.
    AppriseApi {
        /// Server.
        server: String,
        /// The key it keeps the services under.
        key: Secret,
        /// Only the services with one of these tags.
        tags: Vec<String>,
    },
    /// This machine's journal, or its syslog.
    Syslog {
        /// The journal's socket.
        journal: PathBuf,
        /// The socket where there is no journal.
        syslog: PathBuf,
    },
    /// A program of the owner's own; the message comes on its standard input as JSON.
    Command {
        /// Program and arguments; no shell.
        command: Vec<String>,
    },
}

impl ChannelKind {
    /// Its name in the config.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Smtp(_) => "smtp",
            Self::Sendmail { .. } => "sendmail",
            Self::Ntfy { .. } => "ntfy",
            Self::Slack { .. } => "slack",
            Self::Telegram { .. } => "telegram",
            Self::Webhook { .. } => "webhook",
            Self::Discord { .. } => "discord",
            Self::Gotify { .. } => "gotify",
            Self::Pushover(_) => "pushover",
            Self::Matrix { .. } => "matrix",
            Self::Teams { .. } => "teams",
            Self::Pagerduty { .. } => "pagerduty",
            Self::Apprise { .. } => "apprise",
            Self::AppriseApi { .. } => "apprise-api",
            Self::Syslog { .. } => "syslog",
            Self::Command { .. } => "command",
        }
    }
}

/// Pushover, and what it does with critical alerts.
#[derive(Debug, Clone)]
pub struct Pushover {
    /// API server, `https://api.pushover.net` unless set.
    pub server: String,
    /// The application's token.
    pub token: Secret,
    /// The user's or the group's key.
    pub user: Secret,
    /// One of the user's devices; all of them unless set.
    pub device: Option<String>,
    /// Critical alerts ring until somebody answers.
    pub emergency: bool,
    /// How often they ring.
    pub retry: SignedDuration,
    /// For how long.
    pub expire: SignedDuration,
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
