//! One table of the config to be.

/// A table: a name, keys in the order they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its `name`, or the channel's.
    pub name: String,
    /// What it was where it comes from: `monitor 3, http`.
    pub was: String,
    /// Keys and values.
    pub keys: Vec<(&'static str, Value)>,
}

/// What stands at a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Texts.
    List(Vec<String>),
    /// Names and texts: `{ a = "b" }`.
    Table(Vec<(String, Value)>),
    /// A secret: written as `KEY-file`, and into that file.
    Secret(String),
    /// What has to be a file of its own, with its ending; the path is written.
    File {
        /// What is in it.
        text: String,
        /// The end of its name.
        ending: &'static str,
    },
}

impl Entry {
    /// A table without keys yet.
    pub fn new(name: impl Into<String>, was: impl Into<String>) -> Self {
        Self { name: name.into(), was: was.into(), keys: Vec::new() }
    }

    /// Sets a key.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.keys.retain(|(known, _)| *known != key);
        self.keys.push((key, value.into()));
    }

    /// Sets a key if there is a value.
    pub fn set_some(&mut self, key: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    /// A key's value.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.keys.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// A key's text.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Self::List(texts)
    }
}

/// Seconds as the config writes them: `90s`, `5m`, `1d`.
pub fn seconds(seconds: i64) -> Value {
    Value::Text(span(seconds))
}

/// The same as a text.
pub fn span(seconds: i64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "m")];
    let unit = units.into_iter().find(|(length, _)| seconds > 0 && seconds % length == 0);
    match unit {
        Some((length, unit)) => format!("{}{unit}", seconds / length),
        None => format!("{seconds}s"),
    }
}

/// A header by this name holds a secret.
pub fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = ["auth", "cookie", "token", "key", "secret", "password", "session", "signature"];
    words.iter().any(|word| name.contains(word))
}

/// Headers; those that hold a secret as such.
pub fn headers(headers: impl IntoIterator<Item = (String, String)>) -> Value {
    let one = |(name, value): (String, String)| {
        let value = if is_secret_header(&name) { Value::Secret(value) } else { Value::Text(value) };
        (name, value)
    };
    Value::Table(headers.into_iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_take_their_largest_whole_unit() {
        let said: Vec<String> = [0, 45, 60, 90, 3600, 86_400, 90_000].map(span).into();
        assert_eq!(said, ["0s", "45s", "1m", "90s", "1h", "1d", "25h"]);
    }

    #[test]
    fn headers_that_let_somebody_in_are_secrets() {
        for name in ["Authorization", "X-Api-Key", "cookie", "X-Auth-Token"] {
            assert!(is_secret_header(name), "{name}");
        }
        assert!(!is_secret_header("Accept"));
    }
}
