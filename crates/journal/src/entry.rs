//! One entry.

use std::ops::Range;

/// An entry of the journal with the fields that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Microseconds since 1970, by the clock of that time.
    pub realtime: u64,
    /// Microseconds since that boot.
    pub monotonic: u64,
    /// Which boot.
    pub boot: [u8; 16],
    /// Its number within its sequence of files.
    pub seqnum: u64,
    /// The values of the fields asked for, one behind the other.
    values: Vec<u8>,
    /// Where in them each field's is, in the order asked for; none where the entry has no such
    /// field or it cannot be read. Of a field with several values the first one.
    places: Vec<Option<Range<usize>>>,
}

impl Entry {
    /// An entry with room for so many fields.
    pub(crate) fn new(fields: usize) -> Self {
        Self { values: Vec::with_capacity(256), places: vec![None; fields], ..Self::default() }
    }

    /// Keeps the value of a field; says whether it is the first one.
    pub(crate) fn keep(&mut self, n: usize, value: &[u8]) -> bool {
        let start = self.values.len();
        self.values.extend_from_slice(value);
        self.places[n].replace(start..self.values.len()).is_none()
    }

    /// The value of the field asked for as number `n`; empty where there is none.
    pub fn field(&self, n: usize) -> &[u8] {
        let place = self.places.get(n).cloned().flatten();
        place.and_then(|place| self.values.get(place)).unwrap_or_default()
    }

    /// The same as text; bytes that are none are replaced.
    pub fn text(&self, n: usize) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.field(n))
    }
}
