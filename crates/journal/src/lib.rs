//! Reads the files of the systemd journal, as its file format is documented at
//! <https://systemd.io/JOURNAL_FILE_FORMAT/>: compact or not, keyed hashes or not, zstd and LZ4.
//!
//! Built for questions such as "everything of sshd, its message only": entries come from the
//! index of a field's value, and only the fields asked for are read. Files are read, not mapped:
//! a file that shrinks under a reader is an error and not a signal, and what was read does not
//! count as memory of the process beyond a small cache.
//!
//! Whatever a file holds, nothing here panics or loops: offsets, sizes and chains are checked.

mod cache;
mod entries;
mod entry;
mod file;
mod follow;
mod hash;
mod object;
mod query;

pub use entries::Entries;
pub use entry::Entry;
pub use file::{File, Span};
pub use follow::Follow;
pub use query::Query;

use std::path::{Path, PathBuf};

/// The journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no journal file, or one with features that this reader does not know.
    #[error("{path}: {why}")]
    Unknown {
        /// Which.
        path: PathBuf,
        /// What is strange.
        why: &'static str,
    },
    /// The file's content contradicts itself.
    #[error("{path} is damaged: {why}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: &'static str,
    },
    /// There are no journal files.
    #[error("there are no journal files in {}", .0.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" or "))]
    None(
        /// Where they were looked for.
        Vec<PathBuf>,
    ),
}

/// More files than this are not opened: journald keeps a hundred at most by itself.
const MOST_FILES: usize = 1000;

/// All journal files of a machine.
#[derive(Debug)]
pub struct Journal {
    files: Vec<File>,
    passed_over: Vec<Error>,
}

impl Journal {
    /// Opens every journal file in these directories and in the directories of machine ids in
    /// them (`/var/log/journal`, `/run/log/journal`). Files that cannot be read are passed over
    /// and kept in [`Journal::passed_over`].
    ///
    /// # Errors
    /// [`Error::None`] when there are none, or the first error when none can be read.
    pub fn open(roots: &[PathBuf]) -> Result<Self, Error> {
        let mut paths = Vec::new();
        for root in roots {
            find(root, true, &mut paths);
        }
        // A pipe in the place of a file would be waited for.
        paths.retain(|path| path.metadata().is_ok_and(|meta| meta.is_file()));
        // Newest first by name is not known; by time of change, so that the limit drops old ones.
        paths.sort_by_cached_key(|path| {
            std::cmp::Reverse(path.metadata().and_then(|meta| meta.modified()).ok())
        });
        paths.truncate(MOST_FILES);
        let (mut files, mut passed_over) = (Vec::new(), Vec::new());
        for path in paths {
            match File::open(&path) {
                Ok(file) => files.push(file),
                Err(error) => passed_over.push(error),
            }
        }
        if files.is_empty() {
            let none = Error::None(roots.to_vec());
            return Err(if passed_over.is_empty() { none } else { passed_over.swap_remove(0) });
        }
        Ok(Self { files, passed_over })
    }

    /// The files that could not be opened, and why.
    pub fn passed_over(&self) -> &[Error] {
        &self.passed_over
    }

    /// The files that were opened.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Entries that match, oldest first, from a time on (microseconds since 1970).
    pub fn since(&mut self, query: &Query, realtime: u64) -> Entries<'_> {
        Entries::new(&mut self.files, query, realtime..=u64::MAX, false)
    }

    /// Entries that match, newest first, back to a time (microseconds since 1970).
    pub fn back_to(&mut self, query: &Query, realtime: u64) -> Entries<'_> {
        Entries::new(&mut self.files, query, realtime..=u64::MAX, true)
    }

    /// Entries that match, newest first, from a time on back (microseconds since 1970).
    pub fn back_from(&mut self, query: &Query, realtime: u64) -> Entries<'_> {
        Entries::new(&mut self.files, query, 0..=realtime, true)
    }
}

/// The journal files in a directory. Directories that cannot be read have none.
fn find(directory: &Path, deeper: bool, paths: &mut Vec<PathBuf>) {
    let Ok(listed) = directory.read_dir() else { return };
    for entry in listed.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let is_machine = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if kind.is_dir() && deeper && is_machine {
            find(&path, false, paths);
        } else if kind.is_file() && (name.ends_with(".journal") || name.ends_with(".journal~")) {
            paths.push(path);
        }
    }
}

#[cfg(test)]
mod tests;
