//! The past as the judge heard it: samples joined with everything else, batch by batch.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::block::Block;
use super::sample::{KINDS, hot_pairs, ids};
use super::sql::{Columns as _, Row};
use super::{Store, StoreError, time};
use crate::model::{Batch, Event, Observation, Series};

/// Microseconds of one read: memory holds about an hour.
const HOUR: i64 = 3_600_000_000;

/// The batches in `from..until`, in order.
pub fn batches(store: &Store, from: Timestamp, until: Timestamp) -> Batches<'_> {
    Batches {
        store,
        from: from.as_microsecond(),
        until: until.as_microsecond(),
        names: None,
        ready: VecDeque::new(),
    }
}

/// What happened in `from..until`, in order.
///
/// # Errors
/// When the store cannot be read. What this version cannot read is left out.
pub async fn events(
    store: &Store,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(Timestamp, Event)>, StoreError> {
    let sql = "select at, body from observed where at >= ?1 and at < ?2 \
               and body like '{\"kind\":\"event\"%' order by at, seq";
    let args = vec![from.as_microsecond().into(), until.as_microsecond().into()];
    let rows = store.state.read(sql, args).await?;
    let event = |row: &Row| match serde_json::from_str(row.text(1)) {
        Ok(Observation::Event { event, .. }) => Some((time(row.int(0)), event)),
        _ => None,
    };
    Ok(rows.iter().filter_map(event).collect())
}

/// What happened in `from..until` of these names (`login`, `noted`), in order; the newest `most`.
///
/// # Errors
/// When the store cannot be read. What this version cannot read is left out.
pub async fn named(
    store: &Store,
    from: Timestamp,
    until: Timestamp,
    names: &[&str],
    most: usize,
) -> Result<Vec<(Timestamp, Event)>, StoreError> {
    let span = (from.as_microsecond(), until.as_microsecond());
    let mut all = Vec::new();
    for name in names {
        all.extend(newest(store, name, "", span, i64::MAX, most).await?);
    }
    all.sort_by_key(|(seq, at, _)| (*at, *seq));
    let before = all.len().saturating_sub(most);
    Ok(all.into_iter().skip(before).map(|(_, at, event)| (at, event)).collect())
}

/// Events of one kind (`login`, `ban`) that were heard before the one of that number, the newest
/// first and at most `limit`, each with its number and time. With `holding`, only those whose text
/// has that in it.
///
/// # Errors
/// When the store cannot be read. What this version cannot read is left out.
pub async fn latest_of(
    store: &Store,
    kind: &str,
    holding: &str,
    before: i64,
    limit: usize,
) -> Result<Vec<(i64, Timestamp, Event)>, StoreError> {
    newest(store, kind, holding, (i64::MIN, i64::MAX), before, limit).await
}

async fn newest(
    store: &Store,
    kind: &str,
    holding: &str,
    (from, until): (i64, i64),
    before: i64,
    limit: usize,
) -> Result<Vec<(i64, Timestamp, Event)>, StoreError> {
    let sql = "select seq, at, body from observed where event = ?1 and at >= ?2 and at < ?3 \
               and (at, seq) < (coalesce((select at from observed where seq = ?4), ?4), ?4) \
               and (?5 = '' or instr(lower(body), ?5) > 0) order by at desc, seq desc limit ?6";
    // As it stands in JSON, between its quotation marks.
    let holding = serde_json::to_string(&holding.to_lowercase()).unwrap_or_default();
    let holding = holding.get(1..holding.len().saturating_sub(1)).unwrap_or_default();
    let args = vec![
        kind.into(),
        from.into(),
        until.into(),
        before.into(),
        holding.into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let rows = store.state.read(sql, args).await?;
    let event = |row: &Row| match serde_json::from_str(row.text(2)) {
        Ok(Observation::Event { event, .. }) => Some((row.int(0), time(row.int(1)), event)),
        _ => None,
    };
    Ok(rows.iter().filter_map(event).collect())
}

/// The last moment of which anything is known.
///
/// # Errors
/// When the store cannot be read.
pub async fn latest(store: &Store) -> Result<Option<Timestamp>, StoreError> {
    let ends = [
        (&store.state, "select max(at) from decision"),
        (&store.state, "select max(at) from observed"),
        (&store.series, "select max(at) from hot"),
    ];
    let mut latest = None;
    for (db, sql) in ends {
        let rows = db.read(sql, Vec::new()).await?;
        latest = latest.max(rows.first().and_then(|row| row.maybe_int(0)));
    }
    Ok(latest.map(time))
}

/// Batches being read, about an hour at a time.
#[derive(Debug)]
pub struct Batches<'a> {
    store: &'a Store,
    from: i64,
    until: i64,
    names: Option<BTreeMap<u32, Series>>,
    ready: VecDeque<Batch>,
}

impl Batches<'_> {
    /// The next batch, or none at the end.
    ///
    /// # Errors
    /// When the store cannot be read. A damaged block is left out.
    pub async fn next(&mut self) -> Result<Option<Batch>, StoreError> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch));
            }
            let Some(from) = self.first_after(self.from).await?.filter(|at| *at < self.until)
            else {
                return Ok(None);
            };
            let until = (from - from.rem_euclid(HOUR) + HOUR).min(self.until);
            self.ready = self.read(from, until).await?;
            self.from = until;
        }
    }

    /// The first moment from there on of which anything is known: nights without data are
    /// skipped in one step.
    async fn first_after(&self, from: i64) -> Result<Option<i64>, StoreError> {
        let host = || self.store.host.as_str().into();
        let hour_before = from - HOUR;
        let reads = [
            (&self.store.state, "select min(at) from observed where at >= ?1", vec![from.into()]),
            (
                &self.store.series,
                "select min(at) from hot where at >= ?1 and host = ?2",
                vec![from.into(), host()],
            ),
            (
                &self.store.series,
                "select min(start) from block where start > ?1 and finish > ?2 and host = ?3 and resolution = 0",
                vec![hour_before.into(), from.into(), host()],
            ),
        ];
        let mut first = None;
        for (db, sql, args) in reads {
            let rows = db.read(sql, args).await?;
            let at = rows.first().and_then(|row| row.maybe_int(0)).map(|at| at.max(from));
            first = [first, at].into_iter().flatten().min();
        }
        Ok(first)
    }

    async fn read(&mut self, from: i64, until: i64) -> Result<VecDeque<Batch>, StoreError> {
        if self.names.is_none() {
            let ids = ids(self.store).await?;
            self.names = Some(ids.iter().map(|(series, id)| (*id, series.clone())).collect());
        }
        let names = self.names.as_ref();
        let name = |id: u32| names.and_then(|names| names.get(&id)).cloned();
        let mut samples: BTreeMap<i64, Vec<(Series, f32)>> = BTreeMap::new();
        let host = || self.store.host.as_str().into();

        let sql = "select body from block where host = ?1 and resolution = 0 \
                   and start > ?2 and start < ?3 and finish > ?4";
        let args = vec![host(), (from - HOUR).into(), until.into(), from.into()];
        for row in self.store.series.read(sql, args).await? {
            let Ok(block) = Block::open(row.blob(0)) else { continue };
            for number in block.numbers() {
                let Some(series) = name(number / KINDS) else { continue };
                for (at, value) in block.column(number).unwrap_or_default() {
                    if (from..until).contains(&at) {
                        samples.entry(at).or_default().push((series.clone(), value));
                    }
                }
            }
        }
        let sql = "select at, body from hot where at >= ?1 and at < ?2 and host = ?3";
        for row in self.store.series.read(sql, vec![from.into(), until.into(), host()]).await? {
            let at = samples.entry(row.int(0)).or_default();
            at.extend(hot_pairs(row.blob(1)).filter_map(|(id, value)| Some((name(id)?, value))));
        }

        let mut batches: BTreeMap<i64, Vec<Observation>> = BTreeMap::new();
        for (at, mut samples) in samples {
            samples.sort_by(|(one, _), (other, _)| one.cmp(other));
            samples.dedup_by(|(one, _), (other, _)| one == other);
            let sample = |(Series { subject, metric }, value)| Observation::Sample {
                subject,
                metric,
                value,
            };
            batches.insert(at, samples.into_iter().map(sample).collect());
        }
        let sql = "select at, body from observed where at >= ?1 and at < ?2 order by at, seq";
        for row in self.store.state.read(sql, vec![from.into(), until.into()]).await? {
            if let Ok(observation) = serde_json::from_str(row.text(1)) {
                batches.entry(row.int(0)).or_default().push(observation);
            }
        }
        let batch = |(at, observations)| Batch { at: time(at), observations };
        Ok(batches.into_iter().map(batch).collect())
    }
}
