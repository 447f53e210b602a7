//! A small facade over one database file: values, statements, one thread that writes with group
//! commit. The SQL text is such that PostgreSQL can run it too: `?1` for parameters, sums cast,
//! no booleans, no JSON operators.

use std::path::{Path, PathBuf};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};
use tokio::sync::{mpsc, oneshot};

use super::error::{StoreError, Trouble};

/// A value in a row or a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// One row of an answer.
pub(super) type Row = Vec<Value>;

/// One statement with its parameters.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) sql: &'static str,
    pub(super) args: Vec<Value>,
}

/// One statement with its parameters.
pub(super) fn statement(sql: &'static str, args: Vec<Value>) -> Statement {
    Statement { sql, args }
}

/// How a file is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Every commit is on the disk before it is acknowledged.
    Precious,
    /// So it is, and there are many: the log grows to 4 MiB before its pages, mostly the same ones,
    /// are put into the file. Each time that is done costs three waits for the disk instead of one.
    Busy,
    /// The last commits may be lost with the power.
    Bulk,
}

type Answer = oneshot::Sender<Result<Vec<Row>, StoreError>>;
type Written = oneshot::Sender<Result<(), StoreError>>;

enum Job {
    Read(Statement, Answer),
    Write(Vec<Statement>, Written),
    Close(oneshot::Sender<()>),
}

/// One database file and the thread that owns it.
#[derive(Debug, Clone)]
pub(super) struct Db {
    jobs: mpsc::Sender<Job>,
    file: PathBuf,
}

/// Requests that wait; whoever comes later waits to be let in.
const QUEUE: usize = 1024;
/// Requests in one commit.
const GROUP: usize = 256;

impl Db {
    /// Opens the file for writing, made and brought up to date by `migrations` if need be.
    pub(super) async fn open(
        file: PathBuf,
        kind: Kind,
        migrations: &'static [&'static str],
    ) -> Result<Self, StoreError> {
        let connect = move |file: &Path| match connect(file, kind, migrations, false) {
            Err(error) if error.kind == Trouble::Full => connect(file, kind, migrations, true),
            connected => connected,
        };
        Self::start(file, connect).await
    }

    /// Opens the file for reading, also while the watch writes it or when it cannot be written.
    pub(super) async fn open_read_only(file: PathBuf) -> Result<Self, StoreError> {
        Self::start(file, connect_read_only).await
    }

    /// Opens a file that this process has open for writing, for those whose reads may take long:
    /// the thread that writes does not wait for them.
    pub(super) async fn open_beside(file: PathBuf) -> Result<Self, StoreError> {
        let connect = |path: &Path| read_only(path, "").map_err(|error| failed(path, &error));
        Self::start(file, connect).await
    }

    /// The file.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    async fn start(
        file: PathBuf,
        connect: impl Fn(&Path) -> Result<Connection, StoreError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (ready, opened) = oneshot::channel();
        let path = file.clone();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            match connect(&path) {
                Ok(connection) => {
                    if ready.send(Ok(())).is_ok() {
                        Worker { path, connection: Some(connection), connect }.run(queue);
                    }
                }
                // Whoever opened it hears why, or has gone.
                Err(error) => _ = ready.send(Err(error)),
            }
        });
        let lost = |why: &str| StoreError {
            kind: Trouble::Other,
            file: file.clone(),
            why: why.to_owned(),
        };
        thread.map_err(|error| lost(&error.to_string()))?;
        opened.await.map_err(|_| lost("its thread ended"))??;
        Ok(Self { jobs, file })
    }

    /// Runs the statements as one transaction; returns when it is durable.
    pub(super) async fn write(&self, statements: Vec<Statement>) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job::Write(statements, reply)).await.map_err(|_| self.gone())?;
        answer.await.map_err(|_| self.gone())?
    }

    /// Runs one query.
    pub(super) async fn read(
        &self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job::Read(statement(sql, args), reply)).await.map_err(|_| self.gone())?;
        answer.await.map_err(|_| self.gone())?
    }

    /// Ends the thread; returns when the file is closed.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(reply)).await.is_ok() {
            // Answered or dropped, it is closed.
            let _ = closed.await;
        }
    }

    fn gone(&self) -> StoreError {
        StoreError {
            kind: Trouble::Other,
            file: self.file.clone(),
            why: String::from("its thread ended"),
        }
    }
}

/// The thread behind a file.
struct Worker<C> {
    path: PathBuf,
    /// None after trouble: opened anew for the next request.
    connection: Option<Connection>,
    connect: C,
}

