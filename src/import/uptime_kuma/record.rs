//! A row, wherever it comes from.

use std::collections::BTreeMap;

/// A row by its columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record(BTreeMap<String, Cell>);

/// A value in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A whole number, or a yes (1) or no (0).
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(String),
}

impl Record {
    /// Sets a column. Nothing is set for nothing.
    pub fn set(&mut self, column: impl Into<String>, cell: Cell) {
        self.0.insert(column.into(), cell);
    }

    /// A text that is not empty.
    pub fn text(&self, column: &str) -> Option<&str> {
        match self.0.get(column)? {
            Cell::Text(text) => Some(text.as_str()).filter(|text| !text.trim().is_empty()),
            _ => None,
        }
    }

    /// A whole number, also if it was kept as another kind.
    pub fn number(&self, column: &str) -> Option<i64> {
        match self.0.get(column)? {
            Cell::Integer(number) => Some(*number),
            Cell::Real(number) => Some(*number as i64),
            Cell::Text(text) => text.trim().parse().ok(),
        }
    }

    /// A number.
    pub fn real(&self, column: &str) -> Option<f64> {
        match self.0.get(column)? {
            Cell::Integer(number) => Some(*number as f64),
            Cell::Real(number) => Some(*number),
            Cell::Text(text) => text.trim().parse().ok(),
        }
    }

    /// A yes. Nothing is a no.
    pub fn flag(&self, column: &str) -> bool {
        self.number(column).is_some_and(|number| number != 0)
    }

    /// What a column holds, as a text; nothing for an empty one.
    pub fn shown(&self, column: &str) -> Option<String> {
        match self.0.get(column)? {
            Cell::Integer(number) => Some(number.to_string()),
            Cell::Real(number) => Some(number.to_string()),
            Cell::Text(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        }
    }

    /// JSON in a column.
    pub fn json(&self, column: &str) -> Option<serde_json::Value> {
        serde_json::from_str(self.text(column)?).ok()
    }

    /// A row out of a JSON object: `retryInterval` is `retry_interval`, what is neither text nor
    /// number stays JSON.
    pub fn of_json(object: &serde_json::Map<String, serde_json::Value>) -> Self {
        let mut record = Self::default();
        for (key, value) in object {
            let cell = match value {
                serde_json::Value::Null => continue,
                serde_json::Value::Bool(flag) => Cell::Integer((*flag).into()),
                serde_json::Value::String(text) => Cell::Text(text.clone()),
                serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                    (Some(number), _) => Cell::Integer(number),
                    (None, Some(number)) => Cell::Real(number),
                    (None, None) => continue,
                },
                other => Cell::Text(other.to_string()),
            };
            record.set(snake(key), cell);
        }
        record
    }
}

fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}
