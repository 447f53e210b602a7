//! From when to when a chart goes, and in which steps.

use jiff::{SignedDuration, Timestamp};

use crate::web::locale::chart as t;

/// The lengths one can choose, by their names in the address, in seconds.
pub const RANGES: [(&str, i64); 8] = [
    ("1h", HOUR),
    ("6h", 6 * HOUR),
    ("24h", DAY),
    ("7d", 7 * DAY),
    ("30d", 30 * DAY),
    ("90d", 90 * DAY),
    ("1y", 365 * DAY),
    ("2y", 730 * DAY),
];

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Where nothing was chosen.
const USUAL: &str = "24h";
/// A chart is not shorter, in seconds.
const SHORTEST: i64 = 60;
/// How long a step may be, in seconds.
const STEPS: [i64; 16] =
    [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/// From when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From.
    pub from: Timestamp,
    /// Until, exclusive.
    pub until: Timestamp,
    /// The name it was chosen by; none of one that was zoomed into.
    pub range: Option<&'static str>,
}

/// The steps of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// The begin of the first.
    pub from: Timestamp,
    /// How long each is, in seconds.
    pub step: i64,
    /// How many there are.
    pub count: usize,
}

impl Span {
    /// What `range`, or `from` and `until` (seconds since 1970) say. What cannot be is said.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub fn read(
        range: Option<&str>,
        from: Option<&str>,
        until: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, String> {
        if let (Some(from), Some(until)) = (from, until) {
            let second = |text: &str| {
                let second =
                    text.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
                second.ok_or_else(|| t::no_time(text))
            };
            let (from, until) = (second(from)?, second(until)?.min(now));
            let length = until.duration_since(from).as_secs();
            let longest = RANGES[RANGES.len() - 1].1;
            if !(SHORTEST..=longest).contains(&length) {
                return Err(t::no_length().to_owned());
            }
            return Ok(Self { from, until, range: None });
        }
        let asked = range.unwrap_or(USUAL);
        let Some((name, seconds)) = RANGES.iter().find(|(name, ..)| *name == asked) else {
            let names: Vec<&str> = RANGES.iter().map(|(name, ..)| *name).collect();
            return Err(t::no_range(asked, names.join(", ")));
        };
        let from = now.checked_sub(SignedDuration::from_secs(*seconds)).unwrap_or(now);
        Ok(Self { from, until: now, range: Some(name) })
    }

    /// How it stands in an address.
    pub fn query(&self) -> String {
        match self.range {
            Some(range) => format!("range={range}"),
            None => format!("from={}&until={}", self.from.as_second(), self.until.as_second()),
        }
    }

    /// At most so many steps, none shorter than what is measured. They begin at whole steps, so that
    /// a chart that is read again a moment later has the same ones.
    pub fn grid(&self, most: usize, interval: i64) -> Grid {
        let (from, until) = (self.from.as_second(), self.until.as_second());
        let length = (until - from).max(SHORTEST);
        let fits = |step: &i64| *step >= interval && length / step <= most as i64;
        let step = STEPS.into_iter().find(fits).unwrap_or(STEPS[STEPS.len() - 1]);
        let first = from.div_euclid(step) * step;
        let count = (until - first + step - 1) / step;
        let from = Timestamp::from_second(first).unwrap_or(self.from);
        Grid { from, step, count: usize::try_from(count).unwrap_or(1).max(1) }
    }
}

impl Grid {
    /// Its end.
    pub fn until(&self) -> Timestamp {
        self.at(self.count)
    }

    /// When a step begins.
    pub fn at(&self, place: usize) -> Timestamp {
        let seconds = self.step.saturating_mul(place as i64);
        self.from.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(self.from)
    }

    /// The step a moment is in.
    pub fn place(&self, at: Timestamp) -> Option<usize> {
        let place = (at.as_second() - self.from.as_second()).div_euclid(self.step);
        usize::try_from(place).ok().filter(|place| *place < self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_asked() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let day = Span::read(None, None, None, now).unwrap();
        assert_eq!((day.range, day.query().as_str()), (Some("24h"), "range=24h"));
        let zoomed = Span::read(None, Some("1799999000"), Some("1900000000"), now).unwrap();
        assert_eq!((zoomed.range, zoomed.until), (None, now));
        assert_eq!(zoomed.query(), "from=1799999000&until=1800000000");
        for (range, from, until) in [
            (Some("3h"), None, None),
            (None, Some("x"), Some("5")),
            (None, Some("1800000000"), Some("1700000000")),
            (None, Some("0"), Some("1800000000")),
            (None, Some("99999999999999999"), Some("1800000000")),
        ] {
            assert!(Span::read(range, from, until, now).is_err(), "{range:?} {from:?}");
        }
    }

    #[test]
    fn steps_are_few_and_whole() {
        let now = Timestamp::from_second(1_800_000_007).unwrap();
        for (range, _) in RANGES {
            let span = Span::read(Some(range), None, None, now).unwrap();
            let grid = span.grid(1000, 10);
            assert!(grid.count <= 1002 && grid.count >= 180, "{range}: {grid:?}");
            assert!(grid.from <= span.from && grid.until() >= span.until, "{range}: {grid:?}");
            assert_eq!(grid.place(grid.at(grid.count - 1)), Some(grid.count - 1));
            assert_eq!(grid.place(grid.until()), None);
        }
    }
}
