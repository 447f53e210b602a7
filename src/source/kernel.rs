//! The kernel's text files: kept open, read again from the start, numbers out of bytes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Blind;
use crate::model::{Metric, Observation, Subject};

/// A file of the kernel is never longer than this for us; what is beyond is not read.
const LIMIT: usize = 1 << 20;

/// One such file. It stays open, because opening is half of what a reading costs.
#[derive(Debug)]
pub(super) struct KernelFile {
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
}

impl KernelFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None, buffer: Vec::new() }
    }

    /// Its contents now. After an error the next call opens it anew.
    pub(super) fn read(&mut self) -> io::Result<&[u8]> {
        let file = match self.file.take() {
            Some(file) => file,
            None => File::open(&self.path)?,
        };
        if self.buffer.is_empty() {
            self.buffer.resize(4096, 0);
        }
        let mut length = 0;
        // Some of them hand out at most a page a call: only nothing more is the end.
        while length < LIMIT {
            if length == self.buffer.len() {
                self.buffer.resize(length * 2, 0);
            }
            match file.read_at(&mut self.buffer[length..], length as u64) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.file = Some(file);
        Ok(&self.buffer[..length])
    }

    /// Its contents now, or what is missing without it.
    pub(super) fn need(&mut self) -> Result<&[u8], Blind> {
        match self.read().map(<[u8]>::len) {
            Ok(length) => Ok(&self.buffer[..length]),
            Err(error) => Err(unreadable(&self.path, &error)),
        }
    }
}

/// That a file of /proc cannot be read, and what mends it.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Blind {
    Blind {
        why: format!("cannot read {}: {error}", path.display()),
        mend: String::from(
            "nightkeep needs /proc and /sys: mount them, and let the service see them \
             (no ProtectProc=, ProcSubset=pid or PrivateNetwork= in its unit)",
        ),
    }
}

/// That a file of /proc says something else than it should.
pub(super) fn garbled(path: &str, wanted: &str) -> Blind {
    Blind {
        why: format!("{path} has no {wanted}"),
        mend: String::from("report this with the file's contents and `uname -r`"),
    }
}

/// The decimal number a field is, if it is one.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    if field.is_empty() {
        return None;
    }
    field.iter().try_fold(0_u64, |sum, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// The fields of a line: what stands between runs of blanks.
pub(super) fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|field| !field.is_empty())
}

/// The lines of a file, without the empty ones.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// Seconds from one reading to the next. None when the clock went back or stood still: then
/// there is no rate this time.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> Option<f64> {
    let elapsed = to.duration_since(from).as_secs_f64();
    (elapsed > 0.0).then_some(elapsed)
}

/// What a counter grew a second. None when it went back: it was reset, or wrapped.
pub(super) fn rate(before: u64, after: u64, seconds: f64) -> Option<f64> {
    Some(after.checked_sub(before)? as f64 / seconds)
}

/// A sample as it is stored.
pub(super) fn sample(subject: &Subject, metric: Metric, value: f64) -> Observation {
    Observation::Sample { subject: subject.clone(), metric, value: value as f32 }
}

/// A machine made of a few files.
#[cfg(test)]
pub(super) mod fixture {
    use std::path::Path;

    use super::{Metric, Observation};

    /// A directory with these files in it.
    pub(crate) fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, contents) in files {
            write(root.path(), path, contents);
        }
        root
    }

    /// (Over)writes one of them.
    pub(crate) fn write(root: &Path, path: &str, contents: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }

    /// The instant so many seconds into the test.
    pub(crate) fn at(second: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// The samples of one metric, with what they are of.
    pub(crate) fn samples(observations: &[Observation], wanted: Metric) -> Vec<(String, f32)> {
        let sample = |observation: &Observation| match observation {
            Observation::Sample { subject, metric, value } if *metric == wanted => {
                Some((subject.to_string(), *value))
            }
            _ => None,
        };
        observations.iter().filter_map(sample).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_and_fit() {
        for (field, expected) in [
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("-1", None),
            ("12a", None),
        ] {
            assert_eq!(number(field.as_bytes()), expected, "{field}");
        }
    }

    #[test]
    fn a_file_is_read_again_from_the_start_and_reopened_after_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("stat");
        let mut file = KernelFile::new(path.clone());
        assert!(file.need().unwrap_err().why.contains("stat"));
        std::fs::write(&path, "a".repeat(9000)).unwrap();
        assert_eq!(file.read().unwrap().len(), 9000);
        std::fs::write(&path, "shorter").unwrap();
        assert_eq!(file.read().unwrap(), b"shorter");
    }
}
