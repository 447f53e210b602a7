//! Samples: hot rows of the hour that runs, sealed blocks of the hours before, means of the days
//! and months before those.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::block::Block;
use super::sql::{Columns as _, Row, Value, statement};
use super::{Store, StoreError, time};
use crate::model::{Batch, Family, Metric, Observation, Series, Subject};

/// What a series did in one step of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Point {
    /// The begin of the step.
    pub at: Timestamp,
    /// The least value in it.
    pub min: f32,
    /// The mean.
    pub mean: f32,
    /// The greatest.
    pub max: f32,
}

/// Seconds between the values of a block: as measured, 5-minute means, hourly means.
pub(super) const RESOLUTIONS: [i64; 3] = [0, 300, 3600];
/// Blocks of means have three columns a series; blocks of samples the first one.
pub(super) const KINDS: u32 = 4;
pub(super) const MEAN: u32 = 0;
pub(super) const MIN: u32 = 1;
pub(super) const MAX: u32 = 2;

/// Keeps the samples of several ticks in one transaction.
///
/// # Errors
/// When they could not be written; none of them is kept then.
pub async fn append(store: &Store, batches: &[Batch]) -> Result<(), StoreError> {
    let mut ids = ids(store).await?;
    let samples = |batch: &Batch| -> Vec<(Series, f32)> {
        let sample = |observation: &Observation| match observation {
            Observation::Sample { subject, metric, value } => {
                Some((Series { subject: subject.clone(), metric: *metric }, *value))
            }
            _ => None,
        };
        batch.observations.iter().filter_map(sample).collect()
    };
    let ticks: Vec<_> = batches.iter().map(|batch| (batch.at, samples(batch))).collect();
    let new = ticks.iter().flat_map(|(_, samples)| samples).map(|(series, _)| series);
    let new: Vec<&Series> = new.filter(|series| !ids.contains_key(series)).collect();
    if !new.is_empty() {
        add_series(store, new.into_iter()).await?;
        ids = self::ids(store).await?;
    }
    let rows = ticks.into_iter().map(|(at, samples)| {
        let mut body = Vec::with_capacity(samples.len() * 8);
        for (series, value) in samples {
            if let Some(id) = ids.get(&series) {
                body.extend_from_slice(&id.to_le_bytes());
                body.extend_from_slice(&value.to_le_bytes());
            }
        }
        let args = vec![at.as_microsecond().into(), store.host.as_str().into(), Value::Blob(body)];
        statement(
            "insert into hot (at, host, body) values (?1, ?2, ?3) on conflict do nothing",
            args,
        )
    });
    store.series.write(rows.collect()).await
}

/// Gives series their numbers; those that have one keep it.
pub(super) async fn add_series(
    store: &Store,
    series: impl Iterator<Item = &Series>,
) -> Result<(), StoreError> {
    let add = |series: &Series| {
        let args = vec![
            Value::from(store.host.as_str()),
            Value::Text(series.subject.to_string()),
            series.metric.as_str().into(),
        ];
        let sql = "insert into series (host, subject, metric) values (?1, ?2, ?3) \
                   on conflict do nothing";
        statement(sql, args)
    };
    store.series.write(series.map(add).collect()).await
}

/// The numbers of series. A series keeps its number for good, so only new ones are read.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<(i64, Arc<BTreeMap<Series, u32>>)>);

/// Every series there is, with its number.
pub(super) async fn ids(store: &Store) -> Result<Arc<BTreeMap<Series, u32>>, StoreError> {
    let known = || store.known.0.lock().unwrap_or_else(PoisonError::into_inner);
    let last = known().0;
    let sql = "select id, subject, metric from series where host = ?1 and id > ?2 order by id";
    let rows = store.series.read(sql, vec![store.host.as_str().into(), last.into()]).await?;
    let mut known = known();
    let new = |row: &Row| {
        let subject: Subject = row.text(1).parse().ok()?;
        Some((Series { subject, metric: Metric::from_name(row.text(2))? }, row.int(0) as u32))
    };
    if let Some(last) = rows.last() {
        known.0 = known.0.max(last.int(0));
        Arc::make_mut(&mut known.1).extend(rows.iter().filter_map(new));
    }
    Ok(Arc::clone(&known.1))
}

/// Numbers by where to find what is wanted of them: there are many pairs in a hot row, and few are
/// wanted.
pub(super) struct Places(Vec<Option<u32>>);

impl Places {
    /// Each number leads to its place; to the first, if it is there several times.
    pub(super) fn of(numbers: impl Iterator<Item = u32>) -> Self {
        let mut places = Vec::new();
        for (place, number) in numbers.enumerate() {
            let number = number as usize;
            if places.len() <= number {
                places.resize(number + 1, None);
            }
            places[number].get_or_insert(place as u32);
        }
        Self(places)
    }

