//! The JSON schema of the file, from the raw types: for editors, and for `shape`, `example` and
//! `reference`, which all follow it.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::document::Document;
use super::raw::{File, SecretFrom};
use super::value::known;

/// The schema as nightkeep itself follows it: no references, no nulls, secrets as one key.
pub(super) static INNER: LazyLock<Value> = LazyLock::new(|| {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<File>().to_value();
    clean(&mut schema);
    schema
});

/// The JSON schema (2020-12) of the config file, for editors: what each key takes, with its
/// sentence, and every form of a secret as a key of its own.
pub fn schema() -> Value {
    let mut schema = INNER.clone();
    spread(&mut schema);
    if let Value::Object(root) = &mut schema {
        root.insert(String::from("title"), json!("nightkeep config"));
    }
    schema
}

/// TOML has no null: an optional key is one that is left out.
fn clean(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.remove("default");
            map.remove("$schema");
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = &types[..] {
                    let only = only.clone();
                    map.insert(String::from("type"), only);
                }
            }
            if let Some(Value::Array(words)) = map.get_mut("enum") {
                words.retain(|word| !word.is_null());
            }
            if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
                branches.retain(|branch| branch["type"] != "null");
                if let [Value::Object(only)] = &branches[..] {
                    let only = only.clone();
                    map.remove("anyOf");
                    for (key, value) in only {
                        map.entry(key).or_insert(value);
                    }
                }
            }
            map.values_mut().for_each(clean);
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        _ => {}
    }
}

/// A value as it stands in the file, as JSON.
fn json_of(written: &str) -> Option<Value> {
    let text = format!("value = {written}");
    let (document, problems) = Document::parse(&text);
    problems.is_empty().then(|| document.plain()["value"].take())
}

/// Gives each secret its three other keys, drops what only nightkeep understands.
fn spread(schema: &mut Value) {
    let Value::Object(map) = schema else {
        if let Value::Array(items) = schema {
            items.iter_mut().for_each(spread);
        }
        return;
    };
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        let secrets: Vec<(String, Value)> = properties
            .iter()
            .filter(|(_, property)| property["format"] == SecretFrom::FORMAT)
            .map(|(key, property)| (key.clone(), property.clone()))
            .collect();
        for (key, property) in &secrets {
            add_forms(properties, key, property);
        }
        require_one_form(map, &secrets);
    }
    if let Some(examples) = map.get_mut("examples").and_then(Value::as_array_mut) {
        // The raw types have them as they stand in the file.
        *examples = examples.iter().filter_map(Value::as_str).filter_map(json_of).collect();
    }
    if let Some(kind) = map.get("format").and_then(Value::as_str).and_then(known)
        && !map.contains_key("description")
    {
        map.insert(
            String::from("description"),
            json!(format!("{}, such as {}", kind.what, kind.example)),
        );
    }
    map.values_mut().for_each(spread);
}

fn add_forms(properties: &mut Map<String, Value>, key: &str, property: &Value) {
    let what = property["description"].as_str().unwrap_or_default();
    for (form, whence) in [
        ("file", "From the content of this file."),
        ("env", "From this environment variable."),
        ("credential", "From this systemd credential."),
    ] {
        properties.insert(
            format!("{key}-{form}"),
            json!({ "type": "string", "description": format!("{what} {whence}") }),
        );
    }
    if let Some(Value::Object(property)) = properties.get_mut(key) {
        // The examples name files.
        property.remove("examples");
    }
}

/// A required secret is there in exactly one form.
fn require_one_form(map: &mut Map<String, Value>, secrets: &[(String, Value)]) {
    let Some(Value::Array(required)) = map.get_mut("required") else { return };
    let mut groups = Vec::new();
    required.retain(|key| {
        let Some((secret, _)) = secrets.iter().find(|(secret, _)| key == secret) else {
            return true;
        };
        let forms = SecretFrom::FORMS.iter().map(|form| format!("{secret}-{form}"));
        let keys = std::iter::once(secret.clone()).chain(forms);
        let one: Vec<Value> = keys.map(|key| json!({ "required": [key] })).collect();
        groups.push(json!({ "oneOf": one }));
        false
    });
    if !groups.is_empty() {
        map.insert(String::from("allOf"), Value::Array(groups));
    }
}

/// The schemas of the channels, by type.
pub(super) fn channels() -> &'static [Value] {
    let channel = &INNER["properties"]["channel"]["additionalProperties"];
    channel["oneOf"].as_array().map_or(&[], Vec::as_slice)
}

/// The schema of one monitor.
pub(super) fn monitor() -> &'static Value {
    &INNER["properties"]["monitor"]["items"]
}

/// The schema of one heartbeat.
pub(super) fn heartbeat() -> &'static Value {
    &INNER["properties"]["heartbeat"]["items"]
}

/// The schema of a file in `monitors.d`.
pub(super) static PIECE: LazyLock<Value> = LazyLock::new(|| {
    let lists = &INNER["properties"];
    let properties = json!({ "monitor": lists["monitor"], "heartbeat": lists["heartbeat"] });
    json!({ "type": "object", "properties": properties })
});

/// The schema of a monitor as it is kept in the store.
pub(super) static KEPT: LazyLock<Value> = LazyLock::new(|| {
    let monitors = &INNER["properties"]["monitor"];
    json!({ "type": "object", "properties": { "monitor": monitors } })
});
