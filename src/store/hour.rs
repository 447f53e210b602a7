//! Hourly means of all series of some metrics, for whoever keeps days of them.

use jiff::Timestamp;

use super::block::Block;
use super::sample::{KINDS, MEAN, Places, RESOLUTIONS, hot_pairs, ids};
use super::sql::{Columns as _, Value};
use super::{Store, StoreError};
use crate::model::{Metric, Series};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

/// Sum and count of what is known of an hour.
type Sum = (f64, f64);

/// Hands on the hours, each by its begin in seconds, and their means, of every series of these
/// metrics, which are of one family, that begin in `from..until`. Coarse means are read before fine
/// ones, one block at a time, so that a year of a thousand series needs the memory of one block.
///
/// # Errors
/// When the store cannot be read. A damaged block is left out.
pub async fn hours(
    store: &Store,
    metrics: &[Metric],
    from: Timestamp,
    until: Timestamp,
    mut hear: impl FnMut(&Series, &[(i64, f64)]),
) -> Result<(), StoreError> {
    let Some(family) = metrics.first().map(|metric| metric.family()) else { return Ok(()) };
    let ids = ids(store).await?;
    let wanted: Vec<(u32, &Series)> = ids
        .iter()
        .filter(|(series, _)| metrics.contains(&series.metric))
        .map(|(series, id)| (*id, series))
        .collect();
    let (from, until) = (from.as_microsecond(), until.as_microsecond());
    let mut missing = vec![(from, until)];
    for seconds in RESOLUTIONS.into_iter().rev() {
        let mut left = Vec::new();
        for (from, until) in missing {
            let mut reached = from;
            for (start, finish) in spans(store, seconds, family.as_str(), from, until).await? {
                if start > reached {
                    left.push((reached, start));
                }
                reached = reached.max(finish);
                let host = Value::from(store.host.as_str());
                let key = vec![host, seconds.into(), family.as_str().into(), start.into()];
                for row in store.series.read(BODY, key).await? {
                    let Ok(block) = Block::open(row.blob(0)) else {
                        tracing::warn!("a block of {family:?} is damaged and left out");
                        continue;
                    };
                    for &(id, series) in &wanted {
                        let mut hours = of_block(&block, seconds, start, id);
                        hours.retain(|(at, _)| (from..until).contains(&(at * SECOND)));
                        if !hours.is_empty() {
                            hear(series, &hours);
                        }
                    }
                }
            }
            if reached < until {
                left.push((reached, until));
            }
        }
        missing = left;
    }
    for (from, until) in missing {
        let all = hot(store, from, until, wanted.iter().map(|(id, _)| *id)).await?;
        for ((_, series), hours) in wanted.iter().zip(all) {
            let mean = |(at, (sum, count)): (i64, Sum)| (at / SECOND, sum / count);
            let hours: Vec<(i64, f64)> = hours.into_iter().map(mean).collect();
            if !hours.is_empty() {
                hear(series, &hours);
            }
        }
    }
    Ok(())
}

/// Where the blocks of one resolution begin and end, oldest first.
async fn spans(
    store: &Store,
    seconds: i64,
    family: &str,
    from: i64,
    until: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    // Not even the length of a body is looked at: it would be read for it.
    let sql = "select start, finish from block where host = ?1 and resolution = ?2 \
               and family = ?3 and start > ?4 and start < ?5 and finish > ?6 order by start";
    // No block is longer than a month.
    let earliest = from - 32 * 24 * HOUR;
    let args = vec![
        store.host.as_str().into(),
        seconds.into(),
        family.into(),
        earliest.into(),
        until.into(),
        from.into(),
    ];
    let rows = store.series.read(sql, args).await?;
    Ok(rows.iter().map(|row| (row.int(0), row.int(1))).collect())
}

const BODY: &str = "select body from block where host = ?1 and resolution = ?2 and family = ?3 \
                    and start = ?4";

/// The hours of one series in a block.
fn of_block(block: &Block<'_>, seconds: i64, start: i64, id: u32) -> Vec<(i64, f64)> {
    let number = id * KINDS + MEAN;
    if seconds == 0 {
        // A block of samples is one hour: its index has all that is wanted.
        let all = block.summary(number).filter(|all| all.count > 0);
        return all
            .map(|all| (start / SECOND, all.sum / f64::from(all.count)))
            .into_iter()
            .collect();
    }
    let mut hours: Vec<(i64, f64, f64)> = Vec::new();
    for (at, mean) in block.column(number).unwrap_or_default() {
        let at = at - at.rem_euclid(HOUR);
        match hours.last_mut() {
            Some((last, sum, count)) if *last == at => {
                (*sum, *count) = (*sum + f64::from(mean), *count + 1.0);
            }
            _ => hours.push((at, f64::from(mean), 1.0)),
        }
    }
    hours.into_iter().map(|(at, sum, count)| (at / SECOND, sum / count)).collect()
}

/// The hours that are not sealed yet, of each that is wanted.
async fn hot(
    store: &Store,
    from: i64,
    until: i64,
    wanted: impl ExactSizeIterator<Item = u32>,
) -> Result<Vec<Vec<(i64, Sum)>>, StoreError> {
    let mut all: Vec<Vec<(i64, Sum)>> = vec![Vec::new(); wanted.len()];
    let places = Places::of(wanted);
    let sql = "select at, body from hot where at >= ?1 and at < ?2 and host = ?3 order by at";
    let args = vec![from.into(), until.into(), store.host.as_str().into()];
    for row in store.series.read(sql, args).await? {
        let at = row.int(0) - row.int(0).rem_euclid(HOUR);
        for (id, value) in hot_pairs(row.blob(1)) {
            let Some(hours) = places.get(id).and_then(|place| all.get_mut(place)) else { continue };
            match hours.last_mut() {
                Some((last, (sum, count))) if *last == at => {
                    (*sum, *count) = (*sum + f64::from(value), *count + 1.0);
                }
                _ => hours.push((at, (f64::from(value), 1.0))),
            }
        }
    }
    Ok(all)
}
