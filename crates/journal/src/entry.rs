//! One entry.

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
    /// The values of the fields asked for, in the order asked for; none where it has no such field
    /// or it cannot be read. Of a field with several values the first one.
    pub fields: Vec<Option<Vec<u8>>>,
}

impl Entry {
    /// The value of the field asked for as number `n`; empty where there is none.
    pub fn field(&self, n: usize) -> &[u8] {
        self.fields.get(n).and_then(Option::as_deref).unwrap_or_default()
    }

    /// The same as text; bytes that are none are replaced.
    pub fn text(&self, n: usize) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.field(n))
    }
}
