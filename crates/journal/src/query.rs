//! What is asked of the journal.

/// Entries that have all values of one of its alternatives, and the fields to read of them.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub(crate) alternatives: Vec<Vec<Vec<u8>>>,
    pub(crate) fields: Vec<Vec<u8>>,
}

impl Query {
    /// Reads these fields of every entry.
    pub fn new(fields: &[&str]) -> Self {
        let fields = fields.iter().map(|field| format!("{field}=").into_bytes()).collect();
        Self { alternatives: Vec::new(), fields }
    }

    /// Only entries with all these values, or those of another alternative.
    #[must_use]
    pub fn having(mut self, values: &[(&str, &str)]) -> Self {
        let value = |(field, value): &(&str, &str)| format!("{field}={value}").into_bytes();
        self.alternatives.push(values.iter().map(value).collect());
        self
    }
}
