//! An event as rules see it: fields with names and values, in records.

use std::collections::HashMap;
use std::ops::Range;

use super::value::Text;

/// Fields that rules may name.
const MOST_FIELDS: usize = 4096;

/// The number of the field that stands for the whole message.
pub(super) const MESSAGE: u16 = 0;

/// The fields that rules name; no others are taken from events.
#[derive(Debug, Default)]
pub(super) struct Fields {
    numbers: HashMap<String, u16>,
}

impl Fields {
    /// The number of a name that a rule uses.
    pub(super) fn number(&mut self, name: &str) -> Result<u16, String> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        let number = self.numbers.len() + 1;
        if number > MOST_FIELDS {
            return Err(String::from("these rules name too many fields"));
        }
        self.numbers.insert(name.to_owned(), number as u16);
        Ok(number as u16)
    }

    /// The number of a name, if a rule uses it.
    pub(super) fn get(&self, name: &str) -> Option<u16> {
        self.numbers.get(name).copied()
    }

    pub(super) fn name(&self, number: u16) -> &str {
        let found = self.numbers.iter().find(|(_, known)| **known == number);
        found.map_or("", |(name, _)| name)
    }
}

/// What is known of an event. Its buffers are used again.
#[derive(Debug, Default)]
pub(super) struct View {
    text: String,
    /// All values in small letters, a zero byte before and after each.
    lower: String,
    values: Vec<Value>,
    records: u16,
}

#[derive(Debug)]
struct Value {
    record: u16,
    field: u16,
    text: Range<usize>,
    lower: Range<usize>,
}

impl View {
    /// Forgets what it knew.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.lower.clear();
        self.lower.push('\0');
        self.values.clear();
        self.records = 0;
    }

    /// Begins a record; what is added from now on is in it.
    pub(super) fn begin(&mut self) {
        self.records = self.records.saturating_add(1);
    }

    /// How many records there are.
    pub(super) fn records(&self) -> u16 {
        self.records
    }

    /// Adds a value to the record that was begun last.
    pub(super) fn add(&mut self, field: u16, text: &str) {
        let record = self.records.saturating_sub(1);
        let is_known = |value: &Value| {
            value.field == field && value.record == record && self.text[value.text.clone()] == *text
        };
        if self.values.iter().any(is_known) {
            return;
        }
        let (start, lower) = (self.text.len(), self.lower.len());
        self.text.push_str(text);
        if text.is_ascii() {
            self.lower.extend(text.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        } else {
            self.lower.extend(text.chars().flat_map(char::to_lowercase));
        }
        let (text, range) = (start..self.text.len(), lower..self.lower.len());
        self.lower.push('\0');
        self.values.push(Value { record, field, text, lower: range });
    }

    /// All that is known, in small letters.
    pub(super) fn lower(&self) -> &str {
        &self.lower
    }

    /// Puts values in order: nothing may be added after that.
    pub(super) fn seal(&mut self) {
        self.values.sort_by_key(|value| (value.field, value.record));
    }

    /// The values of a field as the record has it; if it does not, those of all the others.
    pub(super) fn values(&self, field: u16, record: u16) -> impl Iterator<Item = Text<'_>> + Clone {
        let part = |values: &[Value], key: fn(&Value) -> u16, wanted: u16| {
            let start = values.partition_point(|value| key(value) < wanted);
            let len = values[start..].partition_point(|value| key(value) == wanted);
            start..start + len
        };
        let all = &self.values[part(&self.values, |value| value.field, field)];
        let own = &all[part(all, |value| value.record, record)];
        let values = if own.is_empty() { all } else { own };
        values.iter().map(|value| Text {
            text: &self.text[value.text.clone()],
            lower: &self.lower[value.lower.clone()],
        })
    }
}
