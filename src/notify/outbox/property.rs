//! What must hold of any queue, and the two ways it shrinks by example.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::model::{Message, MessageItem, Severity, TellKind};
use crate::notify::message::{is_summary, one_line, plain};

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn item(alert: u64, severity: Severity, kind: TellKind, minute: i64) -> MessageItem {
    let ended = kind == TellKind::Recovered;
    MessageItem {
        alert,
        rule: String::from("unit-failed"),
        subject: format!("unit:a{alert}.service"),
        severity,
        summary: format!("a{alert}.service {}", if ended { "is active again" } else { "failed" }),
        since: at(0),
        until: ended.then(|| at(minute)),
        evidence: Vec::new(),
        next: String::from("journalctl -n 50"),
        held: None,
    }
}

/// The message number `id` is decided at the minute `id`.
fn parcel(id: u64, kind: TellKind, severity: Severity, alerts: &[u64]) -> Parcel {
    let minute = id.cast_signed();
    let items: Vec<_> = alerts.iter().map(|alert| item(*alert, severity, kind, minute)).collect();
    let message = Message {
        id,
        at: at(minute),
        kind,
        severity,
        host: String::from("web1"),
        title: format!("web1: {}", items[0].summary),
        items,
        replies_to: if kind == TellKind::Recovered { vec![1] } else { Vec::new() },
    };
    let notice = Notice { key: format!("{id}-mail"), channel: String::from("mail"), message };
    Parcel::new(notice, 1, at(minute))
}

fn covered(queue: &[Parcel]) -> Vec<String> {
    let mut keys: Vec<_> = queue.iter().flat_map(|parcel| parcel.covers.clone()).collect();
    keys.sort();
    keys
}

fn queues() -> impl Strategy<Value = Vec<Parcel>> {
    let kind = prop_oneof![
        Just(TellKind::Raised),
        Just(TellKind::Reminder),
        Just(TellKind::Worse),
        Just(TellKind::Recovered)
    ];
    let severity =
        prop_oneof![Just(Severity::Info), Just(Severity::Warning), Just(Severity::Critical)];
    let alerts = prop::collection::btree_set(1_u64..12, 1..4);
    prop::collection::vec((kind, severity, alerts), 0..30).prop_map(|messages| {
        let parcels = messages.into_iter().zip(1..).map(|((kind, severity, alerts), id)| {
            parcel(id, kind, severity, &alerts.into_iter().collect::<Vec<_>>())
        });
        parcels.collect()
    })
}

proptest! {
    #[test]
    fn shrinking_loses_nothing_and_keeps_what_matters(queue in queues(), failing: bool) {
        let shrunk = shrink(queue.clone(), failing, at(60), &TimeZone::UTC);
        prop_assert_eq!(covered(&shrunk), covered(&queue));
        prop_assert_eq!(&shrink(shrunk.clone(), false, at(60), &TimeZone::UTC), &shrunk);
        if failing {
            prop_assert!(shrunk.len() <= 3 + 10 + 1, "{} left", shrunk.len());
        }
        // A critical alert that is not over is still told by itself.
        let ended: BTreeSet<u64> = queue
            .iter()
            .filter(|parcel| parcel.notice.message.kind == TellKind::Recovered)
            .flat_map(|parcel| parcel.notice.message.items.iter().map(|item| item.alert))
            .collect();
        let open = queue.iter().rev().filter(|parcel| {
            let message = &parcel.notice.message;
            message.severity == Severity::Critical
                && matches!(message.kind, TellKind::Raised | TellKind::Worse)
                && message.items.iter().all(|item| !ended.contains(&item.alert))
        });
        for parcel in open.take(10) {
            prop_assert!(shrunk.iter().any(|left| left.notice == parcel.notice));
        }
        for parcel in &shrunk {
            prop_assert!(parcel.notice.message.title.chars().count() <= 80);
        }
    }

    #[test]
    fn everything_is_sent_and_no_alert_is_overtaken(
        queue in queues(),
        failures in prop::collection::vec(any::<bool>(), 0..60),
    ) {
        let (mut queue, mut now, mut sent) = (queue, at(60), Vec::new());
        let mut failures = failures.into_iter();
        let all = covered(&queue);
        while let Some(due) = next_due(&queue) {
            now = now.max(due);
            queue = shrink(queue, true, now, &TimeZone::UTC);
            let Some(place) = next(&queue, now) else { continue };
            let mut parcel = queue.remove(place);
            if failures.next() == Some(true) {
                parcel.attempts += 1;
                parcel.due = now + backoff(&parcel.notice.key, parcel.attempts, None);
                queue.push(parcel);
            } else {
                sent.push(parcel);
            }
        }
        prop_assert_eq!(covered(&sent), all);
        for (place, later) in sent.iter().enumerate() {
            for earlier in &sent[..place] {
                prop_assert!(age(earlier) < age(later) || !earlier.shares_an_alert_with(later));
            }
        }
    }

    #[test]
    fn waits_stay_within_bounds(key: String, attempts in 1_u32..5000, asked in 0_i64..100_000) {
        let wait = backoff(&key, attempts, None).as_secs();
        prop_assert!((4..=990).contains(&wait), "{wait}");
        let asked = SignedDuration::from_secs(asked);
        prop_assert!(backoff(&key, attempts, Some(asked)) >= asked.min(LONGEST_ASKED));
    }
}

