//! The digest as a message. Pure.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Digest, Fired, Logins, Mount};
use crate::model::text::{bytes, clean, length, percent};
use crate::model::{Message, SourceName};
use crate::notify::message::{self, Section};
use crate::rule;

/// Lines of one section.
const LINES: usize = 12;
/// Addresses named of one account.
const ADDRESSES: usize = 4;
/// What grows less than this in a week is not worth a line ...
const GROWTH: f64 = 64.0 * 1024.0 * 1024.0;
/// ... nor is a date further away than this.
const FAR: f64 = 400.0;
const WEEK: f64 = 7.0 * 86_400.0;

/// The message about `from..until`.
pub fn message(
    digest: &Digest,
    host: &str,
    from: Timestamp,
    until: Timestamp,
    tz: &TimeZone,
) -> Message {
    let (burning, over): (Vec<&Fired>, Vec<&Fired>) =
        digest.alerts.iter().partition(|alert| alert.burns);
    let one = |alert: &&Fired| fired(alert, tz);
    let sections = [
        Section::new("Still so", burning.iter().map(one).collect()),
        Section::new("What happened", happened(digest, &over, tz)),
        Section::new("Who came in", came_in(digest)),
        Section::new("What grows", grows(digest)),
        Section::new("What was quiet", quiet(&digest.quiet)),
    ];
    let sections = sections.into_iter().filter(|section| !section.lines.is_empty());
    let short = sections.map(|section| shorten(section, until.duration_since(from))).collect();
    let said = title(digest, burning.len());
    message::digest(host, &format!("{} on {host}: {said}", period(from, until)), until, short)
}

/// `Week`, `Day`, `3 days`.
fn period(from: Timestamp, until: Timestamp) -> String {
    match (until.duration_since(from).as_secs() + 43_200) / 86_400 {
        0 => length(until.duration_since(from)),
        1 => String::from("Day"),
        7 => String::from("Week"),
        days => format!("{days} days"),
    }
}

fn title(digest: &Digest, burning: usize) -> String {
    let mut said = Vec::new();
    match (digest.alerts.len(), burning) {
        (0, _) => said.push(String::from("no alerts")),
        (count, 0) => said.push(format!("{}, all over", many(count, "alert", "alerts"))),
        (count, burning) => {
            said.push(format!("{}, {burning} still on", many(count, "alert", "alerts")));
        }
    }
    let logins: u32 = digest.logins.values().map(|account| account.count).sum();
    let unknown: u32 = digest.logins.values().map(|account| account.unknown).sum();
    if unknown > 0 {
        said.push(format!("{} ({unknown} new)", many(logins as usize, "login", "logins")));
    } else if logins > 0 {
        said.push(format!("{}, all known", many(logins as usize, "login", "logins")));
    }
    said.join("; ")
}

fn fired(alert: &Fired, tz: &TimeZone) -> String {
    let when = alert.first.to_zoned(tz.clone()).strftime("%a %-d %b %H:%M");
    let mut more = vec![alert.severity.to_string()];
    if alert.times > 1 {
        more.push(format!("{} times", alert.times));
    }
    if alert.burns {
        more.push(format!("for {}", length(alert.lasted)));
    } else if !rule::happens(alert.key.rule) {
        let all = if alert.times > 1 { " in all" } else { "" };
        more.push(format!("{}{all}", length(alert.lasted)));
    }
    format!("{when}  {} ({})", clean(&alert.summary, 120), more.join(", "))
}

fn happened(digest: &Digest, over: &[&Fired], tz: &TimeZone) -> Vec<String> {
    let mut lines: Vec<String> = over.iter().map(|alert| fired(alert, tz)).collect();
    if digest.reboots > 0 {
        let times = match digest.reboots {
            1 => String::from("once"),
            count => format!("{count} times"),
        };
        lines.push(format!("The machine was restarted {times}."));
    }
    if digest.unwatched > SignedDuration::from_mins(5) {
        lines.push(format!("nightkeep did not watch for {}.", length(digest.unwatched)));
    }
    for (channel, count) in &digest.undelivered {
        let count = many(*count, "message", "messages");
        lines.push(format!("{count} to channel {} did not get through.", clean(channel, 64)));
    }
    lines
}

fn came_in(digest: &Digest) -> Vec<String> {
    let mut lines: Vec<String> =
        digest.logins.iter().map(|(user, logins)| account(user, logins)).collect();
    let (now, before) = digest.failed;
    if now > 0 {
        let before = match before {
            Some(before) if before > 0 => format!(", before that {before}"),
            _ => String::new(),
        };
        lines.push(format!(
            "{} to log in{before}",
            many(now as usize, "failed try", "failed tries")
        ));
    }
    if digest.bans > 0 {
        lines.push(format!(
            "{} banned by fail2ban",
            many(digest.bans as usize, "address", "addresses")
        ));
    }
    lines
}

fn account(user: &str, logins: &Logins) -> String {
    let mut from: Vec<&str> = logins.addresses.iter().take(ADDRESSES).map(String::as_str).collect();
    let more = logins.addresses.len().saturating_sub(ADDRESSES);
    let more_of_them = format!("{more} more");
    if more > 0 {
        from.push(&more_of_them);
    }
    let new = if logins.unknown > 0 { format!(", {} new", logins.unknown) } else { String::new() };
    let count = many(logins.count as usize, "login", "logins");
    clean(&format!("{user}: {count}{new}, from {}", from.join(", ")), 160)
}

fn grows(digest: &Digest) -> Vec<String> {
    let mut lines: Vec<String> = digest.mounts.iter().filter_map(mount).collect();
    if let Some((now, Some(before))) = digest.memory
        && now - before >= 0.05
    {
        lines.push(format!("memory in use: {}, before that {}", percent(now), percent(before)));
    }
    if lines.is_empty() && !digest.mounts.is_empty() {
        let full = digest
            .mounts
            .iter()
            .map(|mount| format!("{} {}", clean(&mount.path, 60), percent(mount.share)));
        lines.push(format!("Nothing. Disks: {}", full.take(6).collect::<Vec<_>>().join(", ")));
    }
    lines
}

/// A mount that grew enough to be spoken of.
fn mount(mount: &Mount) -> Option<String> {
    let grown = mount.used.1 - mount.used.0;
    let seconds = mount.over.as_secs_f64();
    if seconds <= 0.0 || grown / seconds * WEEK < GROWTH {
        return None;
    }
    let days = mount.left / (grown / seconds) / 86_400.0;
    let full =
        if days < FAR { format!("; full in {days:.0} days if it goes on") } else { String::new() };
    Some(format!(
        "{} is {} full: {} more, {} left{full}",
        clean(&mount.path, 100),
        percent(mount.share),
        bytes(grown),
        bytes(mount.left)
    ))
}

fn quiet(sources: &[SourceName]) -> Vec<String> {
    if sources.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = sources.iter().map(|source| source.as_str()).collect();
    vec![names.join(", ")]
}

/// At most so many lines, and where the rest is.
fn shorten(mut section: Section, time: SignedDuration) -> Section {
    if section.lines.len() > LINES {
        let more = section.lines.len() - LINES;
        let days = (time.as_secs() / 86_400).max(1);
        section.lines.truncate(LINES);
        section.lines.push(format!("… and {more} more: nightkeep alerts --since {days}d"));
    }
    section
}

fn many(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
