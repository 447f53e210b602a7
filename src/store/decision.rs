//! The alert history.

use jiff::Timestamp;

use super::sql::{Columns as _, Row};
use super::{Store, StoreError};
use crate::model::{Decision, Subject};

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

/// Changes of alerts in `from..until`, newest first, at most `limit`, each with its number; only
/// those before number `before`.
///
/// # Errors
/// When the store cannot be read. A change this version cannot read is left out.
pub async fn changes(
    store: &Store,
    from: Timestamp,
    until: Timestamp,
    before: i64,
    limit: usize,
) -> Result<Vec<(i64, Decision)>, StoreError> {
    let sql = "select seq, body from decision where at >= ?1 and at < ?2 and seq < ?3 \
               and body like '{\"decision\":\"change\"%' order by seq desc limit ?4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let args = vec![
        from.as_microsecond().into(),
        until.as_microsecond().into(),
        before.into(),
        limit.into(),
    ];
    let rows = store.state.read(sql, args).await?;
    let decision = |row: &Row| Some((row.int(0), serde_json::from_str(row.text(1)).ok()?));
    Ok(rows.iter().filter_map(decision).collect())
}

/// The story of one alert: everything that was decided about the firing of that number.
///
/// # Errors
/// When the store cannot be read. A decision this version cannot read is left out.
pub async fn about(store: &Store, id: u64) -> Result<Vec<Decision>, StoreError> {
    // Whatever else has that number is left out below.
    let sql = "select body from decision where body like ?1 order by seq";
    let rows = store.state.read(sql, vec![format!("%\"id\":{id},%").as_str().into()]).await?;
    let is_about = |decision: &Decision| match decision {
        Decision::Change { id: changed, .. } => *changed == Some(id),
        Decision::Hold { id: held, .. } => *held == id,
        Decision::Tell(tell) => tell.items.iter().any(|item| item.id == id),
    };
    let decisions = rows.iter().filter_map(|row| serde_json::from_str(row.text(0)).ok());
    Ok(decisions.filter(is_about).collect())
}

/// Changes of the alerts of a subject since a moment, newest first, at most `limit`.
///
/// # Errors
/// When the store cannot be read. A change this version cannot read is left out.
pub async fn of_subject(
    store: &Store,
    subject: &Subject,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<Decision>, StoreError> {
    let part = serde_json::json!({ "subject": subject }).to_string();
    let sql = "select body from decision where at >= ?1 and instr(body, ?2) \
               and body like '{\"decision\":\"change\"%' order by seq desc limit ?3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let args =
        vec![since.as_microsecond().into(), part.trim_matches(['{', '}']).into(), limit.into()];
    let rows = store.state.read(sql, args).await?;
    let decisions = rows.iter().filter_map(|row| serde_json::from_str(row.text(0)).ok());
    let is_meant = |decision: &Decision| matches!(decision, Decision::Change { key, .. } if key.subject == *subject);
    Ok(decisions.filter(is_meant).collect())
}
