//! Compressed logs, read as if they were not.

use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::logs::{Unread, Why};

/// How a file is compressed, as its first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// One that is not unpacked here, and the program that does it.
    Other(&'static str),
}

impl Packing {
    /// Looks at the first bytes of a file.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        Some(match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Other("xz"),
            [b'B', b'Z', b'h', ..] => Self::Other("bzip2"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Other("lz4"),
            _ => return None,
        })
    }

    /// The bytes in a compressed file.
    pub(super) fn open(self, path: &Path) -> io::Result<Box<dyn Read>> {
        let file = File::open(path)?;
        Ok(match self {
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(io::BufReader::new(file))),
            Self::Zstd => Box::new(zstd::Decoder::new(file)?),
            Self::Other(_) => return Err(io::ErrorKind::Unsupported.into()),
        })
    }
}

/// What was met while logs were read.
pub(super) type Met = Rc<RefCell<Vec<Unread>>>;

/// A compressed log. It is opened when its turn comes, and a damaged one ends where the damage is.
pub(super) struct Unpacked {
    path: PathBuf,
    packing: Packing,
    inner: Option<Box<dyn Read>>,
    read: u64,
    is_over: bool,
    met: Met,
}

impl fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacked").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Unpacked {
    pub(super) fn new(path: PathBuf, packing: Packing, met: Met) -> Self {
        Self { path, packing, inner: None, read: 0, is_over: false, met }
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_over {
            return Ok(0);
        }
        let mut read = || {
            if self.inner.is_none() {
                self.inner = Some(self.packing.open(&self.path)?);
            }
            self.inner.as_mut().map_or(Ok(0), |inner| inner.read(buffer))
        };
        match read() {
            Ok(0) => self.is_over = true,
            Ok(len) => {
                self.read += len as u64;
                return Ok(len);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                self.is_over = true;
                let why =
                    if self.read == 0 { Why::Io(error) } else { Why::Damaged(self.read, error) };
                self.met.borrow_mut().push(Unread { path: self.path.clone(), why });
            }
        }
        self.inner = None;
        Ok(0)
    }
}
