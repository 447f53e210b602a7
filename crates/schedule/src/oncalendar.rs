//! OnCalendar expressions, as systemd's timers have them.

mod line;
mod parse;
mod search;
#[cfg(test)]
mod tests;
mod weekday;

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Invalid;
use crate::piece::Piece;
use line::Line;

/// One or more OnCalendar expressions, one a line, such as `Mon..Fri *-*-* 04:30 Europe/Berlin`.
///
/// The grammar is that of `oncalendar` 1.1, which is the calendar events of `systemd.time(7)`
/// without fractions of a second. The words `minutely`, `hourly`, `daily`, `weekly`, `monthly`,
/// `quarterly`, `semiannually`, `yearly` and `annually` stand for what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnCalendar {
    text: String,
    lines: Vec<Line>,
}

impl OnCalendar {
    /// Reads expressions, one a line.
    ///
    /// # Errors
    /// [`Invalid`] for what `oncalendar` refuses, of the first line that is wrong. A time zone is
    /// known if jiff's database has it, by exactly this name; `posix/` and `right/` are not in it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let lines = Piece::whole(text).trim().split('\n').map(|line| parse::line(line.trim()));
        Ok(Self { text: text.to_owned(), lines: lines.collect::<Result<_, _>>()? })
    }

    /// The time that comes after `after`, to the second. `None` if there is none before the year
    /// 2200. A line that names no time zone means this one.
    ///
    /// A time that the clock skips does not come. One that comes twice counts the first time, so
    /// that within an hour that comes twice the answer may lie *before* `after`, as in
    /// `oncalendar`; [`Schedule::next`](crate::Schedule::next) never does that.
    ///
    /// Of several lines it is the one that is least on a clock of `zone`, which is why, in an hour
    /// that comes twice there, it may not be the one that comes first.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let due = self.lines.iter().filter_map(|line| line.next(after, zone));
        due.min_by_key(|due| zone.to_datetime(*due))
    }

    /// The time that comes first after `after` of all lines, and never lies before it.
    pub(crate) fn next_later(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.lines.iter().filter_map(|line| line.next_later(after, zone)).min()
    }
}

/// Writes the expressions as they were given.
impl fmt::Display for OnCalendar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
