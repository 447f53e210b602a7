//! Charts out of the store.

use jiff::Timestamp;

use super::Result;
use super::drawn::Drawn;
use crate::config::Config;
use crate::model::Series;
use crate::store::Store;
use crate::store::sample::Point;
use crate::web::chart::{self, Chart, Forecast, Line, Plan, Span, Value, What};

/// What is wanted of them.
pub(super) struct Asked<'a> {
    pub(super) span: Span,
    /// Steps at most.
    pub(super) most: usize,
    pub(super) config: &'a Config,
    pub(super) drawn: &'a Drawn,
    /// What is measured here.
    pub(super) known: &'a [Series],
    /// Services whose lines are wanted.
    pub(super) units: &'a [String],
    pub(super) now: Timestamp,
}

/// These charts. All of them are read at once: what lies together is read once.
pub(super) async fn charts(
    store: &Store,
    wanted: &[What],
    asked: &Asked<'_>,
) -> Result<Vec<Chart>> {
    let interval = asked.config.interval.as_secs().max(1);
    let grid = asked.span.grid(asked.most, interval);
    let plans: Vec<Plan> = wanted.iter().map(|what| what.plan(asked.known, asked.units)).collect();
    let series: Vec<Series> =
        plans.iter().flat_map(|plan| &plan.lines).map(|(_, series)| series.clone()).collect();
    let ranges = asked.drawn.ranges(store, &series, &grid, asked.now).await?;
    let mut ranges = ranges.into_iter();
    let mut charts = Vec::with_capacity(plans.len());
    for (what, plan) in wanted.iter().zip(plans) {
        let mut lines: Vec<Line> = Vec::with_capacity(plan.lines.len());
        for (name, _) in plan.lines {
            let points = ranges.next().unwrap_or_default().into_iter();
            let points: Vec<_> =
                points.map(|Point { at, min, mean, max }| (at, Value { min, mean, max })).collect();
            lines.push(Line { name, values: chart::lay(&points, &grid) });
        }
        let mut top = plan.top;
        if plan.is_of_total && lines.len() == 2 {
            let total = lines.remove(0);
            top = total.summary().map(|total| total.max);
            lines[0].values = chart::used(&total.values, &lines[0].values);
        }
        // What nothing was measured of is no line.
        if lines.len() > 1 {
            lines.retain(|line| line.values.iter().any(Option::is_some));
        }
        // What ends in the past goes on into what is known already.
        let is_now = asked.span.until >= asked.now;
        let forecast = match (lines.first(), top) {
            (Some(line), Some(top)) if plan.has_forecast && is_now => {
                Forecast::of(&line.values, &grid, top)
            }
            _ => None,
        };
        charts.push(Chart {
            what: what.clone(),
            title: plan.title,
            unit: plan.unit,
            is_stacked: plan.is_stacked,
            top,
            grid,
            lines,
            forecast,
            marks: Vec::new(),
            zone: asked.config.timezone.clone(),
        });
    }
    Ok(charts)
}
