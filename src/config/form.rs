//! The keys of monitors and heartbeats as a form asks for them, generated from the schema, so that
//! a new key is in the form as well; and tables between what is kept and what a form says.

use serde_json::{Map, Value, json};

use super::entry::{Entry, entries};
use super::json::{FILES, Fault, HIDDEN, body, monitor_json};
use super::raw::SecretFrom;
use super::schema;
use super::{Config, Environment, MonitorConfig, MonitorType, Secrets, check_monitor};

/// A key of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the config.
    pub key: String,
    /// What it is for.
    pub about: String,
    /// What holds without it, as it stands in a file.
    pub default: Option<String>,
    /// A value.
    pub example: Option<String>,
    /// What it takes.
    pub takes: Takes,
    /// It has to be there.
    pub required: bool,
    /// Most who make one want to say it.
    pub is_usual: bool,
}

/// What a key takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// A line.
    Line,
    /// Several lines.
    Text,
    /// A whole number.
    Number,
    /// A secret.
    Secret,
    /// It is so, or not.
    Switch,
    /// It is so, or not, or as something else decides.
    Maybe,
    /// One of these words, each with its sentence.
    Choice(Vec<(String, String)>),
    /// Words with commas between them.
    Words,
    /// One a line.
    Lines,
    /// `Name: value`, one a line; the values are secrets.
    Pairs,
}

/// What most who make a monitor say, in this order.
const USUAL: [&str; 13] = [
    "name",
    "target",
    "members",
    "needs",
    "record",
    "user",
    "password",
    "database",
    "interval",
    "condition",
    "group",
    "tags",
    "note",
];
/// The same of a heartbeat.
const USUAL_HEARTBEAT: [&str; 9] =
    ["name", "every", "cron", "calendar", "timezone", "grace", "tags", "channels", "note"];
/// What the page has buttons for.
const HEARTBEAT_BUTTONS: [&str; 2] = ["uuid", "paused"];
/// What one item of has commas in it.
const BY_LINE: [&str; 3] = ["members", "calendar", "protocols"];
/// What may have several lines.
const LONG: [&str; 2] = ["note", "body"];
/// Where a secret goes, and who hears it on the way.
const WAY: [&str; 8] =
    ["type", "target", "resolver", "proxy", "insecure", "tls", "starttls", "redirects"];

/// The keys of a monitor of a type that may be sent.
pub fn monitor_fields(kind: MonitorType) -> Vec<Field> {
    let is_its_own = |key: &str| {
        let own = MonitorType::COMMON.contains(&key) || kind.keys().contains(&key);
        let is_sent = key != "type" && key != "command" && !FILES.contains(&key);
        is_sent && (own || (key == "remote" && kind.is_of_network()))
    };
    let schema = schema::monitor();
    let all = entries(schema, &["monitor"]).into_iter().filter(|entry| is_its_own(&entry.key));
    let mut fields: Vec<Field> = all.map(|entry| field(entry, schema, &USUAL)).collect();
    for field in &mut fields {
        match field.key.as_str() {
            "target" => {
                field.about = target(kind);
                field.example = Some(kind.example_target().trim_matches('"').to_owned());
                field.required = true;
            }
            "members" => field.required = true,
            // A page seldom has one.
            "user" | "password" if matches!(kind, MonitorType::Http | MonitorType::Websocket) => {
                field.is_usual = false;
            }
            "headers" => {
                field.about = String::from("Headers sent along, `Name: value`, one a line.")
            }
            _ => {}
        }
    }
    sorted(fields, &USUAL)
}

/// What a monitor of a type asks, in a few words.
pub fn monitor_about(kind: MonitorType) -> &'static str {
    let types = schema::monitor()["properties"]["type"]["oneOf"].as_array();
    let own = types.into_iter().flatten().find(|one| one["const"] == kind.as_str());
    own.and_then(|own| own["description"].as_str()).unwrap_or_default()
}

