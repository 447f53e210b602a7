//! A log of one's own where no auditd keeps one: in its form, so that its tools read it too; turned
//! over when it is full, and never larger than it may be.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// `audit.log`, and the older `audit.log.1`, `audit.log.2` ...
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    size: u64,
    most_bytes: u64,
    most_files: u32,
}

impl Writer {
    /// Goes on with a log, or begins one that only its owner reads. Together its files, at least
    /// two, take no more than `most_files * most_bytes` and one line.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path, most_bytes: u64, most_files: u32) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let size = file.metadata()?.len();
        let file = BufWriter::new(file);
        Ok(Self { path: path.to_owned(), file, size, most_bytes, most_files: most_files.max(2) })
    }

    /// Adds a line. It is in the file after [`Writer::flush`].
    ///
    /// # Errors
    /// When it cannot be written, or the file cannot be turned over.
    pub fn add(&mut self, line: &[u8]) -> io::Result<()> {
        if self.size >= self.most_bytes {
            self.turn_over()?;
        }
        self.file.write_all(line)?;
        self.file.write_all(b"\n")?;
        self.size += line.len() as u64 + 1;
        Ok(())
    }

    /// What was added is in the file: it outlives the process that wrote it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    /// What was added is on the disk: it outlives the machine.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.get_ref().sync_data()
    }

    fn turn_over(&mut self) -> io::Result<()> {
        self.sync()?;
        for n in (1..self.most_files).rev() {
            let older = if n == 1 { self.path.clone() } else { numbered(&self.path, n - 1) };
            match fs::rename(older, numbered(&self.path, n)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        *self = Self::open(&self.path, self.most_bytes, self.most_files)?;
        Ok(())
    }
}

fn numbered(path: &Path, n: u32) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{n}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_turned_over_goes_on_and_stays_within_its_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        for part in 0..4 {
            let mut log = Writer::open(&path, 1000, 3).unwrap();
            for n in 0..25 {
                log.add(
                    format!("type=X msg=audit(1.0:{}): {}", part * 25 + n, "x".repeat(20))
                        .as_bytes(),
                )
                .unwrap();
            }
            log.flush().unwrap();
        }
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let all = [read("audit.log.2"), read("audit.log.1"), read("audit.log")].concat();
        assert!(all.len() <= 3 * 1000 + 3 * 60, "{}", all.len());
        assert!(all.ends_with(&format!("audit(1.0:99): {}\n", "x".repeat(20))));
        let serials: Vec<u32> = all
            .lines()
            .map(|line| line.split([':', ')']).nth(1).unwrap().parse().unwrap())
            .collect();
        assert!(serials.windows(2).all(|pair| pair[1] == pair[0] + 1));
        assert!(!folder.path().join("audit.log.3").exists());
    }
}
