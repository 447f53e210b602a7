//! Windows of time in the owner's zone: hours of a day, maintenance. Spans begin and end at civil
//! times, so they stay right over changes of the clock.

use std::str::FromStr;

use croner::Cron;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::config::{Hours, Window};
use crate::rule::after;

const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Is it within these hours?
pub(super) fn within(hours: Hours, zone: &TimeZone, now: Timestamp) -> bool {
    spans(&EVERY_DAY, hours, zone, now).iter().any(|(from, until)| (*from..*until).contains(&now))
}

/// When these hours begin or end next.
pub(super) fn next_hour(hours: Hours, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    edge_after(&spans(&EVERY_DAY, hours, zone, now), now)
}

/// Is the window open?
pub(super) fn is_open(window: &Window, zone: &TimeZone, now: Timestamp) -> bool {
    match window {
        Window::Once { from, until } => (*from..*until).contains(&now),
        Window::Weekly { days, hours } => spans(days, *hours, zone, now)
            .iter()
            .any(|(from, until)| (*from..*until).contains(&now)),
        Window::Cron { expression, lasts } => {
            last_begin(expression, zone, now).is_some_and(|begin| now < after(begin, *lasts))
        }
    }
}

/// When the window opens or closes next.
pub(super) fn next_change(window: &Window, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    match window {
        Window::Once { from, until } => edge_after(&[(*from, *until)], now),
        Window::Weekly { days, hours } => edge_after(&spans(days, *hours, zone, now), now),
        Window::Cron { expression, lasts } => {
            let closes = last_begin(expression, zone, now).map(|begin| after(begin, *lasts));
            match closes {
                Some(closes) if closes > now => Some(closes),
                _ => Cron::from_str(expression)
                    .ok()?
                    .find_next_occurrence(&now.to_zoned(zone.clone()), false)
                    .ok()
                    .map(|next| next.timestamp())
                    .filter(|next| *next > now),
            }
        }
    }
}

/// The time the window is open now, or will be next.
pub(super) fn next_span(
    window: &Window,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    let coming = |spans: Vec<(Timestamp, Timestamp)>| {
        spans.into_iter().filter(|(_, until)| *until > now).min()
    };
    match window {
        Window::Once { from, until } => coming(vec![(*from, *until)]),
        Window::Weekly { days, hours } => coming(spans(days, *hours, zone, now)),
        Window::Cron { expression, lasts } => {
            let last = last_begin(expression, zone, now).map(|begin| (begin, after(begin, *lasts)));
            last.filter(|(_, until)| *until > now).or_else(|| {
                let begin = next_change(window, zone, now)?;
                Some((begin, after(begin, *lasts)))
            })
        }
    }
}

fn last_begin(expression: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let cron = Cron::from_str(expression).ok()?;
    let last = cron.find_previous_occurrence(&now.to_zoned(zone.clone()), true).ok()?;
    Some(last.timestamp()).filter(|last| *last <= now)
}

fn edge_after(spans: &[(Timestamp, Timestamp)], now: Timestamp) -> Option<Timestamp> {
    spans.iter().flat_map(|(from, until)| [*from, *until]).filter(|edge| *edge > now).min()
}

/// The spans that begin on these days, from yesterday to a week from now. Hours that end where
/// they begin last a whole day.
fn spans(
    days: &[Weekday],
    hours: Hours,
    zone: &TimeZone,
    now: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let today = now.to_zoned(zone.clone()).date();
    let overnight = i32::from(hours.until <= hours.from);
    (-1..=8)
        .filter_map(|offset: i32| {
            let day = today.checked_add(offset.days()).ok()?;
            let end = day.checked_add(overnight.days()).ok()?;
            if !days.contains(&day.weekday()) {
                return None;
            }
            Some((instant(day, hours.from, zone)?, instant(end, hours.until, zone)?))
        })
        .collect()
}

