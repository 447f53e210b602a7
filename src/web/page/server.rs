//! The server: what was measured, beside what happened, and what runs now.

mod drawn;
mod measured;
mod now;

use std::collections::BTreeMap;

use askama::Template;
use jiff::{SignedDuration, Timestamp};

pub(in crate::web) use self::drawn::Drawn;
use self::now::Now;
pub(in crate::web) use self::now::Processes;
use super::frame::Frame;
use super::script::{chart_script, chart_style};
use super::visit::Visit;
use super::words::Clock;
use super::{Result, Route, Shown};
use crate::access::Role;
use crate::model::{Metric, Series, Subject};
use crate::store::{self, Store};
use crate::web::api::problem::Problem;
use crate::web::chart::{self, Figure, Mark, RANGES, Span, What};
use crate::web::locale::{layout, server as t, when};

/// Steps of a picture, and of what the script draws.
const PICTURE: usize = 240;
const NUMBERS: usize = 1000;
/// Marks that are shown.
const MARKS: usize = 200;
/// Services whose lines are drawn if none was chosen.
const UNITS: usize = 6;

#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    Show,
    Now,
    Numbers,
}

const fn route(path: &'static str, call: Call) -> Route {
    Route { method: "GET", path, need: Role::Viewer, call: super::Call::Server(call) }
}

pub(super) const ROUTES: &[Route] = &[
    route("/server", Call::Show),
    route("/server/now", Call::Now),
    route("/chart.json", Call::Numbers),
];

#[derive(Template)]
#[template(path = "page/server.html")]
struct Server {
    frame: Frame,
    clock: Clock,
    script: &'static str,
    style: &'static str,
    ranges: Vec<Range>,
    /// From when to when, if that was zoomed into.
    zoomed: Option<(Timestamp, Timestamp)>,
    figures: Vec<Figure>,
    marks: Vec<Mark>,
    /// Every service that is measured, and whether its lines are drawn.
    units: Vec<(String, bool)>,
    /// What is kept when services are chosen.
    kept: Vec<(&'static str, String)>,
    now: Now,
}

/// A length one can choose.
pub(super) struct Range {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) said: String,
    pub(super) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "page/server/alone.html")]
struct Alone {
    frame: Frame,
    clock: Clock,
    style: &'static str,
    now: Now,
}

pub(super) async fn answer(visit: &Visit, call: Call) -> Result {
    match call {
        Call::Show => show(visit).await,
        Call::Now => {
            let (frame, now) = (visit.frame("s").await?, now::now(visit).await?);
            html(&Alone { frame, clock: visit.clock(), style: chart_style(), now })
        }
        Call::Numbers => numbers(visit).await,
    }
}

fn html(page: &impl Template) -> Result {
    page.render().map(Shown::Html).map_err(|error| Problem::unavailable(error.to_string()))
}

async fn show(visit: &Visit) -> Result {
    let (store, span) = (visit.store().await?, span(visit)?);
    let known = store::sample::series(&store).await?;
    let chosen = units(visit, &store, &known).await?;
    let marks = marks(&store, &span).await?;
    let asked = measured::Asked {
        span,
        most: PICTURE,
        config: &visit.config,
        drawn: &visit.app.drawn,
        known: &known,
        units: &chosen,
        now: visit.now,
    };
    let charts = measured::charts(&store, &What::all(&known), &asked).await?;
    // Other pages lead to the first of each kind: `#disk`.
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let figure = |mut chart: chart::Chart| {
        chart.marks.clone_from(&marks);
        let data = address(visit, &chart.what, &span);
        let what = chart.what.to_string();
        let kind = what.split(':').next().unwrap_or_default().to_owned();
        let n = kinds.entry(kind.clone()).and_modify(|n| *n += 1).or_insert(1);
        let id = if *n == 1 { kind } else { format!("{kind}-{n}") };
        Figure::of(&chart, id, data)
    };
    let mut frame = visit.frame("s").await?;
    // The charts renew themselves; only what is now is looked at all the time.
    frame.live = format!("{}{}?page=/server/now", visit.base, super::live::PATH);
    let measured = units_known(&known);
    html(&Server {
        frame,
        clock: visit.clock(),
        script: chart_script(),
        style: chart_style(),
        ranges: ranges(visit, "/server", &span),
        zoomed: span.range.is_none().then_some((span.from, span.until)),
        figures: charts.into_iter().map(figure).collect(),
        marks: marks.into_iter().rev().collect(),
        units: measured.into_iter().map(|unit| (unit.clone(), chosen.contains(&unit))).collect(),
        kept: kept(&span),
        now: now::now(visit).await?,
    })
}

