//! A chart as a picture. Lines stretch with the page, words do not: the lines are in a picture of
//! their own, and what is to keep its size is placed by percentages.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{Chart, Value, axis};
use crate::web::locale::chart as t;
use crate::web::xml::Escaped;

/// The lines' own picture: its width in steps of its own, its height in pixels.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 150.0;
/// Room for flags above and times below.
const ABOVE: f64 = 14.0;
const BELOW: f64 = 20.0;

/// The picture. `id` is unlike any other on the page.
pub fn svg(chart: &Chart, id: &str) -> String {
    let mut out = String::with_capacity(8 << 10);
    let (from, until) = (chart.grid.from, chart.until());
    let length = until.duration_since(from).as_secs_f64().max(1.0);
    let share = |at: Timestamp| at.duration_since(from).as_secs_f64() / length;
    let edge = axis::edge(chart);
    let y = |value: f64| (HEIGHT * (1.0 - (value / edge).clamp(0.0, 1.0))).max(0.75);
    let total = ABOVE + HEIGHT + BELOW;
    let _ = write!(
        out,
        "<svg class=\"picture\" role=\"img\" width=\"100%\" height=\"{total}\" \
         aria-labelledby=\"{id}-title {id}-desc\"><title id=\"{id}-title\">{}</title>\
         <desc id=\"{id}-desc\">{}</desc>",
        Escaped(&chart.title),
        Escaped(&told(chart)),
    );
    for (value, _) in axis::values(chart) {
        let y = ABOVE + y(value);
        let _ = write!(out, "<line class=\"grid\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
    }
    let _ = write!(
        out,
        "<svg y=\"{ABOVE}\" width=\"100%\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         preserveAspectRatio=\"none\">"
    );
    let shapes = Shapes { chart, x: &|place| share(chart.grid.at(place)) * WIDTH, y: &y };
    shapes.draw(&mut out);
    if let Some(forecast) = &chart.forecast {
        let (end, value) = forecast.end();
        let (start, began) = forecast.from;
        let _ = write!(
            out,
            "<path class=\"line s0 ahead\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>",
            share(start) * WIDTH,
            y(f64::from(began)),
            share(end) * WIDTH,
            y(f64::from(value)),
        );
    }
    out.push_str("</svg>");
    for mark in chart.marks.iter().filter(|mark| (from..until).contains(&mark.at)) {
        let _ = write!(
            out,
            "<svg class=\"mark m-{}\" x=\"{:.2}%\" overflow=\"visible\"><path d=\"M0 2v{}M0 2h7l-2 3 2 3h-7\"/>\
             <title>{}: {}</title></svg>",
            mark.kind.as_str(),
            share(mark.at) * 100.0,
            ABOVE + HEIGHT - 2.0,
            Escaped(mark.kind.word()),
            Escaped(&mark.text),
        );
    }
    for (value, word) in axis::values(chart) {
        let _ = write!(
            out,
            "<text x=\"2\" y=\"{:.1}\">{}</text>",
            ABOVE + y(value) - 3.0,
            Escaped(&word)
        );
    }
    for (at, word) in axis::times(from, until, &chart.zone) {
        let share = share(at);
        // A word at the edge would be cut.
        let anchor = match share {
            share if share < 0.05 => "start",
            share if share > 0.95 => "end",
            _ => "middle",
        };
        let _ = write!(
            out,
            "<text x=\"{:.2}%\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            share * 100.0,
            total - 5.0,
            Escaped(&word)
        );
    }
    out.push_str("</svg>");
    out
}

/// The chart in a sentence, for whoever does not see it.
fn told(chart: &Chart) -> String {
    let lines: Vec<String> = chart
        .lines
        .iter()
        .filter_map(|line| {
            let (all, last) = (line.summary()?, line.last()?);
            let show = |value| chart.unit.show(value);
            let (least, mean, most) = (show(all.min), show(all.mean), show(all.max));
            Some(t::line(&line.name, show(last.mean), least, mean, most))
        })
        .collect();
    if lines.is_empty() { t::nothing().to_owned() } else { lines.join("; ") }
}

/// The shapes of the lines.
struct Shapes<'a> {
    chart: &'a Chart,
    x: &'a dyn Fn(usize) -> f64,
    y: &'a dyn Fn(f64) -> f64,
}

