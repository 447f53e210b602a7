//! Forms of tables of the config: what they ask comes from the schema, what they say is what a
//! file would, and what is wrong stands beside the field.

mod of;

use serde_json::{Map, Number, Value, json};

pub(super) use self::of::{Of, monitor_about};

use super::visit::Fields;
use crate::config::{Fault, Field, Takes};
use crate::web::locale::form as t;

/// Keys that have a place of their own in their form.
const ALONE: [&str; 5] = ["name", "every", "cron", "calendar", "timezone"];

/// A form with what was written into it.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) fields: Vec<Filled>,
    /// What is wrong with all of it.
    pub(super) faults: Vec<Fault>,
}

/// A field with what was written into it.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    pub(super) field: Field,
    /// What it is called.
    pub(super) label: String,
    /// As it is typed.
    pub(super) value: String,
    pub(super) faults: Vec<Fault>,
    /// What can be chosen, if that is known.
    pub(super) options: Vec<String>,
}

impl Form {
    /// As somebody sent it.
    pub(super) fn sent(of: Of, sent: &Fields) -> Self {
        Self::filled(of, |field| match field.takes {
            Takes::Text => sent.raw(&field.key).replace("\r\n", "\n"),
            Takes::Secret => sent.raw(&field.key).to_owned(),
            Takes::Words => sent.all(&field.key).collect::<Vec<_>>().join(", "),
            _ => sent.text(&field.key).to_owned(),
        })
    }

    /// With what a table says.
    pub(super) fn said(of: Of, table: &Map<String, Value>) -> Self {
        Self::filled(of, |field| typed(&field.takes, table.get(&field.key).unwrap_or(&Value::Null)))
    }

    fn filled(of: Of, value: impl Fn(&Field) -> String) -> Self {
        let filled = |empty: Filled| Filled { value: value(&empty.field), ..empty };
        Self { fields: of.fields().map(filled).collect(), faults: Vec::new() }
    }

    /// The table it means. What is empty is left out.
    pub(super) fn table(&self) -> Map<String, Value> {
        let value = |filled: &Filled| Some((filled.field.key.clone(), meant(filled)?));
        self.fields.iter().filter_map(value).collect()
    }

    /// Only these of some keys count.
    pub(super) fn keep(&mut self, some: &[&str], kept: &str) {
        for filled in &mut self.fields {
            if some.contains(&filled.field.key.as_str()) && filled.field.key != kept {
                filled.value.clear();
            }
        }
    }

    /// Writes into a field.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        if let Some(filled) = self.fields.iter_mut().find(|filled| filled.field.key == key) {
            value.clone_into(&mut filled.value);
        }
    }

    /// What can be chosen for a key.
    pub(super) fn offer(&mut self, key: &str, options: Vec<String>) {
        if let Some(filled) = self.fields.iter_mut().find(|filled| filled.field.key == key) {
            filled.options = options;
        }
    }

    /// Puts what is wrong beside what it is about.
    pub(super) fn blame(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            let is_about = |filled: &&mut Filled| match &fault.key {
                Some(key) => key.split('.').next() == Some(filled.field.key.as_str()),
                // A key that is missing has no line.
                None => fault.what.contains(&format!("`{}`", filled.field.key)),
            };
            match self.fields.iter_mut().find(is_about) {
                Some(filled) => filled.faults.push(fault),
                None => self.faults.push(fault),
            }
        }
    }

    /// The field of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Filled> {
        self.fields.iter().find(|filled| filled.field.key == key)
    }

    /// What most who make one say, but for what stands by itself.
    pub(super) fn usual(&self) -> impl Iterator<Item = &Filled> {
        let alone = |filled: &&Filled| ALONE.contains(&filled.field.key.as_str());
        self.fields.iter().filter(move |filled| filled.field.is_usual && !alone(filled))
    }

    /// The rest.
    pub(super) fn more(&self) -> impl Iterator<Item = &Filled> {
        self.fields.iter().filter(|filled| !filled.field.is_usual)
    }

    /// Is there something in the rest?
    pub(super) fn has_more(&self) -> bool {
        self.more().any(|filled| !filled.value.is_empty() || !filled.faults.is_empty())
    }

    pub(super) fn has_faults(&self) -> bool {
        !self.faults.is_empty() || self.fields.iter().any(|filled| !filled.faults.is_empty())
    }
}

impl Filled {
    /// The kind of input it is typed into.
    pub(super) fn kind(&self) -> &'static str {
        match &self.field.takes {
            Takes::Switch => "switch",
            Takes::Maybe => "maybe",
            Takes::Choice(_) => "choice",
            Takes::Words if !self.options.is_empty() => "several",
            Takes::Text | Takes::Lines | Takes::Pairs => "text",
            Takes::Secret => "secret",
            Takes::Number => "number",
            Takes::Line | Takes::Words => "line",
        }
    }

    /// The words that can be chosen, with their sentences.
    pub(super) fn choices(&self) -> &[(String, String)] {
        match &self.field.takes {
            Takes::Choice(words) => words,
            _ => &[],
        }
    }

    /// Is that one chosen?
    pub(super) fn has(&self, option: &str) -> bool {
        split(&self.value, &[',']).any(|chosen| chosen == option)
    }

    /// How it is to be typed, where its sentence does not say it.
    pub(super) fn how(&self) -> &'static str {
        match self.field.takes {
            Takes::Words if self.options.is_empty() => t::with_commas(),
            Takes::Lines => t::one_a_line(),
            Takes::Secret | Takes::Pairs if self.value.contains('…') => t::kept_secret(),
            _ => "",
        }
    }

    /// Its sentence, in parts: code or not.
    pub(super) fn about(&self) -> impl Iterator<Item = (bool, &str)> {
        let parts = self.field.about.split('`').enumerate();
        parts.map(|(place, part)| (place % 2 == 1, part))
    }
}

