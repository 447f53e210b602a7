//! Heartbeats: the book as it is written down, and the logs.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::sql::{Columns as _, Db, Row, Statement, Value, statement};
use super::{HEARTBEATS, Store, StoreError, Trouble, json, time};
use crate::heartbeat::book::{Book, FlipLine, Id, LOG_LIMIT, PingKey, PingLine, Project, Writes};
use crate::heartbeat::check::{Flip, Life, Reason};
use crate::heartbeat::contract::Kind;
use crate::heartbeat::{Check, Definition};
use crate::model::HeartbeatStatus;

/// Flips are kept so long: three months of downtimes can be told.
pub const KEEP_FLIPS: SignedDuration = SignedDuration::from_hours(93 * 24);
/// Flips dropped in one transaction.
const STEP: i64 = 2000;
/// Flips of one check that are kept at most: one that changes every minute shall not fill the disk.
const MOST_FLIPS: i64 = 10_000;

/// Everything that is known of checks, but for the logs.
///
/// # Errors
/// When the store cannot be read, or holds a check this version cannot read: to go on without it
/// would tell its job that it does not exist.
pub async fn book(store: &Store) -> Result<Book, StoreError> {
    let rows = db(store)?.read("select id, name, ping_key from heartbeat_project", Vec::new());
    let project = |row: &Row| Project {
        id: row.int(0),
        name: row.text(1).to_owned(),
        ping_key: PingKey::known(row.text(2)),
    };
    let projects = rows.await?.iter().map(project).collect();
    let sql = "select id, life from heartbeat_life";
    let rows = db(store)?.read(sql, Vec::new()).await?;
    let mut lives: BTreeMap<Id, Life> = BTreeMap::new();
    for row in &rows {
        lives.insert(row.int(0), parsed(store, row)?);
    }
    let sql = "select id, definition from heartbeat order by id";
    let rows = db(store)?.read(sql, Vec::new()).await?;
    let mut checks = Vec::new();
    for row in &rows {
        let definition: Definition = parsed(store, row)?;
        let id = row.int(0);
        let life = lives.remove(&id).unwrap_or_else(|| Check::new(definition.clone()).life);
        checks.push((id, definition, life));
    }
    Ok(Book::read(projects, checks))
}

/// Keeps what changed, all or nothing. Returns when it is durable.
///
/// # Errors
/// When it could not be made durable.
pub async fn commit(store: &Store, writes: &Writes) -> Result<(), StoreError> {
    let mut statements = Vec::new();
    for Project { id, name, ping_key } in &writes.projects {
        let sql = "insert into heartbeat_project (id, name, ping_key) values (?1, ?2, ?3) \
                   on conflict (id) do update set name = excluded.name, \
                   ping_key = excluded.ping_key";
        let args = vec![(*id).into(), name.as_str().into(), ping_key.reveal().into()];
        statements.push(statement(sql, args));
    }
    for (id, definition) in &writes.defined {
        let sql = "insert into heartbeat (id, definition) values (?1, ?2) \
                   on conflict (id) do update set definition = excluded.definition";
        statements.push(statement(sql, vec![(*id).into(), json(definition)]));
    }
    for (id, life) in &writes.lives {
        let sql = "insert into heartbeat_life (id, life) values (?1, ?2) \
                   on conflict (id) do update set life = excluded.life";
        statements.push(statement(sql, vec![(*id).into(), json(life)]));
    }
    statements.extend(writes.pings.iter().map(insert_ping));
    for FlipLine { check, flip } in &writes.flips {
        let sql = "insert into heartbeat_flip (heartbeat, at, before, after, reason) \
                   values (?1, ?2, ?3, ?4, ?5)";
        let args = vec![
            (*check).into(),
            flip.at.as_microsecond().into(),
            flip.from.as_str().into(),
            flip.to.as_str().into(),
            flip.reason.as_str().into(),
        ];
        statements.push(statement(sql, args));
    }
    for (id, keep_failures) in &writes.prune {
        // The newest lines stay, and of the others the newest failures.
        let sql = "delete from heartbeat_ping where heartbeat = ?1 and n <= (select n from \
                   heartbeat_ping where heartbeat = ?1 order by n desc limit 1 offset ?2) \
                   and n not in (select n from heartbeat_ping where heartbeat = ?1 \
                   and kind = 'fail' order by n desc limit ?3)";
        let limit = i64::try_from(LOG_LIMIT).unwrap_or(i64::MAX);
        let args = vec![(*id).into(), limit.into(), i64::from(*keep_failures).into()];
        statements.push(statement(sql, args));
    }
    for id in &writes.removed {
        for sql in [
            "delete from heartbeat where id = ?1",
            "delete from heartbeat_life where id = ?1",
            "delete from heartbeat_ping where heartbeat = ?1",
            "delete from heartbeat_flip where heartbeat = ?1",
        ] {
            statements.push(statement(sql, vec![(*id).into()]));
        }
    }
    db(store)?.write(statements).await
}

