//! What becomes of old things: hours are sealed, days and months averaged, and what is older or
//! larger than the config wants is dropped, in steps short enough to stall nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::block::{self, Block, Columns};
use super::sample::{KINDS, MAX, MEAN, MIN, RESOLUTIONS, hot_pairs, ids};
use super::sql::{Columns as _, Row, Value, statement};
use super::{Store, StoreError};
use crate::config::StoreConfig;
use crate::model::Family;

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const HOUR: i64 = 3600 * SECOND;
pub(super) const DAY: i64 = 24 * HOUR;
pub(super) const MONTH: i64 = 30 * DAY;
/// A tick may be written this much later than it was measured.
const LATE: i64 = 2 * 60 * SECOND;
/// Rows dropped in one transaction.
const STEP: i64 = 200;

/// Seals the hours that are over, and averages the days and months that are.
///
/// # Errors
/// When the store cannot be read or written. What was sealed before stays sealed.
pub async fn seal(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let now = now.as_microsecond() - LATE;
    let host = || Value::from(store.host.as_str());
    loop {
        let first =
            store.series.read("select min(at) from hot where host = ?1", vec![host()]).await?;
        let Some(first) = first.first().and_then(|row| row.maybe_int(0)) else { break };
        let start = first - first.rem_euclid(HOUR);
        if start + HOUR > now {
            break;
        }
        seal_hour(store, start).await?;
    }
    average(store, 0, 1, DAY, now).await?;
    average(store, 1, 2, MONTH, now).await
}

async fn seal_hour(store: &Store, start: i64) -> Result<(), StoreError> {
    let families: BTreeMap<u32, Family> =
        ids(store).await?.iter().map(|(series, id)| (*id, series.metric.family())).collect();
    let finish = start + HOUR;
    let bounds = || vec![start.into(), finish.into(), store.host.as_str().into()];
    let sql = "select at, body from hot where at >= ?1 and at < ?2 and host = ?3 order by at";
    let rows = store.series.read(sql, bounds()).await?;
    let times: Vec<i64> = rows.iter().map(|row| row.int(0)).collect();
    let mut columns: BTreeMap<Family, Columns> = BTreeMap::new();
    for (n, row) in rows.iter().enumerate() {
        for (id, value) in hot_pairs(row.blob(1)) {
            let Some(family) = families.get(&id) else { continue };
            let column = columns.entry(*family).or_default().entry(id * KINDS).or_default();
            column.push((n as u32, value));
        }
    }
    let mut statements: Vec<_> = columns
        .into_iter()
        .map(|(family, columns)| {
            let body = block::encode(&times, &columns);
            insert(store, 0, family.as_str(), start, finish, body)
        })
        .collect();
    let sql = "delete from hot where at >= ?1 and at < ?2 and host = ?3";
    statements.push(statement(sql, bounds()));
    store.series.write(statements).await
}

fn insert(
    store: &Store,
    seconds: i64,
    family: &str,
    start: i64,
    finish: i64,
    body: Vec<u8>,
) -> super::sql::Statement {
    // An hour sealed before a clock was set back may come again; the longer one is kept.
    let sql = "insert into block (host, resolution, family, start, finish, body) \
               values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (host, resolution, family, start) \
               do update set body = excluded.body where length(excluded.body) > length(block.body)";
    let args = vec![
        store.host.as_str().into(),
        seconds.into(),
        family.into(),
        start.into(),
        finish.into(),
        Value::Blob(body),
    ];
    statement(sql, args)
}

/// Makes the missing blocks of means of one resolution out of the next finer one, each `span`
/// long, up to the last span that is over.
async fn average(
    store: &Store,
    from: usize,
    to: usize,
    span: i64,
    now: i64,
) -> Result<(), StoreError> {
    let host = || Value::from(store.host.as_str());
    let done = "select max(finish) from block where host = ?1 and resolution = ?2";
    let begun = "select min(start) from block where host = ?1 and resolution = ?2 and start >= ?3";
    let done = store.series.read(done, vec![host(), RESOLUTIONS[to].into()]).await?;
    let mut reached = done.first().and_then(|row| row.maybe_int(0)).unwrap_or(i64::MIN);
    loop {
        let args = vec![host(), RESOLUTIONS[from].into(), reached.into()];
        let first = store.series.read(begun, args).await?;
        let Some(first) = first.first().and_then(|row| row.maybe_int(0)) else { return Ok(()) };
        let start = first - first.rem_euclid(span);
        if start + span > now {
            return Ok(());
        }
        average_span(store, from, to, start, start + span).await?;
        reached = start + span;
    }
}

async fn average_span(
    store: &Store,
    from: usize,
    to: usize,
    start: i64,
    finish: i64,
) -> Result<(), StoreError> {
    let sql = "select distinct family from block where host = ?1 and resolution = ?2 \
               and start >= ?3 and start < ?4";
    let args =
        || vec![store.host.as_str().into(), RESOLUTIONS[from].into(), start.into(), finish.into()];
    let families = store.series.read(sql, args()).await?;
    for family in families.iter().map(|row| row.text(0)) {
        let sql = "select body from block where host = ?1 and resolution = ?2 \
                   and start >= ?3 and start < ?4 and family = ?5 order by start";
        let mut args = args();
        args.push(family.into());
        let blocks = store.series.read(sql, args).await?;
        let (times, columns) = means(&blocks, from, RESOLUTIONS[to] * SECOND);
        let body = block::encode(&times, &columns);
        store
            .series
            .write(vec![insert(store, RESOLUTIONS[to], family, start, finish, body)])
            .await?;
    }
    Ok(())
}

