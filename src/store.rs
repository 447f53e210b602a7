//! What nightkeep remembers, as named functions by topic. `state.db` is small and precious,
//! `heartbeats.db` is precious and written all the time, `series.db` is bulk and can be lost.

pub mod account;
pub mod alert;
mod block;
pub mod change;
pub mod decision;
mod error;
pub mod heartbeat;
pub mod history;
pub mod hour;
pub mod monitor;
pub mod outbox;
pub mod past;
pub mod retention;
pub mod sample;
pub mod session;
mod sql;
#[cfg(test)]
mod tests;
pub mod token;

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

pub use error::{StoreError, Trouble};
use sql::{Db, Kind, Value};
use tokio::sync::OnceCell;

use crate::clock;
use crate::config::StoreConfig;

/// The databases of a store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    state: Db,
    series: Db,
    /// None where only older versions wrote.
    heartbeats: Option<Db>,
    host: String,
    path: PathBuf,
    mended: Option<String>,
    /// The numbers of series, as far as they were read.
    known: Arc<sample::Known>,
    readers: Readers,
}

/// Connections for those who only read: of all databases, or none.
type Readers = Arc<OnceCell<Option<(Db, Db, Option<Db>)>>>;

const STATE: &str = "state.db";
const SERIES: &str = "series.db";
const HEARTBEATS: &str = "heartbeats.db";
const STATE_MIGRATIONS: &[&str] = &[
    include_str!("../migrations/sqlite/state-0001.sql"),
    include_str!("../migrations/sqlite/state-0002-receipt.sql"),
    include_str!("../migrations/sqlite/state-0003-monitor.sql"),
    include_str!("../migrations/sqlite/state-0004-token.sql"),
    include_str!("../migrations/sqlite/state-0005-account.sql"),
    include_str!("../migrations/sqlite/state-0006-event.sql"),
];
const SERIES_MIGRATIONS: &[&str] = &[include_str!("../migrations/sqlite/series-0001.sql")];
const HEARTBEAT_MIGRATIONS: &[&str] = &[include_str!("../migrations/sqlite/heartbeats-0001.sql")];

impl Store {
    /// Opens the store of this host for writing, and makes what is missing. A damaged file is set
    /// aside and begun anew; `mended` tells of it.
    ///
    /// # Errors
    /// When the directory or a file cannot be opened for writing.
    pub async fn open(config: &StoreConfig, host: &str) -> Result<Self, StoreError> {
        let path = &config.path;
        let made = fs::DirBuilder::new().recursive(true).mode(0o750).create(path);
        made.map_err(|error| StoreError {
            kind: match error.kind() {
                std::io::ErrorKind::PermissionDenied => Trouble::Denied,
                std::io::ErrorKind::StorageFull => Trouble::Full,
                std::io::ErrorKind::ReadOnlyFilesystem => Trouble::ReadOnly,
                _ => Trouble::Other,
            },
            file: path.clone(),
            why: error.to_string(),
        })?;
        let (state, mended) = open(path, STATE, Kind::Precious, STATE_MIGRATIONS).await?;
        let (series, lost) = open(path, SERIES, Kind::Bulk, SERIES_MIGRATIONS).await?;
        let (heartbeats, uncalled) =
            open(path, HEARTBEATS, Kind::Busy, HEARTBEAT_MIGRATIONS).await?;
        let reserve = path.join(RESERVE);
        if !reserve.exists() {
            // Without room for it now there is nothing to be kept.
            if fs::write(&reserve, vec![0; RESERVE_BYTES]).is_err() {
                let _ = fs::remove_file(&reserve);
            }
        }
        let mended = mended.or(uncalled).or(lost);
        Ok(Self {
            state,
            series,
            heartbeats: Some(heartbeats),
            host: host.to_owned(),
            path: path.clone(),
            mended,
            known: Arc::default(),
            readers: Arc::default(),
        })
    }

