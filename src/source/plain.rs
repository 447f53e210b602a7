//! Opening a log that somebody else may have put something else in the place of.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Opens a plain file to read it. A pipe in its place is not waited for: it is an error, as a device is.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no plain file: somebody put something else in its place"))
    }
}

/// The beginning of a plain file as text; empty if it cannot be read.
pub(crate) fn text(path: &Path, most: u64) -> String {
    let mut bytes = Vec::new();
    let _ = open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("auth.log");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).unwrap();
        assert!(open(&pipe).unwrap_err().to_string().contains("no plain file"));
        assert_eq!(text(&pipe, 9), "");
    }
}