impl Shapes<'_> {
    fn draw(&self, out: &mut String) {
        if self.chart.is_stacked {
            return self.stack(out);
        }
        let of = |of: fn(Value) -> f32| move |value: Value| f64::from(of(value));
        for (n, line) in self.chart.lines.iter().enumerate() {
            if self.chart.has_band() {
                let (low, high) = (of(|value| value.min), of(|value| value.max));
                let both = |value: &Option<Value>| value.map(|value| (low(value), high(value)));
                self.area(out, n, line.values.iter().map(both), "band");
            } else if self.chart.lines.len() == 1 {
                let filled =
                    |value: &Option<Value>| value.map(|value| (0.0, f64::from(value.mean)));
                self.area(out, n, line.values.iter().map(filled), "band");
            }
            let means = line.values.iter().map(|value| value.map(|value| f64::from(value.mean)));
            self.line(out, n, means);
        }
    }

    /// Each line stands on the ones before it.
    fn stack(&self, out: &mut String) {
        let mut below = vec![0.0; self.chart.grid.count];
        for (n, line) in self.chart.lines.iter().enumerate() {
            let layer: Vec<Option<(f64, f64)>> = line
                .values
                .iter()
                .zip(&mut below)
                .map(|(value, below)| {
                    let bottom = *below;
                    *below += f64::from((*value)?.mean);
                    Some((bottom, *below))
                })
                .collect();
            self.area(out, n, layer.into_iter(), "area");
        }
    }

    fn line(&self, out: &mut String, n: usize, values: impl Iterator<Item = Option<f64>>) {
        let mut path = String::new();
        let mut is_open = false;
        for (place, value) in values.enumerate() {
            let Some(value) = value else {
                is_open = false;
                continue;
            };
            let command = if is_open { 'L' } else { 'M' };
            let _ = write!(path, "{command}{:.1} {:.1}", (self.x)(place), (self.y)(value));
            // A value alone is a point.
            if !is_open {
                path.push_str("h.1");
            }
            is_open = true;
        }
        if !path.is_empty() {
            let _ = write!(out, "<path class=\"line s{n}\" d=\"{path}\"/>");
        }
    }

    /// Between two values, in one shape for each run without a gap.
    fn area(
        &self,
        out: &mut String,
        n: usize,
        values: impl Iterator<Item = Option<(f64, f64)>>,
        class: &str,
    ) {
        let mut path = String::new();
        let mut run: Vec<(usize, f64, f64)> = Vec::new();
        let mut close = |run: &mut Vec<(usize, f64, f64)>| {
            for (k, (place, _, high)) in run.iter().enumerate() {
                let command = if k == 0 { 'M' } else { 'L' };
                let _ = write!(path, "{command}{:.1} {:.1}", (self.x)(*place), (self.y)(*high));
            }
            for (place, low, _) in run.iter().rev() {
                let _ = write!(path, "L{:.1} {:.1}", (self.x)(*place), (self.y)(*low));
            }
            if !run.is_empty() {
                path.push('Z');
            }
            run.clear();
        };
        for (place, value) in values.enumerate() {
            match value {
                Some((low, high)) => run.push((place, low, high)),
                None => close(&mut run),
            }
        }
        close(&mut run);
        if !path.is_empty() {
            let _ = write!(out, "<path class=\"{class} s{n}\" d=\"{path}\"/>");
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::web::chart::{Forecast, Grid, Line, Mark, MarkKind, Unit, What, json};

    /// How full a mount is, with a gap, a mark of somebody hostile, and a forecast.
    fn disk() -> Chart {
        let grid = Grid { from: "2026-11-29T12:00:00Z".parse().unwrap(), step: 900, count: 32 };
        let value = |n: usize| {
            let mean = 0.4 + n as f32 / 100.0;
            (n != 3).then_some(Value { min: mean - 0.02, mean, max: mean + 0.01 })
        };
        let values: Vec<_> = (0..32).map(value).collect();
        let forecast = Forecast::of(&values, &grid, 1.0);
        assert!(forecast.is_some());
        let text = String::from("<script>alert(1)</script> \"from\" elsewhere");
        Chart {
            what: What::Disk(String::from("/var")),
            title: String::from("Disk /var <b>"),
            unit: Unit::Ratio,
            is_stacked: false,
            top: Some(1.0),
            grid,
            lines: vec![Line { name: String::from("used"), values }],
            forecast,
            marks: vec![Mark { at: grid.at(8), kind: MarkKind::Login, text }],
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        }
    }

    #[test]
    fn as_a_picture_and_as_numbers() {
        let chart = disk();
        let (svg, json) = (svg(&chart, "chart-1"), json(&chart));
        for hostile in ["<script", "<b>"] {
            assert!(!svg.contains(hostile), "{svg}");
        }
        let shown = format!("{}\n{json}\n", svg.replace("><", ">\n<"));
        insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("disk", shown);
        });
    }

    #[test]
    fn nothing_measured_is_said() {
        let mut chart = disk();
        chart.lines[0].values = vec![None; 32];
        chart.forecast = None;
        assert!(chart.is_empty() && svg(&chart, "x").contains("Nothing was measured."));
    }

    #[test]
    fn layers_stand_on_each_other() {
        let mut chart = disk();
        chart.is_stacked = true;
        chart.lines.push(Line { name: String::from("more"), ..chart.lines[0].clone() });
        let svg = svg(&chart, "x");
        assert!(svg.contains("class=\"area s0\"") && svg.contains("class=\"area s1\""));
        assert!(!svg.contains("class=\"line s1\""));
    }
}