    /// The place of a number, if it is wanted.
    pub(super) fn get(&self, number: u32) -> Option<usize> {
        self.0.get(number as usize).copied().flatten().map(|place| place as usize)
    }
}

/// Every series there is.
///
/// # Errors
/// When the store cannot be read.
pub async fn series(store: &Store) -> Result<Vec<Series>, StoreError> {
    Ok(ids(store).await?.keys().cloned().collect())
}

/// The last value of every wanted series that has one since a moment, which must not be long ago.
///
/// # Errors
/// When the store cannot be read.
pub async fn latest(
    store: &Store,
    since: Timestamp,
    is_wanted: impl Fn(&Series) -> bool,
) -> Result<Vec<(Series, f32)>, StoreError> {
    let ids = ids(store).await?;
    let wanted: Vec<_> = ids.iter().filter(|(series, _)| is_wanted(series)).collect();
    let places = Places::of(wanted.iter().map(|(_, id)| **id));
    let sql = "select at, body from hot where at >= ?1 and host = ?2 order by at";
    let args = vec![since.as_microsecond().into(), store.host.as_str().into()];
    let mut last: Vec<Option<f32>> = vec![None; wanted.len()];
    for row in store.series.read(sql, args).await? {
        for (id, value) in hot_pairs(row.blob(1)) {
            if let Some(place) = places.get(id) {
                last[place] = Some(value);
            }
        }
    }
    let series = wanted.into_iter().map(|(series, _)| series);
    Ok(series.zip(last).filter_map(|(series, last)| Some((series.clone(), last?))).collect())
}

/// The pairs of a hot row.
pub(super) fn hot_pairs(body: &[u8]) -> impl Iterator<Item = (u32, f32)> + '_ {
    body.chunks_exact(8).map(|pair| {
        let (id, value) = pair.split_at(4);
        let id = u32::from_le_bytes(id.try_into().unwrap_or_default());
        (id, f32::from_le_bytes(value.try_into().unwrap_or_default()))
    })
}

/// One series over a time, in at most `points` steps.
///
/// # Errors
/// When the store cannot be read. A damaged block is left out.
pub async fn range(
    store: &Store,
    series: &Series,
    from: Timestamp,
    until: Timestamp,
    points: usize,
) -> Result<Vec<Point>, StoreError> {
    let mut all = ranges(store, std::slice::from_ref(series), from, until, points).await?;
    Ok(all.pop().unwrap_or_default())
}

/// Several series over a time, in at most `points` steps each. The coarsest resolution that still has
/// that many steps is read; where it does not reach, the next one is. Each block is read once,
/// however many of its series are asked for.
///
/// # Errors
/// When the store cannot be read. A damaged block is left out.
pub async fn ranges(
    store: &Store,
    series: &[Series],
    from: Timestamp,
    until: Timestamp,
    points: usize,
) -> Result<Vec<Vec<Point>>, StoreError> {
    let ids = ids(store).await?;
    let (from, until) = (from.as_microsecond(), until.as_microsecond());
    let step = ((until - from) / i64::try_from(points.max(1)).unwrap_or(1)).max(1);
    let mut families: BTreeMap<Family, Vec<Chart>> = BTreeMap::new();
    for (place, series) in series.iter().enumerate() {
        let Some(id) = ids.get(series).copied() else { continue };
        let chart = Chart { place, id, from, step, steps: BTreeMap::new() };
        families.entry(series.metric.family()).or_default().push(chart);
    }
    let mut hot = Vec::new();
    for (family, charts) in &mut families {
        for span in add_blocks(store, *family, charts, (from, until)).await? {
            hot.push((*family, span));
        }
    }
    add_hot(store, &mut families, &hot).await?;
    let mut all = vec![Vec::new(); series.len()];
    for chart in families.into_values().flatten() {
        let place = chart.place;
        all[place] = chart.points();
    }
    Ok(all)
}

/// Adds what blocks have, the fitting resolution first, and gives the times that none reaches.
async fn add_blocks(
    store: &Store,
    family: Family,
    charts: &mut [Chart],
    span: (i64, i64),
) -> Result<Vec<(i64, i64)>, StoreError> {
    let step = charts.first().map_or(1, |chart| chart.step);
    let wanted = RESOLUTIONS.iter().rposition(|seconds| seconds * 1_000_000 <= step).unwrap_or(0);
    let mut missing = vec![span];
    // Finer ones hold what is new, coarser ones what is old.
    let order = (0..=wanted).rev().chain(wanted + 1..RESOLUTIONS.len());
    for resolution in order {
        let mut left = Vec::new();
        for span in missing {
            left.extend(add_resolution(store, family, charts, resolution, span).await?);
        }
        missing = left;
    }
    Ok(missing)
}

