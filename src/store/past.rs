//! Lays in what somebody else remembers of a time before: means of five minutes and of hours go into the
//! blocks where averaging would have put them, beside what is there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::block::{self, Block, Columns};
use super::retention::{DAY, HOUR, MONTH, SECOND};
use super::sample::{KINDS, MAX, MEAN, MIN, RESOLUTIONS, add_series, ids};
use super::sql::{Columns as _, Value, statement};
use super::{Store, StoreError};
use crate::model::{Family, Series};

/// A mean over a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// Its begin.
    pub at: Timestamp,
    /// Its length in seconds.
    pub seconds: u32,
    /// The least value.
    pub min: f32,
    /// The mean.
    pub mean: f32,
    /// The greatest.
    pub max: f32,
}

/// Values by block (resolution, family, begin), then by column and time.
type Blocks = BTreeMap<(usize, Family, i64), BTreeMap<u32, BTreeMap<i64, f32>>>;

/// Lays in series of means. What is there of the same series at the same time stays. Gives back how
/// many of the means found a place: none does in the hours that are not sealed yet.
///
/// # Errors
/// When the store cannot be read or written. Blocks that were written before stay.
pub async fn lay_in(
    store: &Store,
    past: &[(Series, Vec<Mean>)],
    now: Timestamp,
) -> Result<usize, StoreError> {
    add_series(store, past.iter().map(|(series, _)| series)).await?;
    let ids = ids(store).await?;
    let limits = Limits::read(store, now).await?;
    let mut laid = 0;
    // Series by series would rewrite the same blocks again and again; all at once would be large.
    for some in past.chunks(64) {
        let mut blocks = Blocks::new();
        for (series, means) in some {
            let Some(id) = ids.get(series) else { continue };
            let family = series.metric.family();
            for mean in means {
                laid += usize::from(limits.place(*id, family, mean, &mut blocks));
            }
        }
        for ((level, family, start), columns) in blocks {
            write(store, level, family, start, columns).await?;
        }
    }
    Ok(laid)
}

/// Up to when each resolution is complete. Beyond, averaging makes the blocks itself, out of the next
/// finer ones: a block there now would keep it from that.
struct Limits {
    hours: i64,
    days: i64,
    months: i64,
}

impl Limits {
    async fn read(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let now = now.as_microsecond();
        let host = || Value::from(store.host.as_str());
        let first = "select min(at) from hot where host = ?1";
        let first = store.series.read(first, vec![host()]).await?;
        let first = first.first().and_then(|row| row.maybe_int(0)).unwrap_or(now);
        let hours = floor(first.min(now), HOUR);
        let days = Self::done(store, 1, 0, DAY, hours).await?;
        let months = Self::done(store, 2, 1, MONTH, days).await?;
        Ok(Self { hours, days, months })
    }

    async fn done(
        store: &Store,
        level: usize,
        finer: usize,
        span: i64,
        before: i64,
    ) -> Result<i64, StoreError> {
        let args = |level: usize| vec![store.host.as_str().into(), RESOLUTIONS[level].into()];
        let done = "select max(finish) from block where host = ?1 and resolution = ?2";
        let done = store.series.read(done, args(level)).await?;
        if let Some(done) = done.first().and_then(|row| row.maybe_int(0)) {
            return Ok(done.min(floor(before, span)));
        }
        let begun = "select min(start) from block where host = ?1 and resolution = ?2";
        let begun = store.series.read(begun, args(finer)).await?;
        let begun = begun.first().and_then(|row| row.maybe_int(0)).unwrap_or(before);
        Ok(floor(begun.min(before), span))
    }

    /// Puts a mean into the coarsest block it may be in; as several values where the block is finer. Where
    /// it is coarser, the first of an hour stands for it: a finer block beside it would hide the rest.
    fn place(&self, id: u32, family: Family, mean: &Mean, blocks: &mut Blocks) -> bool {
        let at = mean.at.as_microsecond();
        let length = i64::from(mean.seconds) * SECOND;
        let (level, span) = if at < self.months {
            (2, MONTH)
        } else if at < self.days {
            (1, DAY)
        } else if at < self.hours {
            (0, HOUR)
        } else {
            return false;
        };
        let step = [300, 300, 3600][level] * SECOND;
        let kinds = [(MEAN, mean.mean), (MIN, mean.min), (MAX, mean.max)];
        // As measured has one column only.
        let kinds = if level == 0 { &kinds[..1] } else { &kinds[..] };
        let mut at = at - at.rem_euclid(step);
        let finish = (at + length.max(step)).min([self.hours, self.days, self.months][level]);
        while at < finish {
            let columns = blocks.entry((level, family, floor(at, span))).or_default();
            for (kind, value) in kinds {
                columns.entry(id * KINDS + kind).or_default().entry(at).or_insert(*value);
            }
            at += step;
        }
        true
    }
}

fn floor(at: i64, span: i64) -> i64 {
    at - at.rem_euclid(span)
}

