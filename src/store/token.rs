//! Tokens of programs, by their digests.

use super::sql::{Columns as _, Row, statement};
use super::{Store, StoreError};
use crate::token::{Known, Scope};

/// All tokens.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(store: &Store) -> Result<Vec<Known>, StoreError> {
    let sql = "select name, scope, digest from token order by name";
    let rows = store.state.read(sql, Vec::new()).await?;
    let known = |row: &Row| {
        Some(Known {
            name: row.text(0).to_owned(),
            scope: Scope::named(row.text(1))?,
            digest: row.blob(2).try_into().ok()?,
        })
    };
    Ok(rows.iter().filter_map(known).collect())
}

/// Keeps a token, instead of one of the same name. Returns when it is durable.
///
/// # Errors
/// When the store cannot be written.
pub async fn keep(store: &Store, known: &Known) -> Result<(), StoreError> {
    let sql = "insert into token (name, scope, digest) values (?1, ?2, ?3) \
               on conflict (name) do update set scope = excluded.scope, digest = excluded.digest";
    let Known { name, scope, digest } = known;
    let args =
        vec![name.as_str().into(), scope.as_str().into(), super::sql::Value::Blob(digest.to_vec())];
    store.state.write(vec![statement(sql, args)]).await
}

/// Forgets a token. Returns when that is durable.
///
/// # Errors
/// When the store cannot be written.
pub async fn forget(store: &Store, name: &str) -> Result<(), StoreError> {
    let sql = "delete from token where name = ?1";
    store.state.write(vec![statement(sql, vec![name.into()])]).await
}
