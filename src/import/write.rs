//! What was imported as text of the config. Secrets go into files of their own, unless they are
//! wanted in the text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::entry::{Entry, Value};
use super::name::{Names, slug};
use super::{Imported, Told};

/// Text for the config, and the files it names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// For `monitors.d/SOURCE.toml`: monitors. Empty if there are none.
    pub monitors: String,
    /// For the config itself: channels, heartbeats and maintenance. Empty if there are none.
    pub config: String,
    /// Secrets and certificates, by their paths.
    pub files: Vec<(PathBuf, String)>,
}

/// Where secrets go.
#[derive(Debug, Clone, Copy)]
pub enum Secrets<'a> {
    /// Into the text.
    Inline,
    /// Into files in this directory.
    Files(&'a Path),
}

/// Writes it down. `source` is the name of what it comes from, in file names and comments.
/// Certificates need a directory in any case.
pub fn write(imported: &Imported, source: &str, directory: &Path, inline: bool) -> Written {
    let mut writer = Writer {
        source,
        directory,
        secrets: if inline { Secrets::Inline } else { Secrets::Files(directory) },
        names: Names::default(),
        files: Vec::new(),
    };
    let mut monitors = String::new();
    for entry in &imported.monitors {
        writer.table(&mut monitors, "[[monitor]]", entry, true);
    }
    let mut config = String::new();
    for entry in &imported.channels {
        writer.table(&mut config, &format!("[channel.{}]", entry.name), entry, false);
    }
    for entry in &imported.heartbeats {
        writer.table(&mut config, "[[heartbeat]]", entry, true);
    }
    for entry in &imported.maintenance {
        writer.table(&mut config, "[[maintenance]]", entry, true);
    }
    if !imported.channels.is_empty() {
        routes(&mut config, &imported.routes);
    }
    Written { monitors, config, files: writer.files }
}

struct Writer<'a> {
    source: &'a str,
    directory: &'a Path,
    secrets: Secrets<'a>,
    names: Names,
    files: Vec<(PathBuf, String)>,
}

impl Writer<'_> {
    fn table(&mut self, out: &mut String, head: &str, entry: &Entry, named: bool) {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "# {}\n{head}", comment(&entry.was));
        if named {
            let _ = writeln!(out, "name = {}", text(&entry.name));
        }
        // What it is and of whom comes first.
        let mut keys: Vec<_> = entry.keys.iter().collect();
        let order = |key: &str| ["type", "target"].iter().position(|first| *first == key);
        keys.sort_by_key(|(key, _)| order(key).unwrap_or(usize::MAX));
        for (key, value) in keys {
            match (value, self.secrets) {
                (Value::Secret(secret), Secrets::Files(_)) if fits_a_file(secret) => {
                    let path = self.file(&entry.name, key, format!("{secret}\n"));
                    let _ = writeln!(out, "{key}-file = {}", text(&path));
                }
                _ => {
                    let value = self.value(&entry.name, key, value);
                    let _ = writeln!(out, "{key} = {value}");
                }
            }
        }
    }

    fn value(&mut self, name: &str, key: &str, value: &Value) -> String {
        match value {
            Value::Text(one) | Value::Secret(one) => text(one),
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::List(list) => {
                format!("[{}]", list.iter().map(|one| text(one)).collect::<Vec<_>>().join(", "))
            }
            Value::Table(pairs) => {
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|(part, value)| match (value, self.secrets) {
                        (Value::Secret(secret), Secrets::Files(_)) if fits_a_file(secret) => {
                            let file = format!("{key}-{part}");
                            let path = self.file(name, &file, format!("{secret}\n"));
                            format!("{} = {{ file = {} }}", text(part), text(&path))
                        }
                        _ => format!("{} = {}", text(part), self.value(name, key, value)),
                    })
                    .collect();
                if pairs.is_empty() {
                    String::from("{}")
                } else {
                    format!("{{ {} }}", pairs.join(", "))
                }
            }
            Value::File { text: content, ending } => {
                let path = self.file(name, ending, content.clone());
                text(&path)
            }
        }
    }

    /// A file for something, and its path as it is written.
    fn file(&mut self, name: &str, part: &str, content: String) -> String {
        let (stem, ending) = part.rsplit_once('.').unwrap_or((part, ""));
        let wanted = format!("{}-{}-{}", self.source, slug(name), slug(stem));
        let mut file = self.names.word(&wanted, 120);
        if !ending.is_empty() {
            let _ = write!(file, ".{ending}");
        }
        let path = self.directory.join(file);
        let shown = path.to_string_lossy().into_owned();
        self.files.push((path, content));
        shown
    }
}

