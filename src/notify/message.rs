//! The one rendering of a message, as someone reads it at three in the morning. Pure.

#[cfg(test)]
mod golden;
mod plain;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::words;
use crate::model::{AlertKey, HeldBy, Item, Message, MessageItem, Severity, Tell, TellKind};

pub use plain::plain;

/// Characters a lock screen shows of a title.
pub(super) const TITLE: usize = 80;
/// A message older than this says that it is late.
const LATE: SignedDuration = SignedDuration::from_mins(5);
/// Longest texts of one alert, in characters.
const SUMMARY: usize = 300;
const LINE: usize = 200;
const COMMAND: usize = 400;
/// Lines of evidence of one alert.
pub const EVIDENCE: usize = 3;

/// Renders what the judge wants told. `tz` is the zone of times in the title; `evidence` holds
/// lines for some of the alerts.
pub fn render(
    tell: &Tell,
    host: &str,
    tz: &TimeZone,
    evidence: &BTreeMap<AlertKey, Vec<String>>,
) -> Message {
    let host = words::clean(host, 64);
    let items: Vec<MessageItem> = tell
        .items
        .iter()
        .map(|item| message_item(item, evidence.get(&item.key).map_or(&[], Vec::as_slice)))
        .collect();
    let severity = items.iter().map(|item| item.severity).max().unwrap_or(Severity::Info);
    let mut replies_to: Vec<u64> = tell
        .items
        .iter()
        .map(|item| item.first_tell)
        .filter(|first| *first != 0 && *first != tell.id)
        .collect();
    replies_to.sort_unstable();
    replies_to.dedup();
    Message {
        id: tell.id,
        at: tell.at,
        kind: tell.kind,
        severity,
        title: title(tell.kind, severity, &host, &items, tell.at, tz),
        host,
        items,
        replies_to,
    }
}

/// The message of `nightkeep alerts test`: it has the id 0 and no alerts.
pub fn test(host: &str, at: Timestamp) -> Message {
    let host = words::clean(host, 64);
    Message {
        id: 0,
        at,
        kind: TellKind::Raised,
        severity: Severity::Info,
        title: words::cut(&format!("Test from {host}: nightkeep reaches you here"), TITLE),
        host,
        items: Vec::new(),
        replies_to: Vec::new(),
    }
}

/// The message to a channel that heard nothing for `quiet`: like a test, but nobody waits for it,
/// and it makes no sound.
pub fn quiet_test(host: &str, quiet: SignedDuration, at: Timestamp) -> Message {
    let test = test(host, at);
    let quiet = words::span(quiet);
    let title = format!("Test from {}: {quiet} without a message, and it still works", test.host);
    Message { kind: TellKind::Recovered, title: words::cut(&title, TITLE), ..test }
}

/// Evidence was taken: the hash of its manifest, for a place that an intruder cannot write to.
pub fn evidence(host: &str, at: Timestamp, place: &Path, manifest: &str) -> Message {
    let lines = vec![
        format!("SHA-256 of SHA256SUMS: {manifest}"),
        format!("on {host}: {}", place.display()),
    ];
    let title = format!("{}: evidence was taken", words::clean(host, 64));
    digest(host, &title, at, vec![Section::new("keep this message", lines)])
}

/// One part of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub name: &'static str,
    /// What it says, line by line.
    pub lines: Vec<String>,
}

impl Section {
    /// A section of these lines.
    pub fn new(name: &'static str, lines: Vec<String>) -> Self {
        Self { name, lines }
    }
}

/// A digest: it makes no sound, and each section is an item without an alert.
pub fn digest(host: &str, title: &str, at: Timestamp, sections: Vec<Section>) -> Message {
    let item = |section: Section| MessageItem {
        alert: 0,
        rule: TellKind::Digest.as_str().to_owned(),
        subject: String::from("host"),
        severity: Severity::Info,
        summary: section.name.to_owned(),
        since: at,
        until: None,
        evidence: section.lines.iter().map(|line| words::clean(line, LINE)).collect(),
        next: String::new(),
        held: None,
    };
    Message {
        id: 0,
        at,
        kind: TellKind::Digest,
        severity: Severity::Info,
        host: words::clean(host, 64),
        title: words::clean(title, TITLE),
        items: sections.into_iter().map(item).collect(),
        replies_to: Vec::new(),
    }
}

/// The title; with the time before it if the message comes late. At most 80 characters.
pub fn one_line(message: &Message, now: Timestamp, tz: &TimeZone) -> String {
    // A recovery that replies to nothing has its times in the title.
    let dated = message.kind == TellKind::Recovered && message.replies_to.is_empty();
    if is_late(message, now) && !dated {
        let at = words::moment(message.at, now, tz);
        words::cut(&format!("At {at}: {}", message.title), TITLE)
    } else {
        message.title.clone()
    }
}

