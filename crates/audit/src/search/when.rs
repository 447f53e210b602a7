//! Times as people write them: `2h`, `yesterday 14:00`, `2026-11-23T14:00:00Z`.

use jiff::civil::{Date, Time, Weekday};
use jiff::{Span, Timestamp, Zoned};

use crate::time::{Bound, Now};

/// What is accepted, for messages.
pub const EXAMPLES: &str = "write 2h, 30min, 3d, \"yesterday 14:00\", 14:00, monday, 2026-11-23, \"2026-11-23 14:00\", 2026-11-23T14:00:00Z or @1795438691";

/// Reads a time: seconds since 1970. A day alone is its beginning, or for [`Bound::End`] its end;
/// a length of time is so long ago. The error says what to write.
pub fn moment(text: &str, bound: Bound, now: &Now) -> Result<u64, String> {
    let text = text.trim();
    let here = Timestamp::from_second(now.sec as i64)
        .map_err(|_| String::from("the clock of this machine is wrong"))?
        .to_zoned(now.zone.clone());
    let sec = read(text, bound, now, &here)?;
    if bound == Bound::Start && sec > now.sec.saturating_add(1) {
        let yesterday = time_of_day(text)
            .map_or_else(String::new, |_| format!(": do you mean \"yesterday {text}\"?"));
        return Err(format!("{text} is still to come{yesterday}"));
    }
    Ok(sec)
}

fn read(text: &str, bound: Bound, now: &Now, here: &Zoned) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no time: {EXAMPLES}");
    let seconds = |at: Timestamp| u64::try_from(at.as_second()).map_err(|_| wrong());
    if let Some(epoch) = text.strip_prefix('@') {
        return epoch.split('.').next().unwrap_or_default().parse().map_err(|_| wrong());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return seconds(at);
    }
    match text {
        "now" => return Ok(now.sec),
        "recent" => return Ok(now.sec.saturating_sub(600)),
        "boot" => return now.boot.ok_or_else(|| String::from("when it booted is not known")),
        "this-hour" => {
            let hour = here.time().hour();
            return at(here.date(), Time::constant(hour, 0, 0, 0), here).and_then(seconds);
        }
        _ => {}
    }
    if let Some(span) = length(text) {
        let then = here.checked_sub(span).map_err(|_| wrong())?;
        return seconds(then.timestamp());
    }
    let words: Vec<&str> = match text.split_once('T') {
        Some((day, time)) if day.starts_with(|c: char| c.is_ascii_digit()) => vec![day, time],
        _ => text.split_whitespace().collect(),
    };
    let (date, time) = match words[..] {
        [word] => match time_of_day(word) {
            Some(time) => (here.date(), Some(time)),
            None => (day(word, here.date()).ok_or_else(wrong)?, None),
        },
        [a, b] => {
            let (a, b) = if time_of_day(a).is_some() { (b, a) } else { (a, b) };
            (day(a, here.date()).ok_or_else(wrong)?, Some(time_of_day(b).ok_or_else(wrong)?))
        }
        _ => return Err(wrong()),
    };
    let time = match (time, bound) {
        (Some(time), _) => time,
        (None, Bound::Start) => Time::midnight(),
        (None, Bound::End) if date == here.date() => return Ok(now.sec),
        (None, Bound::End) => Time::constant(23, 59, 59, 0),
    };
    at(date, time, here).and_then(seconds)
}

fn at(date: Date, time: Time, here: &Zoned) -> Result<Timestamp, String> {
    let moment = here.time_zone().to_timestamp(date.to_datetime(time));
    moment.map_err(|_| format!("{date} {time} is beyond what calendars know"))
}

/// `2h`, `1h30m`, `3 days ago`.
fn length(text: &str) -> Option<Span> {
    let text = text.trim_start_matches(['-', '+']);
    let text = text.strip_suffix("ago").unwrap_or(text).trim_end();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// `14:00`, `9:05`, `14:00:05`.
fn time_of_day(text: &str) -> Option<Time> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "0"));
    let second = second.split('.').next().unwrap_or_default();
    let two = |digits: &str| {
        let fits = (1..=2).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
        fits.then(|| digits.parse::<i8>().ok())?
    };
    Time::new(two(hour)?, two(minute)?, two(second)?, 0).ok()
}

