//! Reads one OnCalendar expression.

use jiff::tz::TimeZone;

use super::line::{FIRST_YEAR, LAST_YEAR, Line};
use super::weekday::weekdays;
use crate::Invalid;
use crate::field::Field;
use crate::numbers::Numbers;
use crate::piece::Piece;

const YEAR: Field = Field { name: "year", least: FIRST_YEAR, most: LAST_YEAR, names: &[] };
const MONTH: Field = Field { name: "month", least: 1, most: 12, names: &[] };
const DAY: Field = Field { name: "day of the month", least: 1, most: 31, names: &[] };
const HOUR: Field = Field { name: "hour", least: 0, most: 23, names: &[] };
const MINUTE: Field = Field { name: "minute", least: 0, most: 59, names: &[] };
const SECOND: Field = Field { name: "second", least: 0, most: 59, names: &[] };

/// A single day counted from a month's end may be this at most: every month has one.
const MOST_FROM_END: u16 = 28;

const WORDS: [(&str, &str); 9] = [
    ("minutely", "*-*-* *:*:00"),
    ("hourly", "*-*-* *:00:00"),
    ("daily", "*-*-* 00:00:00"),
    ("weekly", "Mon *-*-* 00:00:00"),
    ("monthly", "*-*-01 00:00:00"),
    ("quarterly", "*-01,04,07,10-01 00:00:00"),
    ("semiannually", "*-01,07-01 00:00:00"),
    ("yearly", "*-01-01 00:00:00"),
    ("annually", "*-01-01 00:00:00"),
];

/// Reads a line without white space around it.
pub(super) fn line(line: Piece<'_>) -> Result<Line, Invalid> {
    let (expression, zone) = own_zone(line);
    let lower = expression.text.to_lowercase();
    let meant = WORDS.iter().find(|(word, _)| *word == lower).map(|(_, meant)| *meant);
    let parts = meant.map_or(expression, Piece::whole).words();
    let mut parts = parts.as_slice();
    let mut read = Line {
        zone,
        weekdays: (0..7).collect(),
        years: (FIRST_YEAR..=LAST_YEAR).collect(),
        months: (1..=12).collect(),
        days: (1..=31).collect(),
        days_from_end: Numbers::default(),
        hours: Numbers::from_iter([0]),
        minutes: Numbers::from_iter([0]),
        seconds: Numbers::from_iter([0]),
    };
    if parts.is_empty() {
        return Err(expression.invalid(
            "expression",
            "there is no expression",
            "write one, such as `Mon..Fri *-*-* 04:30`, and leave no line empty",
        ));
    }
    if let Some((last, rest)) = parts.split_last()
        && last.text.contains(':')
    {
        time(&mut read, *last)?;
        parts = rest;
    }
    if let Some((last, rest)) = parts.split_last()
        && is_date(last.text)
    {
        date(&mut read, *last)?;
        parts = rest;
    }
    match parts {
        [] => {}
        [days] => read.weekdays = weekdays(*days).map_err(|invalid| hinted(expression, invalid))?,
        [.., last] => return Err(hinted(expression, left_over(*last))),
    }
    Ok(read)
}

/// Cuts off the time zone at the end.
fn own_zone(line: Piece<'_>) -> (Piece<'_>, Option<TimeZone>) {
    // Only a line with a real space in it can have one, as in oncalendar.
    if !line.text.contains(' ') {
        return (line, None);
    }
    let last = line.words().pop().unwrap_or(line);
    let Some(zone) = zone(last.text).filter(|zone| zone.iana_name() == Some(last.text)) else {
        return (line, None);
    };
    (line.part(0, last.at - line.at).trim(), Some(zone))
}

/// A zone of this name, in any case.
fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

fn is_date(text: &str) -> bool {
    text.contains(['-', '~']) && text.starts_with(|first: char| "0123456789*".contains(first))
}

fn time(line: &mut Line, piece: Piece<'_>) -> Result<(), Invalid> {
    let parts: Vec<_> = piece.split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, None),
        [hour, minute, second] => (*hour, *minute, Some(*second)),
        _ => {
            let problem = format!("`{}` is no time", piece.text);
            return Err(piece.invalid("time", problem, "write hour:minute or hour:minute:second"));
        }
    };
    line.hours = numbers(&HOUR, hour)?;
    line.minutes = numbers(&MINUTE, minute)?;
    if let Some(second) = second {
        line.seconds = numbers(&SECOND, second)?;
    }
    Ok(())
}

fn date(line: &mut Line, piece: Piece<'_>) -> Result<(), Invalid> {
    let parts = date_parts(piece);
    let (year, month, day) = match parts.as_slice() {
        [month, day] => (None, *month, *day),
        [year, month, day] => (Some(*year), *month, *day),
        _ => {
            let problem = format!("`{}` is no date", piece.text);
            return Err(piece.invalid("date", problem, "write year-month-day or month-day"));
        }
    };
    if let Some(year) = year {
        line.years = listed(&YEAR, year)?;
        line.years.sort_unstable();
        line.years.dedup();
    }
    line.months = numbers(&MONTH, month)?;
    if let Some(from_end) = day.text.strip_prefix('~') {
        let counted = day.part(1, 1 + from_end.len());
        // Every day is every day, from whichever end.
        if from_end != "*" {
            line.days = Numbers::default();
            line.days_from_end = days_from_end(counted)?;
        }
    } else {
        line.days = numbers(&DAY, day)?;
    }
    Ok(())
}

