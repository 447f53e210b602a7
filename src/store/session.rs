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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::config::StoreConfig;
    use crate::store::account::{Link, keep_link, link, named, redeem, remove, set_password};
    use crate::store::change::{self, Change};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let config = StoreConfig {
            path: directory.path().join("store"),
            ..crate::config::Config::default().store
        };
        let store = Store::open(&config, "test").await.unwrap();
        (directory, store)
    }

    fn ann() -> Account {
        Account {
            id: String::from("1"),
            name: String::from("ann"),
            role: Role::Owner,
            password: String::from("hash"),
            totp: None,
            totp_step: 0,
        }
    }

    fn a_link(n: u8) -> Link {
        Link { digest: [n; 32], name: None, role: Role::Owner, reset: false, expires: at(1000) }
    }

    async fn log_in(store: &Store, n: u8, now: Timestamp) {
        let session = Session {
            digest: [n; 32],
            account: String::from("1"),
            created: now,
            seen: now,
            remote: String::from("192.0.2.1"),
            agent: String::from("a"),
        };
        open(store, &session, &[n; 32]).await.unwrap();
    }

    #[tokio::test]
    async fn sessions_end_by_themselves() {
        const DAY: i64 = 86_400;
        let (_directory, store) = store().await;
        redeem(&store, &a_link(1), &ann(), at(0)).await.unwrap();
        log_in(&store, 1, at(0)).await;
        let is_in = async |now| find(&store, &[1; 32], at(now)).await.unwrap().is_some();
        assert!(is_in(7 * DAY - 1).await);
        assert!(!is_in(7 * DAY).await);
        assert_eq!(find(&store, &[2; 32], at(0)).await.unwrap(), None);
        // Used every six days it goes on, but not for ever.
        for day in [6, 12, 18, 24, 29] {
            assert!(is_in(day * DAY).await);
            touch(&store, &[1; 32], "192.0.2.2", at(day * DAY)).await.unwrap();
        }
        let (account, session) = find(&store, &[1; 32], at(30 * DAY - 1)).await.unwrap().unwrap();
        assert_eq!((account, session.remote.as_str()), (ann(), "192.0.2.2"));
        assert!(!is_in(30 * DAY).await);
        assert!(of(&store, "1", at(30 * DAY)).await.unwrap().is_empty());
        prune(&store, at(30 * DAY)).await.unwrap();
        assert!(!is_in(29 * DAY).await);
        assert!(knows_device(&store, "1", &[1; 32], at(364 * DAY)).await.unwrap());
        assert!(!knows_device(&store, "1", &[1; 32], at(365 * DAY)).await.unwrap());
        assert!(!knows_device(&store, "2", &[1; 32], at(0)).await.unwrap());
    }

    #[tokio::test]
    async fn a_new_password_leaves_one_session_and_a_removed_account_none() {
        let (_directory, store) = store().await;
        redeem(&store, &a_link(1), &ann(), at(0)).await.unwrap();
        for n in 1..=3 {
            log_in(&store, n, at(0)).await;
        }
        end(&store, "2", &[2; 32]).await.unwrap();
        assert_eq!(of(&store, "1", at(1)).await.unwrap().len(), 3, "it is somebody else's");
        set_password(&store, "1", "other", &[2; 32]).await.unwrap();
        let left = of(&store, "1", at(1)).await.unwrap();
        assert_eq!(left.iter().map(|session| session.digest[0]).collect::<Vec<_>>(), [2]);
        assert!(!knows_device(&store, "1", &[1; 32], at(1)).await.unwrap());
        remove(&store, "1").await.unwrap();
        assert_eq!(named(&store, "ann").await.unwrap(), None);
        assert_eq!(find(&store, &[2; 32], at(1)).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_link_is_good_once_and_for_its_time() {
        let (_directory, store) = store().await;
        keep_link(&store, &a_link(1)).await.unwrap();
        assert_eq!(link(&store, &[1; 32], at(999)).await.unwrap(), Some(a_link(1)));
        assert_eq!(link(&store, &[1; 32], at(1000)).await.unwrap(), None);
        assert_eq!(link(&store, &[2; 32], at(0)).await.unwrap(), None);
        redeem(&store, &a_link(1), &ann(), at(500)).await.unwrap();
        // Its file is read again at each start of the watch.
        keep_link(&store, &a_link(1)).await.unwrap();
        assert_eq!(link(&store, &[1; 32], at(500)).await.unwrap(), None);
    }

    #[tokio::test]
    async fn changes_are_kept_for_two_years() {
        let (_directory, store) = store().await;
        let a_change = |second, what: &str| Change {
            at: at(second),
            by: String::from("ann"),
            from: String::from("192.0.2.1"),
            what: what.to_owned(),
        };
        for (second, what) in [(0, "one"), (10, "two"), (20, "three")] {
            change::add(&store, &a_change(second, what)).await.unwrap();
        }
        let last = change::recent(&store, None, 2).await.unwrap();
        assert_eq!(last[0].1, a_change(20, "three"));
        let before = change::recent(&store, Some(last[1].0), 2).await.unwrap();
        assert_eq!(before.len(), 1);
        assert_eq!(before[0].1.what, "one");
        change::prune(&store, at(2 * 365 * 86_400 + 11)).await.unwrap();
        let left = change::recent(&store, None, 9).await.unwrap();
        assert_eq!(
            left.iter().map(|(_, change)| change.what.as_str()).collect::<Vec<_>>(),
            ["three"]
        );
    }
}
