//! An event: the records that tell of one thing that happened.

use std::ops::Range;

use crate::kind::Kind;
use crate::record::{Id, Record};

/// The records of one event, in the order they were written. Its buffers are used again for the
/// next one.
#[derive(Debug, Default, Clone)]
pub struct Event {
    /// Which event.
    pub id: Id,
    /// The kind of its first record.
    pub kind: Kind,
    node: Option<Box<[u8]>>,
    bytes: Vec<u8>,
    lines: Vec<Range<usize>>,
}

impl Event {
    /// Makes this an event without records.
    pub fn begin(&mut self, id: Id, kind: Kind, node: Option<Box<[u8]>>) {
        self.bytes.clear();
        self.lines.clear();
        (self.id, self.kind, self.node) = (id, kind, node);
    }

    /// Adds a line; it must have been read as a record before. What follows a zero byte is left
    /// out, as by auditd's tools.
    pub fn push(&mut self, line: &[u8]) {
        let line = &line[..memchr::memchr(0, line).unwrap_or(line.len())];
        let start = self.bytes.len();
        self.bytes.extend_from_slice(line);
        self.lines.push(start..self.bytes.len());
    }

    /// The machine it came from, where that was written.
    pub fn node(&self) -> Option<&[u8]> {
        self.node.as_deref()
    }

    /// Its records.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = Record<'_>> {
        let lines = self.lines.iter().map(|range: &Range<usize>| &self.bytes[range.clone()]);
        Record::of_lines(lines, self.id)
    }
}
