//! The file's bytes, by way of a small cache.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Bytes read at once, and how many such pages are kept: half a megabyte. Values that come again and
/// again lie far apart: larger pages would mostly be copied for nothing.
const PAGE: usize = 4 * 1024;
const SLOTS: usize = 128;

/// Pages of a file. What is cached may be old: forget it before reading what was written since.
#[derive(Debug)]
pub(crate) struct Cache {
    file: File,
    slots: Vec<Option<Page>>,
}

#[derive(Debug)]
struct Page {
    number: u64,
    bytes: Box<[u8]>,
    /// The file may end in it.
    filled: usize,
}

impl Cache {
    pub(crate) fn new(file: File) -> Self {
        Self { file, slots: (0..SLOTS).map(|_| None).collect() }
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// What is read from now on is what the file holds now.
    pub(crate) fn forget(&mut self) {
        for slot in &mut self.slots {
            *slot = None;
        }
    }

    /// At least one byte from `offset` on, up to the page's end.
    ///
    /// # Errors
    /// `UnexpectedEof` at the file's end, and whatever reading answers.
    pub(crate) fn at(&mut self, offset: u64) -> io::Result<&[u8]> {
        let number = offset / PAGE as u64;
        let within = (offset % PAGE as u64) as usize;
        let slot = &mut self.slots[number as usize % SLOTS];
        let known = slot.as_ref().is_some_and(|page| page.number == number);
        if !known {
            let mut bytes = match slot.take() {
                Some(page) => page.bytes,
                None => vec![0; PAGE].into_boxed_slice(),
            };
            let filled = fill(&self.file, &mut bytes, number * PAGE as u64)?;
            *slot = Some(Page { number, bytes, filled });
        }
        let bytes = slot.as_ref().map(|page| &page.bytes[..page.filled]).unwrap_or_default();
        match bytes.get(within..) {
            Some(rest) if !rest.is_empty() => Ok(rest),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Fills `out` from `offset` on.
    pub(crate) fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut done = 0;
        while done < out.len() {
            let at = offset.checked_add(done as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
            let bytes = self.at(at)?;
            let length = bytes.len().min(out.len() - done);
            out[done..done + length].copy_from_slice(&bytes[..length]);
            done += length;
        }
        Ok(())
    }

    /// `N` bytes from `offset` on.
    pub(crate) fn array<const N: usize>(&mut self, offset: u64) -> io::Result<[u8; N]> {
        if let Some(bytes) = self.at(offset)?.first_chunk() {
            return Ok(*bytes);
        }
        let mut bytes = [0; N];
        self.read(offset, &mut bytes)?;
        Ok(bytes)
    }
}

fn fill(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
