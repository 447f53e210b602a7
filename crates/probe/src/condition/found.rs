//! What was found, in words for a person.

use std::fmt::Write;

use serde_json::Value as Json;

use super::fact::Fact;
use super::judge::{Absent, Datum, datum_fits};
use super::test::{Operator, Test};
use crate::answer::Answer;
use crate::text::is_hidden;

/// Characters of a text that are shown.
const WIDTH: usize = 60;
/// Values of which there are several.
const SEVERAL: usize = 3;
/// Characters in all.
const LIMIT: usize = 120;

pub(super) fn found(
    test: &Test,
    data: &Result<Vec<Datum<'_>>, Absent>,
    answer: Option<&Answer>,
) -> String {
    let data = match data {
        Ok(data) => data,
        Err(Absent::Unknown) => return "no answer".to_owned(),
        Err(Absent::Missing(why)) => return (*why).to_owned(),
    };
    // Those that fit first: they are what decided.
    let (fit, other): (Vec<_>, Vec<_>) =
        data.iter().partition(|datum| datum_fits(&test.operator, &test.fact, datum));
    let shown: Vec<_> =
        fit.into_iter().chain(other).take(SEVERAL).map(|datum| value(test, datum)).collect();
    let mut line = shown.join(", ");
    if data.len() > SEVERAL {
        let _ = write!(line, " and {} more", data.len() - SEVERAL);
    }
    if answer.is_some_and(|answer| answer.cut) && test.fact.is_of_body() {
        line.push_str(", and more that was not read");
    }
    cut(&line, LIMIT)
}

fn value(test: &Test, datum: &Datum<'_>) -> String {
    match datum {
        Datum::Flag(true) => "up".to_owned(),
        Datum::Flag(false) => "no answer".to_owned(),
        Datum::Number(number) if test.fact == Fact::Size => format!("{number} bytes"),
        Datum::Number(number) => number.to_string(),
        Datum::Share(share) => format!("{} %", (share * 1000.0).round() / 10.0),
        Datum::Nanoseconds(left)
            if matches!(test.fact, Fact::Certificate | Fact::Domain) && *left < 0.0 =>
        {
            format!("ended {} ago", time(-left))
        }
        Datum::Nanoseconds(nanoseconds) => time(*nanoseconds),
        Datum::Text(text) if text.is_empty() => "nothing".to_owned(),
        Datum::Text(text) if matches!(test.fact, Fact::Rcode | Fact::Protocol | Fact::Address) => {
            printable(text)
        }
        Datum::Text(text) => excerpt(text, &test.operator),
        Datum::Json(Json::String(text)) => excerpt(text, &test.operator),
        Datum::Json(Json::Array(items)) => format!("a list of {}", items.len()),
        Datum::Json(Json::Object(entries)) => format!("an object of {}", entries.len()),
        Datum::Json(json) => json.to_string(),
    }
}

/// The part of a text that was looked for, else its beginning, in quotes.
fn excerpt(text: &str, operator: &Operator) -> String {
    let hit = match operator {
        Operator::Contains(part) => text.find(part.as_str()),
        Operator::Matches(pattern) => pattern.0.find(text).map(|hit| hit.start()),
        Operator::EndsWith(_) => Some(text.len()),
        _ => None,
    };
    let before = hit.filter(|hit| *hit > WIDTH / 2).map_or(0, |hit| {
        let back = if hit == text.len() { WIDTH } else { WIDTH / 3 };
        text[..hit].char_indices().rev().take(back).last().map_or(0, |(at, _)| at)
    });
    let mut shown = printable(&text[before..]);
    if before > 0 {
        shown.insert(0, '…');
    }
    format!("\"{shown}\"")
}

/// The beginning of a text without what a terminal or a reader could take for something else.
fn printable(text: &str) -> String {
    // What is longer than this is cut anyway; a long text is not copied.
    let mut shown = String::new();
    for c in text.chars().take(WIDTH + 1) {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_hidden(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    cut(&shown, WIDTH)
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limit - 1).chain(['…']).collect(),
    }
}

/// `312 ms`, `1.24 s`, `5 m 12 s`, `3 h 20 m`, `13 d 4 h`.
fn time(nanoseconds: f64) -> String {
    let sign = if nanoseconds < 0.0 { "-" } else { "" };
    let seconds = nanoseconds.abs() / 1e9;
    let round =
        |number: f64, places: i32| (number * 10f64.powi(places)).round() / 10f64.powi(places);
    let shown = if seconds < 0.01 {
        format!("{} ms", round(seconds * 1e3, 2))
    } else if seconds < 1.0 {
        format!("{} ms", round(seconds * 1e3, 1))
    } else if seconds < 60.0 {
        format!("{} s", round(seconds, 2))
    } else {
        let whole = seconds as u64;
        match whole {
            0..3600 => format!("{} m {} s", whole / 60, whole % 60),
            3600..172_800 => format!("{} h {} m", whole / 3600, whole / 60 % 60),
            _ => format!("{} d {} h", whole / 86_400, whole / 3600 % 24),
        }
    };
    format!("{sign}{shown}")
}
