//! Who is logged in, and the browsers somebody logged in with before.

use jiff::{SignedDuration, Timestamp};

use super::account::{account, blob};
use super::sql::{Columns as _, Row, statement};
use super::{Store, StoreError, time};
use crate::access::Account;

/// A session that nobody uses ends after this ...
pub const IDLE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// ... and every one after this.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A browser is known for this long.
pub const KNOWN: SignedDuration = SignedDuration::from_hours(365 * 24);

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of what its cookie holds.
    pub digest: [u8; 32],
    /// Whose.
    pub account: String,
    /// Since when.
    pub created: Timestamp,
    /// When it was used last, to the minute.
    pub seen: Timestamp,
    /// Where it was used last.
    pub remote: String,
    /// What the browser calls itself.
    pub agent: String,
}

/// Begins a session.
///
/// # Errors
/// When the store cannot be written.
pub async fn open(store: &Store, session: &Session, device: &[u8; 32]) -> Result<(), StoreError> {
    let sql = "insert into session (digest, account, created, seen, remote, agent) \
               values (?1, ?2, ?3, ?4, ?5, ?6)";
    let args = vec![
        blob(&session.digest),
        session.account.as_str().into(),
        session.created.as_microsecond().into(),
        session.seen.as_microsecond().into(),
        session.remote.as_str().into(),
        session.agent.as_str().into(),
    ];
    let known = "insert into device (digest, account, created) values (?1, ?2, ?3) \
                 on conflict (digest) do update set account = excluded.account, \
                 created = excluded.created";
    let device = vec![
        blob(device),
        session.account.as_str().into(),
        session.created.as_microsecond().into(),
    ];
    store.state.write(vec![statement(sql, args), statement(known, device)]).await
}

/// The session of this digest and whose it is, unless it is over.
///
/// # Errors
/// When the store cannot be read.
pub async fn find(
    store: &Store,
    digest: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(Account, Session)>, StoreError> {
    let sql = "select a.id, a.name, a.role, a.password, a.totp, a.totp_step, \
               s.created, s.seen, s.remote, s.agent, s.digest \
               from session s join account a on a.id = s.account \
               where s.digest = ?1 and s.seen > ?2 and s.created > ?3";
    let [idle, oldest] = ends(now);
    let rows = store.state.read(sql, vec![blob(digest), idle.into(), oldest.into()]).await?;
    Ok(rows.first().and_then(|row| Some((account(row)?, session(row, 6)?))))
}

/// The sessions of an account that go on, the one used last first.
///
/// # Errors
/// When the store cannot be read.
pub async fn of(store: &Store, id: &str, now: Timestamp) -> Result<Vec<Session>, StoreError> {
    let sql = "select account, created, seen, remote, agent, digest from session \
               where account = ?1 and seen > ?2 and created > ?3 order by seen desc";
    let [idle, oldest] = ends(now);
    let rows = store.state.read(sql, vec![id.into(), idle.into(), oldest.into()]).await?;
    let whose = |row: &Row| Some(Session { account: id.to_owned(), ..session(row, 1)? });
    Ok(rows.iter().filter_map(whose).collect())
}

/// A session of these columns from there on.
fn session(row: &Row, at: usize) -> Option<Session> {
    Some(Session {
        account: row.text(0).to_owned(),
        created: time(row.int(at)),
        seen: time(row.int(at + 1)),
        remote: row.text(at + 2).to_owned(),
        agent: row.text(at + 3).to_owned(),
        digest: row.blob(at + 4).try_into().ok()?,
    })
}

fn ends(now: Timestamp) -> [i64; 2] {
    [IDLE, LONGEST].map(|long| now.checked_sub(long).unwrap_or(Timestamp::MIN).as_microsecond())
}

/// A session was used, from there.
///
/// # Errors
/// When the store cannot be written.
pub async fn touch(
    store: &Store,
    digest: &[u8; 32],
    remote: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update session set seen = ?2, remote = ?3 where digest = ?1";
    let args = vec![blob(digest), now.as_microsecond().into(), remote.into()];
    store.state.write(vec![statement(sql, args)]).await
}

/// Ends a session of an account.
///
/// # Errors
/// When the store cannot be written.
pub async fn end(store: &Store, id: &str, digest: &[u8; 32]) -> Result<(), StoreError> {
    let sql = "delete from session where account = ?1 and digest = ?2";
    store.state.write(vec![statement(sql, vec![id.into(), blob(digest)])]).await
}

/// Ends all sessions of an account but this one.
///
/// # Errors
/// When the store cannot be written.
pub async fn end_others(store: &Store, id: &str, digest: &[u8; 32]) -> Result<(), StoreError> {
    let sql = "delete from session where account = ?1 and digest <> ?2";
    store.state.write(vec![statement(sql, vec![id.into(), blob(digest)])]).await
}

/// Has somebody logged in to this account with this browser before?
///
/// # Errors
/// When the store cannot be read.
pub async fn knows_device(
    store: &Store,
    id: &str,
    digest: &[u8; 32],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "select 1 from device where digest = ?1 and account = ?2 and created > ?3";
    let since = now.checked_sub(KNOWN).unwrap_or(Timestamp::MIN).as_microsecond();
    let rows = store.state.read(sql, vec![blob(digest), id.into(), since.into()]).await?;
    Ok(!rows.is_empty())
}

/// Drops what is over.
///
/// # Errors
/// When the store cannot be written.
pub(super) async fn prune(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let [idle, oldest] = ends(now);
    let known = now.checked_sub(KNOWN).unwrap_or(Timestamp::MIN).as_microsecond();
    // A link that was used is remembered for as long as its file may be read again.
    let link = now.checked_sub(IDLE).unwrap_or(Timestamp::MIN).as_microsecond();
    let statements = vec![
        statement(
            "delete from session where seen <= ?1 or created <= ?2",
            vec![idle.into(), oldest.into()],
        ),
        statement("delete from device where created <= ?1", vec![known.into()]),
        statement("delete from link where expires <= ?1", vec![link.into()]),
    ];
    store.state.write(statements).await
}
