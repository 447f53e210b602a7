//! How a heartbeat was, month by month, out of its flips. Pure.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::heartbeat::check::Flip;
use crate::model::HeartbeatStatus as Status;
use crate::web::locale::when::{length, month_year};
use crate::web::status::percent;

/// Months that are told of, this one among them.
const MONTHS: i64 = 3;

/// A month.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Month {
    pub(super) name: String,
    /// How often it went down.
    pub(super) times: usize,
    /// How long it was down, if it was.
    pub(super) down: Option<String>,
    /// The share of the time of which it is known how it was.
    pub(super) up: Option<String>,
}

/// The months before now, the newest first. Flips are newest first; before the first of them it was
/// as that one says.
pub(super) fn months(
    flips: &[Flip],
    status: Status,
    created: Timestamp,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<Month> {
    let this = now.to_zoned(zone.clone()).date().first_of_month();
    let begin = |day: Date| day.to_zoned(zone.clone()).map_or(now, |begin| begin.timestamp());
    let month = |back: i64| {
        let first = this.saturating_sub(back.months());
        let (from, until) = (begin(first), begin(first.saturating_add(1.month())).min(now));
        let from = from.max(created);
        let is_down = |flip: &&Flip| flip.to == Status::Down && (from..until).contains(&flip.at);
        let (mut down, mut up) = (SignedDuration::ZERO, SignedDuration::ZERO);
        for (begins, ends, status) in spans(flips, status, created, now) {
            let took = ends.min(until).duration_since(begins.max(from));
            if took.is_positive() {
                match status {
                    Status::Down => down += took,
                    Status::Up => up += took,
                    Status::New | Status::Paused => {}
                }
            }
        }
        let known = (down + up).as_secs_f64();
        Month {
            name: month_year(first),
            times: flips.iter().filter(is_down).count(),
            down: down.is_positive().then(|| length(down)),
            up: (known > 0.0).then(|| percent(up.as_secs_f64() / known)),
        }
    };
    (0..MONTHS).map(month).collect()
}

/// How it was from when until when, newest first.
fn spans(
    flips: &[Flip],
    status: Status,
    created: Timestamp,
    now: Timestamp,
) -> Vec<(Timestamp, Timestamp, Status)> {
    let (mut until, mut was) = (now, status);
    let mut spans = Vec::new();
    for flip in flips {
        spans.push((flip.at, until, flip.to));
        (until, was) = (flip.at, flip.from);
    }
    spans.push((created, until, was));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heartbeat::check::Reason;

    #[test]
    fn downtimes_count_for_the_month_they_are_in() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let flip = |when, from, to| Flip { at: at(when), from, to, reason: Reason::None };
        let flips = [
            flip("2026-11-01T06:00:00Z", Status::Down, Status::Up),
            flip("2026-10-31T18:00:00Z", Status::Up, Status::Down),
            flip("2026-10-30T00:00:00Z", Status::New, Status::Up),
        ];
        let now = at("2026-11-01T12:00:00Z");
        let created = at("2026-10-29T00:00:00Z");
        let told = months(&flips, Status::Up, created, now, &TimeZone::UTC);
        let told: Vec<_> = told
            .iter()
            .map(|m| (m.name.as_str(), m.times, m.down.as_deref(), m.up.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("Nov 2026", 0, Some("6 h"), Some("50 %")),
                ("Oct 2026", 1, Some("6 h"), Some("87.50 %")),
                ("Sep 2026", 0, None, None),
            ]
        );
    }
}
