//! What goes where a value of the wrong type stands, and what was probably meant by it.

use serde_json::Value;
use toml::de::DeValue;

use super::{type_of, words};
use crate::config::value::{Wrong, known, one_of};

/// What a schema takes, in words.
fn expected(schema: &Value) -> String {
    let format = schema["format"].as_str().unwrap_or_default();
    match schema["type"].as_str().unwrap_or_default() {
        "object" => {
            let keys = schema["properties"].as_object();
            let keys: Vec<&str> = keys.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
            if schema["propertyNames"]["format"] == "channel-name" {
                String::from("a table of its own, [channel.NAME],")
            } else if schema["propertyNames"]["format"] == "check-name" {
                String::from("a table of its own, [check.NAME],")
            } else if keys.is_empty() {
                String::from("a table")
            } else {
                format!("a table with {}", one_of(keys))
            }
        }
        "array" => match schema["items"]["type"].as_str() {
            Some("object") => String::from("a table in double brackets, [[…]],"),
            _ => String::from("a list of such in [ ]"),
        },
        "boolean" if schema["const"] == false => String::from("`false`"),
        "boolean" => String::from("`true` or `false`"),
        "integer" => String::from("a whole number"),
        _ if words(schema).is_some() => {
            format!("one of {}", one_of(words(schema).unwrap_or_default()))
        }
        _ => match known(format) {
            Some(kind) => format!("{} such as {}", kind.what, kind.example),
            None => String::from("a text in quotes"),
        },
    }
}

/// What to say of a value of the wrong type, and what to write if that can be guessed.
pub(super) fn mistyped(branches: &[Value], value: &DeValue<'_>, name: &str) -> Wrong {
    let goes: Vec<String> = branches.iter().map(expected).collect();
    let goes = format!("{} goes here", goes.join(", or "));
    let help = match guess(branches, value, name) {
        Some(guess) => format!("{guess}\n{goes}"),
        None => goes,
    };
    Wrong::with_help(format!("this is {}", type_of(value)), help)
}

/// What was probably meant.
fn guess(branches: &[Value], value: &DeValue<'_>, name: &str) -> Option<String> {
    let format = branches.iter().find_map(|branch| branch["format"].as_str()).unwrap_or_default();
    let level = branches.iter().find_map(|branch| branch["properties"]["clear"]["format"].as_str());
    let number = match value {
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        _ => None,
    };
    match (value, number) {
        // The kind of a bare number knows which unit is missing.
        (_, Some(number)) => match (format, level) {
            ("share" | "duration" | "size" | "rate", _) => known(format)
                .and_then(|kind| (kind.check)(&number).err())
                .and_then(|wrong| wrong.help),
            ("text" | "host", _) => Some(format!("write \"{number}\"")),
            (_, Some("number")) => Some(format!("write {{ warning = {number} }}")),
            (_, Some(level)) => {
                let help = (known(level)?.check)(&number).err()?.help?;
                let (_, value) = help.split_once('"')?;
                let (value, _) = value.split_once('"')?;
                Some(format!("write {{ warning = \"{value}\" }}"))
            }
            _ => None,
        },
        (DeValue::String(text), _)
            if branches
                .iter()
                .any(|branch| branch["type"] == "integer" || branch["type"] == "number")
                && text.parse::<f64>().is_ok() =>
        {
            Some(format!("write {text} without quotes"))
        }
        (DeValue::String(text), _) => {
            let word = match text.as_ref() {
                "true" | "on" | "yes" => "true",
                "false" | "off" | "no" | "none" => "false",
                _ => {
                    return ((known(level?)?.check)(text).is_ok())
                        .then(|| format!("write {{ warning = \"{text}\" }}"));
                }
            };
            let switch = branches.iter().any(|branch| branch["type"] == "boolean");
            switch.then(|| format!("write {word} without quotes"))
        }
        (DeValue::Boolean(yes), _) => branches
            .iter()
            .any(|branch| branch["properties"]["enabled"].is_object())
            .then(|| format!("write:\n[{name}]\nenabled = {yes}")),
        _ => None,
    }
}
