//! Notices until the channel said it has them, and what became of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::sql::{Columns as _, Row, Value, statement};
use super::{Store, StoreError, time};
use crate::model::{MessageItem, Notice, Queued, Subject};

/// What became of a notice.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Delivery {
    /// The notice's key.
    pub key: String,
    /// What was to be sent.
    pub notice: Notice,
    /// Where it is.
    pub state: DeliveryState,
    /// Attempts made without success.
    pub attempts: u32,
    /// When the channel said it has it.
    pub delivered_at: Option<Timestamp>,
    /// What the channel answered last, without secrets.
    pub error: Option<String>,
}

/// Where a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It waits.
    Pending,
    /// The channel said it has it.
    Delivered,
    /// It is no longer tried.
    GivenUp,
}

/// Everything that waits, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn pending(store: &Store) -> Result<Vec<Queued>, StoreError> {
    let sql = "select body, attempts, due, error from outbox where state = 'pending' \
               order by created, key";
    let rows = store.state.read(sql, Vec::new()).await?;
    let queued = |row: &Row| {
        Some(Queued {
            notice: serde_json::from_str(row.text(0)).ok()?,
            attempts: u32::try_from(row.int(1)).unwrap_or(u32::MAX),
            due: time(row.int(2)),
            last_error: error(row, 3),
        })
    };
    Ok(rows.iter().filter_map(queued).collect())
}

/// How many wait.
///
/// # Errors
/// When the store cannot be read.
pub async fn count_pending(store: &Store) -> Result<u64, StoreError> {
    let sql = "select count(*) from outbox where state = 'pending'";
    let rows = store.state.read(sql, Vec::new()).await?;
    Ok(rows.first().map_or(0, |row| u64::try_from(row.int(0)).unwrap_or(0)))
}

/// The channel said it has it. Holds even if the notice itself is written down only later.
///
/// # Errors
/// When it could not be made durable.
pub async fn delivered(store: &Store, key: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "insert into outbox (key, channel, created, state, attempts, due, delivered, body) \
               values (?1, '', ?2, 'delivered', 0, ?2, ?2, '') \
               on conflict (key) do update set state = 'delivered', delivered = excluded.delivered";
    store.state.write(vec![statement(sql, vec![key.into(), at.as_microsecond().into()])]).await
}

/// The channel gave a receipt for it, under which it says later whether somebody answered; none
/// ends that.
///
/// # Errors
/// When it could not be made durable.
pub async fn keep_receipt(
    store: &Store,
    key: &str,
    receipt: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "update outbox set receipt = ?2 where key = ?1";
    let receipt = receipt.map_or(Value::Null, Value::from);
    store.state.write(vec![statement(sql, vec![key.into(), receipt])]).await
}

/// The receipts whose answer was not heard yet, with the notice each is for and when the channel
/// took it.
///
/// # Errors
/// When the store cannot be read.
pub async fn receipts(store: &Store) -> Result<Vec<(Notice, String, Timestamp)>, StoreError> {
    let sql = "select body, receipt, delivered from outbox \
               where state = 'delivered' and receipt is not null order by created, key";
    let rows = store.state.read(sql, Vec::new()).await?;
    let receipt = |row: &Row| {
        let notice = serde_json::from_str(row.text(0)).ok()?;
        Some((notice, row.text(1).to_owned(), time(row.maybe_int(2)?)))
    };
    Ok(rows.iter().filter_map(receipt).collect())
}

/// An attempt failed; the next is not before `due`.
///
/// # Errors
/// When it could not be made durable.
pub async fn failed(
    store: &Store,
    key: &str,
    error: &str,
    attempts: u32,
    due: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update outbox set attempts = ?2, due = ?3, error = ?4 \
               where key = ?1 and state = 'pending'";
    let args =
        vec![key.into(), i64::from(attempts).into(), due.as_microsecond().into(), error.into()];
    store.state.write(vec![statement(sql, args)]).await
}

/// It is no longer tried. Holds even if the notice itself is written down only later.
///
/// # Errors
/// When it could not be made durable.
pub async fn give_up(
    store: &Store,
    key: &str,
    at: Timestamp,
    error: &str,
) -> Result<(), StoreError> {
    let sql = "insert into outbox (key, channel, created, state, attempts, due, error, body) \
               values (?1, '', ?2, 'given-up', 0, ?2, ?3, '') \
               on conflict (key) do update set state = 'given-up', error = excluded.error";
    let args = vec![key.into(), at.as_microsecond().into(), error.into()];
    store.state.write(vec![statement(sql, args)]).await
}

/// What became of the newest notices, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn recent(store: &Store, limit: usize) -> Result<Vec<Delivery>, StoreError> {
    let sql = "select body, attempts, delivered, state, error, key from outbox \
               order by created desc, key limit ?1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = store.state.read(sql, vec![limit.into()]).await?;
    Ok(rows.iter().rev().filter_map(delivery).collect())
}

/// What became of the notices that tell of an alert, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn about(store: &Store, alert: u64) -> Result<Vec<Delivery>, StoreError> {
    with(store, &format!("\"alert\":{alert},"), |item| item.alert == alert).await
}

/// What became of the notices that tell of a subject, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn of_subject(store: &Store, subject: &Subject) -> Result<Vec<Delivery>, StoreError> {
    let subject = subject.to_string();
    let part = serde_json::json!({ "subject": subject }).to_string();
    with(store, part.trim_matches(['{', '}']), |item| item.subject == subject).await
}

/// The deliveries with such an item. `part` stands in the JSON of every one that is meant.
async fn with(
    store: &Store,
    part: &str,
    is_meant: impl Fn(&MessageItem) -> bool,
) -> Result<Vec<Delivery>, StoreError> {
    let sql = "select body, attempts, delivered, state, error, key from outbox \
               where instr(body, ?1) order by created, key";
    let rows = store.state.read(sql, vec![part.into()]).await?;
    let has = |one: &Delivery| one.notice.message.items.iter().any(&is_meant);
    Ok(rows.iter().filter_map(delivery).filter(has).collect())
}

fn delivery(row: &Row) -> Option<Delivery> {
    Some(Delivery {
        notice: serde_json::from_str(row.text(0)).ok()?,
        attempts: u32::try_from(row.int(1)).unwrap_or(u32::MAX),
        delivered_at: row.maybe_int(2).map(time),
        state: match row.text(3) {
            "delivered" => DeliveryState::Delivered,
            "given-up" => DeliveryState::GivenUp,
            _ => DeliveryState::Pending,
        },
        key: row.text(5).to_owned(),
        error: error(row, 4),
    })
}

/// When the newest notice for each channel was decided, whatever became of it.
///
/// # Errors
/// When the store cannot be read.
pub async fn newest(store: &Store) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let sql = "select channel, max(created) from outbox group by channel";
    let rows = store.state.read(sql, Vec::new()).await?;
    Ok(rows.iter().map(|row| (row.text(0).to_owned(), time(row.int(1)))).collect())
}

fn error(row: &Row, n: usize) -> Option<String> {
    Some(row.text(n)).filter(|error| !error.is_empty()).map(str::to_owned)
}
