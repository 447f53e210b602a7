//! The list of changes: who changed what over the web, and who came in.

use jiff::{SignedDuration, Timestamp};

use super::sql::{Columns as _, Row, statement};
use super::{Store, StoreError, time};

/// Kept for two years.
const KEPT: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Who: the name of an account, `token NAME`, or a user of this machine.
    pub by: String,
    /// From which address; empty where that is unknown.
    pub from: String,
    /// What, in a sentence.
    pub what: String,
}

/// Writes a change down. Returns when that is durable.
///
/// # Errors
/// When the store cannot be written.
pub async fn add(store: &Store, change: &Change) -> Result<(), StoreError> {
    let sql = "insert into change (at, author, remote, what) values (?1, ?2, ?3, ?4)";
    let Change { at, by, from, what } = change;
    let args = vec![
        at.as_microsecond().into(),
        by.as_str().into(),
        from.as_str().into(),
        what.as_str().into(),
    ];
    store.state.write(vec![statement(sql, args)]).await
}

/// The last changes before a number of the list (none: the very last), the newest first, with
/// their numbers.
///
/// # Errors
/// When the store cannot be read.
pub async fn recent(
    store: &Store,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<(i64, Change)>, StoreError> {
    let sql = "select seq, at, author, remote, what from change where seq < ?1 \
               order by seq desc limit ?2";
    let args = vec![before.unwrap_or(i64::MAX).into(), i64::from(limit).into()];
    let change = |row: &Row| {
        let change = Change {
            at: time(row.int(1)),
            by: row.text(2).to_owned(),
            from: row.text(3).to_owned(),
            what: row.text(4).to_owned(),
        };
        (row.int(0), change)
    };
    Ok(store.state.read(sql, args).await?.iter().map(change).collect())
}

/// Drops what is too old.
///
/// # Errors
/// When the store cannot be written.
pub(super) async fn prune(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let before = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN).as_microsecond();
    let sql = "delete from change where seq in (select seq from change where at < ?1 limit 2000)";
    store.state.write(vec![statement(sql, vec![before.into()])]).await
}
