//! What the judge knows and decided. One step is one transaction: its rows, its decisions, the
//! notices that follow and what was heard.

use jiff::Timestamp;

use super::sql::{Columns as _, Statement, Value, statement};
use super::{Store, StoreError, json};
use crate::model::{Decision, Notice, Observation};

/// The judge's rows, by key.
///
/// # Errors
/// When the store cannot be read.
pub async fn rows(store: &Store) -> Result<std::collections::BTreeMap<String, String>, StoreError> {
    let rows = store.state.read("select key, value from judge", Vec::new()).await?;
    Ok(rows.iter().map(|row| (row.text(0).to_owned(), row.text(1).to_owned())).collect())
}

/// The oldest thing that was heard and is still known.
///
/// # Errors
/// When the store cannot be read.
pub async fn began(store: &Store) -> Result<Option<Timestamp>, StoreError> {
    let rows = store.state.read("select min(at) from observed", Vec::new()).await?;
    Ok(rows.first().and_then(|row| row.maybe_int(0)).map(super::time))
}

/// Keeps one step. Returns when it is durable; a notice that is there already is left as it is.
///
/// # Errors
/// When it could not be made durable; nothing of it is kept then.
pub async fn commit(
    store: &Store,
    at: Timestamp,
    changed: &[(String, Option<String>)],
    decisions: &[Decision],
    notices: &[Notice],
    observed: &[Observation],
) -> Result<(), StoreError> {
    let at = at.as_microsecond();
    let mut statements = Vec::new();
    statements.extend(changed.iter().map(|(key, value)| row(key, value.as_deref())));
    for decision in decisions {
        let args = vec![at.into(), json(decision)];
        statements.push(statement("insert into decision (at, body) values (?1, ?2)", args));
    }
    for notice in notices {
        let args = vec![
            Value::from(notice.key.as_str()),
            notice.channel.as_str().into(),
            notice.message.at.as_microsecond().into(),
            json(notice),
        ];
        let sql = "insert into outbox (key, channel, created, state, attempts, due, body) \
                   values (?1, ?2, ?3, 'pending', 0, ?3, ?4) on conflict (key) do update set \
                   channel = excluded.channel, body = excluded.body where outbox.body = ''";
        statements.push(statement(sql, args));
    }
    for observation in observed {
        let event = match observation {
            Observation::Event { event, .. } => event.name().into(),
            _ => Value::Null,
        };
        let args = vec![at.into(), json(observation), event];
        let sql = "insert into observed (at, body, event) values (?1, ?2, ?3)";
        statements.push(statement(sql, args));
    }
    store.state.write(statements).await
}

fn row(key: &str, value: Option<&str>) -> Statement {
    match value {
        Some(value) => statement(
            "insert into judge (key, value) values (?1, ?2) \
             on conflict (key) do update set value = excluded.value",
            vec![key.into(), value.into()],
        ),
        None => statement("delete from judge where key = ?1", vec![key.into()]),
    }
}
