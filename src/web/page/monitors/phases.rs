//! What the time of the last answers was spent on, drawn on the server. Pure.

use crate::monitor::ResultView;
use crate::web::locale::monitors as t;
use crate::web::status::latency;

/// The drawing's own units.
const HEIGHT: f64 = 160.0;
/// Bars of phases that are drawn, and what is between two of them.
const BARS: usize = 60;
const BAR: f64 = 12.0;

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
            words.push(t::phase_took(name, latency(took)));
        }
        Bar { parts, title: t::phases_title(latency(result.latency_seconds), words.join(", ")) }
    };
    (results.iter().enumerate().map(bar).collect(), latency(top))
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// What an answer's time was spent on; what no phase accounts for is the rest.
fn spent(result: &ResultView) -> Vec<(&'static str, &'static str, f64)> {
    let phases = [
        ("p-dns", t::dns(), result.phases.dns_seconds),
        ("p-connect", t::connect(), result.phases.connect_seconds),
        ("p-tls", t::tls(), result.phases.tls_seconds),
        ("p-wait", t::first_byte(), result.phases.first_byte_seconds),
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
        spent.push(("p-rest", t::the_rest(), left));
    }
    spent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MonitorStatus;
    use crate::monitor::PhasesView;

    #[test]
    fn what_no_phase_accounts_for_is_the_rest() {
        let phases = PhasesView {
            dns_seconds: Some(0.1),
            first_byte_seconds: Some(0.5),
            ..PhasesView::default()
        };
        let result = |phases, latency_seconds| ResultView {
            at: jiff::Timestamp::UNIX_EPOCH,
            found: MonitorStatus::Up,
            latency_seconds,
            phases,
            said: String::new(),
        };
        let (bars, top) = phase_bars(&[result(phases, 1.0)]);
        let heights: Vec<f64> = bars[0].parts.iter().map(|part| part.height).collect();
        assert_eq!((heights, top.as_str()), (vec![16.0, 80.0, 64.0], "1.0 s"));
        assert_eq!(bars[0].title, "1.0 s: DNS 100 ms, first byte 500 ms, the rest 400 ms");
        assert!((bars[0].parts[0].x - 59.0 * BAR).abs() < 1e-9, "the newest is at the right");
        assert_eq!(phase_bars(&[]), (Vec::new(), String::new()));
    }
}