/// What is between `-`. A `~` begins a part as well, and stays at its head.
fn date_parts(piece: Piece<'_>) -> Vec<Piece<'_>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, separator) in piece.text.match_indices(['-', '~']) {
        parts.push(piece.part(start, at));
        start = if separator == "-" { at + 1 } else { at };
    }
    parts.push(piece.part(start, piece.text.len()));
    parts
}

/// The numbers of a field.
fn numbers(field: &Field, piece: Piece<'_>) -> Result<Numbers, Invalid> {
    Ok(listed(field, piece)?.into_iter().collect())
}

/// All that is listed for a field.
fn listed(field: &Field, piece: Piece<'_>) -> Result<Vec<u16>, Invalid> {
    if piece.text == "*" {
        return Ok((field.least..=field.most).collect());
    }
    let mut listed = Vec::new();
    for item in piece.split(',') {
        let (span, step) = stepped(field, item)?;
        let (least, mut most) = ends(field, span)?;
        // `5/10` is every tenth from 5 on, and so, as in oncalendar, is `5..5/10`.
        if step.is_some() && least == most {
            most = field.most;
        }
        listed.extend((least..=most).step_by(step.unwrap_or(1)));
    }
    Ok(listed)
}

/// Days counted from the month's end, written after a `~`. Steps go towards the end.
fn days_from_end(piece: Piece<'_>) -> Result<Numbers, Invalid> {
    let mut set = Numbers::default();
    for item in piece.split(',') {
        let (span, step) = stepped(&DAY, item)?;
        let (mut least, most) = ends(&DAY, span)?;
        if !span.text.contains("..") && most > MOST_FROM_END {
            let problem = format!("a month may have no day {most} from its end");
            return Err(span.invalid(DAY.name, problem, "write a number from 1 to 28"));
        }
        if step.is_some() && least == most {
            least = DAY.least;
        }
        let days = (least..=most).rev().step_by(step.unwrap_or(1));
        days.for_each(|day| set.insert(day));
    }
    Ok(set)
}

/// What is before a `/`, and the step after it.
fn stepped<'a>(field: &Field, item: Piece<'a>) -> Result<(Piece<'a>, Option<usize>), Invalid> {
    let Some((span, step)) = item.split_once("/") else { return Ok((item, None)) };
    let every = field.step(step)?;
    if span.text == "*" {
        return Err(item.invalid(
            field.name,
            format!("`{}` is no {}", item.text, field.name),
            format!("write `{}/{}`, for a `*` must stand alone", field.least, step.text),
        ));
    }
    Ok((span, Some(every)))
}

/// The first and the last of `a..b` or `a`.
fn ends(field: &Field, span: Piece<'_>) -> Result<(u16, u16), Invalid> {
    let Some((first, last)) = span.split_once("..") else {
        return value(field, span).map(|value| (value, value));
    };
    let (least, most) = (value(field, first)?, value(field, last)?);
    if least > most {
        let around = format!("write `{least}..{},{}..{most}`", field.most, field.least);
        return Err(span.invalid(field.name, format!("`{}` runs backwards", span.text), around));
    }
    Ok((least, most))
}

/// A number of a field. Years of two digits are those from 1970 to 2069.
fn value(field: &Field, piece: Piece<'_>) -> Result<u16, Invalid> {
    let number = match field.number(piece)? {
        number @ 0..70 if *field == YEAR => number + 2000,
        number @ 70..100 if *field == YEAR => number + 1900,
        number => number,
    };
    field.checked(piece, number)
}

fn left_over(piece: Piece<'_>) -> Invalid {
    let problem = format!("`{}` is no date, time or time zone", piece.text);
    let instead = "write days of the week, date, time and time zone, in this order, such as \
                   `Mon..Fri *-*-* 04:30 Europe/Berlin`";
    piece.invalid("expression", problem, instead)
}

/// Says better what is wrong where the last word was meant to be a time zone, or the whole to be
/// one word.
fn hinted(expression: Piece<'_>, invalid: Invalid) -> Invalid {
    let words = expression.words();
    let Some(last) = words.last() else { return invalid };
    if words.len() == 1 && !last.text.contains(['-', ',', '.', '/']) {
        let listed: Vec<_> = WORDS.iter().map(|(word, _)| *word).collect();
        let instead = format!("write days, a date, a time, or one of {}", listed.join(", "));
        return last.invalid("expression", format!("`{}` is no such word", last.text), instead);
    }
    let named = zone(last.text);
    let named = named.as_ref().and_then(TimeZone::iana_name);
    if words.len() > 1 && (last.text.contains('/') || named.is_some()) && !last.text.contains(':') {
        let instead = named.map_or_else(
            || "write one such as `Europe/Berlin`, or leave it out".to_owned(),
            |name| format!("write `{name}`"),
        );
        return last.invalid("time zone", format!("`{}` is no time zone", last.text), instead);
    }
    invalid
}
