//! Finds the next time on a clock that is never set: the date by years, months and days, then the
//! time of the day.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time, date};

use super::line::{FIRST_YEAR, LAST_YEAR, Line};

/// The first time after this that the line allows.
pub(super) fn after(line: &Line, after: DateTime) -> Option<DateTime> {
    let from = after.checked_add(SignedDuration::from_secs(1)).ok()?;
    let day = date_from(line, from.date())?;
    if day == from.date()
        && let Some(time) = time_from(line, from.time())
    {
        return Some(day.to_datetime(time));
    }
    // Not on this day any more.
    let day = if day == from.date() { date_from(line, day.tomorrow().ok()?)? } else { day };
    Some(day.to_datetime(time_from(line, Time::midnight())?))
}

/// The first day from this on that the line allows.
fn date_from(line: &Line, from: Date) -> Option<Date> {
    let mut day = from.max(date(FIRST_YEAR as i16, 1, 1));
    while day.year() <= LAST_YEAR as i16 {
        if !line.allows_year(day.year()) {
            day = day.last_of_year().tomorrow().ok()?;
        } else if !line.months.contains(day.month()) {
            day = day.last_of_month().tomorrow().ok()?;
        } else if !line.allows_day(day) {
            day = day.tomorrow().ok()?;
        } else {
            return Some(day);
        }
    }
    None
}

/// The first time of a day from this on that the line allows.
fn time_from(line: &Line, from: Time) -> Option<Time> {
    let (hour, minute, second) = (from.hour() as u8, from.minute() as u8, from.second() as u8);
    if line.hours.contains(hour) {
        if line.minutes.contains(minute)
            && let Some(second) = line.seconds.at_least(second)
        {
            return time(hour, minute, second);
        }
        if let Some(minute) = line.minutes.at_least(minute + 1) {
            return time(hour, minute, line.seconds.at_least(0)?);
        }
    }
    let hour = line.hours.at_least(hour + 1)?;
    time(hour, line.minutes.at_least(0)?, line.seconds.at_least(0)?)
}

fn time(hour: u8, minute: u8, second: u8) -> Option<Time> {
    Time::new(hour as i8, minute as i8, second as i8, 0).ok()
}