/// Adds what one resolution has, and gives the times it does not reach.
async fn add_resolution(
    store: &Store,
    family: Family,
    charts: &mut [Chart],
    resolution: usize,
    (from, until): (i64, i64),
) -> Result<Vec<(i64, i64)>, StoreError> {
    let seconds = RESOLUTIONS[resolution];
    let sql = "select start, finish, body from block where host = ?1 and resolution = ?2 \
               and family = ?3 and start > ?4 and start < ?5 and finish > ?6 order by start";
    // No block is longer than a month.
    let earliest = from - 32 * 86_400 * 1_000_000;
    let args = vec![
        store.host.as_str().into(),
        seconds.into(),
        family.as_str().into(),
        earliest.into(),
        until.into(),
        from.into(),
    ];
    let mut missing = Vec::new();
    let mut reached = from;
    for row in store.series.read(sql, args).await? {
        let (start, finish) = (row.int(0), row.int(1));
        if start > reached {
            missing.push((reached, start));
        }
        reached = reached.max(finish);
        let Ok(block) = Block::open(row.blob(2)) else {
            tracing::warn!("a block of {} is damaged and left out", family.as_str());
            continue;
        };
        for chart in &mut *charts {
            let whole = start >= from && finish <= until && chart.step >= finish - start;
            match block.summary(chart.id * KINDS) {
                Some(all) if whole && seconds == 0 => {
                    chart.add(start, all.min, all.max, all.sum, f64::from(all.count));
                }
                _ => chart.add_columns(&block, seconds, from, until),
            }
        }
    }
    if reached < until {
        missing.push((reached, until));
    }
    Ok(missing)
}

/// Adds what is not sealed yet. It is the same rows for all families, and read once.
async fn add_hot(
    store: &Store,
    families: &mut BTreeMap<Family, Vec<Chart>>,
    missing: &[(Family, (i64, i64))],
) -> Result<(), StoreError> {
    let Some(from) = missing.iter().map(|(_, (from, _))| *from).min() else { return Ok(()) };
    let until = missing.iter().map(|(_, (_, until))| *until).max().unwrap_or(from);
    let sql = "select at, body from hot where at >= ?1 and at < ?2 and host = ?3";
    let args = vec![from.into(), until.into(), store.host.as_str().into()];
    let mut charts: Vec<(Family, &mut Chart)> = families
        .iter_mut()
        .flat_map(|(family, charts)| charts.iter_mut().map(|chart| (*family, chart)))
        .collect();
    charts.sort_by_key(|(_, chart)| chart.id);
    let places = Places::of(charts.iter().map(|(_, chart)| chart.id));
    for row in store.series.read(sql, args).await? {
        let at = row.int(0);
        let is_missing = |family: Family| {
            let mut spans = missing.iter().filter(|(of, _)| *of == family);
            spans.any(|(_, (from, until))| (*from..*until).contains(&at))
        };
        let missing: Vec<bool> = charts.iter().map(|(family, _)| is_missing(*family)).collect();
        for (number, value) in hot_pairs(row.blob(1)) {
            let Some(first) = places.get(number) else { continue };
            // The same series may be asked for several times.
            for (is_missing, (_, chart)) in missing.iter().zip(&mut charts).skip(first) {
                if chart.id != number {
                    break;
                }
                if *is_missing {
                    chart.add(at, value, value, f64::from(value), 1.0);
                }
            }
        }
    }
    Ok(())
}

/// Steps being filled.
struct Chart {
    /// Of which of the series that were asked for.
    place: usize,
    id: u32,
    from: i64,
    step: i64,
    steps: BTreeMap<i64, (f32, f32, f64, f64)>,
}

impl Chart {
    fn add(&mut self, at: i64, min: f32, max: f32, sum: f64, count: f64) {
        let step = self.steps.entry((at - self.from).div_euclid(self.step));
        let step = step.or_insert((f32::INFINITY, f32::NEG_INFINITY, 0.0, 0.0));
        *step = (step.0.min(min), step.1.max(max), step.2 + sum, step.3 + count);
    }

    fn add_columns(&mut self, block: &Block<'_>, seconds: i64, from: i64, until: i64) {
        let column = |kind| block.column(self.id * KINDS + kind).unwrap_or_default();
        let means = column(MEAN);
        let within = |at: &i64| (from..until).contains(at);
        if seconds == 0 {
            for (at, value) in means.into_iter().filter(|(at, _)| within(at)) {
                self.add(at, value, value, f64::from(value), 1.0);
            }
            return;
        }
        for (((at, mean), (_, min)), (_, max)) in
            means.into_iter().zip(column(MIN)).zip(column(MAX))
        {
            if within(&at) {
                self.add(at, min, max, f64::from(mean), 1.0);
            }
        }
    }

    fn points(self) -> Vec<Point> {
        let Self { from, step, steps, .. } = self;
        let point = |(n, (min, max, sum, count)): (i64, (f32, f32, f64, f64))| Point {
            at: time(from + n * step),
            min,
            mean: (sum / count) as f32,
            max,
        };
        steps.into_iter().map(point).collect()
    }
}
