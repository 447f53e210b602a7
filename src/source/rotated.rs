//! A log with those before it: `auth.log`, `auth.log.1`, `auth.log.2.gz` and so on (logrotate(8)), line by line: logs are
//! as large as whoever knocks makes them.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::plain;

/// So many older ones are looked for.
const OLDER: usize = 60;
/// Of each no more is read, in bytes, unpacked: the end of a plain one, the beginning of a packed one.
const MOST: u64 = 256 << 20;
/// A longer line is cut.
const LONGEST: usize = 64 << 10;

/// Gives each line that was written since then, and perhaps some from before, oldest first.
///
/// # Errors
/// When the log itself cannot be read. Older ones that cannot be are left out.
pub(crate) fn lines(path: &Path, since: Timestamp, mut each: impl FnMut(&str)) -> io::Result<()> {
    let newest = plain::open(path)?;
    let mut older = Vec::new();
    for number in 1..=OLDER {
        // One that was last written to before has nothing of it, and nor have those before that.
        match before(path, number, since) {
            Some(file) => older.push(file),
            None => break,
        }
    }
    for file in older.into_iter().rev().chain([Part::Plain(newest)]) {
        // What is broken ends where it breaks.
        let _ = part(file, &mut each);
    }
    Ok(())
}

enum Part {
    Plain(File),
    Packed(File),
}

fn before(path: &Path, number: usize, since: Timestamp) -> Option<Part> {
    let named = |ending: &str| PathBuf::from(format!("{}.{number}{ending}", path.display()));
    let is_young = |file: &File| {
        let written = file.metadata().and_then(|found| found.modified()).ok();
        written.and_then(|at| Timestamp::try_from(at).ok()).is_some_and(|at| at >= since)
    };
    let plain = plain::open(&named("")).map(Part::Plain);
    let part = plain.or_else(|_| plain::open(&named(".gz")).map(Part::Packed)).ok()?;
    let (Part::Plain(file) | Part::Packed(file)) = &part;
    is_young(file).then_some(part)
}

fn part(part: Part, each: &mut impl FnMut(&str)) -> io::Result<()> {
    match part {
        Part::Plain(mut file) => {
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
            read(file.take(MOST), each)
        }
        Part::Packed(file) => read(flate2::read::MultiGzDecoder::new(file).take(MOST), each),
    }
}

fn read(file: impl Read, each: &mut impl FnMut(&str)) -> io::Result<()> {
    let mut file = BufReader::with_capacity(LONGEST, file);
    let (mut line, mut is_cut) = (Vec::new(), false);
    loop {
        let part = file.fill_buf()?;
        let end = part.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(part.len(), |end| end + 1);
        if !is_cut {
            line.extend_from_slice(&part[..end.unwrap_or(taken)]);
            // The rest of it is passed over, however much that is.
            is_cut = line.len() > LONGEST;
            line.truncate(LONGEST);
        }
        let is_over = taken == 0;
        file.consume(taken);
        if end.is_some() || is_over && !line.is_empty() {
            each(&String::from_utf8_lossy(&line));
            (line, is_cut) = (Vec::new(), false);
        }
        if is_over {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn told(path: &Path, since: Timestamp) -> Vec<String> {
        let mut told = Vec::new();
        lines(path, since, |line| told.push(line.to_owned())).unwrap();
        told
    }

    #[test]
    fn older_ones_come_first_packed_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.log");
        let write = |ending: &str, text: &[u8]| {
            std::fs::write(format!("{}{ending}", path.display()), text).unwrap();
        };
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"one\n").unwrap();
        write(".2.gz", &packed.finish().unwrap());
        write(".1", b"two\n\nthree");
        write("", b"four\n");
        assert_eq!(told(&path, Timestamp::MIN), ["one", "two", "", "three", "four"]);
        assert_eq!(told(&path, Timestamp::MAX), ["four"]);
        assert!(lines(&folder.path().join("none"), Timestamp::MIN, |_| ()).is_err());
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.log");
        std::fs::write(&path, "a\n".to_owned() + &"x".repeat(5 * LONGEST) + "\nb").unwrap();
        let lengths: Vec<usize> = told(&path, Timestamp::MIN).iter().map(String::len).collect();
        assert_eq!(lengths, [1, LONGEST, 1]);
    }
}
