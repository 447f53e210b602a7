//! How long answers took, drawn on the server.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use crate::monitor::ResultView;
use crate::store::sample::Point;
use crate::web::status::latency;

/// The drawing's own units.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 160.0;
/// Bars of phases that are drawn, and what is between two of them.
const BARS: usize = 60;
const BAR: f64 = 12.0;

/// Spans that can be looked at: name, words, length.
pub(super) const SPANS: [(&str, &str, SignedDuration); 5] = [
    ("24h", "24 hours", SignedDuration::from_hours(24)),
    ("7d", "7 days", SignedDuration::from_hours(7 * 24)),
    ("30d", "30 days", SignedDuration::from_hours(30 * 24)),
    ("90d", "90 days", SignedDuration::from_hours(90 * 24)),
    ("1y", "1 year", SignedDuration::from_hours(365 * 24)),
];

/// A chart: paths, and what stands beside them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Chart {
    /// The means.
    pub(super) line: String,
    /// From the least to the greatest.
    pub(super) band: String,
    /// The value at the top.
    pub(super) top: String,
}

/// The latency over a span: where nobody asked, the line is broken.
pub(super) fn latency_chart(points: &[Point], since: Timestamp, until: Timestamp) -> Chart {
    let most = points.iter().map(|point| point.max).fold(0.0_f32, f32::max);
    if points.is_empty() || most <= 0.0 {
        return Chart::default();
    }
    let top = nice(f64::from(most));
    let whole = until.duration_since(since).as_secs_f64().max(1.0);
    let x = |at: Timestamp| at.duration_since(since).as_secs_f64() / whole * WIDTH;
    let y = |value: f32| HEIGHT - f64::from(value) / top * HEIGHT;
    let (mut line, mut band) = (String::new(), String::new());
    for run in runs(points) {
        for (place, point) in run.iter().enumerate() {
            let letter = if place == 0 { 'M' } else { 'L' };
            let _ = write!(line, "{letter}{:.1} {:.1}", x(point.at), y(point.mean));
            let _ = write!(band, "{letter}{:.1} {:.1}", x(point.at), y(point.max));
        }
        for point in run.iter().rev() {
            let _ = write!(band, "L{:.1} {:.1}", x(point.at), y(point.min));
        }
        band.push('Z');
        if let [only] = run {
            // A point by itself is seen as well.
            let _ = write!(line, "h2M{:.1} {:.1}", x(only.at), y(only.mean));
        }
    }
    Chart { line, band, top: latency(top) }
}

/// Points without a gap between them: one is three usual steps.
fn runs(points: &[Point]) -> Vec<&[Point]> {
    let gap = |pair: &[Point]| pair[1].at.duration_since(pair[0].at);
    let usual = points.windows(2).map(gap).min().unwrap_or(SignedDuration::ZERO);
    let longest = usual.checked_mul(3).unwrap_or(SignedDuration::MAX);
    points.chunk_by(|one, next| next.at.duration_since(one.at) <= longest).collect()
}

/// The next greater number that reads well.
fn nice(value: f64) -> f64 {
    let ten = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps.into_iter().map(|step| step * ten).find(|step| *step >= value).unwrap_or(value)
}

/// A part of a bar: its class, where, how high.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) height: f64,
}

/// An answer as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) parts: Vec<Part>,
    pub(super) title: String,
}

/// The phases of the last answers, one above the other; and the value at the top.
pub(super) fn phase_bars(results: &[ResultView]) -> (Vec<Bar>, String) {
    let results = &results[results.len().saturating_sub(BARS)..];
    let most = results.iter().map(|result| result.latency_seconds).fold(0.0, f64::max);
    if most <= 0.0 {
        return (Vec::new(), String::new());
    }
    let top = nice(most);
    let first = BARS - results.len();
    let bar = |(place, result): (usize, &ResultView)| {
        let x = (first + place) as f64 * BAR;
        let (mut from, mut parts, mut words) = (HEIGHT, Vec::new(), Vec::new());
        for (class, name, took) in spent(result) {
            let height = took / top * HEIGHT;
            from -= height;
            if height >= 0.1 {
                parts.push(Part { class, x, y: tenth(from), height: tenth(height) });
            }
            words.push(format!("{name} {}", latency(took)));
        }
        Bar { parts, title: format!("{}: {}", latency(result.latency_seconds), words.join(", ")) }
    };
    (results.iter().enumerate().map(bar).collect(), latency(top))
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// What an answer's time was spent on; what no phase accounts for is the rest.
fn spent(result: &ResultView) -> Vec<(&'static str, &'static str, f64)> {
    let phases = [
        ("p-dns", "DNS", result.phases.dns_seconds),
        ("p-connect", "connect", result.phases.connect_seconds),
        ("p-tls", "TLS", result.phases.tls_seconds),
        ("p-wait", "first byte", result.phases.first_byte_seconds),
    ];
    let mut left = result.latency_seconds;
    let mut spent = Vec::new();
    for (class, name, took) in phases {
        if let Some(took) = took {
            let took = took.clamp(0.0, left);
            left -= took;
            spent.push((class, name, took));
        }
    }
    if left > 0.0 {
        spent.push(("p-rest", "the rest", left));
    }
    spent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MonitorStatus;
    use crate::monitor::PhasesView;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_gap_breaks_the_line() {
        let point = |second, mean| Point { at: at(second), min: mean, mean, max: mean };
        let points = [point(0, 0.1), point(10, 0.2), point(80, 0.1)];
        let chart = latency_chart(&points, at(0), at(100));
        assert_eq!(chart.line, "M0.0 80.0L72.0 0.0M576.0 80.0h2M576.0 80.0");
        assert_eq!((chart.top.as_str(), chart.band.matches('Z').count()), ("200 ms", 2));
        assert_eq!(latency_chart(&[], at(0), at(1)), Chart::default());
    }

    #[test]
    fn what_no_phase_accounts_for_is_the_rest() {
        let phases = PhasesView {
            dns_seconds: Some(0.1),
            first_byte_seconds: Some(0.5),
            ..PhasesView::default()
        };
        let result = |phases, latency_seconds| ResultView {
            at: at(0),
            found: MonitorStatus::Up,
            latency_seconds,
            phases,
            said: String::new(),
        };
        let (bars, top) = phase_bars(&[result(phases, 1.0)]);
        let heights: Vec<f64> = bars[0].parts.iter().map(|part| part.height).collect();
        assert_eq!((heights, top.as_str()), (vec![16.0, 80.0, 64.0], "1.0 s"));
        assert_eq!(bars[0].title, "1.0 s: DNS 100 ms, first byte 500 ms, the rest 400 ms");
        assert_eq!(bars[0].parts[0].x, 59.0 * BAR, "the newest is at the right");
        assert_eq!(phase_bars(&[]), (Vec::new(), String::new()));
    }
}