/// The newest `limit` lines of a check's log that the filter of kinds lets pass (empty: all),
/// newest first. Bodies are left out.
///
/// # Errors
/// When the store cannot be read.
pub async fn log(
    store: &Store,
    check: Id,
    kind: Option<Kind>,
    limit: u32,
) -> Result<Vec<PingLine>, StoreError> {
    let sql = "select n, at, kind, exit, rid, duration, scheme, method, remote, agent, \
               length(body) from heartbeat_ping where heartbeat = ?1 \
               and (?2 = '' or kind = ?2) order by n desc limit ?3";
    let kind = kind.map_or("", Kind::as_str);
    let args = vec![check.into(), kind.into(), i64::from(limit).into()];
    let rows = db(store)?.read(sql, args).await?;
    Ok(rows.iter().filter_map(|row| line(check, row)).collect())
}

/// What was sent with a ping. None: nothing, or it is no longer known.
///
/// # Errors
/// When the store cannot be read.
pub async fn body(store: &Store, check: Id, n: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select body from heartbeat_ping where heartbeat = ?1 and n = ?2";
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    let rows = db(store)?.read(sql, vec![check.into(), n.into()]).await?;
    Ok(rows.first().map(|row| row.blob(0).to_vec()).filter(|body| !body.is_empty()))
}

/// A check's changes of status in `from..until`, newest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn flips(
    store: &Store,
    check: Id,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Flip>, StoreError> {
    let sql = "select at, before, after, reason from heartbeat_flip where heartbeat = ?1 \
               and at >= ?2 and at < ?3 order by at desc, seq desc";
    let args = vec![check.into(), from.as_microsecond().into(), until.as_microsecond().into()];
    let rows = db(store)?.read(sql, args).await?;
    let flip = |row: &Row| {
        Some(Flip {
            at: time(row.int(0)),
            from: HeartbeatStatus::named(row.text(1))?,
            to: HeartbeatStatus::named(row.text(2))?,
            reason: Reason::named(row.text(3))?,
        })
    };
    Ok(rows.iter().filter_map(flip).collect())
}

/// Drops flips that are too old or too many.
///
/// # Errors
/// When the store cannot be written. What is left is dropped the next time.
pub async fn prune(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let before = now.checked_sub(KEEP_FLIPS).unwrap_or(Timestamp::MIN).as_microsecond();
    let old = "delete from heartbeat_flip where seq in \
               (select seq from heartbeat_flip where at < ?1 limit ?2)";
    let many = "delete from heartbeat_flip where seq in (select flip.seq from heartbeat_flip flip \
                join (select heartbeat, max(seq) as newest from heartbeat_flip group by heartbeat \
                having count(*) > ?1) as many on many.heartbeat = flip.heartbeat \
                order by flip.seq limit ?2)";
    db(store)?
        .write(vec![
            statement(old, vec![before.into(), STEP.into()]),
            statement(many, vec![MOST_FLIPS.into(), STEP.into()]),
        ])
        .await
}

fn db(store: &Store) -> Result<&Db, StoreError> {
    store.heartbeats.as_ref().ok_or_else(|| StoreError {
        kind: Trouble::Missing,
        file: store.path.join(HEARTBEATS),
        why: String::new(),
    })
}

fn insert_ping(line: &PingLine) -> Statement {
    let sql = "insert into heartbeat_ping (heartbeat, n, at, kind, exit, rid, duration, scheme, \
               method, remote, agent, body) \
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let maybe = |number: Option<i64>| number.map_or(Value::Null, Value::Int);
    let micros = |took: SignedDuration| i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
    let args = vec![
        line.check.into(),
        i64::try_from(line.n).unwrap_or(i64::MAX).into(),
        line.at.as_microsecond().into(),
        line.kind.as_str().into(),
        maybe(line.exit.map(i64::from)),
        line.rid.map_or(Value::Null, |rid| Value::Text(rid.to_string())),
        maybe(line.duration.map(micros)),
        line.scheme.as_str().into(),
        line.method.as_str().into(),
        line.remote.as_str().into(),
        line.agent.as_str().into(),
        Value::Blob(line.body.clone()),
    ];
    statement(sql, args)
}

fn line(check: Id, row: &Row) -> Option<PingLine> {
    Some(PingLine {
        check,
        n: u64::try_from(row.int(0)).ok()?,
        at: time(row.int(1)),
        kind: Kind::named(row.text(2))?,
        exit: row.maybe_int(3).and_then(|exit| u8::try_from(exit).ok()),
        rid: Uuid::try_parse(row.text(4)).ok(),
        duration: row.maybe_int(5).map(SignedDuration::from_micros),
        scheme: row.text(6).to_owned(),
        method: row.text(7).to_owned(),
        remote: row.text(8).to_owned(),
        agent: row.text(9).to_owned(),
        body_bytes: u32::try_from(row.int(10)).unwrap_or(u32::MAX),
        body: Vec::new(),
    })
}

/// The JSON in the second column.
fn parsed<T: DeserializeOwned>(store: &Store, row: &Row) -> Result<T, StoreError> {
    serde_json::from_str(row.text(1)).map_err(|error| StoreError {
        kind: Trouble::Newer,
        file: store.path.join(HEARTBEATS),
        why: format!("heartbeat {}: {error}", row.int(0)),
    })
}
