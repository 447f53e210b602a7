//! Monitors that the page and the API made, each the keys of its TOML table; and how much of the
//! time monitored things were up.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::block::Block;
use super::sample::{KINDS, MEAN, hot_pairs};
use super::sql::{Columns as _, Row, statement};
use super::{Store, StoreError, time};
use crate::model::{Family, Metric, Subject};

/// A monitor as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// The keys of its table, as TOML.
    pub table: String,
    /// When it was changed last.
    pub changed: Timestamp,
    /// By whom.
    pub author: String,
}

/// Every monitor that is kept, by name.
///
/// # Errors
/// When the store cannot be read.
pub async fn list(store: &Store) -> Result<Vec<Kept>, StoreError> {
    let sql = "select name, body, changed, author from monitor order by name";
    let rows = store.state.read(sql, Vec::new()).await?;
    let kept = |row: &Row| Kept {
        name: row.text(0).to_owned(),
        table: row.text(1).to_owned(),
        changed: time(row.int(2)),
        author: row.text(3).to_owned(),
    };
    Ok(rows.iter().map(kept).collect())
}

/// The names and tables, as `config::merge` takes them.
///
/// # Errors
/// When the store cannot be read.
pub async fn tables(store: &Store) -> Result<Vec<(String, String)>, StoreError> {
    Ok(list(store).await?.into_iter().map(|kept| (kept.name, kept.table)).collect())
}

/// Keeps a new monitor. Returns when it is durable; false if one of that name is kept already.
///
/// # Errors
/// When it could not be made durable.
pub async fn add(store: &Store, kept: &Kept) -> Result<bool, StoreError> {
    if list(store).await?.iter().any(|known| known.name == kept.name) {
        return Ok(false);
    }
    put(store, kept).await.map(|()| true)
}

/// Keeps a monitor in place of the one of that name, if there is one.
///
/// # Errors
/// When it could not be made durable.
pub async fn put(store: &Store, kept: &Kept) -> Result<(), StoreError> {
    let sql = "insert into monitor (name, body, changed, author) values (?1, ?2, ?3, ?4) \
               on conflict (name) do update set body = excluded.body, \
               changed = excluded.changed, author = excluded.author";
    let args = vec![
        kept.name.as_str().into(),
        kept.table.as_str().into(),
        kept.changed.as_microsecond().into(),
        kept.author.as_str().into(),
    ];
    store.state.write(vec![statement(sql, args)]).await
}

/// Keeps it no longer; false if it was not there.
///
/// # Errors
/// When it could not be made durable.
pub async fn remove(store: &Store, name: &str) -> Result<bool, StoreError> {
    if !list(store).await?.iter().any(|known| known.name == name) {
        return Ok(false);
    }
    let sql = "delete from monitor where name = ?1";
    store.state.write(vec![statement(sql, vec![name.into()])]).await.map(|()| true)
}

/// The share of answers that were as they must be, and the mean time they took, of all monitors
/// since a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Uptime {
    /// 0..1; none while nothing is known.
    pub up_ratio: Option<f64>,
    /// Mean seconds of an answer.
    pub latency_seconds: Option<f64>,
}

/// The uptimes of all monitors, by name. Spans of means count by the time they stand for; at their
/// begin they are taken whole.
///
/// # Errors
/// When the store cannot be read. A damaged block is left out.
pub async fn uptimes(
    store: &Store,
    from: Timestamp,
    until: Timestamp,
) -> Result<BTreeMap<String, Uptime>, StoreError> {
    let (from, until) = (from.as_microsecond(), until.as_microsecond());
    let mut sums: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    let host = || store.host.as_str().into();
    // The seconds one value stands for are not known of samples; each series by itself is evenly
    // spaced within a resolution, so a day of samples and a day of means weigh by their hours.
    let sql = "select resolution, start, finish, body from block where host = ?1 \
               and family = ?2 and finish > ?3 and start < ?4 and resolution in (0, 300) \
               order by resolution desc, start";
    let args = vec![host(), Family::Monitor.as_str().into(), from.into(), until.into()];
    let mut covered: Vec<(i64, i64)> = Vec::new();
    for row in store.series.read(sql, args).await? {
        let (resolution, start, finish) = (row.int(0), row.int(1), row.int(2));
        let told = covered.iter().any(|(begin, end)| *begin <= start && finish <= *end);
        // A day of means reaches before the span that is asked for: its hours are taken instead.
        if told || (resolution == 300 && start < from) {
            continue;
        }
        if resolution == 300 {
            covered.push((start, finish));
        }
        let Ok(block) = Block::open(row.blob(3)) else { continue };
        for number in block.numbers().filter(|number| number % KINDS == MEAN) {
            let Some(all) = block.summary(number) else { continue };
            if all.count == 0 {
                continue;
            }
            let hours = (finish - start) as f64 / 3.6e9;
            let sum = sums.entry(number / KINDS).or_default();
            *sum = (sum.0 + all.sum / f64::from(all.count) * hours, sum.1 + hours);
        }
    }
    let mut running: BTreeMap<u32, (f64, f64, i64, i64)> = BTreeMap::new();
    let sql = "select at, body from hot where at >= ?1 and at < ?2 and host = ?3";
    for row in store.series.read(sql, vec![from.into(), until.into(), host()]).await? {
        let at = row.int(0);
        for (id, value) in hot_pairs(row.blob(1)) {
            let sum = running.entry(id).or_insert((0.0, 0.0, at, at));
            *sum = (sum.0 + f64::from(value), sum.1 + 1.0, sum.2.min(at), sum.3.max(at));
        }
    }
    for (id, (total, count, first, last)) in running {
        // At least as long as a single value stands for.
        let hours = ((last - first) as f64 / 3.6e9).max(1.0 / 60.0);
        let sum = sums.entry(id).or_default();
        *sum = (sum.0 + total / count * hours, sum.1 + hours);
    }
    let mut uptimes: BTreeMap<String, Uptime> = BTreeMap::new();
    for (series, id) in super::sample::ids(store).await?.iter() {
        let Subject::Monitor(name) = &series.subject else { continue };
        let Some((sum, hours)) = sums.get(id).filter(|(_, hours)| *hours > 0.0) else { continue };
        let uptime = uptimes.entry(name.clone()).or_default();
        match series.metric {
            Metric::MonitorUpRatio => uptime.up_ratio = Some((sum / hours).clamp(0.0, 1.0)),
            Metric::MonitorLatencySeconds => uptime.latency_seconds = Some(sum / hours),
            _ => {}
        }
    }
    Ok(uptimes)
}
