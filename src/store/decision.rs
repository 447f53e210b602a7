//! The alert history.

use jiff::Timestamp;

use super::sql::Columns as _;
use super::{Store, StoreError};
use crate::model::Decision;

/// Decisions in the order they were made, the newest `limit` of those in `from..until`.
///
/// # Errors
/// When the store cannot be read. A decision this version cannot read is left out.
pub async fn list(
    store: &Store,
    from: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<Decision>, StoreError> {
    let sql = "select body from decision where at >= ?1 and at < ?2 order by seq desc limit ?3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let args = vec![from.as_microsecond().into(), until.as_microsecond().into(), limit.into()];
    let rows = store.state.read(sql, args).await?;
    Ok(rows.iter().rev().filter_map(|row| serde_json::from_str(row.text(0)).ok()).collect())
}
