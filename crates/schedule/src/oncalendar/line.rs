//! One OnCalendar expression.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::search;
use crate::numbers::Numbers;
use crate::wall::{self, Pass};

/// The first year there is.
pub(super) const FIRST_YEAR: u16 = 1970;
/// The last year there is: systemd stops there as well.
pub(super) const LAST_YEAR: u16 = 2199;

/// What one expression allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its own time zone.
    pub(super) zone: Option<TimeZone>,
    /// Monday is 0.
    pub(super) weekdays: Numbers,
    pub(super) years: Vec<u16>,
    pub(super) months: Numbers,
    pub(super) days: Numbers,
    /// Days counted from the end of the month, the last is 1.
    pub(super) days_from_end: Numbers,
    pub(super) hours: Numbers,
    pub(super) minutes: Numbers,
    pub(super) seconds: Numbers,
}

impl Line {
    /// The time after `after`, or an earlier one that a clock shows twice.
    pub(super) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        self.next_shown(wall::whole_second(zone, after)?, zone)
    }

    /// The first time after `after`.
    pub(super) fn next_later(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        let mut shown = wall::whole_second(zone, after)?;
        loop {
            let due = self.next_shown(shown, zone)?;
            if due > after {
                return Some(due);
            }
            shown = zone.to_datetime(due);
        }
    }

    /// The time after what a clock shows.
    fn next_shown(&self, after: DateTime, zone: &TimeZone) -> Option<Timestamp> {
        let mut shown = after;
        loop {
            shown = search::after(self, shown)?;
            if !wall::is_skipped(zone, shown) {
                return wall::instant(zone, shown, Pass::First);
            }
        }
    }

    pub(super) fn allows_year(&self, year: i16) -> bool {
        u16::try_from(year).is_ok_and(|year| self.years.contains(&year))
    }

    pub(super) fn allows_day(&self, date: Date) -> bool {
        let weekday = date.weekday().to_monday_zero_offset();
        let from_end = date.days_in_month() - date.day() + 1;
        self.weekdays.contains(weekday)
            && (self.days.contains(date.day()) || self.days_from_end.contains(from_end))
    }
}
