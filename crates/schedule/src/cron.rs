//! Cron expressions of five fields.

mod days;
mod parse;
mod search;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Invalid;
use crate::numbers::Numbers;
use days::Days;
use search::Direction;

/// A cron expression of five fields: minute, hour, day of the month, month, day of the week.
///
/// Besides numbers, names, `*`, `a-b`, `a/step`, `a-b/step` and lists it knows `L` (the month's
/// last day) and `LW` (its last from Monday to Friday) as days of the month, and `5L` (the last
/// Friday) and `5#2` (the second Friday) as days of the week.
///
/// As in Debian's cron, a day must be allowed by both fields of days if one of them begins with
/// `*`, else by one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: Numbers,
    hours: Numbers,
    days: Days,
    months: Numbers,
    /// Neither minute nor hour begins with `*`: Debian's cron runs such a job once, whatever
    /// happens to the clock.
    at_fixed_times: bool,
}

impl Cron {
    /// Reads an expression, as `cronsim` 2.7 does, but only of five fields.
    ///
    /// # Errors
    /// [`Invalid`] for what `cronsim` refuses: numbers that do not exist, ranges that run
    /// backwards, and days that none of the months has.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse::cron(text)
    }

    /// The time that comes after `after` in this time zone, to the second. `None` if there is none
    /// up to the end of the fiftieth year from then.
    ///
    /// While the clock is set forward or back, this does what `cronsim` does, which is what
    /// Debian's cron does. A job at a fixed time that the clock skips is due just after the skip;
    /// one that comes twice is due the first time only. Other jobs (`*/10 * * * *`) follow the
    /// clock.
    ///
    /// In an hour that comes twice, the answer for a job at a fixed time may lie *before* `after`:
    /// it is later on the clock's face only. [`Schedule::next`](crate::Schedule::next) never
    /// does that.
    ///
    /// Unlike in `cronsim`, jobs that follow the clock never go back in time. There it does where
    /// a clock is set back to within an hour (Pacific/Chatham, long ago America/St_Johns), and for
    /// some expressions never ends.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        search::from(self, after, zone, Direction::Forward)
    }

    /// The time that was due before `before` in this time zone, to the second. `None` if there is
    /// none since the fiftieth year before. What `cronsim` yields in reverse: fractions of a
    /// second of `before` are cut off first.
    pub fn previous(&self, before: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        search::from(self, before, zone, Direction::Back)
    }
}

/// Writes the expression as it was given.
impl fmt::Display for Cron {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