impl<C: Fn(&Path) -> Result<Connection, StoreError>> Worker<C> {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(job) = queue.blocking_recv() {
            let mut writes = Vec::new();
            let mut reads = Vec::new();
            let mut next = Some(job);
            let mut closed = None;
            while let Some(job) = next {
                match job {
                    Job::Write(statements, reply) => writes.push((statements, reply)),
                    Job::Read(statement, reply) => reads.push((statement, reply)),
                    Job::Close(reply) => {
                        closed = Some(reply);
                        break;
                    }
                }
                next =
                    (writes.len() + reads.len() < GROUP).then(|| queue.try_recv().ok()).flatten();
            }
            if !writes.is_empty() {
                self.write(writes);
            }
            for (statement, reply) in reads {
                let rows = self.with(|connection| query(connection, &statement));
                // Whoever asked may have gone.
                let _ = reply.send(rows);
            }
            if let Some(closed) = closed {
                drop(self.connection.take());
                let _ = closed.send(());
                return;
            }
        }
    }

    /// One commit for all who wait; one that fails does not hurt the others.
    fn write(&mut self, writes: Vec<(Vec<Statement>, Written)>) {
        let mut outcomes = Vec::new();
        let committed = self.with(|connection| {
            outcomes.clear();
            connection.execute_batch("begin immediate")?;
            for (statements, _) in &writes {
                connection.execute_batch("savepoint request")?;
                let outcome =
                    statements.iter().try_for_each(|statement| execute(connection, statement));
                match &outcome {
                    Err(error) if !is_about_the_request(error) => return outcome,
                    Err(_) => connection.execute_batch("rollback to request; release request")?,
                    Ok(()) => connection.execute_batch("release request")?,
                }
                outcomes.push(outcome.map_err(|error| error.to_string()));
            }
            connection.execute_batch("commit")
        });
        for (n, (_, reply)) in writes.into_iter().enumerate() {
            let outcome = match (&committed, outcomes.get(n)) {
                (Err(error), _) => Err(error.clone()),
                (Ok(()), Some(Err(why))) => Err(StoreError {
                    kind: Trouble::Other,
                    file: self.path.clone(),
                    why: why.clone(),
                }),
                (Ok(()), _) => Ok(()),
            };
            let _ = reply.send(outcome);
        }
    }

    /// Does it on the connection. After trouble with the file itself the connection is opened
    /// anew next time: the trouble may be over by then.
    fn with<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => (self.connect)(&self.path)?,
        };
        match work(&connection) {
            Ok(value) => {
                self.connection = Some(connection);
                Ok(value)
            }
            Err(error) => {
                let failed = failed(&self.path, &error);
                if connection.is_autocommit() || connection.execute_batch("rollback").is_ok() {
                    self.connection = Some(connection);
                }
                if matches!(failed.kind, Trouble::ReadOnly | Trouble::Corrupt | Trouble::Other) {
                    self.connection = None;
                }
                Err(failed)
            }
        }
    }
}

fn failed(path: &Path, error: &rusqlite::Error) -> StoreError {
    let mut why = error.to_string();
    // "disk I/O error" has thirty causes; the number says which (<https://sqlite.org/rescode.html>).
    if let rusqlite::Error::SqliteFailure(failure, _) = error
        && failure.code == rusqlite::ErrorCode::SystemIoFailure
    {
        why.push_str(&format!(" (SQLite's {})", failure.extended_code));
    }
    StoreError { kind: Trouble::of(error, path), file: path.to_owned(), why }
}

/// The request was wrong; the file is not.
fn is_about_the_request(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
    match error.sqlite_error_code() {
        Some(code) => matches!(code, ConstraintViolation | TooBig | TypeMismatch),
        None => true,
    }
}

fn execute(connection: &Connection, Statement { sql, args }: &Statement) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(args)).map(|_| ())
}

fn query(
    connection: &Connection,
    Statement { sql, args }: &Statement,
) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(args))?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next()? {
        let value = |n| {
            row.get_ref(n).map(|value| match value {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Int(number),
                ValueRef::Real(number) => Value::Int(number as i64),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            })
        };
        answer.push((0..columns).map(value).collect::<rusqlite::Result<Row>>()?);
    }
    Ok(answer)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Opens the file. `alone`: the log's index is kept in memory, where other processes cannot see
