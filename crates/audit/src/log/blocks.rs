//! A file or stream in blocks, and the lines in them.
//!
//! Nothing is mapped into memory: a log that is cut short while it is mapped would kill the process.

use std::collections::VecDeque;
use std::io::{self, Read};

use memchr::memchr;

use crate::record::LONGEST;

/// The size of a block, in bytes; much more than the longest line.
pub(super) const SIZE: usize = 1 << 20;

/// Blocks that were read last, numbered by the bytes before them.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    kept: VecDeque<Block>,
    spare: Vec<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct Block {
    /// How many bytes were read before it, in all files.
    pub(super) base: u64,
    pub(super) bytes: Vec<u8>,
}

impl Block {
    fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }
}

impl Blocks {
    /// The block that was read last.
    pub(super) fn last(&self) -> Option<&Block> {
        self.kept.back()
    }

    /// How many bytes are kept.
    pub(super) fn size(&self) -> usize {
        self.kept.len() * SIZE
    }

    /// Reads the next block, which begins with what was left of the last one from `left` on.
    /// Returns false at the end of the input, when nothing was added to what was left.
    pub(super) fn read(&mut self, input: &mut impl Read, left: u64) -> io::Result<bool> {
        let mut bytes = self.spare.pop().unwrap_or_else(|| vec![0; SIZE]);
        bytes.resize(SIZE, 0);
        let mut len = 0;
        if let Some(last) = self.kept.back() {
            let rest = last.bytes.get((left - last.base) as usize..).unwrap_or_default();
            bytes[..rest.len()].copy_from_slice(rest);
            len = rest.len();
        }
        let before = len;
        while len < SIZE {
            match input.read(&mut bytes[len..]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(len);
        if len == before {
            self.spare.push(bytes);
            return Ok(false);
        }
        self.kept.push_back(Block { base: left, bytes });
        Ok(true)
    }

    /// Lets go of all blocks that end before `needed`, but for the last one.
    pub(super) fn release(&mut self, needed: u64) {
        while self.kept.len() > 1 && self.kept[0].end() <= needed {
            let bytes = self.kept.pop_front().map(|block| block.bytes);
            if self.spare.len() < 2 {
                self.spare.extend(bytes);
            }
        }
    }

    /// Lets go of the oldest block.
    pub(super) fn release_one(&mut self) {
        if let Some(oldest) = self.kept.front() {
            self.release(oldest.end());
        }
    }

    /// The bytes at a place, if they are still there.
    pub(super) fn get(&self, at: u64, len: usize) -> Option<&[u8]> {
        let block = self.kept.iter().rev().find(|block| block.base <= at)?;
        let start = (at - block.base) as usize;
        block.bytes.get(start..start + len)
    }
}

/// The next line of `bytes` from `at`: where it ends, and where the next one begins. None if more
/// must be read to tell.
pub(super) fn line(bytes: &[u8], at: usize, is_end: bool) -> Option<(usize, usize)> {
    let rest = &bytes[at..];
    let window = &rest[..rest.len().min(LONGEST)];
    match memchr(b'\n', window) {
        Some(len) => Some((at + len, at + len + 1)),
        None if window.len() == LONGEST || is_end && !window.is_empty() => {
            Some((at + window.len(), at + window.len()))
        }
        None => None,
    }
}