/// One chart by itself, for the page of what it is about, with the lengths one can choose there.
pub(super) async fn alone(visit: &Visit, what: What, path: &str) -> Result<(Figure, Vec<Range>)> {
    let (store, span) = (visit.store().await?, span(visit)?);
    let asked = measured::Asked {
        span,
        most: PICTURE,
        config: &visit.config,
        drawn: &visit.app.drawn,
        known: &[],
        units: &[],
        now: visit.now,
    };
    let charts = measured::charts(&store, std::slice::from_ref(&what), &asked).await?;
    let chart = charts.first().ok_or_else(Problem::no_store)?;
    let figure = Figure::of(chart, String::from("latency"), address(visit, &what, &span));
    Ok((figure, ranges(visit, path, &span)))
}

async fn numbers(visit: &Visit) -> Result {
    let what: What =
        visit.query.text("chart").parse().map_err(|why: String| Problem::unread(&why))?;
    let (store, span) = (visit.store().await?, span(visit)?);
    let known = store::sample::series(&store).await?;
    let chosen = units(visit, &store, &known).await?;
    let asked = measured::Asked {
        span,
        most: NUMBERS,
        config: &visit.config,
        drawn: &visit.app.drawn,
        known: &known,
        units: &chosen,
        now: visit.now,
    };
    let charts = measured::charts(&store, &[what], &asked).await?;
    let body = charts.first().map(chart::json).unwrap_or_default().into_bytes();
    Ok(Shown::File { kind: "application/json", name: None, body })
}

fn span(visit: &Visit) -> Result<Span> {
    let query = &visit.query;
    Span::read(query.some("range"), query.some("from"), query.some("until"), visit.now)
        .map_err(|why| Problem::unread(&why))
}

/// What happened meanwhile.
async fn marks(store: &Store, span: &Span) -> Result<Vec<Mark>> {
    let (from, until) = (span.from, span.until);
    let changes = store::decision::changes(store, from, until, i64::MAX, MARKS * 4).await?;
    let changes: Vec<_> = changes.into_iter().map(|(_, decision)| decision).collect();
    let names = ["login", "noted", "watch-started"];
    let events = store::history::named(store, from, until, &names, MARKS).await?;
    Ok(chart::marks(&changes, &events, MARKS))
}

/// Services whose lines are wanted: those that were chosen, or those that use most now.
async fn units(visit: &Visit, store: &Store, known: &[Series]) -> Result<Vec<String>> {
    let measured = units_known(known);
    let chosen: Vec<String> = visit
        .query
        .all("unit")
        .filter(|unit| measured.iter().any(|known| known == unit))
        .map(str::to_owned)
        .collect();
    if !chosen.is_empty() || measured.is_empty() {
        return Ok(chosen);
    }
    let mut used: Vec<(f32, String)> = now::used(store, visit.now)
        .await?
        .into_iter()
        .map(|(unit, used)| (used.weight(), unit))
        .collect();
    used.sort_by(|one, other| other.0.total_cmp(&one.0));
    let most: Vec<String> = used.into_iter().map(|(_, unit)| unit).take(UNITS).collect();
    // Nothing was measured of late: any of them.
    Ok(if most.is_empty() { measured.into_iter().take(UNITS).collect() } else { most })
}

fn units_known(known: &[Series]) -> Vec<String> {
    let unit = |series: &Series| match (&series.subject, series.metric) {
        (Subject::Unit(name), Metric::UnitMemoryBytes) => Some(name.clone()),
        _ => None,
    };
    known.iter().filter_map(unit).collect()
}

/// Where the numbers of a chart are.
fn address(visit: &Visit, what: &What, span: &Span) -> String {
    let mut query = form_urlencoded::Serializer::new(span.query());
    query.append_pair("chart", &what.to_string());
    for unit in visit.query.all("unit") {
        query.append_pair("unit", unit);
    }
    format!("{}/chart.json?{}", visit.base, query.finish())
}

fn ranges(visit: &Visit, page: &str, span: &Span) -> Vec<Range> {
    let range = |(name, seconds): (&'static str, i64)| {
        let mut query = form_urlencoded::Serializer::new(format!("range={name}"));
        for unit in visit.query.all("unit") {
            query.append_pair("unit", unit);
        }
        let path = format!("{}{page}?{}", visit.base, query.finish());
        let is_chosen = span.range == Some(name);
        let (name, said) = length(seconds);
        Range { path, name, said, is_chosen }
    };
    RANGES.into_iter().map(range).collect()
}

/// A length on its button, and in words.
fn length(seconds: i64) -> (String, String) {
    let said = when::span(SignedDuration::from_secs(seconds));
    match (seconds / 3600, seconds / 86_400, seconds / (365 * 86_400)) {
        (hours, ..=1, _) => (t::hours_short(hours), said),
        (_, days, 0) => (t::days_short(days), said),
        (.., years) => (t::years_short(years), t::one_year(years)),
    }
}

fn kept(span: &Span) -> Vec<(&'static str, String)> {
    match span.range {
        Some(range) => vec![("range", range.to_owned())],
        None => vec![
            ("from", span.from.as_second().to_string()),
            ("until", span.until.as_second().to_string()),
        ],
    }
}