fn split<'a>(text: &'a str, between: &'a [char]) -> impl Iterator<Item = &'a str> {
    text.split(between).map(str::trim).filter(|word| !word.is_empty())
}

/// What a field means; nothing if it is empty.
fn meant(filled: &Filled) -> Option<Value> {
    let text = filled.value.as_str();
    let some = |text: &str| (!text.is_empty()).then(|| json!(text));
    let list = |between: &[char]| {
        let words: Vec<&str> = split(text, between).collect();
        (!words.is_empty()).then(|| json!(words))
    };
    match filled.field.takes {
        Takes::Line | Takes::Choice(_) => some(text.trim()),
        Takes::Text => some(text.trim_end()),
        Takes::Secret => some(text),
        // What is no number is told so by whoever checks it.
        Takes::Number => match text.parse::<i64>() {
            Ok(number) => Some(Value::Number(Number::from(number))),
            Err(_) => some(text),
        },
        Takes::Switch => (text == "true").then_some(Value::Bool(true)),
        Takes::Maybe => text.parse().ok().map(Value::Bool),
        Takes::Words => list(&[',', '\n']),
        Takes::Lines => list(&['\n']),
        Takes::Pairs => {
            let pair = |line: &str| {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                (name.trim().to_owned(), json!(value.trim()))
            };
            let pairs: Map<String, Value> = split(text, &['\n']).map(pair).collect();
            (!pairs.is_empty()).then_some(Value::Object(pairs))
        }
    }
}

/// A value as it is typed.
fn typed(takes: &Takes, value: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Null => String::new(),
        Value::Bool(false) if *takes == Takes::Switch => String::new(),
        Value::Array(items) => {
            let between = if *takes == Takes::Lines { "\n" } else { ", " };
            items.iter().map(text).collect::<Vec<_>>().join(between)
        }
        Value::Object(fields) => {
            let line = |(name, value): (&String, &Value)| format!("{name}: {}", text(value));
            fields.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        value => text(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MonitorType;

    #[test]
    fn what_is_typed_is_the_table_and_back() {
        let sent = b"name=a+b&target=https%3A%2F%2Fx.example&failures=3&insecure=true&remote=\
                     &tags=x%2C+y&headers=A%3A+1%0D%0AB%3A2%3A3&interval=&note=one%0D%0Atwo&severity=warning";
        let of = Of::Monitor(MonitorType::Http);
        let form = Form::sent(of, &Fields::read(sent));
        let table = form.table();
        let wanted = json!({ "name": "a b", "target": "https://x.example", "failures": 3,
            "insecure": true, "tags": ["x", "y"], "headers": { "A": "1", "B": "2:3" },
            "note": "one\ntwo", "severity": "warning" });
        assert_eq!(Value::Object(table.clone()), wanted);
        assert_eq!(Form::said(of, &table).table(), table);
        let wrong = Form::sent(of, &Fields::read(b"failures=many"));
        assert_eq!(wrong.table()["failures"], "many");
    }

    #[test]
    fn one_schedule_counts_and_channels_are_chosen() {
        let sent =
            b"every=1d&cron=5+4+*+*+*&calendar=Mon%2CTue+02%3A30%0ASat&channels=a&channels=b";
        let mut form = Form::sent(Of::Heartbeat, &Fields::read(sent));
        form.keep(&["every", "cron", "calendar"], "calendar");
        let table = form.table();
        let wanted = json!({ "calendar": ["Mon,Tue 02:30", "Sat"], "channels": ["a", "b"] });
        assert_eq!(Value::Object(table), wanted);
        assert!(form.get("channels").is_some_and(|filled| filled.has("b") && !filled.has("c")));
    }

    #[test]
    fn what_is_wrong_stands_beside_its_field() {
        let mut form = Form::sent(Of::Monitor(MonitorType::Tcp), &Fields::default());
        let fault = |key: Option<&str>, what: &str| Fault {
            key: key.map(str::to_owned),
            what: what.to_owned(),
            instead: None,
        };
        form.blame(vec![
            fault(Some("interval"), "too short"),
            fault(None, "`name` is missing"),
            fault(None, "no room"),
        ]);
        let blamed: Vec<&str> = form
            .fields
            .iter()
            .filter(|filled| !filled.faults.is_empty())
            .map(|filled| filled.field.key.as_str())
            .collect();
        assert_eq!((blamed, form.faults.len()), (vec!["name", "interval"], 1));
    }
}
