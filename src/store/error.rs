//! What can go wrong with the store, told apart by what helps.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// The store could not do it.
#[derive(Debug, Clone)]
pub struct StoreError {
    /// What kind of trouble.
    pub kind: Trouble,
    /// Which file.
    pub file: PathBuf,
    /// What the engine said.
    pub why: String,
}

/// Kinds of trouble with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// There is no such file or directory.
    Missing,
    /// It may not be read or written by this user.
    Denied,
    /// The disk is full.
    Full,
    /// The file or its filesystem is read-only.
    ReadOnly,
    /// The file is damaged.
    Corrupt,
    /// It was written by a newer nightkeep.
    Newer,
    /// Somebody else keeps it busy.
    Busy,
    /// Anything else.
    Other,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.kind {
            Trouble::Missing => write!(
                f,
                "{file} is not there: has the watch run yet? sudo systemctl start nightkeep"
            ),
            Trouble::Denied => write!(f, "{file} may not be opened by this user: use sudo"),
            Trouble::Full => write!(f, "{file} cannot grow, the disk is full: df -h {file}"),
            Trouble::ReadOnly => write!(f, "{file} is on a disk that is read-only: dmesg | tail"),
            Trouble::Corrupt => {
                write!(f, "{file} is damaged ({}): move it away, a new one is made", self.why)
            }
            Trouble::Newer => write!(
                f,
                "{file} was written by a newer nightkeep ({}): install that one",
                self.why
            ),
            Trouble::Busy => write!(f, "{file} is kept busy by another program: fuser {file}"),
            Trouble::Other => write!(f, "{file}: {}", self.why),
        }
    }
}

impl std::error::Error for StoreError {}

impl Trouble {
    pub(super) fn of(error: &rusqlite::Error, file: &Path) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            // The log's index cannot grow: SQLite calls that an I/O error.
            Some(ErrorCode::SystemIoFailure) if is_full(file) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::PermissionDenied) => Self::Denied,
            _ => Self::Other,
        }
    }
}

/// Less than this is no room for anything.
const ROOM_BYTES: u64 = 1 << 20;

fn is_full(file: &Path) -> bool {
    let directory = file.parent().unwrap_or(file);
    rustix::fs::statvfs(directory).is_ok_and(|disk| disk.f_bavail * disk.f_frsize < ROOM_BYTES)
}
