//! Lays in what somebody else remembers of a time before: means of five minutes and of hours go into the
//! blocks where averaging would have put them, beside what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

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

/// Values by block (resolution, family, begin), then by column, as they came.
type Blocks = BTreeMap<(usize, Family, i64), BTreeMap<u32, Vec<(i64, f32)>>>;

/// Bytes of blocks that are written in one transaction.
const WRITTEN: usize = 4 << 20;

/// History on its way into the store. It comes in the order of its days, of all series together: so each
/// block is written once, and memory holds a day of it beside the means of hours.
#[derive(Debug)]
pub struct Past {
    limits: Limits,
    ids: Arc<BTreeMap<Series, u32>>,
    blocks: Blocks,
}

impl Past {
    /// Looks how far the store has come by itself.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn begin(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let limits = Limits::read(store, now).await?;
        Ok(Self { limits, ids: ids(store).await?, blocks: Blocks::new() })
    }

    /// Takes means of series. Gives back how many of them found a place: none does in the hours that are
    /// not sealed yet. What was taken before of the same series at the same time stays.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn take(
        &mut self,
        store: &Store,
        past: &[(Series, Vec<Mean>)],
    ) -> Result<usize, StoreError> {
        if past.iter().any(|(series, _)| !self.ids.contains_key(series)) {
            add_series(store, past.iter().map(|(series, _)| series)).await?;
            self.ids = ids(store).await?;
        }
        let mut taken = 0;
        for (series, means) in past {
            let Some(id) = self.ids.get(series) else { continue };
            let family = series.metric.family();
            for mean in means {
                taken += usize::from(self.limits.place(*id, family, mean, &mut self.blocks));
            }
        }
        Ok(taken)
    }

    /// Writes the blocks that nothing from then on is in. What is in the store already stays.
    ///
    /// # Errors
    /// When the store cannot be read or written. Blocks that were written before stay.
    pub async fn write(&mut self, store: &Store, until: Timestamp) -> Result<(), StoreError> {
        let until = until.as_microsecond();
        let (mut writes, mut bytes) = (Vec::new(), 0);
        let full: Vec<_> = self.blocks.keys().copied().collect();
        let full = full.into_iter().filter(|(level, _, start)| start + SPANS[*level] <= until);
        for key in full {
            let Some(columns) = self.blocks.remove(&key) else { continue };
            let Some(body) = body(store, key, columns).await? else { continue };
            bytes += body.len();
            let mut args = key_args(store, key);
            args.extend([(key.2 + SPANS[key.0]).into(), Value::Blob(body)]);
            let sql = "insert into block (host, resolution, family, start, finish, body) \
                       values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (host, resolution, family, start) \
                       do update set body = excluded.body";
            writes.push(statement(sql, args));
            if bytes > WRITTEN {
                store.series.write(std::mem::take(&mut writes)).await?;
                bytes = 0;
            }
        }
        if writes.is_empty() { Ok(()) } else { store.series.write(writes).await }
    }
}

/// How long the blocks of each resolution are.
const SPANS: [i64; 3] = [HOUR, DAY, MONTH];

/// Up to when each resolution is complete. Beyond, averaging makes the blocks itself, out of the next
/// finer ones: a block there now would keep it from that.
#[derive(Debug)]
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
        let level = if at < self.months {
            2
        } else if at < self.days {
            1
        } else if at < self.hours {
            0
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
            let start = floor(at, SPANS[level]);
            let end = finish.min(start + SPANS[level]);
            let columns = blocks.entry((level, family, start)).or_default();
            for (kind, value) in kinds {
                let column = columns.entry(id * KINDS + kind).or_default();
                column.extend((at..end).step_by(step as usize).map(|at| (at, *value)));
            }
            at += (end - at + step - 1) / step * step;
        }
        true
    }
}

fn floor(at: i64, span: i64) -> i64 {
    at - at.rem_euclid(span)
}

fn key_args(store: &Store, (level, family, start): (usize, Family, i64)) -> Vec<Value> {
    let host = Value::from(store.host.as_str());
    vec![host, RESOLUTIONS[level].into(), family.as_str().into(), start.into()]
}

/// A block with what is in the store of it already. None: that is damaged, and loses itself as ever.
async fn body(
    store: &Store,
    key: (usize, Family, i64),
    mut columns: BTreeMap<u32, Vec<(i64, f32)>>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select body from block where host = ?1 and resolution = ?2 and family = ?3 \
               and start = ?4";
    let found = store.series.read(sql, key_args(store, key)).await?;
    if let Some(block) = found.first().map(|row| Block::open(row.blob(0))) {
        let Ok(block) = block else { return Ok(None) };
        for number in block.numbers() {
            let Ok(values) = block.column(number) else { continue };
            // Before the new ones: of two at one time the first stays.
            columns.entry(number).or_default().splice(0..0, values);
        }
    }
    for column in columns.values_mut() {
        column.sort_by_key(|(at, _)| *at);
        column.dedup_by_key(|(at, _)| *at);
    }
    let mut times: Vec<i64> = columns.values().flatten().map(|(at, _)| *at).collect();
    times.sort_unstable();
    times.dedup();
    let rows = |values: Vec<(i64, f32)>| -> Vec<(u32, f32)> {
        let row = |(at, value): (i64, f32)| Some((times.binary_search(&at).ok()? as u32, value));
        values.into_iter().filter_map(row).collect()
    };
    let columns: Columns =
        columns.into_iter().map(|(number, values)| (number, rows(values))).collect();
    Ok(Some(block::encode(&times, &columns)))
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

    /// Day by day, as an import does.
    async fn lay_in(store: &Store, past: &[(Series, Vec<Mean>)], now: Timestamp) -> usize {
        let mut laying = Past::begin(store, now).await.unwrap();
        let mut days: BTreeMap<i64, Vec<(Series, Vec<Mean>)>> = BTreeMap::new();
        for (series, means) in past {
            for mean in means {
                let day = days.entry(floor(mean.at.as_microsecond(), DAY)).or_default();
                match day.last_mut().filter(|(last, _)| last == series) {
                    Some((_, means)) => means.push(*mean),
                    None => day.push((series.clone(), vec![*mean])),
                }
            }
        }
        let mut laid = 0;
        for (day, some) in days {
            let begin = Timestamp::from_microsecond(day).unwrap();
            laying.write(store, begin).await.unwrap();
            laid += laying.take(store, &some).await.unwrap();
        }
        laying.write(store, Timestamp::MAX).await.unwrap();
        laid
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
        let laid = lay_in(&store, &past, now).await;
        assert!(laid >= count - 30, "{laid} of {count}");
        // A second time changes nothing, whatever it says.
        let mut other = past;
        other[0].1.iter_mut().for_each(|mean| mean.mean = 0.9);
        assert_eq!(lay_in(&store, &other, now).await, laid);
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