    /// Opens a store for reading, while the watch writes it or without one.
    ///
    /// # Errors
    /// When there is none, or it may not be read.
    pub async fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let state = Db::open_read_only(path.join(STATE)).await?;
        let series = Db::open_read_only(path.join(SERIES)).await?;
        let rows = series.read("select host from series limit 1", Vec::new()).await?;
        let host = rows.first().map(|row| sql::Columns::text(row, 0).to_owned());
        let host = host.unwrap_or_default();
        let heartbeats = match Db::open_read_only(path.join(HEARTBEATS)).await {
            Err(error) if error.kind == Trouble::Missing => None,
            opened => Some(opened?),
        };
        Ok(Self {
            state,
            series,
            heartbeats,
            host,
            path: path.to_owned(),
            mended: None,
            known: Arc::default(),
            readers: Arc::default(),
        })
    }

    /// The same store for those who only read, and perhaps much: the watch's own writes do not wait
    /// for that. Opened once; where it cannot be, whoever reads waits in the same line as the watch.
    pub async fn reader(&self) -> Self {
        let opened = self.readers.get_or_init(|| async {
            let state = Db::open_beside(self.state.file().to_owned()).await.ok()?;
            let series = Db::open_beside(self.series.file().to_owned()).await.ok()?;
            let heartbeats = match &self.heartbeats {
                Some(heartbeats) => Some(Db::open_beside(heartbeats.file().to_owned()).await.ok()?),
                None => None,
            };
            Some((state, series, heartbeats))
        });
        match opened.await.clone() {
            Some((state, series, heartbeats)) => {
                Self { state, series, heartbeats, readers: Arc::default(), ..self.clone() }
            }
            None => self.clone(),
        }
    }

    /// Closes all files; other clones can do nothing after that.
    pub async fn close(self) {
        self.state.close().await;
        self.series.close().await;
        if let Some(heartbeats) = &self.heartbeats {
            heartbeats.close().await;
        }
        if let Some((state, series, heartbeats)) = self.readers.get().cloned().flatten() {
            for db in [Some(state), Some(series), heartbeats].into_iter().flatten() {
                db.close().await;
            }
        }
    }

    /// A file was damaged and begun anew: which, and where the old one is.
    pub fn mended(&self) -> Option<&str> {
        self.mended.as_deref()
    }

    /// Bytes the files take.
    pub fn size_bytes(&self) -> u64 {
        let files = [STATE, SERIES, HEARTBEATS];
        let names = files.into_iter().flat_map(|name| [name.to_owned(), format!("{name}-wal")]);
        names
            .filter_map(|name| fs::metadata(self.path.join(name)).ok())
            .map(|file| file.len())
            .sum()
    }
}

/// Room kept for opening the store when the disk is full.
const RESERVE: &str = "reserve";
const RESERVE_BYTES: usize = 2 << 20;

async fn open(
    path: &Path,
    name: &str,
    kind: Kind,
    migrations: &'static [&'static str],
) -> Result<(Db, Option<String>), StoreError> {
    let file = path.join(name);
    let opened = match Db::open(file.clone(), kind, migrations).await {
        // Give back what was kept for this hour, then there is room to begin.
        Err(error)
            if error.kind == Trouble::Full && fs::remove_file(path.join(RESERVE)).is_ok() =>
        {
            Db::open(file.clone(), kind, migrations).await
        }
        opened => opened,
    };
    let (db, mended) = match opened {
        Err(error) if error.kind == Trouble::Corrupt => {
            let aside = path.join(format!("{name}.damaged-{}", clock::now().as_second()));
            fs::rename(&file, &aside).map_err(|_| error)?;
            for log in ["-wal", "-shm"] {
                // Belongs to the damaged file; it may not be there.
                let _ = fs::remove_file(path.join(format!("{name}{log}")));
            }
            let mended = format!("{} was damaged; it is now {}", file.display(), aside.display());
            (Db::open(file.clone(), kind, migrations).await?, Some(mended))
        }
        opened => (opened?, None),
    };
    // Whoever owns the directory decides; within it others have no business.
    let _ = fs::set_permissions(&file, fs::Permissions::from_mode(0o640));
    Ok((db, mended))
}

fn json(value: &impl Serialize) -> Value {
    // Our own types have only text keys and finite numbers, so this cannot fail.
    Value::Text(serde_json::to_string(value).unwrap_or_default())
}

fn time(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
