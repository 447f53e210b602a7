//! The texts as they are read.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp};

use super::{one_line, plain, render, test};
use crate::model::{AlertKey, HeldBy, Item, RuleName, Severity, Subject, Tell, TellKind};

fn zone() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::fixed(offset(1)))
}

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-23T01:14:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn caddy() -> Item {
    Item {
        key: AlertKey {
            rule: RuleName::UnitFailed,
            subject: Subject::Unit(String::from("caddy.service")),
        },
        id: 17,
        severity: Severity::Critical,
        since: at(0),
        until: None,
        summary: String::from("caddy.service failed: exit status 1"),
        next: String::from("journalctl -u caddy.service -n 50"),
        first_tell: 40,
        held: None,
    }
}

fn disk() -> Item {
    Item {
        key: AlertKey { rule: RuleName::DiskUsed, subject: Subject::Mount(String::from("/var")) },
        id: 18,
        severity: Severity::Warning,
        since: at(-20),
        until: None,
        summary: String::from("/var is 86 % full, 1.4 GiB left"),
        next: String::from("du -xh --max-depth=2 /var | sort -h | tail"),
        first_tell: 40,
        held: None,
    }
}

fn shown(id: u64, kind: TellKind, items: Vec<Item>, told: i64, read: i64) -> String {
    let evidence = BTreeMap::from([(
        caddy().key,
        [
            "02:13:58 caddy[4711]: loading config",
            "02:13:59 caddy[4711]: bind: address already in use\u{1b}[31m\u{202e}\r\nOK",
            "02:14:00 systemd[1]: caddy.service: Failed with result 'exit-code'.",
            "a fourth line",
        ]
        .map(String::from)
        .to_vec(),
    )]);
    let tell = Tell { at: at(told), id, kind, channels: Vec::new(), items };
    let message = render(&tell, "web1", &zone(), &evidence);
    let title = one_line(&message, at(read), &zone());
    assert!(title.chars().count() <= 80, "{title}");
    format!("[{title}]\n{}", plain(&message, at(read), &zone()))
}

#[test]
fn trouble() {
    assert_snapshot!(shown(40, TellKind::Raised, vec![caddy()], 1, 1), @r#"
    [CRITICAL web1: caddy.service failed: exit status 1]
    caddy.service failed: exit status 1

    Critical on web1
    since 02:14 CET, 1 min ago.

    > 02:13:58 caddy[4711]: loading config
    > 02:13:59 caddy[4711]: bind: address already in use OK
    > 02:14:00 systemd[1]: caddy.service: Failed with result 'exit-code'.

    Next:
    journalctl -u caddy.service -n 50

    To stop reminders:
    nightkeep alerts ack 17
    "#);
}

#[test]
fn trouble_told_late() {
    let held = HeldBy::Silence { id: 1, author: "ann".into(), reason: "new kernel".into() };
    let item = Item { held: Some(held), ..caddy() };
    assert_snapshot!(shown(40, TellKind::Raised, vec![item], 1, 181), @r#"
    [At 02:15: CRITICAL web1: caddy.service failed: exit status 1]
    This comes late: it happened at 02:14, 3 h 1 min ago.
    How it is now: nightkeep alerts

    caddy.service failed: exit status 1

    Critical on web1
    since 02:14 CET, 3 h 1 min ago.
    Held back until now by a silence by ann: new kernel.

    > 02:13:58 caddy[4711]: loading config
    > 02:13:59 caddy[4711]: bind: address already in use OK
    > 02:14:00 systemd[1]: caddy.service: Failed with result 'exit-code'.

    Next:
    journalctl -u caddy.service -n 50

    To stop reminders:
    nightkeep alerts ack 17
    "#);
}

#[test]
fn reminder_on_another_day() {
    assert_snapshot!(shown(41, TellKind::Reminder, vec![disk()], 1620, 1620), @r#"
    [Warning web1: still, since Mon 01:54: /var is 86 % full, 1.4 GiB left]
    /var is 86 % full, 1.4 GiB left

    Still a warning on web1
    since Mon 01:54 CET, 27 h ago.

    Next:
    du -xh --max-depth=2 /var | sort -h | tail

    To stop reminders:
    nightkeep alerts ack 18
    "#);
}

#[test]
fn recovery() {
    let item = Item {
        until: Some(at(4)),
        summary: String::from("caddy.service is active again"),
        ..caddy()
    };
    assert_snapshot!(shown(42, TellKind::Recovered, vec![item], 5, 5), @r#"
    [OK web1: caddy.service is active again (after 4 min)]
    caddy.service is active again

    Over on web1. It was critical
    from 02:14 CET
    to 02:18 CET (4 min).
    "#);
}

#[test]
fn several() {
    assert_snapshot!(shown(40, TellKind::Raised, vec![caddy(), disk()], 1, 1), @r#"
    [CRITICAL web1: 2 troubles: caddy.service failed: exit status 1; /var is 86 % fu…]
    caddy.service failed: exit status 1

    Critical on web1
    since 02:14 CET, 1 min ago.

    > 02:13:58 caddy[4711]: loading config
    > 02:13:59 caddy[4711]: bind: address already in use OK
    > 02:14:00 systemd[1]: caddy.service: Failed with result 'exit-code'.

    Next:
    journalctl -u caddy.service -n 50

    To stop reminders:
    nightkeep alerts ack 17

    ———

    /var is 86 % full, 1.4 GiB left

    A warning on web1
    since 01:54 CET, 21 min ago.

    Next:
    du -xh --max-depth=2 /var | sort -h | tail

    To stop reminders:
    nightkeep alerts ack 18
    "#);
}

#[test]
fn very_many() {
    let items = (0..40).map(|id| Item { id, ..disk() }).collect();
    let text = shown(40, TellKind::Worse, items, 1, 1);
    assert!(text.starts_with("[Warning web1: 40 got worse: /var is 86 % full"), "{text}");
    assert!(text.ends_with("… and 15 more: nightkeep alerts\n"), "{text}");
}

#[test]
fn a_long_recovery_keeps_how_long_it_lasted() {
    let summary = "x".repeat(200);
    let item = Item { until: Some(at(4)), summary, ..caddy() };
    let text = shown(42, TellKind::Recovered, vec![item], 5, 5);
    assert!(text.lines().next().unwrap().ends_with("x… (after 4 min)]"), "{text}");
}

#[test]
fn a_test_message() {
    let message = test("web1", at(0));
    assert_snapshot!(format!("[{}]\n{}", message.title, plain(&message, at(0), &zone())), @r#"
    [Test from web1: nightkeep reaches you here]
    This is a test: nightkeep on web1 reaches you here.
    "#);
}
