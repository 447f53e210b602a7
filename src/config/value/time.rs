//! Durations, hours, days and moments.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, civil};

use super::{Kind, Wrong, nearest, quoted};
use crate::config::Hours;

/// A length of time.
pub(in crate::config) struct Duration;

/// Longer than anyone keeps anything.
const LONGEST: SignedDuration = SignedDuration::from_hours(100 * 365 * 24);

impl Kind for Duration {
    type Value = SignedDuration;
    const FORMAT: &'static str = "duration";
    const WHAT: &'static str = "a duration";
    const EXAMPLE: &'static str = "\"10s\", \"5m\", \"1h\" or \"30d\"";

    fn read(text: &str) -> Result<SignedDuration, Wrong> {
        let units = "units: s, m (minutes), h, d, w";
        let text = text.trim();
        if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return Err(Wrong::with_help(
                "the unit is missing",
                format!("write \"{text}s\", \"{text}m\" (minutes) or \"{text}h\""),
            ));
        }
        let no_duration = || Wrong::with_help(format!("{} is no duration", quoted(text)), units);
        let span: Span = text.parse().map_err(|_| no_duration())?;
        if span.get_months() != 0 || span.get_years() != 0 {
            return Err(Wrong::with_help(
                "months and years differ in length",
                "count in days: \"30d\", \"365d\"",
            ));
        }
        let length =
            span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| no_duration())?;
        if length.is_negative() {
            return Err(Wrong::new("a duration is not negative"));
        }
        if length > LONGEST {
            return Err(Wrong::new("longer than a hundred years"));
        }
        Ok(length)
    }
}

impl Duration {
    /// As it is written, in the largest unit that leaves a whole number: `5m`, `30d`.
    pub(in crate::config) fn write(length: SignedDuration) -> String {
        let (seconds, nanoseconds) = (length.as_secs(), length.subsec_nanos());
        match seconds {
            _ if nanoseconds != 0 => format!("{}ms", length.as_millis()),
            0 => String::from("0s"),
            s if s % 86_400 == 0 && s > 86_400 => format!("{}d", s / 86_400),
            s if s % 3600 == 0 => format!("{}h", s / 3600),
            s if s % 60 == 0 => format!("{}m", s / 60),
            s => format!("{s}s"),
        }
    }
}

/// A span of the day.
pub(in crate::config) struct HoursText;

impl Kind for HoursText {
    type Value = Hours;
    const FORMAT: &'static str = "hours";
    const WHAT: &'static str = "a span of the day";
    const EXAMPLE: &'static str = "\"08:00-22:00\"";

    fn read(text: &str) -> Result<Hours, Wrong> {
        let Some((from, until)) = text.split_once(['-', '–']) else {
            return Err(Wrong::new(format!("{} does not read as FROM-UNTIL", quoted(text))));
        };
        if let (Some(from @ 0..=24), Some(until @ 0..=24)) = (number(from), number(until)) {
            return Err(Wrong::with_help(
                "the minutes are missing",
                format!("write \"{from:02}:00-{until:02}:00\""),
            ));
        }
        let (from, until) = (minute(from)?, minute(until)?);
        if from == until || from == 24 * 60 {
            return Err(Wrong::with_help(
                "it ends when it begins",
                "write \"00:00-24:00\" for the whole day",
            ));
        }
        Ok(Hours { from, until })
    }
}

impl HoursText {
    /// As it is written: `08:00-22:00`.
    pub(in crate::config) fn write(hours: Hours) -> String {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{}-{}", clock(hours.from), clock(hours.until))
    }
}

/// Minutes since midnight of a `22:00`; `24:00` is the end of the day.
fn minute(text: &str) -> Result<u16, Wrong> {
    let text = text.trim();
    let read = text.split_once(':').and_then(|(hour, minute)| {
        let (hour, minute) = (number(hour)?, number(minute)?);
        (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
    });
    read.ok_or_else(|| {
        let why = format!("{} is no time of day", quoted(text));
        match number(text) {
            Some(hour @ 0..=24) => Wrong::with_help(why, format!("write {hour:02}:00")),
            _ => Wrong::with_help(why, "times of day go from 00:00 to 24:00"),
        }
    })
}

/// One or two digits.
fn number(digits: &str) -> Option<u16> {
    let digits = digits.trim();
    let shape = matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit());
    shape.then(|| digits.parse().ok()).flatten()
}

/// Days of the week with a span of the day.
pub(in crate::config) struct Weekly;

const DAYS: [(&str, &str, Weekday); 7] = [
    ("Mon", "Monday", Weekday::Monday),
    ("Tue", "Tuesday", Weekday::Tuesday),
    ("Wed", "Wednesday", Weekday::Wednesday),
    ("Thu", "Thursday", Weekday::Thursday),
    ("Fri", "Friday", Weekday::Friday),
    ("Sat", "Saturday", Weekday::Saturday),
    ("Sun", "Sunday", Weekday::Sunday),
];

impl Kind for Weekly {
    type Value = (Vec<Weekday>, Hours);
    const FORMAT: &'static str = "weekly";
    const WHAT: &'static str = "days and hours";
    const EXAMPLE: &'static str = "\"Sun 02:00-04:00\" or \"Mon-Fri 23:00-01:00\"";

