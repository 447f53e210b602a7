//! Tables as JSON, as the API has them: what somebody sends as the table of a file, and what is in
//! force as JSON.
//!
//! Whoever sends one is not at this machine. So nothing of the machine is run for it or read for
//! it: a token that leaked gives no commands here, and no secret of a file goes where it says.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::document::secret_form;
use super::schema;
use super::written::{self, Line, heartbeat_lines, key, monitor_lines};
use super::{HeartbeatConfig, MonitorConfig};

/// Stands for a secret, which is never shown.
pub(super) const HIDDEN: &str = "…";
/// Keys whose values name files of this machine.
pub(super) const FILES: [&str; 2] = ["client-certificate", "client-key"];

/// Something that is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fault {
    /// The key it is about, if it is about one.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What is allowed, what to write.
    pub instead: Option<String>,
}

impl Fault {
    pub(super) fn new(key: Option<&str>, what: &str, instead: Option<&str>) -> Self {
        let text = |text: &str| text.to_owned();
        Self { key: key.map(text), what: text(what), instead: instead.map(text) }
    }
}

/// The table that a body of the API means, as TOML, a line for each key. What is null is left out.
///
/// # Errors
/// What may not be sent.
pub fn body(json: &Map<String, Value>) -> Result<String, Vec<Fault>> {
    let (mut table, mut faults) = (String::new(), Vec::new());
    for (name, value) in json.iter().filter(|(_, value)| !value.is_null()) {
        match refused(name, value) {
            Some(fault) => faults.push(fault),
            None => table += &format!("{} = {}\n", key(name), toml(value)),
        }
    }
    if faults.is_empty() { Ok(table) } else { Err(faults) }
}

fn refused(name: &str, value: &Value) -> Option<Fault> {
    let in_file = "write this monitor in a file of monitors.d on the server";
    let fault = |what: &str, instead: &str| Some(Fault::new(Some(name), what, Some(instead)));
    if name == "command" || (name == "type" && value == "command") {
        return fault("no program is run for whoever asks from afar", in_file);
    }
    if secret_form(name).is_some() || FILES.contains(&name) {
        return fault("no file and no variable of the server is read for it", in_file);
    }
    match value {
        Value::Object(fields) if name == "headers" => {
            fields.iter().find_map(|(header, value)| match value {
                Value::String(text) if text == HIDDEN => Some(hidden(&format!("headers.{header}"))),
                Value::String(_) => None,
                _ => fault("a header is a text", "write it as a text"),
            })
        }
        Value::Object(_) => fault("a table cannot stand here", "write a text"),
        Value::Array(items) if items.iter().any(|item| item.is_null() || item.is_object()) => {
            fault("a list has texts and numbers", "leave out what is null")
        }
        Value::String(text) if text == HIDDEN => Some(hidden(name)),
        _ => None,
    }
}

fn hidden(name: &str) -> Fault {
    let what = "this only stands for a secret, which is never shown";
    Fault::new(Some(name), what, Some("send the secret again, or leave the key out"))
}

