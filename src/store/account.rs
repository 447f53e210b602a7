//! Accounts, what they log in with, and the links by which they are made.

use jiff::{SignedDuration, Timestamp};

use super::sql::{Columns as _, Row, Statement, Value, statement};
use super::{Store, StoreError, time};
use crate::access::{Account, Role};

/// A one-time link as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// SHA-256 of what it holds.
    pub digest: [u8; 32],
    /// For whom. None: whoever opens it chooses a name.
    pub name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// It takes away what they log in with now.
    pub reset: bool,
    /// It is good until then.
    pub expires: Timestamp,
}

impl Link {
    /// A link is good for a day.
    pub const LASTS: SignedDuration = SignedDuration::from_hours(24);
}

/// A passkey as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// What the browser calls it.
    pub id: Vec<u8>,
    /// Whose.
    pub account: String,
    /// What its owner calls it.
    pub name: String,
    /// Its public key, as COSE has it.
    pub key: Vec<u8>,
    /// How often it was used.
    pub counter: u32,
    /// When it was made.
    pub created: Timestamp,
    /// When it was used last.
    pub used: Option<Timestamp>,
}

/// All accounts, by name.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(store: &Store) -> Result<Vec<Account>, StoreError> {
    let sql = "select id, name, role, password, totp, totp_step from account order by name";
    Ok(store.state.read(sql, Vec::new()).await?.iter().filter_map(account).collect())
}

/// The account of that name.
///
/// # Errors
/// When the store cannot be read.
pub async fn named(store: &Store, name: &str) -> Result<Option<Account>, StoreError> {
    let sql = "select id, name, role, password, totp, totp_step from account where name = ?1";
    Ok(store.state.read(sql, vec![name.into()]).await?.first().and_then(account))
}

/// The account of that id.
///
/// # Errors
/// When the store cannot be read.
pub async fn by_id(store: &Store, id: &str) -> Result<Option<Account>, StoreError> {
    let sql = "select id, name, role, password, totp, totp_step from account where id = ?1";
    Ok(store.state.read(sql, vec![id.into()]).await?.first().and_then(account))
}

/// An account of the first columns of a row.
pub(super) fn account(row: &Row) -> Option<Account> {
    Some(Account {
        id: row.text(0).to_owned(),
        name: row.text(1).to_owned(),
        role: Role::named(row.text(2))?,
        password: row.text(3).to_owned(),
        totp: Some(row.blob(4).to_vec()).filter(|secret| !secret.is_empty()),
        totp_step: row.int(5),
    })
}

/// Keeps a link. One that is known already, used or not, stays as it is.
///
/// # Errors
/// When the store cannot be written.
pub async fn keep_link(store: &Store, link: &Link) -> Result<(), StoreError> {
    let sql = "insert into link (digest, name, role, reset, expires) values (?1, ?2, ?3, ?4, ?5) \
               on conflict (digest) do nothing";
    let args = vec![
        blob(&link.digest),
        link.name.as_deref().map_or(Value::Null, Value::from),
        link.role.as_str().into(),
        i64::from(link.reset).into(),
        link.expires.as_microsecond().into(),
    ];
    store.state.write(vec![statement(sql, args)]).await
}

