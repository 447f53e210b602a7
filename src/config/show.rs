//! The config in force, with where each value comes from, and what a reload changed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::Config;
use super::document::Document;
use super::environment::Environment;
use super::error::ConfigError;
use super::load::{checked, read_all};
use super::merge::merge;
use super::raw::SecretFrom;
use super::value::Slug;
use super::written::{Line, Value, key, lines, quote};

/// The config that a file gives, as TOML: every key with its value, and as a comment where that
/// comes from. Secrets are shown as `…`. `kept` are the monitors of the store.
pub fn show(
    path: &Path,
    kept: &[(String, String)],
    env: &Environment,
) -> Result<String, ConfigError> {
    let files = read_all(path)?;
    let (config, documents) = checked(&files, env)?;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let config = merge(config, kept, env);
    let sources = Sources::new(&names, &documents);
    Ok(format!("# {}\n{}", names[0], annotated(&config, &sources)))
}

/// The files, and where the monitors and heartbeats are in them.
pub(super) struct Sources<'a> {
    names: &'a [&'a str],
    documents: &'a [Document<'a>],
    monitors: Places,
    heartbeats: Places,
}

/// The file and the place in its list, by name.
type Places = BTreeMap<String, (usize, usize)>;

impl<'a> Sources<'a> {
    /// Of these files; the first is the config itself.
    pub(super) fn new(names: &'a [&'a str], documents: &'a [Document<'a>]) -> Self {
        let (mut monitors, mut heartbeats) = (Places::new(), Places::new());
        for (file, document) in documents.iter().enumerate() {
            let text = |list: &str, index: usize, key: &str| {
                let path = [list, &index.to_string(), key].map(str::to_owned);
                document.text_at(&path).map(str::to_owned)
            };
            let names = (0..).map_while(|index| text("monitor", index, "name"));
            for (index, name) in names.enumerate() {
                monitors.entry(name).or_insert((file, index));
            }
            let slugs = (0..).map_while(|index| {
                let name = text("heartbeat", index, "name")?;
                Some(text("heartbeat", index, "slug").unwrap_or_else(|| Slug::of(&name)))
            });
            for (index, slug) in slugs.enumerate() {
                heartbeats.entry(slug).or_insert((file, index));
            }
        }
        Self { names, documents, monitors, heartbeats }
    }

    /// The file a key stands in, and its path there.
    fn place(&self, path: &[String]) -> Option<(usize, Vec<String>)> {
        let [list, name, rest @ ..] = path else { return Some((0, path.to_vec())) };
        let (file, index) = match list.as_str() {
            "monitor" => self.monitors.get(name)?,
            "heartbeat" => self.heartbeats.get(name)?,
            _ => return Some((0, path.to_vec())),
        };
        let path = [list.clone(), index.to_string()];
        Some((*file, path.into_iter().chain(rest.iter().cloned()).collect()))
    }

    /// "line 3", of another file than the config with its name.
    fn line(&self, path: &[String]) -> Option<String> {
        let (file, path) = self.place(path)?;
        let line = self.documents[file].line(&path)?;
        Some(match file {
            0 => format!("line {line}"),
            _ => format!("{} line {line}", self.names[file]),
        })
    }

    fn text_at(&self, path: &[String]) -> Option<&str> {
        let (file, path) = self.place(path)?;
        self.documents[file].text_at(&path)
    }

    fn is_kept(&self, path: &[String]) -> bool {
        self.place(path).is_none()
    }
}

/// Every key with its value and where that comes from.
pub(super) fn annotated(config: &Config, sources: &Sources<'_>) -> String {
    let mut out = String::new();
    let mut table: &[String] = &[];
    let lines = lines(config);
    for line in &lines {
        let Some((name, inside)) = line.path.split_last() else { continue };
        if inside != table {
            let _ = write!(out, "\n{}\n", header(inside));
            table = inside;
        }
        let (written, origin) = match &line.value {
            Value::Toml(written) => {
                (format!("{} = {written}", key(name)), origin(line, written, sources))
            }
            Value::Secret(_) => secret(inside, name, sources),
        };
        let _ = writeln!(out, "{written}  # {origin}");
    }
    out
}

