//! The example config: every key with its sentence and its default.

use std::fmt::Write;

use serde_json::Value;

use super::MonitorType;
use super::entry::{Entry, entries, is_section, is_table, sentence};
use super::schema::{INNER, channels};
use super::written::key;

/// The width comments are wrapped to.
const WIDTH: usize = 90;

/// A config file in which everything is commented out: `# ` begins a sentence, `#` alone an
/// option. It means the same as an empty file.
pub fn example() -> String {
    let mut out = String::from(
        "# The config of nightkeep. Everything in it is optional: what stands here behind a # is the\n\
         # default, or an example where there is none. Only where alerts go has to be said.\n\
         #\n\
         # `nightkeep config check` says what is wrong, `nightkeep config show` what is in force.\n",
    );
    options(&mut out, &entries(&INNER, &[]));
    for (name, section) in INNER["properties"].as_object().into_iter().flatten() {
        if !is_section(section) {
            continue;
        }
        out.push('\n');
        comment(&mut out, &sentence(section));
        match name.as_str() {
            "channel" => {
                for branch in channels() {
                    out.push('\n');
                    comment(&mut out, &sentence(branch));
                    out.push_str(&channel(branch, "#"));
                }
            }
            "check" => {
                let entries = entries(&section["additionalProperties"], &["check"]);
                block(&mut out, "[check.backup]", &entries);
            }
            "route" => block(&mut out, "[[route]]", &entries(&section["items"], &[])),
            "heartbeat" => heartbeat(&mut out, &section["items"]),
            "maintenance" => windows(&mut out, &section["items"]),
            "monitor" => monitors(&mut out, &section["items"]),
            name => {
                let _ = writeln!(out, "[{name}]");
                options(&mut out, &entries(section, &[name]));
                tables(&mut out, name, section);
            }
        }
    }
    out
}

/// The block of one channel, each line behind a prefix.
pub(super) fn channel(branch: &Value, prefix: &str) -> String {
    let kind = branch["properties"]["type"]["const"].as_str().unwrap_or_default();
    let name = match kind {
        "ntfy" => "phone",
        "smtp" => "mail",
        "sendmail" => "local-mail",
        "slack" => "team",
        "telegram" => "chat",
        "webhook" => "hook",
        "discord" => "discord",
        "gotify" => "gotify",
        "pushover" => "pushover",
        "matrix" => "matrix",
        "teams" => "teams",
        "pagerduty" => "pager",
        "apprise" => "sms",
        "apprise-api" => "others",
        "syslog" => "journal",
        _ => "program",
    };
    let mut out = format!("{prefix}[channel.{name}]\n{prefix}type = \"{kind}\"\n");
    for entry in entries(branch, &[]).iter().filter(|entry| entry.key != "type") {
        let _ = writeln!(out, "{prefix}{}", option(entry));
    }
    out
}

/// A heartbeat with one schedule of three.
fn heartbeat(out: &mut String, schema: &Value) {
    let mut entries = entries(schema, &[]);
    entries.retain(|entry| !["cron", "calendar"].contains(&entry.key.as_str()));
    block(out, "[[heartbeat]]", &entries);
}

/// Three windows: once, every week, by cron.
fn windows(out: &mut String, schema: &Value) {
    let kinds: [&[&str]; 3] = [&["from", "until"], &["weekly"], &["cron", "lasts"]];
    for (index, keys) in kinds.iter().enumerate() {
        let others: Vec<&str> = kinds
            .iter()
            .filter(|kind| *kind != keys)
            .flat_map(|kind| kind.iter().copied())
            .collect();
        let mut entries = entries(schema, &[]);
        entries.retain(|entry| {
            let short = index > 0 && !entry.required && !keys.contains(&entry.key.as_str());
            !others.contains(&entry.key.as_str()) && !short
        });
        if index > 0 {
            out.push('\n');
        }
        block(out, "[[maintenance]]", &entries);
    }
}

/// A monitor with every key, and one of each other type with its own.
fn monitors(out: &mut String, schema: &Value) {
    for kind in MonitorType::ALL {
        let mut entries = entries(schema, &["monitor"]);
        let all = kind == MonitorType::Http;
        let own = |key: &str| kind.keys().contains(&key);
        entries.retain(|entry| entry.required || own(&entry.key) || (all && is_common(&entry.key)));
        let _ = write!(out, "\n#[[monitor]]\n");
        for entry in &entries {
            if all {
                comment(out, &entry.sentence);
            }
            let line = match entry.key.as_str() {
                "name" => format!("name = \"{}\"", kind.as_str()),
                "type" => format!("type = \"{}\"", kind.as_str()),
                "target" => format!("target = {}", kind.example_target()),
                "parent" => String::from("parent = \"ping\""),
                "members" => String::from("members = [\"http\", \"tcp\"]"),
                // Who asks is said once, and TLS begins once.
                "bearer" => continue,
                "tls" if matches!(kind, MonitorType::Smtp | MonitorType::Imap) => continue,
                _ => option(entry),
            };
            let _ = writeln!(out, "#{line}");
        }
    }
}

fn is_common(key: &str) -> bool {
    key == "remote" || MonitorType::COMMON.contains(&key)
}

/// Tables under names of the owner's own inside a section.
fn tables(out: &mut String, section: &str, schema: &Value) {
    for (name, table) in schema["properties"].as_object().into_iter().flatten() {
        if is_section(table) && !is_table(table) {
            out.push('\n');
            comment(out, &sentence(table));
            let header = format!("[{section}.{name}.{}]", key("/backup"));
            block(out, &header, &entries(&table["additionalProperties"], &[]));
        }
    }
}

fn block(out: &mut String, header: &str, entries: &[Entry]) {
    let _ = writeln!(out, "#{header}");
    for entry in entries {
        comment(out, &entry.sentence);
        let _ = writeln!(out, "#{}", option(entry));
    }
}

fn options(out: &mut String, entries: &[Entry]) {
    for entry in entries {
        out.push('\n');
        comment(out, &entry.sentence);
        let _ = writeln!(out, "#{}", option(entry));
    }
}

/// `key = value` with the example, or else the default.
fn option(entry: &Entry) -> String {
    let form = if entry.secret { "-file" } else { "" };
    let value = entry.example.as_deref().or(entry.default.as_deref()).unwrap_or("\"\"");
    format!("{}{form} = {value}", entry.key)
}

fn comment(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + word.len() >= WIDTH {
            let _ = writeln!(out, "{line}");
            line = String::from("#");
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(out, "{line}");
}