fn is_late(message: &Message, now: Timestamp) -> bool {
    !is_summary(message) && now.duration_since(message.at) > LATE
}

/// One message for many that waited too long: its items are their titles and times, and carry
/// no alert number.
pub(super) fn is_summary(message: &Message) -> bool {
    let listed = |item: &MessageItem| item.alert == 0;
    message.kind != TellKind::Digest
        && !message.items.is_empty()
        && message.items.iter().all(listed)
}

fn message_item(item: &Item, evidence: &[String]) -> MessageItem {
    MessageItem {
        alert: item.id,
        rule: item.key.rule.as_str().to_owned(),
        subject: words::clean(&item.key.subject.to_string(), LINE),
        severity: item.severity,
        summary: words::clean(&item.summary, SUMMARY),
        since: item.since,
        until: item.until,
        evidence: evidence
            .iter()
            .map(|line| words::clean(line, LINE))
            .filter(|line| !line.is_empty())
            .take(EVIDENCE)
            .collect(),
        next: words::clean(&item.next, COMMAND),
        held: item.held.as_ref().map(|by| words::clean(&held(by), LINE)),
    }
}

pub(crate) fn held(by: &HeldBy) -> String {
    match by {
        HeldBy::Silence { author, reason, .. } if reason.is_empty() => {
            format!("a silence by {author}")
        }
        HeldBy::Silence { author, reason, .. } => format!("a silence by {author}: {reason}"),
        HeldBy::Maintenance { name } => format!("maintenance “{name}”"),
        HeldBy::Parent { key } => format!("{key}, which explained it"),
        HeldBy::Acknowledged { author } => format!("an acknowledgement by {author}"),
        HeldBy::Over => String::from("its own end"),
        HeldBy::NoRoute => String::from("a route that named no channel then"),
    }
}

/// The severity as a lock screen shouts it.
fn shout(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Info",
        Severity::Warning => "Warning",
        Severity::Critical => "CRITICAL",
    }
}

fn title(
    kind: TellKind,
    severity: Severity,
    host: &str,
    items: &[MessageItem],
    now: Timestamp,
    tz: &TimeZone,
) -> String {
    let level = match kind {
        TellKind::Recovered => "OK",
        TellKind::Acknowledged => "Seen",
        _ => shout(severity),
    };
    let said = match items {
        [one] => {
            let what = &one.summary;
            match kind {
                TellKind::Raised | TellKind::Acknowledged | TellKind::Digest => what.clone(),
                TellKind::Worse => format!("worse: {what}"),
                TellKind::Reminder => {
                    format!("still, since {}: {what}", words::moment(one.since, now, tz))
                }
                TellKind::Recovered => {
                    let lasted = one.until.unwrap_or(now).duration_since(one.since);
                    let tail = format!(" (after {})", words::span(lasted));
                    let room = TITLE - "OK : ".len() - host.chars().count().min(TITLE / 2);
                    let room = room.saturating_sub(tail.chars().count());
                    format!("{}{tail}", words::cut(what, room))
                }
            }
        }
        many => {
            let count = many.len();
            let all = many.iter().map(|item| item.summary.as_str()).collect::<Vec<_>>().join("; ");
            match kind {
                TellKind::Raised | TellKind::Acknowledged | TellKind::Digest => {
                    format!("{count} troubles: {all}")
                }
                TellKind::Worse => format!("{count} got worse: {all}"),
                TellKind::Reminder => format!("{count} still so: {all}"),
                TellKind::Recovered => format!("{count} are over: {all}"),
            }
        }
    };
    words::cut(&format!("{level} {host}: {said}"), TITLE)
}

/// The title of a recovery whose alert did not get through.
pub(super) fn over_title(message: &Message, now: Timestamp, tz: &TimeZone) -> String {
    let host = &message.host;
    let title = match message.items.as_slice() {
        [one] => {
            let from = words::moment(one.since, now, tz);
            let until = words::moment(one.until.unwrap_or(message.at), now, tz);
            let tail = format!(" ({from} to {until})");
            let room = TITLE.saturating_sub(tail.chars().count());
            words::cut(&format!("Over on {host}: {}", one.summary), room) + &tail
        }
        many => {
            let all = many.iter().map(|item| item.summary.as_str()).collect::<Vec<_>>().join("; ");
            format!("Over on {host}: {} troubles: {all}", many.len())
        }
    };
    words::cut(&title, TITLE)
}
