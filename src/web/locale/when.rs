//! Times and lengths of time.

use jiff::civil::Date;
use jiff::{SignedDuration, Zoned};

use super::time;
use crate::model::text::{Unit, unit, units};

/// A length in one unit: `10 minutes`.
pub(crate) fn span(span: SignedDuration) -> String {
    let (n, unit) = unit(span);
    match unit {
        Unit::Second => time::one_second(n),
        Unit::Minute => time::one_minute(n),
        Unit::Hour => time::one_hour(n),
        Unit::Day => time::one_day(n),
    }
}

/// A length in its two largest units: `1 h 4 min`.
pub(crate) fn length(span: SignedDuration) -> String {
    match units(span) {
        (0, 0, 0, seconds) => time::seconds(seconds),
        (0, 0, minutes, _) => time::minutes(minutes),
        (0, hours, 0, _) => time::hours(hours),
        (0, hours, minutes, _) => time::hours_minutes(hours, minutes),
        (days, 0, ..) => time::days(days),
        (days, hours, ..) => time::days_hours(days, hours),
    }
}

/// `22:14`
pub(crate) fn clock(at: &Zoned) -> String {
    at.strftime("%H:%M").to_string()
}

/// `yesterday 22:14`
pub(crate) fn yesterday(at: &Zoned) -> String {
    time::yesterday(clock(at))
}

/// `Thu 22:14`
pub(crate) fn weekday_clock(at: &Zoned) -> String {
    time::weekday_clock(weekday(at.date()), clock(at))
}

/// `27 Nov 22:14`
pub(crate) fn day_clock(at: &Zoned) -> String {
    time::day_clock(at.day(), time::month(at.month()), clock(at))
}

/// `27 Nov 2025 22:14`
pub(crate) fn day_year_clock(at: &Zoned) -> String {
    time::day_year_clock(at.day(), time::month(at.month()), i32::from(at.year()), clock(at))
}

/// `27 Nov`
pub(crate) fn day(at: Date) -> String {
    time::day(at.day(), time::month(at.month()))
}

/// `27 Nov 2025`
pub(crate) fn day_year(at: Date) -> String {
    time::day_year(at.day(), time::month(at.month()), i32::from(at.year()))
}

/// `Nov 2025`
pub(crate) fn month_year(at: Date) -> String {
    time::month_year(time::month(at.month()), i32::from(at.year()))
}

/// `27 November 2025`
pub(crate) fn whole_day(at: Date) -> String {
    time::day_year(at.day(), time::month_in_full(at.month()), i32::from(at.year()))
}

/// `Thu 27 Nov`
pub(crate) fn weekday_day(at: Date) -> String {
    time::weekday_day(weekday(at), at.day(), time::month(at.month()))
}

/// `Thursday 27 November`
pub(crate) fn weekday_day_in_full(at: Date) -> String {
    let weekday = time::weekday_in_full(at.weekday().to_monday_one_offset());
    time::weekday_day(weekday, at.day(), time::month_in_full(at.month()))
}

/// `Thu 27 Nov 2025 22:14:07 CET`
pub(crate) fn full(at: &Zoned) -> String {
    whole(at, at.strftime("%H:%M:%S").to_string())
}

/// `Thu 27 Nov 2025 22:14 CET`
pub(crate) fn full_clock(at: &Zoned) -> String {
    whole(at, clock(at))
}

fn whole(at: &Zoned, clock: String) -> String {
    let zone = at.strftime("%Z").to_string();
    let (month, year) = (time::month(at.month()), i32::from(at.year()));
    time::full(weekday(at.date()), at.day(), month, year, clock, zone)
}

fn weekday(at: Date) -> String {
    time::weekday(at.weekday().to_monday_one_offset())
}
