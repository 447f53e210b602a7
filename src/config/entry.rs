//! The keys of the file one by one, as the example and the reference tell of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::Config;
use super::raw::SecretFrom;
use super::value::{known, one_of};
use super::written::{self, lines};

/// One key.
pub(super) struct Entry {
    /// Its name.
    pub(super) key: String,
    /// What it takes: "a duration".
    pub(super) takes: String,
    /// Its default as it stands in the file; none where there is no fixed one.
    pub(super) default: Option<String>,
    /// A value as it stands in the file.
    pub(super) example: Option<String>,
    /// What it is for.
    pub(super) sentence: String,
    /// It has to be there.
    pub(super) required: bool,
    /// The keys of the table it takes, if that has no header of its own; levels have theirs in
    /// common.
    pub(super) inner: Vec<Entry>,
    /// It is a secret, with `-file`, `-env` and `-credential` forms.
    pub(super) secret: bool,
}

/// The keys of an object schema that stands at a path, without those that are tables of their
/// own.
pub(super) fn entries(schema: &Value, path: &[&str]) -> Vec<Entry> {
    let required =
        |key: &str| schema["required"].as_array().is_some_and(|keys| keys.iter().any(|k| k == key));
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .filter(|(_, property)| !is_section(property) || (!path.is_empty() && is_table(property)))
        .map(|(key, property)| {
            let path: Vec<String> =
                path.iter().map(|step| (*step).to_owned()).chain([key.clone()]).collect();
            Entry {
                takes: takes(property),
                default: DEFAULTS.get(&path).cloned(),
                example: property["examples"][0].as_str().map(str::to_owned),
                sentence: sentence(property),
                required: required(key),
                inner: inner(property),
                secret: property["format"] == SecretFrom::FORMAT,
                key: key.clone(),
            }
        })
        .collect()
}

fn inner(property: &Value) -> Vec<Entry> {
    if is_table(property) {
        return entries(property, &[]);
    }
    let branches = property["anyOf"].as_array().into_iter().flatten();
    let table = branches
        .filter(|branch| branch["properties"].is_object())
        .find(|branch| branch["properties"]["clear"].is_null());
    table.map_or_else(Vec::new, |table| entries(table, &[]))
}

/// What a schema says of itself.
pub(super) fn sentence(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().to_owned()
}

/// Is it a table (or list of tables) with a header of its own?
pub(super) fn is_section(schema: &Value) -> bool {
    let tables =
        |schema: &Value| schema["type"] == "object" || schema["oneOf"][0]["type"] == "object";
    is_table(schema) || tables(&schema["items"]) || tables(&schema["additionalProperties"])
}

/// Is it one table of keys that are known?
pub(super) fn is_table(schema: &Value) -> bool {
    schema["type"] == "object" && schema["properties"].is_object()
}

/// The defaults that hold on every machine.
static DEFAULTS: LazyLock<BTreeMap<Vec<String>, String>> = LazyLock::new(|| {
    lines(&Config::default())
        .into_iter()
        .filter(|line| !["host", "timezone"].contains(&line.path[0].as_str()))
        .filter_map(|line| match line.value {
            written::Value::Toml(written) => Some((line.path, written)),
            written::Value::Secret(_) => None,
        })
        .collect()
});

/// What a key takes, in words.
fn takes(schema: &Value) -> String {
    if let Some(branches) = schema["anyOf"].as_array() {
        let levels =
            branches.iter().find_map(|branch| branch["properties"]["clear"]["format"].as_str());
        if let Some(kind) = levels.and_then(known) {
            return format!("[levels](#levels) of {}, or `false`", kind.what);
        }
        let many = branches.iter().find(|branch| branch["type"] == "array");
        if let Some(many) = many {
            return format!("{}, or a list of such", takes(&many["items"]));
        }
        let mut words: Vec<String> = branches.iter().map(takes).collect();
        words.reverse();
        return words.join(", or ");
    }
    let words = |list: &Value, word: fn(&Value) -> &Value| -> Option<Vec<String>> {
        list.as_array()?.iter().map(|item| word(item).as_str().map(str::to_owned)).collect()
    };
    let words = words(&schema["oneOf"], |item| &item["const"])
        .or_else(|| words(&schema["enum"], |item| item));
    if let Some(words) = words {
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        return one_of(quoted.iter().map(String::as_str));
    }
    let format = schema["format"].as_str().unwrap_or_default();
    match schema["type"].as_str().unwrap_or_default() {
        "boolean" => String::from("`true` or `false`"),
        "integer" => String::from("a whole number"),
        "array" => format!("a list: {}", takes(&schema["items"])),
        "object" if schema["properties"].is_object() => {
            let keys = schema["properties"].as_object().into_iter().flatten();
            format!(
                "a table of {}",
                keys.map(|(key, _)| format!("`{key}`")).collect::<Vec<_>>().join(", ")
            )
        }
        "object" => {
            let name = schema["propertyNames"]["format"].as_str().and_then(known);
            format!(
                "a table: {} = {}",
                name.map_or("name", |kind| kind.what),
                takes(&schema["additionalProperties"])
            )
        }
        "string" if format == SecretFrom::FORMAT => String::from("a [secret](#secrets)"),
        _ => known(format).map_or_else(|| String::from("a text"), |kind| kind.what.to_owned()),
    }
}
