//! Lines of a log that have a text, without putting events together.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

use super::logs::LogFile;
use super::unpack::Met;
use crate::log::Input;

/// The size of a block, in bytes: much more than a line.
const SIZE: usize = 1 << 17;

/// Gives each line of a file from a place on (of one that is compressed, from its start) that has
/// what a finder looks for, until it is told to stop; `at` is where in the line it is.
pub(super) fn with(
    file: &LogFile,
    start: u64,
    finder: &Finder<'_>,
    mut take: impl FnMut(&[u8], usize) -> bool,
) -> io::Result<()> {
    let mut reader: Box<dyn Read> = match file.input(&Met::default()) {
        Input::Stream(stream) => stream,
        Input::File(path) => {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(start))?;
            Box::new(file)
        }
    };
    let mut buffer = vec![0; SIZE];
    let mut kept = 0;
    loop {
        let more = match reader.read(&mut buffer[kept..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            more => more?,
        };
        let len = kept + more;
        // A line that is cut is met again with the next block, unless it fills one.
        let end =
            if more == 0 { len } else { memrchr(b'\n', &buffer[..len]).map_or(0, |at| at + 1) };
        let end = if end == 0 && len == SIZE { len } else { end };
        let block = &buffer[..end];
        let mut from = 0;
        while let Some(found) = finder.find(&block[from..]) {
            let hit = from + found;
            let line = memrchr(b'\n', &block[..hit]).map_or(0, |at| at + 1);
            let next = hit + memchr(b'\n', &block[hit..]).unwrap_or(end - hit);
            if !take(&block[line..next], hit - line) {
                return Ok(());
            }
            from = next;
        }
        buffer.copy_within(end..len, 0);
        kept = len - end;
        if more == 0 {
            return Ok(());
        }
    }
}
