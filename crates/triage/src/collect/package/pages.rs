//! The pages of a SQLite database in the order they are in, as they are after its write-ahead log
//! (<https://www.sqlite.org/fileformat2.html>): SQLite is given the bytes and never the disk, so that it
//! locks, recovers and writes nothing there, and reads what was committed all the same.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

/// No database is read that is larger, in bytes: it is held in memory.
const LARGEST: u64 = 512 << 20;
/// The log's own head, and that of each of its frames, in bytes.
const LOG_HEAD: u64 = 32;
const FRAME_HEAD: u64 = 24;
/// The beginning of a log whose sums are of little-endian words; one more if they are of big-endian ones.
const MAGIC: u32 = 0x377f_0682;
const VERSION: u32 = 3_007_000;

/// The pages of a database, to be read from the first to the last.
#[derive(Debug)]
pub(super) struct Pages {
    file: File,
    log: Option<File>,
    /// Pages that the log has, by their numbers from 1, and where.
    logged: HashMap<u32, u64>,
    page: u32,
    count: u32,
    /// The page being read, from where it was not read yet.
    buffer: Vec<u8>,
    at: usize,
    /// Where and what the files were.
    was: Was,
}

type Was = (u64, (i64, i64), Option<(u64, (i64, i64))>);

impl Pages {
    /// Of an open file, and its log if there is one.
    ///
    /// # Errors
    /// When it cannot be read, is no database or is too large.
    pub(super) fn open(file: File, log: Option<File>) -> io::Result<Self> {
        let was = was(&file, log.as_ref())?;
        let too_large = || {
            let why = format!("it is larger than {} MB", LARGEST >> 20);
            io::Error::new(io::ErrorKind::FileTooLarge, why)
        };
        if was.2.is_some_and(|(length, _)| length > LARGEST) {
            return Err(too_large());
        }
        let logged = log.as_ref().map(Log::read).transpose()?.flatten();
        let (size, count, logged) = if let Some(log) = logged {
            (log.page, log.count, log.pages)
        } else {
            let mut head = [0; 18];
            file.read_exact_at(&mut head, 0)?;
            // One stands for 65,536, which has no place in two bytes.
            let size = match u16::from_be_bytes([head[16], head[17]]) {
                1 => 65_536,
                size => u32::from(size),
            };
            let count = was.0.checked_div(u64::from(size)).unwrap_or(0);
            (size, u32::try_from(count).unwrap_or(u32::MAX), HashMap::new())
        };
        let is_page = size.is_power_of_two() && (512..=65_536).contains(&size);
        if !is_page || count == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no SQLite database"));
        }
        if u64::from(count) * u64::from(size) > LARGEST {
            return Err(too_large());
        }
        let buffer = vec![0; size as usize];
        Ok(Self { file, log, logged, page: 0, count, at: buffer.len(), buffer, was })
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.count as usize * self.buffer.len()
    }

    /// Did the files stay as they were since they were opened? Otherwise pages of two times were read.
    pub(super) fn is_unchanged(&self) -> io::Result<bool> {
        Ok(self.was == was(&self.file, self.log.as_ref())?)
    }
}

impl Read for Pages {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() {
            if self.page == self.count {
                return Ok(0);
            }
            self.page += 1;
            let logged = self.logged.get(&self.page).copied();
            let (file, at) = match logged.zip(self.log.as_ref()) {
                Some((at, log)) => (log, at),
                None => (&self.file, u64::from(self.page - 1) * self.buffer.len() as u64),
            };
            file.read_exact_at(&mut self.buffer, at)?;
            if self.page == 1 {
                // Versions of the format: 2 has a log, which memory cannot have.
                self.buffer[18..20].fill(1);
            }
            self.at = 0;
        }
        let length = self.buffer[self.at..].as_ref().read(into)?;
        self.at += length;
        Ok(length)
    }
}

fn was(file: &File, log: Option<&File>) -> io::Result<Was> {
    let times = |found: &Metadata| (found.mtime(), found.mtime_nsec());
    let file = file.metadata()?;
    let log = log.map(File::metadata).transpose()?;
    Ok((file.len(), times(&file), log.map(|log| (log.len(), times(&log)))))
}

/// What was committed to a log and is not yet in the database.
struct Log {
    /// Bytes of a page.
    page: u32,
    /// Pages of the database after it.
    count: u32,
    pages: HashMap<u32, u64>,
}