fn instant(day: Date, minute: u16, zone: &TimeZone) -> Option<Timestamp> {
    let time =
        DateTime::from(day).checked_add(SignedDuration::from_mins(i64::from(minute))).ok()?;
    zone.to_zoned(time).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        // Europe/Berlin without a zone database.
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    /// Open or not at each of these times, and that each change is announced.
    fn check(window: &Window, expected: &[(&str, bool)]) {
        for (time, open) in expected {
            let now: Timestamp = time.parse().unwrap();
            assert_eq!(is_open(window, &zone(), now), *open, "{time}");
            let next = next_change(window, &zone(), now);
            assert!(next.is_none_or(|next| next > now), "{time}");
        }
        for pair in expected.windows(2) {
            let [(before, was), (then, is)] = pair else { unreachable!() };
            if was != is {
                let next = next_change(window, &zone(), before.parse().unwrap()).unwrap();
                assert!(next <= then.parse::<Timestamp>().unwrap(), "{before}: {next}");
            }
        }
    }

    #[test]
    fn weekly_hours_go_over_midnight_and_over_clock_changes() {
        let window = Window::Weekly {
            days: vec![Weekday::Saturday],
            hours: Hours { from: 22 * 60, until: 4 * 60 },
        };
        check(
            &window,
            &[
                ("2026-03-28T20:59:59Z", false),
                ("2026-03-28T21:00:00Z", true),
                // The clock goes forward at 01:00 UTC: 04:00 is 02:00 UTC.
                ("2026-03-29T01:59:59Z", true),
                ("2026-03-29T02:00:00Z", false),
                ("2026-03-29T21:00:00Z", false),
            ],
        );
        let day =
            Window::Weekly { days: vec![Weekday::Sunday], hours: Hours { from: 0, until: 1440 } };
        check(
            &day,
            &[
                ("2026-10-24T21:59:59Z", false),
                ("2026-10-24T22:00:00Z", true),
                ("2026-10-25T22:59:59Z", true),
                ("2026-10-25T23:00:00Z", false),
            ],
        );
    }

    #[test]
    fn cron_windows_last_their_time() {
        let window =
            Window::Cron { expression: "30 2 * * *".into(), lasts: SignedDuration::from_hours(1) };
        check(
            &window,
            &[
                ("2026-03-27T01:29:59Z", false),
                ("2026-03-27T01:30:00Z", true),
                ("2026-03-27T02:29:59Z", true),
                ("2026-03-27T02:30:00Z", false),
                ("2026-03-30T00:30:00Z", true),
            ],
        );
        // 02:30 does not exist on that day; nothing may panic or be announced in the past.
        for minute in 0..180 {
            let now = "2026-03-29T00:00:00Z".parse::<Timestamp>().unwrap()
                + SignedDuration::from_mins(minute);
            is_open(&window, &zone(), now);
            assert!(next_change(&window, &zone(), now).unwrap() > now);
        }
        let wrong = Window::Cron { expression: "x".into(), lasts: SignedDuration::ZERO };
        check(&wrong, &[("2026-03-27T01:29:59Z", false)]);
    }

    #[test]
    fn the_next_span_is_the_open_one_or_the_next() {
        let at = |time: &str| time.parse::<Timestamp>().unwrap();
        let span = |window: &Window, now| {
            next_span(window, &zone(), at(now)).map(|(from, until)| format!("{from} {until}"))
        };
        let cron =
            Window::Cron { expression: "30 2 * * *".into(), lasts: SignedDuration::from_hours(1) };
        let first = Some("2026-03-27T01:30:00Z 2026-03-27T02:30:00Z".to_owned());
        assert_eq!(span(&cron, "2026-03-27T01:00:00Z"), first);
        assert_eq!(span(&cron, "2026-03-27T02:00:00Z"), first);
        let second = Some("2026-03-28T01:30:00Z 2026-03-28T02:30:00Z".to_owned());
        assert_eq!(span(&cron, "2026-03-27T02:30:00Z"), second);
        let weekly =
            Window::Weekly { days: vec![Weekday::Sunday], hours: Hours { from: 120, until: 240 } };
        let sunday = Some("2026-11-22T01:00:00Z 2026-11-22T03:00:00Z".to_owned());
        assert_eq!(span(&weekly, "2026-11-20T00:00:00Z"), sunday);
        assert_eq!(span(&weekly, "2026-11-22T02:00:00Z"), sunday);
        let once =
            Window::Once { from: at("2026-01-01T00:00:00Z"), until: at("2026-01-02T00:00:00Z") };
        assert_eq!(span(&once, "2026-01-02T00:00:00Z"), None);
    }

    #[test]
    fn hours_of_a_route() {
        let night = Hours { from: 22 * 60, until: 7 * 60 };
        let at = |time: &str| time.parse::<Timestamp>().unwrap();
        assert!(within(night, &zone(), at("2026-11-23T21:00:00Z")));
        assert!(!within(night, &zone(), at("2026-11-23T06:00:00Z")));
        let next = next_hour(night, &zone(), at("2026-11-23T06:00:00Z"));
        assert_eq!(next, Some(at("2026-11-23T21:00:00Z")));
    }
}
