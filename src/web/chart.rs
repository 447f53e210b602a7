//! Charts of what was measured: as a picture that needs no script, and as the numbers the script
//! draws an interactive one of. Pure: who reads the store is `page::server`.

mod axis;
mod figure;
mod forecast;
mod json;
mod mark;
mod span;
mod svg;
mod what;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use figure::Figure;
pub use forecast::Forecast;
pub use json::json;
pub use mark::{Mark, MarkKind, marks};
pub use span::{Grid, RANGES, Span};
pub use svg::svg;
pub use what::{Plan, What, used};

use crate::model::text::{bytes, percent};
use crate::web::status::latency;

/// What a line did in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// The least.
    pub min: f32,
    /// The mean.
    pub mean: f32,
    /// The greatest.
    pub max: f32,
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// A value for each step of the grid; none where nothing was measured.
    pub values: Vec<Option<Value>>,
}

/// In what its numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share of 0 to 1.
    Ratio,
    /// Bytes.
    Bytes,
    /// Bytes in a second.
    BytesPerSecond,
    /// Degrees.
    Celsius,
    /// Seconds.
    Seconds,
    /// A plain number.
    Number,
}

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub what: What,
    /// Its title.
    pub title: String,
    /// In what its numbers are.
    pub unit: Unit,
    /// Lines stand on each other.
    pub is_stacked: bool,
    /// The greatest value there can be.
    pub top: Option<f32>,
    /// Its steps.
    pub grid: Grid,
    /// Its lines, the most important first.
    pub lines: Vec<Line>,
    /// Where the first line goes on to.
    pub forecast: Option<Forecast>,
    /// What happened meanwhile, in order.
    pub marks: Vec<Mark>,
    /// Where its times are told.
    pub zone: TimeZone,
}

impl Unit {
    /// The name for the script.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "bytes/s",
            Self::Celsius => "celsius",
            Self::Seconds => "seconds",
            Self::Number => "number",
        }
    }

    /// A value as it is shown.
    pub fn show(self, value: f32) -> String {
        let value = f64::from(value);
        match self {
            Self::Ratio => percent(value),
            Self::Bytes => bytes(value),
            Self::BytesPerSecond => format!("{}/s", bytes(value)),
            Self::Celsius => format!("{value:.0} °C"),
            Self::Seconds => latency(value),
            Self::Number if value < 9.95 => format!("{value:.2}"),
            Self::Number => format!("{value:.0}"),
        }
    }
}

impl Line {
    /// The last value.
    pub fn last(&self) -> Option<Value> {
        self.values.iter().rev().copied().flatten().next()
    }

    /// The least, the mean of all, and the greatest.
    pub fn summary(&self) -> Option<Value> {
        let values = || self.values.iter().flatten();
        let count = values().count();
        let mean = values().map(|value| f64::from(value.mean)).sum::<f64>() / count as f64;
        let min = values().map(|value| value.min).reduce(f32::min)?;
        let max = values().map(|value| value.max).reduce(f32::max)?;
        Some(Value { min, mean: mean as f32, max })
    }
}

impl Chart {
    /// When the last step of the picture ends: a forecast goes beyond what was measured.
    pub fn until(&self) -> Timestamp {
        self.forecast.as_ref().map_or(self.grid.until(), |forecast| forecast.until)
    }

    /// Was anything measured?
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.values.iter().all(Option::is_none))
    }

    /// Of a single line that was averaged, the least and the greatest are shown as well.
    pub fn has_band(&self) -> bool {
        self.lines.len() == 1
            && !self.is_stacked
            && self.lines[0].values.iter().flatten().any(|value| value.max > value.min)
    }
}

/// Points on a grid. Steps that are finer than what was measured hold the value before, so that only
/// real gaps are gaps.
pub fn lay(points: &[(Timestamp, Value)], grid: &Grid) -> Vec<Option<Value>> {
    let mut values = vec![None; grid.count];
    for (at, point) in points {
        if let Some(value) = grid.place(*at).and_then(|place| values.get_mut(place)) {
            *value = Some(*point);
        }
    }
    let spacing = spacing(&values);
    let (mut before, mut missing): (Option<Value>, usize) = (None, 0);
    for value in &mut values {
        if value.is_some() {
            (before, missing) = (*value, 0);
        } else {
            missing += 1;
            if missing < spacing * 2 {
                *value = before;
            }
        }
    }
    values
}

/// How many steps are usual from one value to the next.
fn spacing(values: &[Option<Value>]) -> usize {
    let places: Vec<usize> =
        values.iter().enumerate().filter_map(|(place, value)| value.map(|_| place)).collect();
    let mut gaps: Vec<usize> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() * 3 / 4).copied().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(second: i64, value: f32) -> (Timestamp, Value) {
        let at = Timestamp::from_second(second).unwrap();
        (at, Value { min: value, mean: value, max: value })
    }

    #[test]
    fn gaps_stay_gaps_and_coarse_values_make_none() {
        let grid = Grid { from: Timestamp::UNIX_EPOCH, step: 10, count: 24 };
        // A value a minute, and one missing.
        let points: Vec<_> = [0, 60, 180].map(|second| point(second, second as f32)).into();
        let values = lay(&points, &grid);
        let shown: String =
            values.iter().map(|value| if value.is_some() { '#' } else { '.' }).collect();
        assert_eq!(shown, "########################");
        let points: Vec<_> = [0, 10, 20, 30, 40, 120, 130].map(|s| point(s, 1.0)).into();
        let values = lay(&points, &grid);
        let shown: String =
            values.iter().map(|value| if value.is_some() { '#' } else { '.' }).collect();
        assert_eq!(shown, "######......###.........");
    }

    #[test]
    fn numbers_are_shown_in_their_unit() {
        for (unit, value, shown) in [
            (Unit::Ratio, 0.5, "50 %"),
            (Unit::Bytes, 2048.0, "2.0 KiB"),
            (Unit::BytesPerSecond, 2048.0, "2.0 KiB/s"),
            (Unit::Celsius, 48.6, "49 °C"),
            (Unit::Number, 1.234, "1.23"),
            (Unit::Number, 12.34, "12"),
        ] {
            assert_eq!(unit.show(value), shown);
        }
    }
}
