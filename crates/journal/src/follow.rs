//! What is added to the journal while one looks on.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::entries::Matches;
use crate::entry::Entry;
use crate::file::File;
use crate::query::Query;

/// At one look no more entries than this are returned; the next look goes on.
const AT_ONCE: usize = 10_000;

/// Follows one journal file by its name, through rotation: what was still written to a renamed
/// file is read before the new one.
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    query: Query,
    file: Option<Followed>,
}

#[derive(Debug)]
struct Followed {
    file: File,
    inode: u64,
    /// How many entries the file had at the last look.
    n_entries: u64,
    /// Of each alternative, where one of its values is and how many entries had it.
    counts: Vec<Option<(u64, u64)>>,
    /// The number of the newest entry that was returned, or was there from the start.
    after: u64,
}

impl Followed {
    /// Follows a file from its start, or from its end.
    fn new(file: File, from_end: bool, query: &Query) -> Result<Self, Error> {
        let inode = file.inode()?;
        let after = if from_end { file.header().last } else { 0 };
        let n_entries = if from_end { file.header().n_entries } else { 0 };
        let counts = vec![None; query.alternatives.len()];
        let mut this = Self { file, inode, n_entries, counts, after };
        if from_end {
            this.counted(query)?;
            this.file.rest();
        }
        Ok(this)
    }

    /// Did the number of entries of any alternative change? Much cheaper than to look for them.
    fn counted(&mut self, query: &Query) -> Result<bool, Error> {
        let mut changed = query.alternatives.is_empty();
        for (values, count) in query.alternatives.iter().zip(&mut self.counts) {
            let now = match (*count, values.first()) {
                (Some((place, _)), _) => Some((place, self.file.count(place)?)),
                (None, Some(value)) => {
                    self.file.find(value)?.map(|(at, data)| (at, data.n_entries))
                }
                (None, None) => None,
            };
            changed |= now != *count;
            *count = now;
        }
        Ok(changed)
    }

    fn look(&mut self, query: &Query, added: &mut Vec<Entry>) -> Result<(), Error> {
        self.file.refresh()?;
        let n_entries = self.file.header().n_entries;
        if n_entries == self.n_entries {
            return Ok(());
        }
        if self.counted(query)? {
            let mut matches = Matches::after(&mut self.file, query, self.after)?;
            while added.len() < AT_ONCE {
                let Some(entry) = matches.entry(&mut self.file, query)? else { break };
                self.after = self.after.max(entry.seqnum);
                added.push(entry);
            }
        }
        // Not all of them: the next look must not think that nothing changed.
        self.n_entries = if added.len() < AT_ONCE { n_entries } else { 0 };
        if added.len() >= AT_ONCE {
            self.counts.fill(None);
        }
        self.file.rest();
        Ok(())
    }
}

impl Follow {
    /// Follows what is added to the file from now on. It need not be there yet.
    pub fn from_now(path: &Path, query: Query) -> Self {
        let file = File::open(path).and_then(|file| Followed::new(file, true, &query)).ok();
        Self { path: path.to_owned(), query, file }
    }

    /// What was added since the last look, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read. The next look goes on where this one ended.
    pub fn look(&mut self) -> Result<Vec<Entry>, Error> {
        let mut added = Vec::new();
        let inode = std::fs::metadata(&self.path).map(|meta| meta.ino());
        if let Some(followed) = &mut self.file {
            let read = followed.look(&self.query, &mut added);
            let renamed = inode.as_ref().is_ok_and(|inode| *inode != followed.inode);
            if renamed || read.is_err() {
                self.file = None;
            }
            if !renamed {
                return read.map(|()| added);
            }
        }
        if inode.is_ok() {
            let mut fresh = Followed::new(File::open(&self.path)?, false, &self.query)?;
            let read = fresh.look(&self.query, &mut added);
            self.file = Some(fresh);
            read?;
        }
        Ok(added)
    }
}
