//! What a day was like.

use jiff::SignedDuration;
use jiff::civil::Date;
use serde::Serialize;

/// From this share on a day was a good one: less than a minute and a half is no trouble.
const GOOD: f64 = 0.999;
/// Below this share, more than an hour, it was a bad one.
const BAD: f64 = 0.95;

/// How long something was seen, and up of that, in hours.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// Hours in which it was seen.
    pub seen: f32,
    /// Hours of these in which it was up.
    pub up: f32,
}

/// A day of a service.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// How it was.
    pub status: DayStatus,
    /// The share of the time seen in which it was up.
    pub uptime: Option<f64>,
    /// How long it was down.
    #[serde(rename = "down_seconds", serialize_with = "seconds")]
    pub down: SignedDuration,
}

/// How a day was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayStatus {
    /// All was well.
    Up,
    /// It was down for a while.
    Trouble,
    /// It was down for long.
    Down,
    /// It was not watched, or the owner worked on it all the time.
    NoData,
}

fn seconds<S: serde::Serializer>(length: &SignedDuration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(length.as_secs())
}

impl Tally {
    /// Counts another one in.
    pub fn add(&mut self, other: Self) {
        (self.seen, self.up) = (self.seen + other.seen, self.up + other.up);
    }

    /// The share of the time seen in which it was up.
    pub fn uptime(self) -> Option<f64> {
        (self.seen > 0.0).then(|| f64::from(self.up) / f64::from(self.seen))
    }
}

impl Day {
    /// A day on which this was seen.
    pub fn of(date: Date, tally: Tally) -> Self {
        let uptime = tally.uptime();
        let status = match uptime {
            None => DayStatus::NoData,
            Some(share) if share >= GOOD => DayStatus::Up,
            Some(share) if share >= BAD => DayStatus::Trouble,
            Some(_) => DayStatus::Down,
        };
        let down = f64::from((tally.seen - tally.up).max(0.0)) * 3600.0;
        Self { date, status, uptime, down: SignedDuration::from_secs(down.round() as i64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_as_good_as_its_share() {
        let date = jiff::civil::date(2026, 11, 23);
        let day = |seen, up| Day::of(date, Tally { seen, up });
        assert_eq!(day(0.0, 0.0).status, DayStatus::NoData);
        assert_eq!(day(24.0, 24.0).status, DayStatus::Up);
        assert_eq!(day(24.0, 23.99).status, DayStatus::Up);
        assert_eq!(day(24.0, 23.5).status, DayStatus::Trouble);
        assert_eq!(day(24.0, 20.0).status, DayStatus::Down);
        assert_eq!(day(24.0, 22.5).down, SignedDuration::from_mins(90));
        // Only what was seen counts.
        assert_eq!(day(2.0, 2.0).uptime, Some(1.0));
    }
}