/// Least, greatest, sum and count of one bucket of one series.
type Bucket = (f32, f32, f64, f64);

fn means(blocks: &[Row], from: usize, bucket: i64) -> (Vec<i64>, Columns) {
    let mut buckets: BTreeMap<u32, BTreeMap<i64, Bucket>> = BTreeMap::new();
    for row in blocks {
        let Ok(block) = Block::open(row.blob(0)) else { continue };
        for id in block.numbers().filter(|number| number % KINDS == MEAN).map(|n| n / KINDS) {
            let column = |kind| block.column(id * KINDS + kind).unwrap_or_default();
            let means = column(MEAN);
            let (mins, maxs) =
                if from == 0 { (means.clone(), means.clone()) } else { (column(MIN), column(MAX)) };
            for (((at, mean), (_, min)), (_, max)) in means.into_iter().zip(mins).zip(maxs) {
                let buckets = buckets.entry(id).or_default();
                let one = buckets.entry(at - at.rem_euclid(bucket)).or_insert((
                    f32::INFINITY,
                    f32::NEG_INFINITY,
                    0.0,
                    0.0,
                ));
                *one = (one.0.min(min), one.1.max(max), one.2 + f64::from(mean), one.3 + 1.0);
            }
        }
    }
    let times: BTreeSet<i64> = buckets.values().flat_map(BTreeMap::keys).copied().collect();
    let times: Vec<i64> = times.into_iter().collect();
    let mut columns = Columns::new();
    for (id, buckets) in buckets {
        for (at, (min, max, sum, count)) in buckets {
            let Ok(row) = times.binary_search(&at) else { continue };
            for (kind, value) in [(MEAN, (sum / count) as f32), (MIN, min), (MAX, max)] {
                columns.entry(id * KINDS + kind).or_default().push((row as u32, value));
            }
        }
    }
    (times, columns)
}

/// Drops what is older than the config keeps, and the oldest of what is too much.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn prune(store: &Store, now: Timestamp, config: &StoreConfig) -> Result<(), StoreError> {
    let before =
        |keep: SignedDuration| now.checked_sub(keep).unwrap_or(Timestamp::MIN).as_microsecond();
    let kept = [config.keep_full, config.keep_five_minutes, config.keep_hourly];
    for (seconds, keep) in RESOLUTIONS.into_iter().zip(kept) {
        drop_blocks(store, seconds, before(keep)).await?;
    }
    let old = before(config.keep_events);
    for sql in [
        "delete from decision where seq in (select seq from decision where at < ?1 limit ?2)",
        "delete from observed where seq in (select seq from observed where at < ?1 limit ?2)",
        "delete from outbox where key in (select key from outbox \
         where created < ?1 and state <> 'pending' limit ?2)",
    ] {
        // What is left is dropped the next time.
        store.state.write(vec![statement(sql, vec![old.into(), (STEP * 10).into()])]).await?;
    }
    super::session::prune(store, now).await?;
    super::change::prune(store, now).await?;
    for seconds in RESOLUTIONS {
        while used_bytes(store).await? > config.max_size_bytes {
            let sql = "select min(start) from block where host = ?1 and resolution = ?2";
            let oldest =
                store.series.read(sql, vec![store.host.as_str().into(), seconds.into()]).await?;
            let Some(oldest) = oldest.first().and_then(|row| row.maybe_int(0)) else { break };
            drop_blocks(store, seconds, oldest + DAY.max(HOUR)).await?;
        }
    }
    store.series.read("pragma incremental_vacuum(256)", Vec::new()).await.map(|_| ())
}

async fn drop_blocks(store: &Store, seconds: i64, before: i64) -> Result<(), StoreError> {
    let args = || vec![store.host.as_str().into(), seconds.into(), before.into(), STEP.into()];
    let sql = "select count(*) from (select start from block where host = ?1 and resolution = ?2 \
               and start < ?3 limit ?4) as old";
    while store.series.read(sql, args()).await?.first().is_some_and(|row| row.int(0) > 0) {
        let sql = "delete from block where host = ?1 and resolution = ?2 and start in \
                   (select start from block where host = ?1 and resolution = ?2 and start < ?3 \
                   order by start limit ?4)";
        store.series.write(vec![statement(sql, args())]).await?;
    }
    Ok(())
}

/// Bytes of pages in use in `series.db`.
///
/// # Errors
/// When the store cannot be read.
pub async fn used_bytes(store: &Store) -> Result<u64, StoreError> {
    let mut numbers = [0_i64; 3];
    let pragmas = ["pragma page_count", "pragma freelist_count", "pragma page_size"];
    for (number, sql) in numbers.iter_mut().zip(pragmas) {
        let rows = store.series.read(sql, Vec::new()).await?;
        *number = rows.first().map_or(0, |row| row.int(0));
    }
    let [pages, free, size] = numbers;
    Ok(u64::try_from((pages - free) * size).unwrap_or(0))
}
