//! Where a line goes on to: straight on, as it went.

use jiff::{SignedDuration, Timestamp};

use super::{Grid, Value};

/// Where a line goes on to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// From its last value.
    pub from: (Timestamp, f32),
    /// When the picture ends.
    pub until: Timestamp,
    /// What it is then, if it goes on so.
    pub value: f32,
    /// When it reaches the top.
    pub full: Timestamp,
}

/// Of a chart so much is looked at, from its end: what was long ago says little.
const LOOKED_AT: f64 = 0.5;
/// So much is added to the picture.
const AHEAD: f64 = 0.25;
/// Values without which nothing is said.
const LEAST: usize = 12;
/// What is further away is no forecast.
const FURTHEST: f64 = 2.0 * 365.0 * 86_400.0;

impl Forecast {
    /// Of a line that goes up to a top. None: it does not, or it is too early to say.
    pub fn of(values: &[Option<Value>], grid: &Grid, top: f32) -> Option<Self> {
        let first = (values.len() as f64 * (1.0 - LOOKED_AT)) as usize;
        let known = values.iter().enumerate().skip(first);
        let known: Vec<(f64, f64)> =
            known.filter_map(|(n, value)| Some((n as f64, f64::from((*value)?.mean)))).collect();
        if known.len() < LEAST {
            return None;
        }
        let slope = slope(&known);
        let (place, last) = *known.last()?;
        let seconds = (f64::from(top) - last) / slope * grid.step as f64;
        if slope <= 0.0 || !(0.0..FURTHEST).contains(&seconds) {
            return None;
        }
        let from = grid.at(place as usize);
        let after = |seconds: f64| from.checked_add(SignedDuration::from_secs(seconds as i64)).ok();
        let ahead = (grid.count as f64 * AHEAD * grid.step as f64).max(1.0);
        let value = last + slope * ahead.min(seconds) / grid.step as f64;
        Some(Self {
            from: (from, last as f32),
            until: after(ahead)?,
            value: value as f32,
            full: after(seconds)?,
        })
    }

    /// Where the line ends in the picture: at its edge, or at the top.
    pub fn end(&self) -> (Timestamp, f32) {
        (self.until.min(self.full), self.value)
    }
}

/// A step by least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    let (x, y) = (x / count, y / count);
    let (both, square) = points.iter().fold((0.0, 0.0), |sum, point| {
        (sum.0 + (point.0 - x) * (point.1 - y), sum.1 + (point.0 - x) * (point.0 - x))
    });
    if square > 0.0 { both / square } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(count: usize) -> Grid {
        Grid { from: Timestamp::UNIX_EPOCH, step: 3600, count }
    }

    fn line(values: impl Iterator<Item = f32>) -> Vec<Option<Value>> {
        values.map(|value| Some(Value { min: value, mean: value, max: value })).collect()
    }

    #[test]
    fn straight_on() {
        // 1 % an hour, from 0 to 39 %: full after 61 more hours.
        let forecast =
            Forecast::of(&line((0..40).map(|n| n as f32 / 100.0)), &grid(40), 1.0).unwrap();
        let hours = forecast.full.duration_since(forecast.from.0).as_secs() as f64 / 3600.0;
        assert!((hours - 61.0).abs() < 0.1, "{hours}");
        assert!((forecast.value - 0.49).abs() < 0.001, "{forecast:?}");
        assert!(forecast.until < forecast.full && forecast.end().0 == forecast.until);
        // Full within the picture: the line ends there.
        let forecast =
            Forecast::of(&line((0..40).map(|n| n as f32 / 40.0)), &grid(40), 1.0).unwrap();
        assert_eq!(forecast.end().0, forecast.full);
        assert!((forecast.value - 1.0).abs() < 0.001);
    }

    #[test]
    fn nothing_is_said_of_what_shrinks_or_is_new() {
        assert_eq!(
            Forecast::of(&line((0..40).map(|n| 1.0 - n as f32 / 100.0)), &grid(40), 1.0),
            None
        );
        assert_eq!(Forecast::of(&line((0..40).map(|_| 0.5)), &grid(40), 1.0), None);
        assert_eq!(Forecast::of(&line((0..11).map(|n| n as f32 / 100.0)), &grid(11), 1.0), None);
        assert_eq!(Forecast::of(&[], &grid(0), 1.0), None);
        assert_eq!(Forecast::of(&line((0..40).map(|n| n as f32)), &grid(40), 1.0), None);
    }
}