    fn read(text: &str) -> Result<Self::Value, Wrong> {
        let Some((days, hours)) = text.trim().rsplit_once(char::is_whitespace) else {
            return Err(Wrong::new(format!("{} does not read as DAYS HOURS", quoted(text))));
        };
        let hours = HoursText::read(hours)?;
        let mut listed = Vec::new();
        for part in days.split(',').map(str::trim) {
            if ["daily", "*"].contains(&part) {
                listed.extend(0..7);
            } else if let Some((first, last)) = part.split_once('-') {
                let (first, last) = (day(first)?, day(last)?);
                let length = (last + 7 - first) % 7;
                listed.extend((first..=first + length).map(|index| index % 7));
            } else {
                listed.push(day(part)?);
            }
        }
        listed.sort_unstable();
        listed.dedup();
        Ok((listed.into_iter().map(|index| DAYS[index].2).collect(), hours))
    }
}

impl Weekly {
    /// As it is written: `Mon,Thu 23:00-01:00`.
    pub(in crate::config) fn write(days: &[Weekday], hours: Hours) -> String {
        let days: Vec<&str> = DAYS
            .iter()
            .filter(|(_, _, weekday)| days.contains(weekday))
            .map(|(short, _, _)| *short)
            .collect();
        let days = if days.len() == 7 { String::from("daily") } else { days.join(",") };
        format!("{days} {}", HoursText::write(hours))
    }
}

/// The place of a day's name in the week, Monday first.
fn day(text: &str) -> Result<usize, Wrong> {
    let text = text.trim();
    let found = DAYS.iter().position(|(short, long, _)| {
        short.eq_ignore_ascii_case(text) || long.eq_ignore_ascii_case(text)
    });
    found.ok_or_else(|| {
        let why = format!("{} is no day", quoted(text));
        match nearest(text, DAYS.iter().flat_map(|(short, long, _)| [*short, *long])) {
            Some(near) => Wrong::with_help(why, format!("did you mean {near}?")),
            None => Wrong::with_help(why, "days: Mon, Tue, Wed, Thu, Fri, Sat, Sun, or daily"),
        }
    })
}

/// A cron expression of five fields.
pub(in crate::config) struct Cron;

impl Kind for Cron {
    type Value = String;
    const FORMAT: &'static str = "cron";
    const WHAT: &'static str = "a cron expression";
    const EXAMPLE: &'static str = "\"0 3 * * *\"";

    fn read(text: &str) -> Result<String, Wrong> {
        use croner::parser::{CronParser, Seconds, Year};
        let fields = text.split_whitespace().count();
        if !text.trim().starts_with('@') && fields != 5 {
            return Err(Wrong::with_help(
                format!("{fields} fields instead of five"),
                "minute hour day-of-month month day-of-week: \"0 3 * * *\" is every day at 03:00",
            ));
        }
        CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(text.trim())
            .map(|_| text.trim().to_owned())
            .map_err(|error| {
                let why = error.to_string();
                Wrong::new(why.rsplit(": ").next().unwrap_or(&why).trim_end_matches('.'))
            })
    }
}

/// A moment, with an offset or in the config's time zone.
pub(in crate::config) struct Moment;

/// A moment as written; without an offset it needs the config's time zone.
#[derive(Debug, Clone, Copy)]
pub(in crate::config) enum Written {
    /// With `Z` or an offset.
    Exact(Timestamp),
    /// A time on the wall.
    Local(civil::DateTime),
}

impl Written {
    /// The instant it is in this zone.
    pub(in crate::config) fn instant(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Exact(instant) => Some(instant),
            Self::Local(local) => zone.to_timestamp(local).ok(),
        }
    }
}

impl Kind for Moment {
    type Value = Written;
    const FORMAT: &'static str = "moment";
    const WHAT: &'static str = "a date and time";
    const EXAMPLE: &'static str = "2026-12-01T22:00:00 or \"2026-12-01T22:00:00Z\"";

    fn read(text: &str) -> Result<Written, Wrong> {
        let text = text.trim();
        if let Ok(instant) = text.parse() {
            return Ok(Written::Exact(instant));
        }
        match text.parse::<civil::DateTime>() {
            Ok(local) if text.contains(':') => Ok(Written::Local(local)),
            Ok(_) => Err(Wrong::with_help(
                "the time of day is missing",
                format!("write \"{text}T22:00:00\""),
            )),
            Err(_) => Err(Wrong::new(format!("{} is no date and time", quoted(text)))),
        }
    }
}

/// A time zone by its name.
pub(in crate::config) struct Zone;

impl Kind for Zone {
    type Value = TimeZone;
    const FORMAT: &'static str = "timezone";
    const WHAT: &'static str = "a time zone's name";
    const EXAMPLE: &'static str = "\"Europe/Vienna\"";

    fn read(text: &str) -> Result<TimeZone, Wrong> {
        TimeZone::get(text).map_err(|_| {
            let why = format!("there is no time zone {}", quoted(text));
            let names: Vec<String> =
                jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
            let city = |name: &&String| {
                name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(text))
            };
            let near = names.iter().find(city).map(String::as_str);
            match near.or_else(|| nearest(text, names.iter().map(String::as_str))) {
                Some(near) => Wrong::with_help(why, format!("did you mean \"{near}\"?")),
                None => Wrong::with_help(why, "write a name of the IANA database, such as \"Europe/Vienna\" or \"UTC\"; `timedatectl list-timezones` lists them"),
            }
        })
    }
}
