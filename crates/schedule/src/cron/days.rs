//! Which days the two fields of days allow.

use jiff::civil::{Date, Weekday};

use crate::numbers::Numbers;

/// The days of the month and of the week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Days {
    /// Days of the month.
    pub(super) of_month: Numbers,
    /// `L`
    pub(super) last: bool,
    /// `LW`
    pub(super) last_workday: bool,
    /// Days of the week, Sunday is 0.
    pub(super) of_week: Numbers,
    /// `5L`: the last of this day of the week.
    pub(super) last_of_week: Numbers,
    /// `5#2`: see [`Days::nth`].
    pub(super) nth_of_week: Numbers,
    /// A day must be allowed by both fields.
    pub(super) both: bool,
}

impl Days {
    /// The number that stands for the `nth` (1 to 5) of a day of the week (0 to 6).
    pub(super) fn nth(weekday: u16, nth: u16) -> u16 {
        weekday * 8 + nth
    }

    pub(super) fn contains(&self, date: Date) -> bool {
        if self.both {
            self.allows_of_month(date) && self.allows_of_week(date)
        } else {
            self.allows_of_month(date) || self.allows_of_week(date)
        }
    }

    fn allows_of_month(&self, date: Date) -> bool {
        self.of_month.contains(date.day())
            || self.last && date.day() == date.days_in_month()
            || self.last_workday && date.day() == last_workday(date)
    }

    fn allows_of_week(&self, date: Date) -> bool {
        let weekday = date.weekday().to_sunday_zero_offset() as u16;
        let nth = (date.day() as u16).div_ceil(7);
        self.of_week.contains(weekday)
            || self.last_of_week.contains(weekday) && date.day() + 7 > date.days_in_month()
            || self.nth_of_week.contains(Self::nth(weekday, nth))
    }
}

/// The last day from Monday to Friday in the month of this date.
fn last_workday(date: Date) -> i8 {
    let last = date.last_of_month();
    match last.weekday() {
        Weekday::Saturday => last.day() - 1,
        Weekday::Sunday => last.day() - 2,
        _ => last.day(),
    }
}