/// A date, or a word for a day.
fn day(text: &str, today: Date) -> Option<Date> {
    let back = |days: i64| Some(today.saturating_sub(Span::new().days(days)));
    let word = text.to_ascii_lowercase();
    match word.as_str() {
        "today" => return Some(today),
        "yesterday" => return back(1),
        "week-ago" => return back(7),
        "this-week" => return back(i64::from(today.weekday().to_monday_zero_offset())),
        "this-month" => return Some(today.first_of_month()),
        "this-year" => return Some(today.first_of_year()),
        _ => {}
    }
    let weekday = match word.get(..3).filter(|_| word.ends_with("day") || word.len() == 3) {
        Some("mon") => Some(Weekday::Monday),
        Some("tue") => Some(Weekday::Tuesday),
        Some("wed") => Some(Weekday::Wednesday),
        Some("thu") => Some(Weekday::Thursday),
        Some("fri") => Some(Weekday::Friday),
        Some("sat") => Some(Weekday::Saturday),
        Some("sun") => Some(Weekday::Sunday),
        _ => None,
    };
    if let Some(weekday) = weekday {
        return back(i64::from(today.weekday().since(weekday)));
    }
    // `%x` of the C locale, as auditd's tools take it: month first.
    if let [month, day, year] = text.split('/').collect::<Vec<_>>()[..] {
        let year: i16 = match (year.len(), year.parse().ok()?) {
            (2, year) => 2000 + year,
            (4, year) => year,
            _ => return None,
        };
        return Date::new(year, month.parse().ok()?, day.parse().ok()?).ok();
    }
    (text.len() == 10).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    /// Monday, 23 November 2026, 12:58:11 in Berlin.
    fn read(text: &str, bound: Bound) -> Result<String, String> {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let now = Now { sec: 1_795_435_091, zone: zone.clone(), boot: Some(1_795_400_000) };
        let sec = moment(text, bound, &now)?;
        let at = Timestamp::from_second(sec as i64).unwrap().to_zoned(zone);
        Ok(at.strftime("%m-%d %H:%M:%S").to_string())
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, start) in [
            ("2h", "11-23 10:58:11"),
            ("1h30m", "11-23 11:28:11"),
            ("30min ago", "11-23 12:28:11"),
            ("3 days ago", "11-20 12:58:11"),
            ("2w", "11-09 12:58:11"),
            ("-2h", "11-23 10:58:11"),
            ("now", "11-23 12:58:11"),
            ("recent", "11-23 12:48:11"),
            ("this-hour", "11-23 12:00:00"),
            ("boot", "11-23 03:13:20"),
            ("today", "11-23 00:00:00"),
            ("yesterday", "11-22 00:00:00"),
            ("yesterday 14:00", "11-22 14:00:00"),
            ("14:00 yesterday", "11-22 14:00:00"),
            ("9:05", "11-23 09:05:00"),
            ("sunday", "11-22 00:00:00"),
            ("Mon 08:00:01", "11-23 08:00:01"),
            ("this-week", "11-23 00:00:00"),
            ("this-month", "11-01 00:00:00"),
            ("2026-11-20", "11-20 00:00:00"),
            ("2026-11-20 14:00", "11-20 14:00:00"),
            ("2026-11-20T14:00", "11-20 14:00:00"),
            ("2026-11-20T14:00:05Z", "11-20 15:00:05"),
            ("2026-11-20T14:00:05.123+01:00", "11-20 14:00:05"),
            ("11/20/26", "11-20 00:00:00"),
            ("11/20/2026 14:00:00", "11-20 14:00:00"),
            ("@1795400000", "11-23 03:13:20"),
            ("1795400000", ""),
            ("2026-13-01", ""),
            ("25:00", ""),
            ("soon", ""),
            ("", ""),
        ] {
            assert_eq!(read(text, Bound::Start).unwrap_or_default(), start, "{text}");
        }
    }

    #[test]
    fn a_day_ends_at_its_end() {
        assert_eq!(read("yesterday", Bound::End).unwrap(), "11-22 23:59:59");
        assert_eq!(read("2026-11-20", Bound::End).unwrap(), "11-20 23:59:59");
        assert_eq!(read("today", Bound::End).unwrap(), "11-23 12:58:11");
        assert_eq!(read("14:00", Bound::End).unwrap(), "11-23 14:00:00");
    }

    #[test]
    fn what_is_to_come_is_no_beginning() {
        let why = read("14:00", Bound::Start).unwrap_err();
        assert_eq!(why, "14:00 is still to come: do you mean \"yesterday 14:00\"?");
    }
}