/// A secret's file holds one line.
fn fits_a_file(secret: &str) -> bool {
    !secret.is_empty() && !secret.chars().any(char::is_control)
}

/// A text as TOML has it.
fn text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Text of others within a comment: no line of it can end the comment.
fn comment(text: &str) -> String {
    crate::model::text::clean(text, 200)
}

/// Which channels heard what, to be taken by hand: with a route, what no route fits is heard by
/// nobody.
fn routes(out: &mut String, routes: &[Told]) {
    if routes.iter().all(|route| route.channels.is_empty()) {
        return;
    }
    out.push_str(
        "\n# Who heard of what. Without any [[route]] every channel hears everything; with routes,\n\
         # end with one that takes the rest.\n",
    );
    for route in routes.iter().filter(|route| !route.channels.is_empty()) {
        let list = |items: &mut dyn Iterator<Item = String>| {
            items.map(|item| text(&item)).collect::<Vec<_>>().join(", ")
        };
        let channels = list(&mut route.channels.iter().cloned());
        let subjects = list(&mut route.monitors.iter().map(|name| format!("monitor:{name}")));
        let lines = format!("[[route]]\nchannels = [{channels}]\nsubjects = [{subjects}]\n");
        for line in lines.lines() {
            let _ = writeln!(out, "# {line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imported() -> Imported {
        let mut monitor = Entry::new("Shop \"1\"", "http 3");
        monitor.set("type", "http");
        monitor.set("password", Value::Secret("s3cret".into()));
        monitor.set("failures", 3_i64);
        monitor.set(
            "headers",
            super::super::entry::headers([
                ("Accept".into(), "x".into()),
                ("X-Api-Key".into(), "k3y".into()),
            ]),
        );
        monitor.set("client-key", Value::File { text: "PEM".into(), ending: "key.pem" });
        let mut channel = Entry::new("phone", "notification\nphone");
        channel.set("type", "ntfy");
        channel.set("topic", Value::Secret("t0pic".into()));
        Imported {
            monitors: vec![monitor],
            channels: vec![channel],
            routes: vec![Told {
                channels: vec!["phone".into()],
                monitors: vec!["Shop \"1\"".into()],
            }],
            ..Imported::default()
        }
    }

    #[test]
    fn secrets_go_into_files() {
        let written = write(&imported(), "kuma", Path::new("/s"), false);
        assert!(!written.monitors.contains("s3cret") && !written.monitors.contains("k3y"));
        assert!(written.monitors.contains("password-file = \"/s/kuma-shop-1-password\""));
        assert!(
            written
                .monitors
                .contains("\"X-Api-Key\" = { file = \"/s/kuma-shop-1-headers-x-api-key\" }")
        );
        assert!(written.monitors.contains("client-key = \"/s/kuma-shop-1-key.pem\""));
        assert!(written.config.contains("topic-file = \"/s/kuma-phone-topic\""));
        assert_eq!(written.files.len(), 4);
        let document: toml::Table = written.monitors.parse().unwrap();
        assert_eq!(document["monitor"][0]["name"].as_str(), Some("Shop \"1\""));
        let document: toml::Table = written.config.parse().unwrap();
        assert_eq!(document["channel"]["phone"]["type"].as_str(), Some("ntfy"));
        assert!(document.get("route").is_none());
    }

    #[test]
    fn secrets_stay_in_the_text_if_wanted() {
        let written = write(&imported(), "kuma", Path::new("/s"), true);
        let document: toml::Table = written.monitors.parse().unwrap();
        assert_eq!(document["monitor"][0]["password"].as_str(), Some("s3cret"));
        assert_eq!(document["monitor"][0]["headers"]["X-Api-Key"].as_str(), Some("k3y"));
        // What has to be a file is one in any case.
        assert_eq!(written.files.len(), 1);
    }
}
