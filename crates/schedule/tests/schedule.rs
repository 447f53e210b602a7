//! Schedules of any kind: what a text is taken for, and that time goes on.

#![allow(clippy::unwrap_used)]

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nightkeep_schedule::{Cron, Schedule};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn five_words_in_a_line_are_cron() {
    assert!(matches!(Schedule::guess("*/5 * * * *\n"), Ok(Schedule::Cron(_))));
    assert!(matches!(Schedule::guess("*:0/5"), Ok(Schedule::OnCalendar(_))));
    assert!(matches!(Schedule::guess("daily\nweekly"), Ok(Schedule::OnCalendar(_))));
    // Five words, but in two lines.
    assert!(matches!(Schedule::guess("Mon 12:00 UTC\nTue 12:00"), Ok(Schedule::OnCalendar(_))));
    assert!(Schedule::guess("").is_err());
}

#[test]
fn what_never_comes_is_refused() {
    let never = |text| Schedule::guess(text).unwrap_err().problem;
    assert_eq!(never("02-30"), "`02-30` never comes");
    assert_eq!(never("0 0 */30 2 1L"), "`0 0 */30 2 1L` never comes");
    assert_eq!(never("1999-01-01"), "`1999-01-01` never comes");
    // What has passed is accepted, as in Healthchecks.
    assert!(Schedule::guess("2001-01-01").is_ok());
}

#[test]
fn a_period_counts_from_the_last_time() {
    let hours = Schedule::Period(SignedDuration::from_mins(90));
    let next = hours.next(at("2026-01-01T00:00:00Z"), &TimeZone::UTC);
    assert_eq!(next, Some(at("2026-01-01T01:30:00Z")));
    assert_eq!(hours.to_string(), "1h 30m");
    assert_eq!(
        Schedule::Period(SignedDuration::ZERO).next(Timestamp::UNIX_EPOCH, &TimeZone::UTC),
        None
    );
    assert_eq!(hours.next(Timestamp::MAX, &TimeZone::UTC), None);
}

/// The clock shows 02:30 for the second time: 02:45 was due half an hour ago and is done.
#[test]
fn next_is_later_where_healthchecks_is_not() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let done = at("2026-10-25T01:30:00Z");
    let healthchecks = Cron::parse("45 2 * * *").unwrap().next(done, &zone);
    assert_eq!(healthchecks, Some(at("2026-10-25T00:45:00Z")));
    for text in ["45 2 * * *", "02:45", "02:45 Europe/Berlin\n02:45"] {
        let next = Schedule::guess(text).unwrap().next(done, &zone);
        assert_eq!(next, Some(at("2026-10-26T01:45:00Z")), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn next_is_always_later(
        text in prop_oneof![
            "[*]|[0-5]?[0-9] [*]|1?[0-9] [*]|[12]?[1-8] [*]|[1-9] [*]|[0-6]",
            "([*]|1?[0-9]):([*]|[0-5]?[0-9]):([*]|[0-5]?[0-9])( Pacific/Chatham)?(\n02:30 Europe/Dublin)?",
            "(Mon|Sat,Sun|Tue..Fri) ([*]|[1-9])-([*]|[12]?[1-8]) [*]:30",
        ],
        seconds in -3_000_000_000_i64..6_000_000_000,
        name in prop_oneof![
            Just("Europe/Berlin"), Just("Australia/Lord_Howe"), Just("Pacific/Chatham"),
            Just("America/Sao_Paulo"), Just("America/Juneau"), Just("Pacific/Apia"),
        ],
        near in any::<bool>(),
    ) {
        let zone = TimeZone::get(name).unwrap();
        let mut after = Timestamp::from_second(seconds).unwrap();
        // Half the times in the hours after a change of the clock.
        if near && let Some(change) = zone.following(after).next() {
            after = change.timestamp() + SignedDuration::from_secs(seconds.rem_euclid(5400));
        }
        if let Ok(schedule) = Schedule::guess(&text)
            && let Some(next) = schedule.next(after, &zone)
        {
            prop_assert!(next > after, "{text:?} {name} {after}: {next}");
        }
    }
}
