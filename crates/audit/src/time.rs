//! Times as auditd's tools print and read them in the C locale.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::assemble::Compat;

/// A moment as local time; none if it is beyond what calendars know.
pub(crate) fn local(sec: u64, zone: &TimeZone) -> Option<jiff::Zoned> {
    let moment = Timestamp::from_second(i64::try_from(sec).ok()?).ok()?;
    Some(moment.to_zoned(zone.clone()))
}

/// `Mon Nov 23 12:58:11 2026`, as `ctime(3)`.
pub(crate) fn ctime(sec: u64, zone: &TimeZone) -> String {
    local(sec, zone)
        .map_or_else(|| "?".into(), |time| time.strftime("%a %b %e %H:%M:%S %Y").to_string())
}

/// `11/23/26 12:58:11`, as `%x %T` of `strftime(3)`.
pub(crate) fn short(sec: u64, zone: &TimeZone) -> String {
    let Some(time) = local(sec, zone) else { return "?".into() };
    format!(
        "{:02}/{:02}/{:02} {:02}:{:02}:{:02}",
        time.month(),
        time.day(),
        time.year().rem_euclid(100),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// Which end of a range a time is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// `-ts`
    Start,
    /// `-te`
    End,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::End => "end",
        })
    }
}

/// What is known of now.
#[derive(Debug, Clone)]
pub struct Now {
    /// Seconds since 1970.
    pub sec: u64,
    /// The time zone people here live in.
    pub zone: TimeZone,
    /// Seconds since 1970 at which the machine was started.
    pub boot: Option<u64>,
}

/// A word for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Now,
    Recent,
    ThisHour,
    Boot,
    Today,
    Yesterday,
    ThisWeek,
    WeekAgo,
    ThisMonth,
    ThisYear,
}

impl Word {
    fn parse(text: &str, compat: Compat) -> Option<Self> {
        Some(match text {
            "now" => Self::Now,
            "recent" => Self::Recent,
            "this-hour" if compat == Compat::V4 => Self::ThisHour,
            "boot" => Self::Boot,
            "today" => Self::Today,
            "yesterday" => Self::Yesterday,
            "this-week" => Self::ThisWeek,
            "week-ago" => Self::WeekAgo,
            "this-month" => Self::ThisMonth,
            "this-year" => Self::ThisYear,
            _ => return None,
        })
    }

    /// Does it name a moment rather than a day?
    fn is_moment(self) -> bool {
        matches!(self, Self::Now | Self::Recent | Self::ThisHour | Self::Boot)
    }
}

/// Is this a word for a time?
pub fn is_word(text: &str, compat: Compat) -> bool {
    Word::parse(text, compat).is_some()
}

/// A date, a time, or both in any order, as they follow `-ts` or `-te`. The error is what the tools
/// say.
pub fn moment(
    bound: Bound,
    first: &str,
    second: Option<&str>,
    now: &Now,
    compat: Compat,
) -> Result<Option<u64>, String> {
    if let Some(second) = second {
        let (date, time) = if first.contains(':') { (second, first) } else { (first, second) };
        return parse(bound, Some(date), Some(time), now, compat);
    }
    let midnight = Some("00:00:00");
    if is_word(first, compat) {
        parse(bound, Some(first), midnight, now, compat)
    } else if first.contains(':') {
        parse(bound, None, Some(first), now, compat)
    } else {
        parse(bound, Some(first), midnight.filter(|_| bound == Bound::Start), now, compat)
    }
}

/// Reads a date or word and a time of day, as `-ts` and `-te` of auditd's tools, to the second.
/// None is a time before all events. The error is what these tools say.
pub fn parse(
    bound: Bound,
    date: Option<&str>,
    time: Option<&str>,
    now: &Now,
    compat: Compat,
) -> Result<Option<u64>, String> {
    let here = |sec: u64| {
        local(sec, &now.zone)
            .map(|time| time.datetime())
            .ok_or("Error converting time\n".to_owned())
    };
    let today = here(now.sec)?;
    let is_midnight = time.is_none_or(|time| time == "00:00:00");
    let mut base = today;
    if let Some(date) = date {
        match Word::parse(date, compat) {
            // These tools lose the date of this hour: everything is younger.
            Some(Word::ThisHour) if is_midnight => return Ok(None),
            Some(Word::ThisHour) => return Err("Error - year is 1900\n".into()),
            Some(word) => {
                base = match word {
                    Word::Boot => here(now.boot.ok_or("Can't read uptime\n")?)?,
                    Word::Recent => here(now.sec.saturating_sub(600))?,
                    Word::Now | Word::ThisHour => today,
                    _ => day(word, today.date()).to_datetime(Time::midnight()),
                };
                let is_end_today = word == Word::Today && bound == Bound::End;
                if is_end_today {
                    base = today;
                }
                if is_midnight && (word.is_moment() || is_end_today) {
                    return seconds(base, now, bound).map(Some);
                }
            }
            None => base = parse_date(bound, date)?.to_datetime(Time::midnight()),
        }
    }
    let (of_day, more) = match time {
        Some(time) => parse_time(bound, time)?,
        None => (today.time(), 0),
    };
    let moment = base.date().to_datetime(of_day);
    if moment.year() < 2004 {
        return Err(format!("Error - year is {}\n", moment.year()));
    }
    seconds(moment, now, bound).map(|sec| Some(sec + more))
}