/// it, but which needs no room on a full disk.
fn connect(
    path: &Path,
    kind: Kind,
    migrations: &[&str],
    alone: bool,
) -> Result<Connection, StoreError> {
    let opened = Connection::open(path);
    let open = || {
        let connection = opened?;
        // There is no other place to put anything: the unit may write to its own folder only.
        connection.execute_batch("pragma temp_store = memory")?;
        if alone {
            connection.execute_batch("pragma locking_mode = exclusive")?;
        }
        let pages: i64 = connection.query_row("pragma page_count", [], |row| row.get(0))?;
        if pages == 0 && kind == Kind::Bulk {
            // Only before the first page: later it would be a write, which a full disk refuses.
            connection
                .execute_batch("pragma page_size = 2048; pragma auto_vacuum = incremental")?;
        }
        // Small caches: the whole watch has a few MiB. A write-ahead log of this size is begun
        // anew before it grows.
        connection.execute_batch(match kind {
            Kind::Precious => {
                "pragma busy_timeout = 5000; pragma cache_size = -256;
                 pragma journal_mode = wal; pragma synchronous = full;
                 pragma wal_autocheckpoint = 64;"
            }
            Kind::Busy => {
                "pragma busy_timeout = 5000; pragma cache_size = -1024;
                 pragma journal_mode = wal; pragma synchronous = full;
                 pragma wal_autocheckpoint = 1000;"
            }
            Kind::Bulk => {
                "pragma busy_timeout = 5000; pragma cache_size = -512;
                 pragma journal_mode = wal; pragma synchronous = normal;
                 pragma wal_autocheckpoint = 256;"
            }
        })?;
        Ok(connection)
    };
    let connection = open().map_err(|error| failed(path, &error))?;
    migrate(&connection, path, migrations)?;
    if kind == Kind::Precious {
        reserve(&connection);
    }
    Ok(connection)
}

/// Runs the migrations the file has not seen. `user_version` counts them.
fn migrate(connection: &Connection, path: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let seen: u32 = connection
        .query_row("pragma user_version", [], |row| row.get(0))
        .map_err(|error| failed(path, &error))?;
    let seen = seen as usize;
    if seen > migrations.len() {
        let why = format!("schema {seen}, this one knows {}", migrations.len());
        return Err(StoreError { kind: Trouble::Newer, file: path.to_owned(), why });
    }
    for (n, migration) in migrations.iter().enumerate().skip(seen) {
        let all = format!("begin immediate; {migration}; pragma user_version = {}; commit", n + 1);
        connection.execute_batch(&all).map_err(|error| failed(path, &error))?;
    }
    Ok(())
}

/// Makes room beforehand, in the file and in its log, so that an alert can be written down while
/// the disk is full. Pages once had are kept by the file.
fn reserve(connection: &Connection) {
    let free: i64 =
        connection.query_row("pragma freelist_count", [], |row| row.get(0)).unwrap_or(0);
    // Where there is no room now, there is nothing to be done now.
    let _ = connection.execute_batch(if free < 128 {
        "create table if not exists room (body blob); insert into room values (zeroblob(1048576));
         delete from room;"
    } else {
        "create table if not exists room (body blob); insert into room values (zeroblob(262144));
         delete from room;"
    });
}

fn connect_read_only(path: &Path) -> Result<Connection, StoreError> {
    if let Err(error) = std::fs::File::open(path) {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => Trouble::Missing,
            std::io::ErrorKind::PermissionDenied => Trouble::Denied,
            _ => Trouble::Other,
        };
        return Err(StoreError { kind, file: path.to_owned(), why: error.to_string() });
    }
    // Without room or leave for the log's index the file is read as it is.
    read_only(path, "")
        .or_else(|_| read_only(path, "?immutable=1"))
        .map_err(|error| failed(path, &error))
}

/// Nothing but SQLite may open a file this process has open: closing that would end the locks on it.
fn read_only(path: &Path, suffix: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let uri = format!("file:{}{suffix}", path.display());
    let connection = Connection::open_with_flags(uri, flags)?;
    connection.execute_batch(
        "pragma temp_store = memory; pragma busy_timeout = 2000; pragma cache_size = -2048",
    )?;
    connection.query_row("select count(*) from sqlite_master", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

/// Reading the columns of a row that our own statements ask for.
pub(super) trait Columns {
    /// An integer, 0 where there is none.
    fn int(&self, n: usize) -> i64;
    /// An integer, if there is one.
    fn maybe_int(&self, n: usize) -> Option<i64>;
    /// A text, empty where there is none.
    fn text(&self, n: usize) -> &str;
    /// Bytes, empty where there are none.
    fn blob(&self, n: usize) -> &[u8];
}

impl Columns for Row {
    fn int(&self, n: usize) -> i64 {
        self.maybe_int(n).unwrap_or(0)
    }

    fn maybe_int(&self, n: usize) -> Option<i64> {
        match self.get(n) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    fn text(&self, n: usize) -> &str {
        match self.get(n) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    fn blob(&self, n: usize) -> &[u8] {
        match self.get(n) {
            Some(Value::Blob(bytes)) => bytes,
            _ => &[],
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