/// The keys of a heartbeat that may be sent.
pub fn heartbeat_fields() -> Vec<Field> {
    let schema = schema::heartbeat();
    let all = entries(schema, &["heartbeat"]).into_iter();
    let all = all.filter(|entry| !HEARTBEAT_BUTTONS.contains(&entry.key.as_str()));
    sorted(all.map(|entry| field(entry, schema, &USUAL_HEARTBEAT)).collect(), &USUAL_HEARTBEAT)
}

fn sorted(mut fields: Vec<Field>, usual: &[&str]) -> Vec<Field> {
    let place = |field: &Field| usual.iter().position(|key| *key == field.key);
    fields.sort_by_key(|field| place(field).unwrap_or(usize::MAX));
    fields
}

fn field(entry: Entry, schema: &Value, usual: &[&str]) -> Field {
    let plain = |written: &str| written.replace(['`', '"'], "");
    let said = entry.sentence.split_once(" Default: ").map(|(_, default)| default);
    let default = said.map(|default| plain(default.trim_end_matches('.')));
    let takes = takes(&entry, &schema["properties"][&entry.key], default.as_deref());
    let example = match takes {
        Takes::Secret | Takes::Pairs => None,
        // As it is typed: the words alone.
        _ => entry.example.as_deref().map(|example| example.replace(['[', ']', '"', '\''], "")),
    };
    Field {
        about: sentence(&entry.sentence),
        default,
        example,
        takes,
        required: entry.required,
        is_usual: usual.contains(&entry.key.as_str()),
        key: entry.key,
    }
}

