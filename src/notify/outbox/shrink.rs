//! What waits for a channel that fails becomes less: an alert and its end become one message, and
//! of many old messages a list is told.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::{Parcel, age};
use crate::model::{Message, MessageItem, Notice, Severity, TellKind};
use crate::notify::{message, words};

/// Up to so many wait each for itself.
const MANY: usize = 5;
/// So many, even if the channel works (it is only slow).
const TOO_MANY: usize = 50;
/// The newest are told in full ...
const NEWEST: usize = 3;
/// ... and so many critical alerts that are not over.
const CRITICAL: usize = 10;
/// Lines a list keeps.
const LINES: usize = 200;

/// Makes the queue of one channel shorter, if it is too long. Nothing is lost: a parcel covers
/// the notices it stands for.
pub(crate) fn shrink(
    queue: Vec<Parcel>,
    failing: bool,
    now: Timestamp,
    tz: &TimeZone,
) -> Vec<Parcel> {
    let queue = join_ends(queue, now, tz);
    if (failing && queue.len() > MANY) || queue.len() > TOO_MANY { list_old(queue) } else { queue }
}

/// Joins each recovery with the messages that told of what it ends, where those wait as well.
pub(crate) fn join_ends(mut queue: Vec<Parcel>, now: Timestamp, tz: &TimeZone) -> Vec<Parcel> {
    queue.sort_by(|a, b| age(a).cmp(&age(b)));
    let mut place = 0;
    while place < queue.len() {
        let ends = &queue[place].notice.message;
        let over = alerts(ends);
        let before = |other: &Parcel| {
            let told = alerts(&other.notice.message);
            other.notice.message.kind != TellKind::Recovered
                && !told.is_empty()
                && told.iter().all(|alert| over.contains(alert))
        };
        let told: Vec<usize> = (0..place).filter(|other| before(&queue[*other])).collect();
        let is_raised = |alert: &u64| {
            told.iter().any(|other| {
                let message = &queue[*other].notice.message;
                message.kind == TellKind::Raised && alerts(message).contains(alert)
            })
        };
        if ends.kind != TellKind::Recovered || over.is_empty() || !over.iter().all(is_raised) {
            place += 1;
            continue;
        }
        let mut joined = queue[place].clone();
        joined.notice.message =
            whole_story(ends, told.iter().map(|other| &queue[*other].notice.message), now, tz);
        let mut covers = Vec::new();
        for other in told.iter().rev() {
            let earlier = queue.remove(*other);
            joined.due = joined.due.min(earlier.due);
            joined.attempts = joined.attempts.max(earlier.attempts);
            covers.splice(0..0, earlier.covers);
        }
        covers.append(&mut joined.covers);
        joined.covers = covers;
        place -= told.len();
        queue[place] = joined;
        place += 1;
    }
    queue
}

/// The recovery with the words of the alert, and no mail it replies to.
fn whole_story<'a>(
    ends: &Message,
    told: impl Iterator<Item = &'a Message>,
    now: Timestamp,
    tz: &TimeZone,
) -> Message {
    let mut whole = ends.clone();
    for earlier in told {
        for item in &mut whole.items {
            if let Some(before) = earlier.items.iter().find(|before| before.alert == item.alert) {
                item.summary.clone_from(&before.summary);
            }
        }
    }
    whole.replies_to.clear();
    whole.title = message::over_title(&whole, now, tz);
    whole
}

/// Turns all but the newest and the critical ones into one list.
fn list_old(queue: Vec<Parcel>) -> Vec<Parcel> {
    let ended: Vec<u64> = queue
        .iter()
        .map(|parcel| &parcel.notice.message)
        .filter(|message| message.kind == TellKind::Recovered)
        .flat_map(alerts)
        .collect();
    let is_open = |message: &Message| {
        message.kind != TellKind::Recovered
            && alerts(message).iter().any(|alert| !ended.contains(alert))
    };
    let newest = queue.len() - NEWEST;
    let mut criticals = 0;
    let (mut kept, mut old) = (Vec::new(), Vec::new());
    for (place, parcel) in queue.into_iter().enumerate().rev() {
        let message = &parcel.notice.message;
        let critical = matches!(message.kind, TellKind::Raised | TellKind::Worse)
            && message.severity == Severity::Critical
            && is_open(message);
        if place >= newest {
            kept.push(parcel);
        } else if critical && criticals < CRITICAL {
            criticals += 1;
            kept.push(parcel);
        } else {
            old.push(parcel);
        }
    }
    old.reverse();
    match old.len() {
        0 => {}
        1 => kept.append(&mut old),
        _ => kept.push(list(old, is_open)),
    }
    kept.sort_by(|a, b| age(a).cmp(&age(b)));
    kept
}

/// One parcel for all of `old` (at least two, oldest first).
fn list(old: Vec<Parcel>, is_open: impl Fn(&Message) -> bool) -> Parcel {
    let due = old.iter().map(|parcel| parcel.due).min().unwrap_or(Timestamp::MAX);
    let attempts = old.iter().map(|parcel| parcel.attempts).max().unwrap_or(0);
    let worst = old
        .iter()
        .map(|parcel| &parcel.notice.message)
        .filter(|message| {
            if message::is_summary(message) {
                message.kind != TellKind::Recovered
            } else {
                is_open(message)
            }
        })
        .map(|message| message.severity)
        .max();
    let newest = &old[old.len() - 1].notice;
    let (channel, host) = (newest.channel.clone(), newest.message.host.clone());
    let (id, at) = (newest.message.id, newest.message.at);
    let mut covers = Vec::new();
    let mut items = Vec::new();
    for mut parcel in old {
        covers.append(&mut parcel.covers);
        let message = parcel.notice.message;
        if message::is_summary(&message) {
            items.extend(message.items);
        } else {
            items.push(line(message));
        }
    }
    items.sort_by_key(|item| item.since);
    items.drain(..items.len().saturating_sub(LINES));
    let digest = Sha256::digest(covers.join("\n"));
    let hash = words::hex(&digest[..8]);
    let title = format!("{host}: {} older messages that did not get through", covers.len());
    let message = Message {
        id,
        at,
        kind: if worst.is_some() { TellKind::Raised } else { TellKind::Recovered },
        severity: worst.unwrap_or(Severity::Info),
        title: words::cut(&title, message::TITLE),
        host,
        items,
        replies_to: Vec::new(),
    };
    let notice = Notice { key: format!("older-{hash}-{channel}"), channel, message };
    Parcel { notice, covers, attempts, due }
}

fn line(message: Message) -> MessageItem {
    MessageItem {
        alert: 0,
        rule: String::new(),
        subject: String::new(),
        severity: message.severity,
        summary: message.title,
        since: message.at,
        until: None,
        evidence: Vec::new(),
        next: String::new(),
        held: None,
    }
}

/// The numbers of the alerts a message tells of; none for a list.
fn alerts(message: &Message) -> Vec<u64> {
    message.items.iter().map(|item| item.alert).filter(|alert| *alert != 0).collect()
}
