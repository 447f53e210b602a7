//! A message as plain text: short lines, what matters first.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{is_late, is_summary};
use crate::model::{Message, MessageItem, Severity, TellKind};
use crate::notify::words;

/// Alerts shown in full, and those shown as one line after them.
const IN_FULL: usize = 5;
const SHORT: usize = 20;
/// Lines of a summary of older messages.
const OLDER: usize = 30;

/// The text of a message as it is read at `now`, times in `tz`.
pub fn plain(message: &Message, now: Timestamp, tz: &TimeZone) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = if is_summary(message) {
        summary(&mut text, message, now, tz)
    } else if message.kind == TellKind::Digest {
        digest(&mut text, message)
    } else if message.items.is_empty() && message.kind == TellKind::Recovered {
        writeln!(
            text,
            "Nothing was sent here for long, so this shows that it still works.\n\
             What nightkeep on {} sees now:\nnightkeep status",
            message.host
        )
    } else if message.items.is_empty() {
        writeln!(text, "This is a test: nightkeep on {} reaches you here.", message.host)
    } else {
        alerts(&mut text, message, now, tz)
    };
    text
}

fn alerts(text: &mut String, message: &Message, now: Timestamp, tz: &TimeZone) -> std::fmt::Result {
    if is_late(message, now) {
        let happened = match (message.kind, message.items.as_slice()) {
            (TellKind::Raised, [one]) => one.since,
            _ => message.at,
        };
        let ago = words::span(now.duration_since(happened));
        let at = words::moment(happened, now, tz);
        writeln!(text, "This comes late: it happened at {at}, {ago} ago.")?;
        if message.kind != TellKind::Recovered {
            writeln!(text, "How it is now: nightkeep alerts")?;
        }
        writeln!(text)?;
    }
    let (full, rest) = message.items.split_at(message.items.len().min(IN_FULL));
    for (place, item) in full.iter().enumerate() {
        if place > 0 {
            writeln!(text, "\n———\n")?;
        }
        alert(text, message, item, now, tz)?;
    }
    if !rest.is_empty() {
        writeln!(text, "\n———\n")?;
    }
    for item in rest.iter().take(SHORT) {
        writeln!(text, "- {} ({}, alert {})", item.summary, item.severity, item.alert)?;
    }
    if rest.len() > SHORT {
        writeln!(text, "… and {} more: nightkeep alerts", rest.len() - SHORT)?;
    }
    Ok(())
}

fn alert(
    text: &mut String,
    message: &Message,
    item: &MessageItem,
    now: Timestamp,
    tz: &TimeZone,
) -> std::fmt::Result {
    writeln!(text, "{}\n", item.summary)?;
    let since = words::moment_in_zone(item.since, now, tz);
    if let (TellKind::Recovered, Some(until)) = (message.kind, item.until) {
        let lasted = words::span(until.duration_since(item.since));
        let until = words::moment_in_zone(until, now, tz);
        writeln!(text, "Over on {}. It was {}", message.host, level(item.severity))?;
        writeln!(text, "from {since}\nto {until} ({lasted}).")?;
        if message.replies_to.is_empty() {
            writeln!(text, "The message that it began did not get through.")?;
        }
        return Ok(());
    }
    let ago = words::span(now.duration_since(item.since));
    let still = if message.kind == TellKind::Reminder { "still " } else { "" };
    let level = format!("{still}{}", level(item.severity));
    let (first, others) = level.split_at(1);
    writeln!(text, "{}{others} on {}", first.to_uppercase(), message.host)?;
    writeln!(text, "since {since}, {ago} ago.")?;
    if let Some(held) = &item.held {
        writeln!(text, "Held back until now by {held}.")?;
    }
    if !item.evidence.is_empty() {
        writeln!(text)?;
    }
    for line in &item.evidence {
        writeln!(text, "> {line}")?;
    }
    if !item.next.is_empty() {
        writeln!(text, "\nNext:\n{}", item.next)?;
    }
    if message.kind == TellKind::Acknowledged {
        return writeln!(text, "\nSomebody takes care of it: no more reminders.");
    }
    writeln!(text, "\nTo stop reminders:\nnightkeep alerts ack {}", item.alert)
}

fn digest(text: &mut String, message: &Message) -> std::fmt::Result {
    for (place, item) in message.items.iter().enumerate() {
        if place > 0 {
            writeln!(text)?;
        }
        writeln!(text, "{}", item.summary.to_uppercase())?;
        for line in &item.evidence {
            writeln!(text, "- {line}")?;
        }
    }
    Ok(())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "for information",
        Severity::Warning => "a warning",
        Severity::Critical => "critical",
    }
}

fn summary(
    text: &mut String,
    message: &Message,
    now: Timestamp,
    tz: &TimeZone,
) -> std::fmt::Result {
    writeln!(text, "This channel failed for a while. What it did not take then:\n")?;
    let hidden = message.items.len().saturating_sub(OLDER);
    if hidden > 0 {
        writeln!(text, "… and older ones")?;
    }
    for item in &message.items[hidden..] {
        writeln!(text, "- {} {}", words::moment(item.since, now, tz), item.summary)?;
    }
    writeln!(text, "\nHow it is now:\nnightkeep alerts")
}