#[test]
fn an_alert_and_its_end_are_one_message() {
    let queue = vec![
        parcel(1, TellKind::Raised, Severity::Critical, &[7]),
        parcel(2, TellKind::Reminder, Severity::Critical, &[7]),
        parcel(9, TellKind::Recovered, Severity::Critical, &[7]),
    ];
    let shrunk = shrink(queue, true, at(30), &TimeZone::UTC);
    assert_eq!(shrunk.len(), 1);
    assert_eq!(shrunk[0].covers, ["1-mail", "2-mail", "9-mail"]);
    let message = &shrunk[0].notice.message;
    insta::assert_snapshot!(
        format!("[{}]\n{}", one_line(message, at(30), &TimeZone::UTC), plain(message, at(30), &TimeZone::UTC)),
        @r#"
        [Over on web1: a7.service failed (01:00 to 01:09)]
        This comes late: it happened at 01:09, 21 min ago.

        a7.service failed

        Over on web1. It was critical
        from 01:00 UTC
        to 01:09 UTC (9 min).
        The message that it began did not get through.
        "#
    );
}

#[test]
fn the_end_of_only_a_part_is_told_for_itself() {
    let queue = vec![
        parcel(1, TellKind::Raised, Severity::Warning, &[7, 8]),
        parcel(9, TellKind::Recovered, Severity::Warning, &[7]),
    ];
    assert_eq!(shrink(queue.clone(), true, at(30), &TimeZone::UTC), queue);
}

#[test]
fn old_messages_become_a_list() {
    let mut queue: Vec<_> =
        (1..=9).map(|id| parcel(id, TellKind::Raised, Severity::Warning, &[id])).collect();
    queue[1] = parcel(2, TellKind::Raised, Severity::Critical, &[2]);
    let shrunk = shrink(queue, true, at(30), &TimeZone::UTC);
    let keys: Vec<_> = shrunk.iter().map(|parcel| parcel.notice.key.as_str()).collect();
    assert_eq!(keys, ["2-mail", "older-641e7f1c1d568d0a-mail", "7-mail", "8-mail", "9-mail"]);
    let list = &shrunk[1];
    assert!(is_summary(&list.notice.message));
    insta::assert_snapshot!(
        format!("[{}]\n{}", list.notice.message.title, plain(&list.notice.message, at(30), &TimeZone::UTC)),
        @r#"
        [web1: 5 older messages that did not get through]
        This channel failed for a while. What it did not take then:

        - 01:01 web1: a1.service failed
        - 01:03 web1: a3.service failed
        - 01:04 web1: a4.service failed
        - 01:05 web1: a5.service failed
        - 01:06 web1: a6.service failed

        How it is now:
        nightkeep alerts
        "#
    );
}

#[test]
fn a_refusal_ends_it_and_unclear_answers_end_it_after_a_few() {
    let never = SendError::Never { why: String::new() };
    let unclear = SendError::Unclear { why: String::new() };
    let later = SendError::Later { why: String::new(), after: None };
    let fate = |error, attempts, now| fate("k", error, attempts, at(0), now);
    assert_eq!(fate(&never, 1, at(1)), Fate::GivenUp);
    assert!(matches!(fate(&unclear, 1, at(1)), Fate::Again(_)));
    assert_eq!(fate(&unclear, 5, at(1)), Fate::GivenUp);
    assert!(matches!(fate(&later, 500, at(6 * 24 * 60)), Fate::Again(_)));
    assert_eq!(fate(&later, 500, at(8 * 24 * 60)), Fate::GivenUp);
}