/// The link of this digest, if it is still good.
///
/// # Errors
/// When the store cannot be read.
pub async fn link(
    store: &Store,
    digest: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Link>, StoreError> {
    let sql = "select name, role, reset, expires from link \
               where digest = ?1 and used is null and expires > ?2";
    let rows = store.state.read(sql, vec![blob(digest), now.as_microsecond().into()]).await?;
    let link = |row: &Row| {
        Some(Link {
            digest: *digest,
            name: Some(row.text(0).to_owned()).filter(|name| !name.is_empty()),
            role: Role::named(row.text(1))?,
            reset: row.int(2) != 0,
            expires: time(row.int(3)),
        })
    };
    Ok(rows.first().and_then(link))
}

/// Uses up a link for this account, which is new or known and gets the password that is in it.
/// What was logged in with the old one is logged out.
///
/// # Errors
/// When the store cannot be written.
pub async fn redeem(
    store: &Store,
    link: &Link,
    account: &Account,
    now: Timestamp,
) -> Result<(), StoreError> {
    let at = now.as_microsecond();
    let Account { id, name, role, password, .. } = account;
    let insert = "insert into account (id, name, role, password, totp_step, created) \
                  values (?1, ?2, ?3, ?4, 0, ?5) \
                  on conflict (id) do update set role = excluded.role, password = excluded.password";
    let args = vec![
        id.as_str().into(),
        name.as_str().into(),
        role.as_str().into(),
        password.as_str().into(),
        at.into(),
    ];
    let mut statements = vec![statement(insert, args)];
    let used = "update link set used = ?2 where digest = ?1";
    statements.push(statement(used, vec![blob(&link.digest), at.into()]));
    statements.extend(of(id, &["delete from session where account = ?1", NO_DEVICE]));
    if link.reset {
        statements
            .extend(of(id, &[NO_TOTP, NO_RECOVERY, "delete from passkey where account = ?1"]));
    }
    store.state.write(statements).await
}

const NO_DEVICE: &str = "delete from device where account = ?1";
const NO_TOTP: &str = "update account set totp = null where id = ?1";
const NO_RECOVERY: &str = "delete from recovery_code where account = ?1";

/// Gives an account another password; only this session stays.
///
/// # Errors
/// When the store cannot be written.
pub async fn set_password(
    store: &Store,
    id: &str,
    password: &str,
    session: &[u8; 32],
) -> Result<(), StoreError> {
    let others = "delete from session where account = ?1 and digest <> ?2";
    let mut statements = vec![
        statement(
            "update account set password = ?2 where id = ?1",
            vec![id.into(), password.into()],
        ),
        statement(others, vec![id.into(), blob(session)]),
    ];
    statements.extend(of(id, &[NO_DEVICE]));
    store.state.write(statements).await
}

/// Lets an account do more or less.
///
/// # Errors
/// When the store cannot be written.
pub async fn set_role(store: &Store, id: &str, role: Role) -> Result<(), StoreError> {
    let sql = "update account set role = ?2 where id = ?1";
    store.state.write(vec![statement(sql, vec![id.into(), role.as_str().into()])]).await
}

/// Takes an account away, with all that was its own.
///
/// # Errors
/// When the store cannot be written.
pub async fn remove(store: &Store, id: &str) -> Result<(), StoreError> {
    let all = [
        "delete from account where id = ?1",
        "delete from session where account = ?1",
        "delete from passkey where account = ?1",
        NO_RECOVERY,
        NO_DEVICE,
    ];
    store.state.write(of(id, &all)).await
}

/// Asks this account for codes from now on; those on paper are these.
///
/// # Errors
/// When the store cannot be written.
pub async fn begin_totp(
    store: &Store,
    id: &str,
    secret: &[u8],
    step: i64,
    recovery: &[[u8; 32]],
) -> Result<(), StoreError> {
    let mut statements = of(id, &[NO_RECOVERY]);
    let sql = "update account set totp = ?2, totp_step = ?3 where id = ?1";
    statements.push(statement(sql, vec![id.into(), blob(secret), step.into()]));
    let sql = "insert into recovery_code (digest, account) values (?1, ?2)";
    statements.extend(recovery.iter().map(|digest| statement(sql, vec![blob(digest), id.into()])));
    store.state.write(statements).await
}

/// Asks it for codes no more.
///
/// # Errors
/// When the store cannot be written.
pub async fn end_totp(store: &Store, id: &str) -> Result<(), StoreError> {
    store.state.write(of(id, &[NO_TOTP, NO_RECOVERY])).await
}

/// The code of this step is used up.
///
/// # Errors
/// When the store cannot be written.
pub async fn use_step(store: &Store, id: &str, step: i64) -> Result<(), StoreError> {
    let sql = "update account set totp_step = ?2 where id = ?1";
    store.state.write(vec![statement(sql, vec![id.into(), step.into()])]).await
}

/// Uses up a code on paper. False: it is none, or was used. One at a time, says whoever calls.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn use_recovery(store: &Store, id: &str, digest: &[u8; 32]) -> Result<bool, StoreError> {
    let args = || vec![blob(digest), id.into()];
    let sql = "select 1 from recovery_code where digest = ?1 and account = ?2";
    if store.state.read(sql, args()).await?.is_empty() {
        return Ok(false);
    }
    let sql = "delete from recovery_code where digest = ?1 and account = ?2";
    store.state.write(vec![statement(sql, args())]).await.map(|()| true)
}

