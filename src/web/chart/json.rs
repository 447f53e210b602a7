//! The numbers of a chart for the script, in columns. What happened meanwhile the script reads from
//! the list on the page.

use serde_json::{Map, Value as Json, json};

use super::{Chart, Value};

/// The numbers as JSON. Steps are `from + n * step` (seconds since 1970); gaps are null.
pub fn json(chart: &Chart) -> String {
    let has_band = chart.has_band();
    let lines: Vec<Json> = chart
        .lines
        .iter()
        .map(|line| {
            let column = |of: fn(Value) -> f32| -> Vec<Json> {
                line.values
                    .iter()
                    .map(|value| value.map_or(Json::Null, |value| short(of(value))))
                    .collect()
            };
            let mut said = Map::new();
            said.insert("name".to_owned(), line.name.clone().into());
            said.insert("mean".to_owned(), column(|value| value.mean).into());
            if has_band {
                said.insert("min".to_owned(), column(|value| value.min).into());
                said.insert("max".to_owned(), column(|value| value.max).into());
            }
            said.into()
        })
        .collect();
    let forecast = chart.forecast.map(|forecast| {
        let (end, value) = forecast.end();
        json!({
            "from": [forecast.from.0.as_second(), short(forecast.from.1)],
            "end": [end.as_second(), short(value)],
            "full": forecast.full.as_second(),
        })
    });
    json!({
        "unit": chart.unit.as_str(),
        "zone": chart.zone.iana_name().unwrap_or("UTC"),
        "stacked": chart.is_stacked,
        "top": chart.top,
        "from": chart.grid.from.as_second(),
        "step": chart.grid.step,
        "count": chart.grid.count,
        "until": chart.until().as_second(),
        "lines": lines,
        "forecast": forecast,
    })
    .to_string()
}

/// Four digits are more than a chart shows.
fn short(value: f32) -> Json {
    if !value.is_finite() {
        return Json::Null;
    }
    if value == 0.0 {
        return 0.into();
    }
    let value = f64::from(value);
    let digits = 3 - value.abs().log10().floor() as i32;
    let scale = 10_f64.powi(digits.clamp(-300, 300));
    let rounded = (value * scale).round() / scale;
    if rounded.fract() == 0.0 && rounded.abs() < 1e15 {
        (rounded as i64).into()
    } else {
        rounded.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits() {
        for (value, expected) in [
            (0.123_456, "0.1235"),
            (8_589_934_592.0, "8590000000"),
            (0.0, "0"),
            (1.0, "1"),
            (f32::NAN, "null"),
        ] {
            assert_eq!(short(value).to_string(), expected);
        }
    }
}