/// Without the types it is for, which the form knows, and as a sentence of its own.
fn sentence(about: &str) -> String {
    let is_types = |text: &str| {
        let mut words = text.split(", ");
        words.all(|word| MonitorType::ALL.iter().any(|kind| kind.as_str() == word))
    };
    let about = match about.split_once(": ") {
        Some((types, rest)) if is_types(types) => rest,
        _ => about,
    };
    let about = about.trim_matches(['.', ' ']).replace("`\"", "`").replace("\"`", "`");
    let mut letters = about.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn takes(entry: &Entry, property: &Value, default: Option<&str>) -> Takes {
    let key = entry.key.as_str();
    let words = || {
        let of = |word: &Value| {
            let name = word["const"].as_str().or(word.as_str())?;
            Some((name.to_owned(), word["description"].as_str().unwrap_or_default().to_owned()))
        };
        let words = property["oneOf"].as_array().or(property["enum"].as_array())?;
        words.iter().map(of).collect::<Option<Vec<_>>>()
    };
    if entry.secret {
        return Takes::Secret;
    }
    if let Some(words) = words() {
        return Takes::Choice(words.into_iter().filter(|(word, _)| !word.is_empty()).collect());
    }
    let is_list = property["type"] == "array"
        || property["anyOf"]
            .as_array()
            .is_some_and(|any| any.iter().any(|of| of["type"] == "array"));
    match property["type"].as_str() {
        Some("boolean")
            if default == Some("false") || default == Some("false, what the server prefers") =>
        {
            Takes::Switch
        }
        Some("boolean") => Takes::Maybe,
        Some("integer") => Takes::Number,
        Some("object") => Takes::Pairs,
        _ if is_list && BY_LINE.contains(&key) => Takes::Lines,
        _ if is_list => Takes::Words,
        _ if LONG.contains(&key) => Takes::Text,
        _ => Takes::Line,
    }
}

fn target(kind: MonitorType) -> String {
    let about = match (kind, kind.port()) {
        (MonitorType::Http | MonitorType::Websocket, _) => "The whole address.",
        (MonitorType::Dns, _) => "The name that is looked up.",
        (MonitorType::Ping, _) => "A name or an address.",
        (MonitorType::Domain, _) => "The registered domain.",
        (MonitorType::Unit, _) => "The unit's full name.",
        (MonitorType::Container, _) => "The container's name.",
        (_, Some(port)) => return format!("The host; with `:PORT` if that is not {port}."),
        (_, None) => "The host and the port, `HOST:PORT`.",
    };
    about.to_owned()
}

/// The table of a monitor that is kept, as JSON. Secrets are shown as `…`.
pub fn kept_json(table: &str) -> Map<String, Value> {
    let mut json = read(table);
    for (key, value) in &mut json {
        match value {
            Value::String(secret) if is_secret(key) => HIDDEN.clone_into(secret),
            Value::Object(headers) => headers.values_mut().for_each(|value| *value = json!(HIDDEN)),
            _ => {}
        }
    }
    json
}

/// Puts what is kept where a form says `…`: whoever changes a monitor does not see its secrets and
/// need not know them.
///
/// # Errors
/// Names the secrets that have to be said again: a kept one goes nowhere it did not go before, else
/// whoever may edit could have it sent to himself.
pub fn with_kept_secrets(sent: &mut Map<String, Value>, table: &str) -> Result<(), Vec<Fault>> {
    let kept = read(table);
    let goes_elsewhere = WAY.iter().any(|key| sent.get(*key) != kept.get(*key));
    let mut faults = Vec::new();
    let mut put = |name: &str, value: &mut Value, kept: Option<&Value>| match kept {
        _ if *value != HIDDEN => {}
        Some(kept) if !goes_elsewhere => *value = kept.clone(),
        _ => {
            let what = "where it goes was changed, so the secret has to be written again";
            faults.push(Fault::new(Some(name), what, Some("write it, or leave it empty")));
        }
    };
    for (key, value) in sent.iter_mut() {
        if let Value::Object(headers) = value {
            for (header, value) in headers {
                put(key, value, kept.get(key).and_then(|kept| kept.get(header)));
            }
        } else if is_secret(key) {
            put(key, value, kept.get(key));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// What a monitor says that is not said anyway, for another one like it. Without its secrets, and
/// without what nobody may send.
pub fn said_json(monitor: &MonitorConfig) -> Map<String, Value> {
    let mut json = monitor_json(monitor);
    let needed = ["name", "type", "target", "members", "command"];
    let mut bare = json.clone();
    bare.retain(|key, _| needed.contains(&key.as_str()));
    let env = Environment::of_this_process(Secrets::Needed);
    let usual = body(&bare).ok().and_then(|table| {
        let alone = Config { monitors: std::iter::empty().collect(), ..Config::default() };
        check_monitor(&alone, &table, &env).ok()
    });
    let usual = usual.map(|usual| monitor_json(&usual)).unwrap_or_default();
    json.retain(|key, value| {
        let is_usual = usual.get(key) == Some(value) && !needed.contains(&key.as_str());
        !is_usual && *value != HIDDEN && key != "headers" && !FILES.contains(&key.as_str())
    });
    json
}

/// A table as it would stand in a file, its secrets left to be filled in.
pub fn monitor_text(json: &Map<String, Value>) -> String {
    let is_shown = |key: &str, value: &Value| {
        let hides = |value: &Value| value == HIDDEN;
        !is_secret(key) && !value.as_object().is_some_and(|fields| fields.values().any(hides))
    };
    let shown: Map<String, Value> = json
        .iter()
        .filter(|(key, value)| is_shown(key, value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let mut text = format!("[[monitor]]\n{}", body(&shown).unwrap_or_default());
    for (key, value) in json.iter().filter(|(key, value)| !is_shown(key, value)) {
        match value {
            Value::Object(headers) => {
                let file =
                    |name: &String| format!("{} = {{ file = \"/etc/nightkeep/…\" }}", json!(name));
                let headers: Vec<String> = headers.keys().map(file).collect();
                text += &format!("{key} = {{ {} }}\n", headers.join(", "));
            }
            _ => text += &format!("{key}-file = \"/etc/nightkeep/…\"\n"),
        }
    }
    text
}

/// The same of a heartbeat.
pub fn heartbeat_text(json: &Map<String, Value>) -> String {
    format!("[[heartbeat]]\n{}", body(json).unwrap_or_default())
}

fn read(table: &str) -> Map<String, Value> {
    let table = table.parse::<toml::Table>().unwrap_or_default();
    match json!(table) {
        Value::Object(json) => json,
        _ => Map::new(),
    }
}

fn is_secret(key: &str) -> bool {
    schema::monitor()["properties"][key]["format"] == SecretFrom::FORMAT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(fields: &[Field], usual: bool) -> Vec<&str> {
        fields.iter().filter(|field| field.is_usual == usual).map(|f| f.key.as_str()).collect()
    }

    #[test]
    fn a_form_has_what_may_be_sent_and_no_more() {
        for kind in MonitorType::ALL {
            let fields = monitor_fields(kind);
            assert!(fields.iter().all(|field| !field.key.starts_with("client-")), "{kind:?}");
            assert_eq!(fields[0].key, "name");
        }
        let dns = monitor_fields(MonitorType::Dns);
        assert_eq!(
            keys(&dns, true),
            ["name", "target", "record", "interval", "condition", "group", "tags", "note"]
        );
        assert!(keys(&dns, false).contains(&"resolver") && !keys(&dns, false).contains(&"method"));
        let record = dns.iter().find(|field| field.key == "record").unwrap();
        assert_eq!(
            (record.about.as_str(), record.default.as_deref()),
            ("Which records. Default: `A`.", Some("A"))
        );
        assert!(matches!(&record.takes, Takes::Choice(words) if words[3].0 == "MX"));
        let fields = heartbeat_fields();
        let grace = fields.iter().find(|field| field.key == "grace").unwrap();
        assert_eq!((grace.takes.clone(), grace.default.as_deref()), (Takes::Line, Some("1h")));
        assert!(!fields.iter().any(|field| field.key == "uuid"));
    }

    #[test]
    fn what_takes_what() {
        let http = monitor_fields(MonitorType::Http);
        for (key, takes) in [
            ("headers", Takes::Pairs),
            ("password", Takes::Secret),
            ("insecure", Takes::Switch),
            ("remote", Takes::Maybe),
            ("tags", Takes::Words),
            ("failures", Takes::Number),
            ("note", Takes::Text),
        ] {
            let field = http.iter().find(|field| field.key == key).unwrap();
            assert_eq!(field.takes, takes, "{key}");
        }
    }

    #[test]
    fn a_kept_secret_goes_only_where_it_went() {
        let table = "type = \"http\"\ntarget = \"https://a.example\"\nbearer = \"hush\"\n\
                     headers = { X = \"hush\" }\n";
        let shown = kept_json(table);
        assert!(!json!(shown).to_string().contains("hush"), "{shown:?}");
        let mut same = shown.clone();
        same.insert(String::from("interval"), json!("5s"));
        with_kept_secrets(&mut same, table).unwrap();
        assert_eq!((&same["bearer"], &same["headers"]["X"]), (&json!("hush"), &json!("hush")));
        for (key, value) in [("target", json!("https://b.example")), ("proxy", json!("http://b:1"))]
        {
            let mut other = shown.clone();
            other.insert(String::from(key), value);
            let faults = with_kept_secrets(&mut other, table).unwrap_err();
            let named: Vec<_> = faults.iter().filter_map(|fault| fault.key.as_deref()).collect();
            assert_eq!(named, ["bearer", "headers"]);
            assert!(!json!(other).to_string().contains("hush"));
        }
    }

    #[test]
    fn a_table_for_a_file_leaves_secrets_out() {
        let table = "name = \"a\"\ntype = \"http\"\ntarget = \"https://a.example\"\n\
                     bearer = \"hush\"\nheaders = { X = \"hush\" }\n";
        let text = monitor_text(&kept_json(table));
        assert!(!text.contains("hush") && text.contains("bearer-file = "), "{text}");
        text.parse::<toml::Table>().unwrap();
    }

    #[test]
    fn another_like_it_says_only_what_is_not_usual() {
        let env = Environment::of_this_process(Secrets::Needed);
        let table = "name = \"a\"\ntype = \"http\"\ntarget = \"https://a.example\"\n\
                     bearer = \"hush\"\ninterval = \"20s\"\n";
        let monitor = check_monitor(&Config::default(), table, &env).unwrap();
        let said = said_json(&monitor);
        let keys: Vec<&str> = said.keys().map(String::as_str).collect();
        assert_eq!(keys, ["name", "type", "target", "interval"]);
    }
}