/// How many codes on paper are left.
///
/// # Errors
/// When the store cannot be read.
pub async fn count_recovery(store: &Store, id: &str) -> Result<usize, StoreError> {
    let sql = "select count(*) from recovery_code where account = ?1";
    let rows = store.state.read(sql, vec![id.into()]).await?;
    Ok(rows.first().map_or(0, |row| usize::try_from(row.int(0)).unwrap_or(0)))
}

/// The passkeys of an account, the oldest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn passkeys(store: &Store, id: &str) -> Result<Vec<Passkey>, StoreError> {
    let sql = "select id, account, name, public_key, counter, created, used from passkey \
               where account = ?1 order by created";
    Ok(store.state.read(sql, vec![id.into()]).await?.iter().map(passkey).collect())
}

/// The passkey of that id.
///
/// # Errors
/// When the store cannot be read.
pub async fn passkey_by_id(store: &Store, id: &[u8]) -> Result<Option<Passkey>, StoreError> {
    let sql = "select id, account, name, public_key, counter, created, used from passkey \
               where id = ?1";
    Ok(store.state.read(sql, vec![blob(id)]).await?.first().map(passkey))
}

fn passkey(row: &Row) -> Passkey {
    Passkey {
        id: row.blob(0).to_vec(),
        account: row.text(1).to_owned(),
        name: row.text(2).to_owned(),
        key: row.blob(3).to_vec(),
        counter: u32::try_from(row.int(4)).unwrap_or(u32::MAX),
        created: time(row.int(5)),
        used: row.maybe_int(6).map(time),
    }
}

/// Keeps a passkey. One of that id is an error: it is somebody's.
///
/// # Errors
/// When the store cannot be written.
pub async fn add_passkey(store: &Store, passkey: &Passkey) -> Result<(), StoreError> {
    let sql = "insert into passkey (id, account, name, public_key, counter, created) \
               values (?1, ?2, ?3, ?4, ?5, ?6)";
    let args = vec![
        blob(&passkey.id),
        passkey.account.as_str().into(),
        passkey.name.as_str().into(),
        blob(&passkey.key),
        i64::from(passkey.counter).into(),
        passkey.created.as_microsecond().into(),
    ];
    store.state.write(vec![statement(sql, args)]).await
}

/// A passkey was used, and counts this now.
///
/// # Errors
/// When the store cannot be written.
pub async fn use_passkey(
    store: &Store,
    id: &[u8],
    counter: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update passkey set counter = ?2, used = ?3 where id = ?1";
    let args = vec![blob(id), i64::from(counter).into(), now.as_microsecond().into()];
    store.state.write(vec![statement(sql, args)]).await
}

/// Takes a passkey of an account away.
///
/// # Errors
/// When the store cannot be written.
pub async fn remove_passkey(store: &Store, account: &str, id: &[u8]) -> Result<(), StoreError> {
    let sql = "delete from passkey where id = ?1 and account = ?2";
    store.state.write(vec![statement(sql, vec![blob(id), account.into()])]).await
}

fn of(id: &str, all: &[&'static str]) -> Vec<Statement> {
    all.iter().map(|sql| statement(sql, vec![id.into()])).collect()
}

pub(super) fn blob(bytes: &[u8]) -> Value {
    Value::Blob(bytes.to_vec())
}
