//! Every channel against its documented replies, and against real programs where one can run.
#![allow(clippy::unwrap_used, reason = "clippy takes only test functions for tests")]

mod apprise_program;
mod delivery;
mod journal;
mod mail;
mod matrix_server;
mod ntfy_server;
mod program;
mod server;
mod services;
mod tls;
mod web;

use std::io::Write;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nightkeep::config::{ChannelConfig, ChannelKind};
use nightkeep::model::{Message, MessageItem, Notice, Severity, TellKind};
use nightkeep::notify::{self, SendError};

/// The time of the tests.
fn now() -> Timestamp {
    "2026-11-23T01:15:00Z".parse().unwrap()
}

fn notice() -> Notice {
    let since = now() - SignedDuration::from_mins(4);
    let item = MessageItem {
        alert: 17,
        rule: String::from("unit-failed"),
        subject: String::from("unit:caddy.service"),
        severity: Severity::Critical,
        summary: String::from("caddy.service <failed> & „exit 1“"),
        since,
        until: None,
        evidence: vec![String::from("bind: address already in use <!channel>")],
        next: String::from("journalctl -u caddy.service -n 50"),
        held: None,
    };
    let message = Message {
        id: 40,
        at: now(),
        kind: TellKind::Raised,
        severity: Severity::Critical,
        host: String::from("web1"),
        title: String::from("CRITICAL web1: caddy.service <failed> & „exit 1“"),
        items: vec![item],
        replies_to: Vec::new(),
    };
    Notice { key: String::from("40-test"), channel: String::from("test"), message }
}

/// The recovery of `notice`.
fn recovery() -> Notice {
    let mut notice = notice();
    notice.key = String::from("41-test");
    notice.message.id = 41;
    notice.message.kind = TellKind::Recovered;
    notice.message.items[0].until = Some(now());
    notice.message.replies_to = vec![40];
    notice
}

/// A message far longer than any channel takes.
fn huge() -> Notice {
    let mut notice = notice();
    let item = notice.message.items[0].clone();
    notice.message.items = (0..500)
        .map(|alert| {
            let mut item = item.clone();
            item.alert = alert;
            item.summary = format!("„{alert}“ {}", "ä".repeat(280));
            item.evidence = vec!["<ö>".repeat(60); 3];
            item
        })
        .collect();
    notice
}

fn send_within(
    kind: ChannelKind,
    notice: &Notice,
    now: Timestamp,
    timeout: SignedDuration,
) -> Result<(), SendError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let channel = ChannelConfig { kind, timeout };
    let result = runtime.block_on(notify::send(&channel, notice, now, &TimeZone::UTC));
    // Name look-ups run in a thread that cannot be stopped.
    runtime.shutdown_timeout(Duration::ZERO);
    result.map(|_| ())
}

fn send(kind: ChannelKind, notice: &Notice) -> Result<(), SendError> {
    send_within(kind, notice, now(), SignedDuration::from_secs(20))
}

/// The word for an outcome and, for `later`, the seconds asked for.
fn outcome(result: &Result<(), SendError>) -> (&'static str, Option<i64>) {
    match result {
        Ok(()) => ("ok", None),
        Err(SendError::Later { after, .. }) => ("later", after.map(|after| after.as_secs())),
        Err(SendError::Unclear { .. }) => ("unclear", None),
        Err(SendError::Never { .. }) => ("never", None),
    }
}

/// Says loudly why a test with a real program did not run.
fn skipped(what: &str, mend: &str) {
    // Not by `eprintln!`, whose words a test that passes swallows.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} is not here; {mend}");
}