/// A value as it stands in a file, on one line.
fn toml(value: &Value) -> String {
    match value {
        // Basic strings of TOML are those of JSON, but for one letter.
        Value::String(_) => value.to_string().replace('\u{7f}', "\\u007F"),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("{} = {}", toml(&Value::from(name.as_str())), toml(value))
            };
            format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// The keys of a monitor that are in force. Secrets are shown as `…`.
pub fn monitor_json(monitor: &MonitorConfig) -> Map<String, Value> {
    shown(monitor_lines(monitor))
}

/// The keys of a heartbeat that are in force.
pub fn heartbeat_json(heartbeat: &HeartbeatConfig) -> Map<String, Value> {
    shown(heartbeat_lines(heartbeat))
}

fn shown(lines: Vec<Line>) -> Map<String, Value> {
    let mut json = Map::new();
    for Line { path, value } in lines {
        let value = match value {
            written::Value::Secret(_) => Value::from(HIDDEN),
            written::Value::Toml(text) => json_of(&text),
        };
        match &path[..] {
            [name] => _ = json.insert(name.clone(), value),
            [table, name] => {
                let table = json.entry(table.as_str()).or_insert_with(|| json!({}));
                table[name.as_str()] = value;
            }
            _ => {}
        }
    }
    json
}

fn json_of(toml: &str) -> Value {
    let table: Option<toml::Table> = format!("value = {toml}").parse().ok();
    let value = table.and_then(|mut table| table.remove("value"));
    value.map_or(Value::Null, |value| json!(value))
}

/// The schema of a monitor that may be sent.
pub fn monitor_body() -> Value {
    of_list("monitor")
}

/// The schema of a heartbeat that may be sent.
pub fn heartbeat_body() -> Value {
    of_list("heartbeat")
}

fn of_list(name: &str) -> Value {
    let mut schema = schema::schema()["properties"][name]["items"].take();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| {
            secret_form(name).is_none() && name != "command" && !FILES.contains(&name.as_str())
        });
        if let Some(headers) = properties.get_mut("headers") {
            headers["description"] = json!("http, websocket: headers sent along, a text each.");
        }
        if let Some(words) =
            properties.get_mut("type").and_then(|kind| kind["oneOf"].as_array_mut())
        {
            words.retain(|word| word["const"] != "command");
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Environment, Secrets, check_heartbeat, check_monitor};
    use super::*;

    fn read(text: &str) -> Result<String, Vec<Fault>> {
        let Value::Object(json) = serde_json::from_str(text).unwrap() else { panic!("{text}") };
        body(&json)
    }

    fn monitor(table: &str) -> Result<MonitorConfig, Vec<Fault>> {
        let env = Environment::of_this_process(Secrets::Needed);
        let checked = check_monitor(&Config::default(), table, &env);
        checked.map(|monitor| MonitorConfig::clone(&monitor)).map_err(|error| error.faults())
    }

    #[test]
    fn what_is_sent_is_what_a_file_would_say() {
        let sent = r#"{"name":"a \"b\"\n= 1\u007f'''","type":"http","tags":["x","y"],"note":null,
            "target":"https://example.org","redirects":0,"insecure":true,
            "headers":{"X-A b":"1","Y":"2"},"password":"p","user":"u"}"#;
        let table = read(sent).unwrap();
        let toml: toml::Table = table.parse().unwrap();
        assert_eq!(toml["name"].as_str(), Some("a \"b\"\n= 1\u{7f}'''"));
        assert_eq!(toml["headers"]["X-A b"].as_str(), Some("1"));
        assert_eq!(table.lines().count(), 9, "a line for each key: {table}");
    }

    #[test]
    fn nothing_of_the_server_is_run_or_read() {
        for (sent, key) in [
            (r#"{"type":"command"}"#, "type"),
            (r#"{"command":["/bin/sh"]}"#, "command"),
            (r#"{"password-file":"/etc/shadow"}"#, "password-file"),
            (r#"{"bearer":{"file":"/etc/shadow"}}"#, "bearer"),
            (r#"{"headers":{"A":{"env":"TOKEN"}}}"#, "headers"),
            (r#"{"headers":{"A":"…"}}"#, "headers.A"),
            (r#"{"client-key":"/etc/ssl/private/key.pem"}"#, "client-key"),
            (r#"{"proxy":"…"}"#, "proxy"),
        ] {
            let faults = read(sent).unwrap_err();
            assert_eq!(faults[0].key.as_deref(), Some(key), "{sent}");
        }
        let schema = monitor_body().to_string();
        assert!(!schema.contains("-file") && !schema.contains("\"command\""), "{schema}");
        assert!(schema.contains("\"degraded-unless\""), "{schema}");
    }

    #[test]
    fn what_is_wrong_names_its_key_and_what_to_write() {
        let table = read(r#"{"name":"a","type":"tcp","target":"h:1","intervall":"5s"}"#).unwrap();
        let faults = monitor(&table).unwrap_err();
        assert_eq!(faults[0].key.as_deref(), Some("intervall"), "{faults:?}");
        assert!(faults[0].instead.as_ref().unwrap().contains("interval"), "{faults:?}");
        let faults =
            check_heartbeat(&Config::default(), "every = \"1 apple\"\n").unwrap_err().faults();
        assert!(faults.iter().any(|fault| fault.key.as_deref() == Some("every")), "{faults:?}");
    }

    #[test]
    fn what_is_in_force_can_be_sent_again_but_for_secrets() {
        let sent = r#"{"name":"a","type":"http","target":"https://u.example","bearer":"hush",
            "headers":{"X-Key":"hush"},"tags":["x"]}"#;
        let first = monitor(&read(sent).unwrap()).unwrap();
        let mut json = monitor_json(&first);
        assert!(!Value::Object(json.clone()).to_string().contains("hush"));
        assert_eq!((&json["headers"]["X-Key"], &json["tags"]), (&json!("…"), &json!(["x"])));
        json.insert(String::from("bearer"), json!("hush"));
        json.insert(String::from("headers"), json!({ "X-Key": "hush" }));
        let again = monitor(&body(&json).unwrap()).unwrap();
        assert_eq!(monitor_json(&again), monitor_json(&first));
        let heartbeat = check_heartbeat(&Config::default(), "name = \"B\"\ncron = \"5 4 * * *\"\n");
        let json = heartbeat_json(&heartbeat.unwrap());
        let again = check_heartbeat(&Config::default(), &body(&json).unwrap()).unwrap();
        assert_eq!(heartbeat_json(&again), json);
    }
}