fn day(word: Word, today: Date) -> Date {
    let back = match word {
        Word::Yesterday => 1,
        Word::ThisWeek => i64::from(today.weekday().to_sunday_zero_offset()),
        Word::WeekAgo => 7,
        Word::ThisMonth => i64::from(today.day()) - 1,
        Word::ThisYear => i64::from(today.day_of_year()) - 1,
        _ => 0,
    };
    today.saturating_sub(jiff::Span::new().days(back))
}

fn seconds(moment: DateTime, now: &Now, bound: Bound) -> Result<u64, String> {
    let moment = now.zone.to_timestamp(moment).ok().map(Timestamp::as_second);
    let moment = moment.and_then(|sec| u64::try_from(sec).ok());
    moment.ok_or_else(|| format!("Error converting {bound} time\n"))
}

/// `%x` of the C locale: `11/23/26`.
fn parse_date(bound: Bound, text: &str) -> Result<Date, String> {
    let invalid = || format!("Invalid {bound} date ({text}). Month, Day, and Year are required.\n");
    let (month, rest) = number(text, 1, 12).ok_or_else(invalid)?;
    let (day, rest) =
        number(rest.strip_prefix('/').ok_or_else(invalid)?, 1, 31).ok_or_else(invalid)?;
    let (year, rest) =
        number(rest.strip_prefix('/').ok_or_else(invalid)?, 0, 99).ok_or_else(invalid)?;
    if !rest.is_empty() {
        return Err(format!("Error parsing {bound} date ({text})\n"));
    }
    let year = if year < 69 { 2000 + year } else { 1900 + year };
    let first = Date::new(year, month as i8, 1).map_err(|_| invalid())?;
    // The 31st of a shorter month is in the next one.
    Ok(first.saturating_add(jiff::Span::new().days(i64::from(day) - 1)))
}

/// `%X` of the C locale: `12:58:11`; the seconds may be missing. Those from the 60th on are told apart.
fn parse_time(bound: Bound, text: &str) -> Result<(Time, u64), String> {
    let invalid =
        || format!("Invalid {bound} time ({text}). Hour, Minute, and Second are required.\n");
    let full = if text.len() <= 5 { format!("{text}:00") } else { text.to_owned() };
    let (hour, rest) = number(&full, 0, 23).ok_or_else(invalid)?;
    let (minute, rest) =
        number(rest.strip_prefix(':').ok_or_else(invalid)?, 0, 59).ok_or_else(invalid)?;
    let (second, rest) =
        number(rest.strip_prefix(':').ok_or_else(invalid)?, 0, 61).ok_or_else(invalid)?;
    if !rest.is_empty() {
        return Err(format!("Error parsing {bound} time ({text})\n"));
    }
    let more = (second - 59).max(0);
    let time = Time::new(hour as i8, minute as i8, (second - more) as i8, 0);
    Ok((time.map_err(|_| invalid())?, more.unsigned_abs().into()))
}

/// A number of up to two digits, and what follows it, as `strptime(3)` reads it.
fn number(text: &str, least: i16, most: i16) -> Option<(i16, &str)> {
    let text = text.trim_start_matches(' ');
    let mut number = 0;
    let mut len = 0;
    for byte in text.bytes().take(2).take_while(u8::is_ascii_digit) {
        let next = number * 10 + i16::from(byte - b'0');
        if len > 0 && next > most {
            break;
        }
        (number, len) = (next, len + 1);
    }
    (len > 0 && (least..=most).contains(&number)).then(|| (number, &text[len..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(bound: Bound, date: Option<&str>, time: Option<&str>) -> Result<Option<u64>, String> {
        // Monday, 23 November 2026, 12:58:11 UTC.
        let now = Now { sec: 1_795_438_691, zone: TimeZone::UTC, boot: Some(1_795_400_000) };
        parse(bound, date, time, &now, Compat::V4)
    }

    #[test]
    fn dates_and_words_are_read_as_by_auditd() {
        let midnight = 1_795_438_691 - (12 * 3600 + 58 * 60 + 11);
        let zero = Some("00:00:00");
        assert_eq!(at(Bound::Start, Some("11/23/26"), zero), Ok(Some(midnight)));
        assert_eq!(at(Bound::Start, Some("today"), zero), Ok(Some(midnight)));
        assert_eq!(at(Bound::End, Some("today"), zero), Ok(Some(1_795_438_691)));
        assert_eq!(at(Bound::Start, Some("today"), Some("9:05")), Ok(Some(midnight + 32_700)));
        assert_eq!(at(Bound::Start, Some("this-week"), zero), Ok(Some(midnight - 86_400)));
        assert_eq!(at(Bound::Start, Some("recent"), zero), Ok(Some(1_795_438_691 - 600)));
        assert_eq!(at(Bound::End, Some("11/23/26"), None), Ok(Some(1_795_438_691)));
        assert_eq!(at(Bound::End, None, Some("00:00")), Ok(Some(midnight)));
        assert_eq!(at(Bound::Start, Some("this-hour"), zero), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_said_as_by_auditd() {
        let zero = Some("00:00:00");
        let wrong = at(Bound::Start, Some("11/23/2026"), zero).unwrap_err();
        assert_eq!(wrong, "Error parsing start date (11/23/2026)\n");
        let wrong = at(Bound::Start, Some("2026-11-23"), zero).unwrap_err();
        assert!(wrong.starts_with("Invalid start date (2026-11-23)."));
        assert!(at(Bound::End, None, Some("25:00")).unwrap_err().starts_with("Invalid end time"));
        assert_eq!(at(Bound::Start, Some("1/1/99"), zero).unwrap_err(), "Error - year is 1999\n");
    }
}