/// `[disk]`, `[[route]]`, `[disk.mount."/var"]`.
fn header(table: &[String]) -> String {
    match table {
        [list, _] if ["route", "maintenance", "monitor", "heartbeat"].contains(&list.as_str()) => {
            format!("[[{list}]]")
        }
        [list, _, rest @ ..] if list == "monitor" => {
            let rest: Vec<String> = rest.iter().map(|step| key(step)).collect();
            format!("[{list}.{}]", rest.join("."))
        }
        table => {
            format!("[{}]", table.iter().map(|step| key(step)).collect::<Vec<_>>().join("."))
        }
    }
}

fn origin(line: &Line, written: &str, sources: &Sources<'_>) -> String {
    let Some(place) = sources.line(&line.path) else {
        if sources.is_kept(&line.path) {
            return String::from("the store");
        }
        let path: Vec<&str> = line.path.iter().map(String::as_str).collect();
        return String::from(match path[..] {
            ["host" | "timezone"] => "the machine's own",
            ["disk", "mount", _, _] => "as in [disk]",
            _ => "default",
        });
    };
    // A table that names some of its keys leaves the others at their defaults.
    let inner = |name: &str| {
        let path: Vec<String> = line.path.iter().cloned().chain([name.to_owned()]).collect();
        sources.line(&path).is_some()
    };
    let keys: Vec<&str> = written
        .trim_matches(['{', '}'])
        .split(", ")
        .filter_map(|pair| pair.split_once(" = "))
        .map(|(name, _)| name.trim())
        .collect();
    let rule = written.starts_with("{ warning");
    if rule && keys.iter().any(|name| inner(name)) && !keys.iter().all(|name| inner(name)) {
        format!("{place}, the rest by default")
    } else {
        place
    }
}

/// A secret's line: where it is, never what it is.
fn secret(table: &[String], name: &str, sources: &Sources<'_>) -> (String, String) {
    let at = |name: &str, inner: Option<&str>| -> Vec<String> {
        let steps = table.iter().cloned().chain([name.to_owned()]);
        steps.chain(inner.map(str::to_owned)).collect()
    };
    for form in SecretFrom::FORMS {
        let flat = format!("{name}-{form}");
        let (path, shown) = match sources.text_at(&at(&flat, None)) {
            Some(whence) => (at(&flat, None), format!("{} = {}", key(&flat), quote(whence))),
            None => match sources.text_at(&at(name, Some(form))) {
                Some(whence) => {
                    (at(name, None), format!("{} = {{ {form} = {} }}", key(name), quote(whence)))
                }
                None => continue,
            },
        };
        return (shown, sources.line(&path).unwrap_or_default());
    }
    let place = sources.line(&at(name, None)).unwrap_or_else(|| String::from("the store"));
    (format!("{} = \"…\"", key(name)), place)
}

/// What changed from one config to another, a short line each, for the log of a reload. Never
/// holds a secret.
pub fn diff(old: &Config, new: &Config) -> Vec<String> {
    let by_path = |config: &Config| -> BTreeMap<Vec<String>, Value> {
        lines(config).into_iter().map(|line| (line.path, line.value)).collect()
    };
    let (old, new) = (by_path(old), by_path(new));
    let mut changes: Vec<String> = Vec::new();
    let mut paths: Vec<&Vec<String>> = old.keys().chain(new.keys()).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let change = match (old.get(path), new.get(path)) {
            (Some(before), Some(after)) if before == after => continue,
            (Some(Value::Toml(before)), Some(Value::Toml(after))) => {
                format!("{}: {before} → {after}", path.join("."))
            }
            (Some(_), Some(_)) => format!("{}: changed", path.join(".")),
            (before, _) => {
                let word = if before.is_some() { "gone" } else { "new" };
                // A whole channel, route, window or mount comes and goes as one.
                let whole = match path.first().map(String::as_str) {
                    Some(
                        "channel" | "check" | "monitor" | "route" | "maintenance" | "heartbeat",
                    ) => 2,
                    Some("disk") if path.len() == 4 => 3,
                    _ => path.len(),
                };
                let within = |map: &BTreeMap<Vec<String>, Value>| {
                    map.keys().any(|other| other.starts_with(&path[..whole]))
                };
                let shown = if within(&old) && within(&new) { &path[..] } else { &path[..whole] };
                format!("{}: {word}", shown.join("."))
            }
        };
        if changes.last() != Some(&change) {
            changes.push(change);
        }
    }
    changes
}
