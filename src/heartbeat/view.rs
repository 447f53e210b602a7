//! Heartbeats as the page, the API and the command line show them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::book::{Book, PingLine};
use super::check::{Check, Shown};
use super::contract::Kind;
use super::mail;
use super::schedule::Written;

/// A heartbeat as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Heartbeat")]
pub struct View {
    /// Its name in alerts and addresses.
    pub name: String,
    /// Its name, as people read it.
    pub title: String,
    /// `new`, `up`, `late`, `down` or `paused`.
    pub status: &'static str,
    /// A run has begun and not ended.
    pub started: bool,
    /// When it has to call, in words.
    pub schedule: String,
    /// How late a call may be.
    pub grace_seconds: i64,
    /// Calls so far.
    pub pings: u64,
    /// The last success or failure.
    pub last_ping: Option<Timestamp>,
    /// When the next call is expected.
    pub next_ping: Option<Timestamp>,
    /// When it is down if nothing comes.
    pub down_after: Option<Timestamp>,
    /// How long the run took that ended last.
    pub last_duration_seconds: Option<f64>,
    /// Where it calls; only for whoever may change it, since whoever knows it can call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where it calls by mail, for the same; absent where no mails are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A call of one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Ping")]
pub struct PingView {
    /// Its number, from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// What it counted as.
    pub kind: Kind,
    /// The exit code.
    pub exit: Option<u8>,
    /// The run it belongs to.
    pub rid: Option<Uuid>,
    /// How long the run took that it ended.
    pub duration_seconds: Option<f64>,
    /// `http`, `https` or `email`.
    pub scheme: String,
    /// The method.
    pub method: String,
    /// From where; empty if that is not known.
    pub remote: String,
    /// What the client calls itself.
    pub agent: String,
    /// Bytes of what was sent, cut.
    pub body_bytes: u32,
}

impl View {
    /// Of a check; `base` is the server's address outside, `mails` the domain whose mails it takes.
    pub fn new(
        base: &str,
        mails: Option<&str>,
        book: &Book,
        check: &Check,
        now: Timestamp,
    ) -> Self {
        let (definition, life) = (&check.definition, &check.life);
        let url = if definition.slug.is_empty() {
            format!("{base}/ping/{}", definition.uuid)
        } else {
            format!("{}/{}", slugs(base, book), definition.slug)
        };
        Self {
            name: definition.subject.clone(),
            title: definition.name.clone(),
            status: check.shown(now).as_str(),
            started: check.is_started(),
            schedule: match definition.when.written() {
                Written::Every { period } => format!("every {period:#}"),
                Written::Cron { expression, zone } => format!("at {expression} ({zone})"),
                Written::Calendar { lines, zone } => {
                    format!("at {} ({zone})", lines.replace('\n', "; "))
                }
            },
            grace_seconds: definition.grace.as_secs(),
            pings: life.pings,
            last_ping: life.last_ping,
            next_ping: check.next_ping(),
            down_after: check.due(),
            last_duration_seconds: life.last_duration.map(|took| took.as_secs_f64()),
            url: Some(url),
            email: mails.map(|domain| mail::address::of(definition.uuid, domain)),
        }
    }
}

impl Shown {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Up => "up",
            Self::Late => "late",
            Self::Down => "down",
            Self::Paused => "paused",
        }
    }
}

impl From<&PingLine> for PingView {
    fn from(line: &PingLine) -> Self {
        Self {
            n: line.n,
            at: line.at,
            kind: line.kind,
            exit: line.exit,
            rid: line.rid,
            duration_seconds: line.duration.map(|took| took.as_secs_f64()),
            scheme: line.scheme.clone(),
            method: line.method.clone(),
            remote: line.remote.clone(),
            agent: line.agent.clone(),
            body_bytes: line.body_bytes,
        }
    }
}

/// Where slugs are called.
pub fn slugs(base: &str, book: &Book) -> String {
    let key = book.projects().next().map_or("PING_KEY", |project| project.ping_key.reveal());
    format!("{base}/ping/{key}")
}