/// Writes a block, with what is in it already.
async fn write(
    store: &Store,
    level: usize,
    family: Family,
    start: i64,
    mut columns: BTreeMap<u32, BTreeMap<i64, f32>>,
) -> Result<(), StoreError> {
    let key = || {
        vec![
            Value::from(store.host.as_str()),
            RESOLUTIONS[level].into(),
            family.as_str().into(),
            start.into(),
        ]
    };
    let sql = "select body from block where host = ?1 and resolution = ?2 and family = ?3 \
               and start = ?4";
    let found = store.series.read(sql, key()).await?;
    if let Some(block) = found.first().map(|row| Block::open(row.blob(0))) {
        // A damaged one loses itself, as ever.
        let Ok(block) = block else { return Ok(()) };
        for number in block.numbers() {
            let Ok(values) = block.column(number) else { continue };
            let column = columns.entry(number).or_default();
            column.extend(values);
        }
    }
    let times: BTreeSet<i64> = columns.values().flat_map(BTreeMap::keys).copied().collect();
    let times: Vec<i64> = times.into_iter().collect();
    let rows = |values: BTreeMap<i64, f32>| -> Vec<(u32, f32)> {
        let row = |(at, value): (i64, f32)| Some((times.binary_search(&at).ok()? as u32, value));
        values.into_iter().filter_map(row).collect()
    };
    let columns: Columns =
        columns.into_iter().map(|(number, values)| (number, rows(values))).collect();
    let span = [HOUR, DAY, MONTH][level];
    let mut args = key();
    args.extend([(start + span).into(), Value::Blob(block::encode(&times, &columns))]);
    let sql = "insert into block (host, resolution, family, start, finish, body) \
               values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (host, resolution, family, start) \
               do update set body = excluded.body";
    store.series.write(vec![statement(sql, args)]).await
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;
    use crate::config::{Config, StoreConfig};
    use crate::model::{Batch, Metric, Observation, Subject};
    use crate::store::{retention, sample};

    fn series(name: &str) -> Series {
        Series { subject: Subject::Monitor(name.to_owned()), metric: Metric::MonitorUpRatio }
    }

    fn mean(at: Timestamp, seconds: u32, mean: f32) -> Mean {
        Mean { at, seconds, min: 0.0, mean, max: 1.0 }
    }

    #[tokio::test]
    async fn charts_show_what_was_laid_in_and_averaging_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let config = StoreConfig { path: folder.path().to_owned(), ..Config::default().store };
        let store = Store::open(&config, "web1").await.unwrap();
        let now: Timestamp = "2026-11-29T12:34:56Z".parse().unwrap();
        // Another monitor was watched here for two hours already.
        for minute in 0..120 {
            let observation = Observation::Sample {
                subject: Subject::Monitor(String::from("old")),
                metric: Metric::MonitorUpRatio,
                value: 0.5,
            };
            let at = now - 130.minutes() + minute.minutes();
            sample::append(&store, &[Batch { at, observations: vec![observation] }]).await.unwrap();
        }
        retention::seal(&store, now).await.unwrap();
        let noon: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let mut means: Vec<Mean> = Vec::new();
        for hour in 0..24 * 60 {
            means.push(mean(noon - (24 * 60 - hour).hours(), 3600, 0.25));
        }
        for step in 0..12 * 22 {
            means.push(mean(noon + (step * 5).minutes(), 300, 0.75));
        }
        let count = means.len();
        let past = [(series("shop"), means)];
        let laid = lay_in(&store, &past, now).await.unwrap();
        assert!(laid >= count - 30, "{laid} of {count}");
        // A second time changes nothing.
        assert_eq!(lay_in(&store, &past, now).await.unwrap(), laid);
        for later in [0, 26, 24 * 40] {
            let then = now + later.hours();
            retention::seal(&store, then).await.unwrap();
            let chart = |from: Timestamp, until: Timestamp, points| {
                let (store, series) = (store.clone(), series("shop"));
                async move { sample::range(&store, &series, from, until, points).await.unwrap() }
            };
            let all = chart(noon - (24 * 60).hours(), noon, 60).await;
            assert!(all.len() >= 59, "{later}: {}", all.len());
            assert!(all.iter().all(|point| (point.mean - 0.25).abs() < 0.01), "{later}: {all:?}");
            let day = chart(noon, noon + 20.hours(), 20).await;
            assert_eq!(day.len(), 20, "{later}");
            assert!(day.iter().all(|point| (point.mean - 0.75).abs() < 0.01), "{later}: {day:?}");
            let old = Series { subject: Subject::Monitor(String::from("old")), ..series("old") };
            let old = sample::range(&store, &old, now - 3.hours(), now, 3).await.unwrap();
            assert!(old.iter().all(|point| (point.mean - 0.5).abs() < 0.01), "{later}: {old:?}");
            assert!(!old.is_empty());
        }
    }
}
