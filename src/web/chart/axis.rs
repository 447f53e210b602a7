//! Where the lines of a chart's grid are: few, at round numbers and at round times.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Unit as Time, Zoned, ZonedRound};

use super::{Chart, Unit, Value};
use crate::web::locale::{chart as t, time, when};

/// Lines across, at most.
const MOST_ACROSS: f64 = 4.0;
/// Times that are written out, at most: as many as fit on a phone.
const MOST_TIMES: i64 = 5;

/// What stands at the side: values with their words. The last is the top of the picture.
pub(super) fn values(chart: &Chart) -> Vec<(f64, String)> {
    let top = top(chart);
    let step = step(chart.unit, top / MOST_ACROSS);
    let highest = if chart.top.is_some() { top } else { (top / step).ceil() * step };
    let mut values = Vec::new();
    let mut value = 0.0;
    while value <= highest + step / 1e6 && values.len() < 12 {
        values.push((value, label(chart.unit, value, step)));
        value += step;
    }
    values
}

/// The value at the upper edge.
pub(super) fn edge(chart: &Chart) -> f64 {
    let top = top(chart);
    if chart.top.is_some() {
        return top;
    }
    let step = step(chart.unit, top / MOST_ACROSS);
    (top / step).ceil() * step
}

fn top(chart: &Chart) -> f64 {
    if let Some(top) = chart.top {
        return f64::from(top);
    }
    let value = |value: &Value| {
        f64::from(if chart.is_stacked || !chart.has_band() { value.mean } else { value.max })
    };
    let greatest = if chart.is_stacked {
        let steps = 0..chart.grid.count;
        let sum = |n: usize| -> f64 {
            let lines = chart.lines.iter().filter_map(|line| line.values.get(n)?.as_ref());
            lines.map(value).sum()
        };
        steps.map(sum).fold(0.0, f64::max)
    } else {
        let all = chart.lines.iter().flat_map(|line| line.values.iter().flatten());
        all.map(value).fold(0.0, f64::max)
    };
    let least = match chart.unit {
        Unit::Ratio | Unit::Seconds => 0.01,
        Unit::Bytes | Unit::BytesPerSecond => 1024.0,
        Unit::Celsius => 40.0,
        Unit::Number => 1.0,
    };
    greatest.max(least)
}

/// A round number that is not smaller.
fn step(unit: Unit, least: f64) -> f64 {
    if matches!(unit, Unit::Bytes | Unit::BytesPerSecond) {
        return least.max(1.0).log2().ceil().exp2();
    }
    let ten = 10_f64.powf(least.max(1e-9).log10().floor());
    let found = [1.0, 2.0, 5.0].into_iter().map(|n| n * ten).find(|step| *step >= least * 0.9999);
    found.unwrap_or(10.0 * ten)
}

fn label(unit: Unit, value: f64, step: f64) -> String {
    match unit {
        _ if value == 0.0 => String::from("0"),
        Unit::Ratio if step < 0.01 => format!("{:.1} %", value * 100.0),
        Unit::Ratio => format!("{:.0} %", value * 100.0),
        Unit::Number if step < 1.0 => format!("{value:.1}"),
        Unit::Number => format!("{value:.0}"),
        _ => unit.show(value as f32),
    }
}

/// What stands below: times with their words.
pub(super) fn times(
    from: Timestamp,
    until: Timestamp,
    zone: &TimeZone,
) -> Vec<(Timestamp, String)> {
    let length = until.duration_since(from).as_secs();
    let units = [
        (Time::Minute, [1, 2, 5, 10, 15, 30].as_slice(), 60),
        (Time::Hour, [1, 2, 3, 6, 12].as_slice(), 3600),
        (Time::Day, [1, 2, 7, 14].as_slice(), 86_400),
        (Time::Month, [1, 2, 3, 6].as_slice(), 30 * 86_400),
    ];
    let mut fitting = units.iter().flat_map(|(unit, counts, seconds)| {
        counts.iter().map(move |count| (*unit, *count, seconds * count))
    });
    let Some((unit, count, _)) = fitting.find(|(.., seconds)| length / seconds <= MOST_TIMES)
    else {
        return Vec::new();
    };
    let span = match unit {
        Time::Minute => Span::new().minutes(count),
        Time::Hour => Span::new().hours(count),
        Time::Day => Span::new().days(count),
        _ => Span::new().months(count),
    };
    let begin = from.to_zoned(zone.clone());
    let begin = match unit {
        // The first of a month, the begin of a day; hours and minutes count from midnight.
        Time::Month => begin.first_of_month().and_then(|first| first.start_of_day()),
        Time::Day | Time::Hour => begin.start_of_day(),
        _ => begin.round(ZonedRound::new().smallest(Time::Hour).mode(jiff::RoundMode::Trunc)),
    };
    let Ok(mut at) = begin else { return Vec::new() };
    let mut times = Vec::new();
    // A day has 24 times two hours, a month thirty days.
    for _ in 0..64 {
        let stamp = at.timestamp();
        if stamp >= until {
            break;
        }
        if stamp >= from {
            times.push((stamp, word(&at, unit)));
        }
        let Ok(next) = at.checked_add(span) else { break };
        at = next;
    }
    times
}

/// A time, as precise as its unit.
fn word(at: &Zoned, unit: Time) -> String {
    match unit {
        Time::Month => t::month_year(time::month(at.month()), i32::from(at.year())),
        Time::Day => when::day(at.date()),
        _ => when::clock(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers() {
        for (unit, least, expected) in [
            (Unit::Ratio, 0.25, 0.5),
            (Unit::Ratio, 0.013, 0.02),
            (Unit::Number, 1.0, 1.0),
            (Unit::Number, 7.0, 10.0),
            (Unit::Bytes, 3e9, 4.0 * 1024.0 * 1024.0 * 1024.0),
        ] {
            let found = step(unit, least);
            assert!((found - expected).abs() < expected / 1e6, "{unit:?} {least}: {found}");
        }
    }

    #[test]
    fn round_times() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let until: Timestamp = "2026-11-29T16:20:00Z".parse().unwrap();
        for (hours, expected) in [
            (1, "16:30 16:45 17:00 17:15"),
            (24, "18:00 00:00 06:00 12:00"),
            (7 * 24, "24 Nov 26 Nov 28 Nov"),
            (90 * 24, "Sep 2026 Oct 2026 Nov 2026"),
            (365 * 24, "Feb 2026 May 2026 Aug 2026 Nov 2026"),
        ] {
            let from = until - jiff::SignedDuration::from_hours(hours);
            let times = times(from, until, &zone);
            let words: Vec<&str> = times.iter().map(|(_, word)| word.as_str()).collect();
            assert_eq!(words.join(" "), expected, "{hours}");
        }
    }
}
