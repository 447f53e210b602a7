//! wtmpdb and lastlog2 of util-linux: the same records as SQLite databases.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, Row};

use super::Session;
use crate::model::text::visible;
use crate::source::plain;

/// The records of wtmpdb that are sessions.
const USER: i64 = 3;
const MOST: i64 = 100_000;

/// Sessions that wtmpdb keeps; none where it is not installed.
pub(super) fn sessions(root: &Path) -> Result<Vec<Session>, String> {
    let sql = "select User, RemoteHost, TTY, Login, Logout from wtmp where Type = ?1 \
               order by Login desc limit ?2";
    for name in ["var/lib/wtmpdb/wtmp.db", "var/log/wtmp.db"] {
        let path = plain::below(root, name);
        if path.exists() {
            return read(&path, sql, &[USER, MOST], "wtmpdb")
                .map_err(|error| format!("/{name}: {error}"));
        }
    }
    Ok(Vec::new())
}

/// The last logins that lastlog2 keeps, whose times are seconds.
pub(super) fn last(root: &Path) -> Option<Vec<Session>> {
    let sql = "select Name, RemoteHost, TTY, Time * 1000000, null from Lastlog2 limit ?1";
    let path = plain::below(root, "var/lib/lastlog/lastlog2.db");
    path.exists().then(|| read(&path, sql, &[MOST], "lastlog2").ok())?
}

fn read(
    path: &Path,
    sql: &str,
    arguments: &[i64],
    source: &'static str,
) -> rusqlite::Result<Vec<Session>> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    database.busy_timeout(Duration::from_secs(1))?;
    let mut statement = database.prepare(sql)?;
    let rows = statement.query_map(rusqlite::params_from_iter(arguments), |row| {
        let time = |at: Option<i64>| at.and_then(|at| Timestamp::from_microsecond(at).ok());
        Ok(Session {
            user: text(row, 0)?,
            from: text(row, 1)?,
            tty: text(row, 2)?,
            began: time(row.get(3)?).unwrap_or(Timestamp::UNIX_EPOCH),
            ended: time(row.get(4)?),
            source,
        })
    })?;
    let mut sessions = rows.collect::<Result<Vec<_>, _>>()?;
    sessions.reverse();
    Ok(sessions)
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(visible(&row.get::<_, Option<String>>(column)?.unwrap_or_default(), 256))
}
