//! Keeps secrets out of the lines that error messages show.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use toml::Spanned;
use toml::de::DeValue;

use super::document::{Document, secret_form};
use super::error::Problem;
use super::raw::SecretFrom;
use super::schema;
use super::value::{Kind as _, UuidText};

/// The text with every secret in it made unreadable, byte for byte, so that places stay where
/// they are. In a channel, a monitor or a heartbeat everything is taken for a secret that is not known to
/// be none: the key may be misspelt, the line may be broken.
pub(super) fn without_secrets(document: &Document<'_>, problems: &[Problem]) -> String {
    let mut hidden = Vec::new();
    for_each_value(document, &mut |key, value| {
        if !harmless(key) {
            strings(value, &mut hidden);
        }
    });
    let text = document.text;
    for problem in problems {
        // A line that is no TOML is in no table above.
        let start =
            text[..text.floor_char_boundary(problem.span.start)].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        if let Some(equals) = text[start..end].find('=') {
            let key = text[start..start + equals].trim().trim_matches(['"', '\'']);
            let key = key.rsplit(['.', '{', ',']).next().unwrap_or_default().trim();
            if is_secret(key) {
                hidden.push(start + equals + 1..end);
            }
        }
    }
    let mut bytes = text.as_bytes().to_vec();
    for span in hidden {
        for byte in &mut bytes[span] {
            if !matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b' ') {
                *byte = b'*';
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Is a secret written in the config itself?
pub(super) fn inline_secrets(document: &Document<'_>) -> bool {
    let mut hidden = Vec::new();
    for_each_value(document, &mut |key, value| {
        if is_secret(key) || key == "headers" {
            strings(value, &mut hidden);
        }
    });
    !hidden.is_empty()
}

/// The keys of channels, monitors and heartbeats, with their values.
fn for_each_value(document: &Document<'_>, visit: &mut dyn FnMut(&str, &Spanned<DeValue<'_>>)) {
    for (key, value) in document.root.get_ref() {
        let tables: Vec<&Spanned<DeValue<'_>>> = match (key.get_ref().as_ref(), value.get_ref()) {
            ("channel", DeValue::Table(channels)) => channels.values().collect(),
            ("monitor" | "heartbeat", DeValue::Array(tables)) => tables.iter().collect(),
            _ => continue,
        };
        for table in tables {
            for (key, value) in table.get_ref().as_table().into_iter().flatten() {
                visit(key.get_ref(), value);
            }
        }
    }
}

/// The texts in a value; `{ file = … }` only says where a secret is.
fn strings(value: &Spanned<DeValue<'_>>, found: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Array(items) => items.iter().for_each(|item| strings(item, found)),
        DeValue::Table(table) => {
            for (key, value) in table {
                if !SecretFrom::FORMS.contains(&key.get_ref().as_ref()) {
                    strings(value, found);
                }
            }
        }
        _ => found.push(value.span()),
    }
}

/// A key whose value may be shown.
fn harmless(key: &str) -> bool {
    PLAIN.contains(key) || secret_form(key).is_some()
}

fn is_secret(key: &str) -> bool {
    SECRET.contains(key)
}

static PLAIN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let plain =
        properties().filter(|(name, property)| !is_of_secret(property) && *name != "headers");
    plain.map(|(name, _)| name).collect()
});

static SECRET: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let secret = properties().filter(|(_, property)| is_of_secret(property));
    secret.map(|(name, _)| name).collect()
});

/// Whoever knows the address of a heartbeat can call it.
fn is_of_secret(property: &serde_json::Value) -> bool {
    [SecretFrom::FORMAT, UuidText::FORMAT].iter().any(|format| property["format"] == *format)
}

/// The keys of all channels, of monitors and of heartbeats.
fn properties() -> impl Iterator<Item = (&'static str, &'static serde_json::Value)> {
    schema::channels()
        .iter()
        .chain([schema::monitor(), schema::heartbeat()])
        .flat_map(|branch| branch["properties"].as_object().into_iter().flatten())
        .map(|(name, property)| (name.as_str(), property))
}
