//! When a schedule is due next. Pure.

use jiff::Timestamp;

use crate::heartbeat::{When, Written};
use crate::web::locale::heartbeats as t;
use crate::web::locale::when::{full_clock, length};
use crate::web::page::words::Clock;

/// Times that are told.
const TIMES: usize = 5;

/// A time, as the schedule's own zone and as the owner has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    /// By the clocks of the schedule's zone.
    pub(super) there: String,
    /// By the owner's, where that is another.
    pub(super) here: Option<String>,
    /// How soon.
    pub(super) soon: String,
}

/// The next times after a call at `last`.
pub(super) fn next(when: &When, last: Timestamp, clock: &Clock) -> Vec<Due> {
    let zone = match when.written() {
        Written::Every { .. } => None,
        Written::Cron { zone, .. } | Written::Calendar { zone, .. } => Some(zone.as_str()),
    };
    let zone = zone.and_then(|zone| jiff::tz::TimeZone::get(zone).ok());
    let zone = zone.unwrap_or_else(|| clock.zone.clone());
    let mut last = last;
    let mut times = Vec::new();
    while times.len() < TIMES
        && let Some(at) = when.after(last)
    {
        let there = full_clock(&at.to_zoned(zone.clone()));
        let here = full_clock(&at.to_zoned(clock.zone.clone()));
        times.push(Due { at, here: (here != there).then_some(here), there, soon: clock.ago(&at) });
        last = at;
    }
    times
}

/// The schedule in words.
pub(super) fn words(when: &When) -> String {
    match when.written() {
        Written::Every { period } => t::schedule_every(length(*period)),
        Written::Cron { expression, zone } => t::schedule_at(expression, zone),
        Written::Calendar { lines, zone } => t::schedule_at(lines.replace('\n', "; "), zone),
    }
}

/// From what on the next times are counted: the last call, if one is not overdue since long.
pub(super) fn from(when: &When, last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    match (when.written(), last) {
        (Written::Every { period }, Some(last)) if now.duration_since(last) < *period => last,
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use jiff::tz::TimeZone;

    #[test]
    fn the_next_times_by_both_clocks() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-29T12:00:00Z");
        let clock = Clock { now, zone: TimeZone::UTC };
        let when = When::cron("30 2 * * *", "Europe/Vienna").unwrap();
        let times = next(&when, now, &clock);
        assert_eq!(times.len(), 5);
        assert_eq!(times[0].there, "Mon 30 Nov 2026 02:30 CET");
        assert_eq!(times[0].here.as_deref(), Some("Mon 30 Nov 2026 01:30 UTC"));
        let every = When::every(SignedDuration::from_hours(1));
        let last = at("2026-11-29T11:30:00Z");
        assert_eq!(
            next(&every, from(&every, Some(last), now), &clock)[0].at,
            at("2026-11-29T12:30:00Z")
        );
        let old = at("2026-11-20T11:30:00Z");
        assert_eq!(
            next(&every, from(&every, Some(old), now), &clock)[0].at,
            at("2026-11-29T13:00:00Z")
        );
    }
}