impl Log {
    /// None if nothing was committed. What comes after the last commit, or is of an earlier round of the
    /// log (other salts, another sum), does not count.
    fn read(file: &File) -> io::Result<Option<Self>> {
        let mut reader = BufReader::with_capacity(1 << 17, At { file, at: 0 });
        let mut head = [0; LOG_HEAD as usize];
        if !whole(&mut reader, &mut head)? {
            return Ok(None);
        }
        let words = words(&head, u32::from_be_bytes);
        let [magic, version, page, _, salt, pepper, ..] = words[..] else { return Ok(None) };
        let is_big = magic == MAGIC + 1;
        let is_page = page.is_power_of_two() && (512..=65_536).contains(&page);
        let mut sum = add((0, 0), &head[..24], is_big);
        if magic & !1 != MAGIC || version != VERSION || !is_page || words[6..] != [sum.0, sum.1] {
            return Ok(None);
        }
        let mut log = Self { page, count: 0, pages: HashMap::new() };
        let (mut pending, mut at) = (Vec::new(), LOG_HEAD + FRAME_HEAD);
        let (mut head, mut data) = ([0; FRAME_HEAD as usize], vec![0; page as usize]);
        while whole(&mut reader, &mut head)? && whole(&mut reader, &mut data)? {
            let words = self::words(&head, u32::from_be_bytes);
            sum = add(add(sum, &head[..8], is_big), &data, is_big);
            if words[2..] != [salt, pepper, sum.0, sum.1] {
                break;
            }
            pending.push((words[0], at));
            if words[1] != 0 {
                log.pages.extend(pending.drain(..));
                log.count = words[1];
            }
            at += FRAME_HEAD + u64::from(page);
        }
        Ok((log.count != 0).then_some(log))
    }
}

/// A file read from its beginning, wherever it is at for others.
struct At<'f> {
    file: &'f File,
    at: u64,
}

impl Read for At<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(into, self.at)?;
        self.at += length as u64;
        Ok(length)
    }
}

/// Was there so much left?
fn whole(reader: &mut impl Read, into: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(into) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn words(bytes: &[u8], word: fn([u8; 4]) -> u32) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|bytes| word(*bytes)).collect()
}

/// Goes on with the sum of a log ("Checksum Algorithm").
fn add(sum: (u32, u32), bytes: &[u8], is_big: bool) -> (u32, u32) {
    let word = if is_big { u32::from_be_bytes } else { u32::from_le_bytes };
    bytes.as_chunks::<8>().0.iter().fold(sum, |(one, two), [a, b, c, d, e, f, g, h]| {
        let one = one.wrapping_add(word([*a, *b, *c, *d])).wrapping_add(two);
        (one, two.wrapping_add(word([*e, *f, *g, *h])).wrapping_add(one))
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::*;

    fn bytes(path: &Path) -> io::Result<Vec<u8>> {
        let log = File::open(path.with_extension("sqlite-wal")).ok();
        let mut pages = Pages::open(File::open(path)?, log)?;
        let mut bytes = Vec::new();
        pages.read_to_end(&mut bytes)?;
        assert_eq!((bytes.len(), pages.is_unchanged()?), (pages.len(), true));
        Ok(bytes)
    }

    fn count(bytes: &[u8]) -> rusqlite::Result<(i64, i64)> {
        let mut memory = Connection::open_in_memory()?;
        memory.deserialize_read_exact("main", bytes, bytes.len(), true)?;
        memory.query_row("SELECT count(*), sum(length(b)) FROM t", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    #[test]
    fn what_was_committed_to_the_log_is_seen_and_what_was_not_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.sqlite");
        let writer = Connection::open(&path).unwrap();
        let run = |sql: &str| writer.execute_batch(sql).unwrap();
        run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 1");
        run("CREATE TABLE t(b BLOB); INSERT INTO t VALUES (zeroblob(50000))");
        assert_eq!(count(&bytes(&path).unwrap()), Ok((1, 50_000)), "all of it is in the log");
        run("PRAGMA wal_checkpoint = TRUNCATE");
        assert_eq!(count(&bytes(&path).unwrap()), Ok((1, 50_000)), "nothing is");
        run(
            "INSERT INTO t VALUES (zeroblob(7)); UPDATE t SET b = zeroblob(60000) WHERE length(b) > 7",
        );
        // More than the cache holds is written to the log before it is committed.
        run("BEGIN; INSERT INTO t VALUES (zeroblob(900000))");
        assert_eq!(count(&bytes(&path).unwrap()), Ok((2, 60_007)));
        run("COMMIT; PRAGMA wal_checkpoint = RESTART; INSERT INTO t VALUES (zeroblob(1))");
        let seen = bytes(&path).unwrap();
        assert_eq!(count(&seen), Ok((4, 960_008)), "frames of the round before are left over");
    }

    proptest! {
        #[test]
        fn whatever_the_files_are_reading_ends(
            mut file in proptest::collection::vec(any::<u8>(), 0..3000),
            mut log in proptest::collection::vec(any::<u8>(), 0..3000),
            page in prop_oneof![Just(512_u16), any::<u16>()],
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("db.sqlite");
            if let Some(at) = file.get_mut(16..18) {
                at.copy_from_slice(&page.to_be_bytes());
            }
            // A head that is right, so that what comes after it is looked at.
            if let Some(head) = log.get_mut(..32) {
                for (word, into) in [MAGIC, VERSION, 512].iter().zip(head.as_chunks_mut::<4>().0) {
                    *into = word.to_be_bytes();
                }
                let sum = add((0, 0), &head[..24], false);
                head[24..28].copy_from_slice(&sum.0.to_be_bytes());
                head[28..].copy_from_slice(&sum.1.to_be_bytes());
            }
            std::fs::write(&path, file).unwrap();
            std::fs::write(path.with_extension("sqlite-wal"), log).unwrap();
            if let Ok(bytes) = bytes(&path) {
                let _ = count(&bytes);
            }
        }
    }
}
