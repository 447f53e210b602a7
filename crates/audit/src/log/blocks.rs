//! A file or stream in blocks, and the lines in them.
//!
//! Nothing is mapped into memory: a log that is cut short while it is mapped would kill the process.

use std::collections::VecDeque;
use std::io::{self, Read};

use memchr::{memchr, memrchr};

use super::filter::Filter;
use crate::record::LONGEST;

/// The size of a block, in bytes: much more than the longest line, little enough for the cache.
pub(super) const SIZE: usize = 1 << 17;

/// Blocks that were read last, numbered by the bytes before them. Each begins with a line.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    kept: VecDeque<Block>,
    spare: Vec<Block>,
}

#[derive(Debug, Default)]
pub(super) struct Block {
    /// How many bytes were read before it, in all files.
    pub(super) base: u64,
    pub(super) bytes: Vec<u8>,
    /// Where lines have what the filter wants, in order.
    pub(super) hits: Vec<u32>,
}

impl Block {
    pub(super) fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// The first hit from a place on.
    pub(super) fn hit(&self, from: u64) -> Option<u64> {
        let from = from.saturating_sub(self.base) as u32;
        let at = self.hits.partition_point(|&hit| hit < from);
        self.hits.get(at).map(|&hit| self.base + u64::from(hit))
    }
}

impl Blocks {
    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The number of the block a place is in, the later one if it is where two meet.
    pub(super) fn at(&self, place: u64) -> Option<usize> {
        self.kept.iter().rposition(|block| block.base <= place && place <= block.end())
    }

    /// A block by number.
    pub(super) fn block(&self, number: usize) -> Option<&Block> {
        self.kept.get(number)
    }

    /// The blocks from a number on.
    pub(super) fn from(&self, number: usize) -> impl Iterator<Item = &Block> {
        self.kept.iter().skip(number)
    }

    /// Where the oldest block begins.
    pub(super) fn start(&self) -> Option<u64> {
        self.kept.front().map(|block| block.base)
    }

    /// Where the youngest block ends.
    pub(super) fn end(&self) -> Option<u64> {
        self.kept.back().map(Block::end)
    }

    /// Where the last line begins that may not be whole yet.
    pub(super) fn last_line(&self) -> u64 {
        let Some(last) = self.kept.back() else { return 0 };
        let start = memrchr(b'\n', &last.bytes).map_or(0, |at| at as u64 + 1);
        // What is too long for a line is cut as if it had ended.
        let long = last.bytes.len() as u64 - start;
        last.base + start + long / LONGEST as u64 * LONGEST as u64
    }

    /// Reads the next block, which begins with what was left of the last one from `left` on.
    /// Returns false at the end of the input, when nothing was added to what was left.
    pub(super) fn read(
        &mut self,
        input: &mut dyn Read,
        left: u64,
        filter: &Filter,
    ) -> io::Result<bool> {
        let mut block = self.spare.pop().unwrap_or_default();
        block.bytes.resize(SIZE, 0);
        let mut len = 0;
        if let Some(last) = self.kept.back() {
            let rest = last.bytes.get((left - last.base) as usize..).unwrap_or_default();
            block.bytes[..rest.len()].copy_from_slice(rest);
            len = rest.len();
        }
        let before = len;
        while len < SIZE {
            match input.read(&mut block.bytes[len..]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if len == before {
            self.spare.push(block);
            return Ok(false);
        }
        block.bytes.truncate(len);
        block.base = left;
        filter.hits(&block.bytes, &mut block.hits);
        self.kept.push_back(block);
        Ok(true)
    }

    /// Lets go of all blocks that end before `needed`, but for the last `keep`.
    pub(super) fn release(&mut self, needed: u64, keep: usize) {
        while self.kept.len() > keep && self.kept[0].end() <= needed {
            let block = self.kept.pop_front();
            if self.spare.len() < 2 {
                self.spare.extend(block);
            }
        }
    }

    /// Lets go of the oldest block.
    pub(super) fn release_one(&mut self) {
        if let Some(oldest) = self.kept.front() {
            self.release(oldest.end(), 1);
        }
    }

    /// Lets go of all.
    pub(super) fn clear(&mut self) {
        self.release(u64::MAX, 0);
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
