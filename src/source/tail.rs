//! A log file followed by its name: what is added, whole lines only, through rotation.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The most that is read at once: the newest part of what is longer.
const MOST: u64 = 64 << 20;
/// A longer line is cut.
const LONGEST: usize = 64 * 1024;

/// The file and how far it was read.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    file: File,
    inode: u64,
    read: u64,
    /// The start of a line that is not complete yet.
    begun: Vec<u8>,
}

impl Tail {
    /// Opens the file at its end.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::open_at(path, false)
    }

    fn open_at(path: &Path, from_start: bool) -> io::Result<Self> {
        let file = super::plain::open(path)?;
        let meta = file.metadata()?;
        let read = if from_start { 0 } else { meta.len() };
        Ok(Self { path: path.to_owned(), file, inode: meta.ino(), read, begun: Vec::new() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What was added since the last look; of a file that was renamed the rest, then the new one.
    pub(super) fn look(&mut self) -> io::Result<Vec<String>> {
        let mut lines = self.added()?;
        let now = std::fs::metadata(&self.path).map(|meta| meta.ino());
        if now.is_ok_and(|inode| inode != self.inode)
            && let Ok(mut fresh) = Self::open_at(&self.path, true)
        {
            lines.extend(fresh.added()?);
            *self = fresh;
        }
        Ok(lines)
    }

    fn added(&mut self) -> io::Result<Vec<String>> {
        let length = self.file.metadata()?.len();
        if length < self.read {
            // Truncated (copytruncate).
            self.read = 0;
            self.begun.clear();
        }
        if length - self.read > MOST {
            self.read = length - MOST;
            self.begun.clear();
        }
        let mut bytes = std::mem::take(&mut self.begun);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.read))?;
        file.take(length - self.read).read_to_end(&mut bytes)?;
        self.read = length;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.begun = bytes.split_off(end);
        self.begun.truncate(LONGEST);
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Ok(lines
            .map(|line| String::from_utf8_lossy(&line[..line.len().min(LONGEST)]).into_owned())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn follows_through_rotation_and_waits_for_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.log");
        std::fs::write(&path, "one\n").unwrap();
        let mut log = Tail::open(&path).unwrap();
        let mut look = || log.look().unwrap().join(" ");
        assert_eq!(look(), "");
        let append = |text: &str| {
            let mut file = File::options().append(true).create(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        append("tw");
        assert_eq!(look(), "");
        append("o\nthree\n");
        std::fs::rename(&path, folder.path().join("auth.log.1")).unwrap();
        append("four\n");
        assert_eq!(look(), "two three four");
        std::fs::write(&path, "").unwrap();
        assert_eq!(look(), "");
        append("five\n");
        assert_eq!(look(), "five");
    }
}
