//! Reads a cron expression.

use super::Cron;
use super::days::Days;
use crate::Invalid;
use crate::field::{Field, digits};
use crate::numbers::Numbers;
use crate::piece::Piece;

const MINUTE: Field = Field { name: "minute", least: 0, most: 59, names: &[] };
const HOUR: Field = Field { name: "hour", least: 0, most: 23, names: &[] };
const DAY: Field = Field { name: "day of the month", least: 1, most: 31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    least: 1,
    most: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// Sunday is 0 and 7.
const WEEKDAY: Field = Field {
    name: "day of the week",
    least: 0,
    most: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};

/// Most days a month can have, from January on.
const MOST_DAYS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Words of other crons, and what they mean.
const NICKNAMES: [(&str, &str); 7] = [
    ("@HOURLY", "0 * * * *"),
    ("@DAILY", "0 0 * * *"),
    ("@MIDNIGHT", "0 0 * * *"),
    ("@WEEKLY", "0 0 * * 0"),
    ("@MONTHLY", "0 0 1 * *"),
    ("@YEARLY", "0 0 1 1 *"),
    ("@ANNUALLY", "0 0 1 1 *"),
];

pub(super) fn cron(text: &str) -> Result<Cron, Invalid> {
    let whole = Piece::whole(text);
    let words = whole.words();
    let &[minute, hour, day, month, weekday] = words.as_slice() else {
        return Err(wrong_number(whole.trim(), &words));
    };
    let minutes = numbers(&MINUTE, minute)?;
    let hours = numbers(&HOUR, hour)?;
    let mut days = Days {
        both: day.text.starts_with('*') || weekday.text.starts_with('*'),
        ..Days::default()
    };
    days_of_month(&mut days, day)?;
    let months = numbers(&MONTH, month)?;
    days_of_week(&mut days, weekday)?;
    check_days_exist(&days, months, day)?;
    Ok(Cron {
        text: text.to_owned(),
        minutes,
        hours,
        days,
        months,
        at_fixed_times: !minute.text.starts_with('*') && !hour.text.starts_with('*'),
    })
}

fn wrong_number(whole: Piece<'_>, words: &[Piece<'_>]) -> Invalid {
    let nickname = words.first().and_then(|word| NICKNAMES.iter().find(|named| word.is(named.0)));
    let instead = match (nickname, words.len()) {
        (Some((_, meant)), 1) => format!("write `{meant}`"),
        (_, 6) => "leave out the seconds, they are always 0".to_owned(),
        _ => {
            "write minute, hour, day of the month, month and day of the week, such as `30 4 * * *`"
                .to_owned()
        }
    };
    let problem = match words {
        [word] => format!("`{}` is not the five fields of a cron expression", word.text),
        _ => format!("a cron expression has 5 fields, here are {}", words.len()),
    };
    whole.invalid("expression", problem, instead)
}

/// A field of plain numbers.
fn numbers(field: &Field, piece: Piece<'_>) -> Result<Numbers, Invalid> {
    let mut set = Numbers::default();
    for item in piece.split(',') {
        insert(&mut set, field, item)?;
    }
    Ok(set)
}

fn days_of_month(days: &mut Days, piece: Piece<'_>) -> Result<(), Invalid> {
    for item in piece.split(',') {
        let span = match item.split_once("/") {
            Some((span, step)) => {
                DAY.step(step)?;
                span
            }
            None => item,
        };
        // A step changes nothing about a single day that has no number.
        if span.is("L") {
            days.last = true;
        } else if span.is("LW") {
            days.last_workday = true;
        } else {
            insert(&mut days.of_month, &DAY, item)?;
        }
    }
    Ok(())
}

fn days_of_week(days: &mut Days, piece: Piece<'_>) -> Result<(), Invalid> {
    let mut plain = Numbers::default();
    for item in piece.split(',') {
        if let Some(number) = item.text.strip_suffix(['L', 'l']) {
            let value = item.part(0, number.len());
            if digits(number).is_none() {
                return Err(item.invalid(
                    WEEKDAY.name,
                    format!("`{}` is no last day of the week", item.text),
                    "write a number before the L, such as `5L` for the last Friday",
                ));
            }
            days.last_of_week.insert(weekday(value)?);
        } else if let Some((value, nth)) = item.split_once("#") {
            let number = digits(nth.text).filter(|number| (1..=5).contains(number));
            let Some(number) = number else {
                return Err(nth.invalid(
                    WEEKDAY.name,
                    format!("`{}` is no count of a day in a month", nth.text),
                    "write a number from 1 to 5 after the `#`, such as `5#2` for the second Friday",
                ));
            };
            days.nth_of_week.insert(Days::nth(weekday(value)?, number));
        } else {
            insert(&mut plain, &WEEKDAY, item)?;
        }
    }
    days.of_week = (0..7).filter(|day| plain.contains(*day)).collect();
    if plain.contains(7) {
        days.of_week.insert(0);
    }
    Ok(())
}

/// A single day of the week, Sunday as 0.
fn weekday(piece: Piece<'_>) -> Result<u16, Invalid> {
    Ok(WEEKDAY.value(piece)? % 7)
}

/// Inserts what one item of a list stands for.
fn insert(set: &mut Numbers, field: &Field, item: Piece<'_>) -> Result<(), Invalid> {
    let (span, step) = match item.split_once("/") {
        Some((span, step)) => (span, Some(field.step(step)?)),
        None => (item, None),
    };
    let (least, mut most) = ends(field, span)?;
    // `5/10` is every tenth from 5 on, and so, as in cronsim, is `5-5/10`.
    if step.is_some() && least == most {
        most = field.most;
    }
    (least..=most).step_by(step.unwrap_or(1)).for_each(|number| set.insert(number));
    Ok(())
}

/// The first and the last of `*`, `a-b` or `a`.
fn ends(field: &Field, span: Piece<'_>) -> Result<(u16, u16), Invalid> {
    if span.text == "*" {
        return Ok((field.least, field.most));
    }
    if span.text == "?" {
        return Err(span.invalid(
            field.name,
            format!("`?` is no {}", field.name),
            "write `*`, which says the same",
        ));
    }
    let Some((first, last)) = span.split_once("-") else {
        return field.value(span).map(|value| (value, value));
    };
    let (least, most) = (field.value(first)?, field.value(last)?);
    if least <= most {
        return Ok((least, most));
    }
    // Sunday has two numbers, so that all that comes after the greatest begins at Monday.
    let first_again = if *field == WEEKDAY { 1 } else { field.least };
    let second = match most {
        0 if *field == WEEKDAY => String::new(),
        most if most == first_again => format!(",{most}"),
        most => format!(",{first_again}-{most}"),
    };
    Err(span.invalid(
        field.name,
        format!("`{}` runs backwards", span.text),
        format!("write `{least}-{}{second}`", field.most),
    ))
}

/// A day that none of the months has would never come.
fn check_days_exist(days: &Days, months: Numbers, piece: Piece<'_>) -> Result<(), Invalid> {
    let most = (1..=12_u8)
        .filter(|month| months.contains(*month))
        .map(|month| MOST_DAYS[usize::from(month) - 1])
        .max();
    let (Some(least), Some(most)) = (days.of_month.at_least(0), most) else { return Ok(()) };
    if least <= most || days.last || days.last_workday {
        return Ok(());
    }
    Err(piece.invalid(
        DAY.name,
        format!("none of these months has a day {least}"),
        format!("write a day up to {most}, or L for the last day of a month"),
    ))
}
