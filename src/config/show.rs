//! The config in force, with where each value comes from, and what a reload changed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::Config;
use super::document::Document;
use super::environment::Environment;
use super::error::ConfigError;
use super::load::{checked, read};
use super::raw::SecretFrom;
use super::written::{Line, Value, key, lines, quote};

/// The config that a file gives, as TOML: every key with its value, and as a comment where that
/// comes from. Secrets are shown as `…`.
pub fn show(path: &Path, env: &Environment) -> Result<String, ConfigError> {
    let (text, _) = read(path)?;
    let name = path.to_string_lossy();
    let (config, document) = checked(&text, &name, env)?;
    Ok(format!("# {name}\n{}", annotated(&config, &document)))
}

/// Every key with its value and where that comes from.
pub(super) fn annotated(config: &Config, document: &Document<'_>) -> String {
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
                (format!("{} = {written}", key(name)), origin(line, written, document))
            }
            Value::Secret(_) => secret(inside, name, document),
        };
        let _ = writeln!(out, "{written}  # {origin}");
    }
    out
}

/// `[disk]`, `[[route]]`, `[disk.mount."/var"]`.
fn header(table: &[String]) -> String {
    match table {
        [list, _] if ["route", "maintenance", "heartbeat"].contains(&list.as_str()) => {
            format!("[[{list}]]")
        }
        table => {
            format!("[{}]", table.iter().map(|step| key(step)).collect::<Vec<_>>().join("."))
        }
    }
}

fn origin(line: &Line, written: &str, document: &Document<'_>) -> String {
    let Some(number) = document.line(&line.path) else {
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
        document.line(&path).is_some()
    };
    let keys: Vec<&str> = written
        .trim_matches(['{', '}'])
        .split(", ")
        .filter_map(|pair| pair.split_once(" = "))
        .map(|(name, _)| name.trim())
        .collect();
    let rule = written.starts_with("{ warning");
    if rule && keys.iter().any(|name| inner(name)) && !keys.iter().all(|name| inner(name)) {
        format!("line {number}, the rest by default")
    } else {
        format!("line {number}")
    }
}

/// A secret's line: where it is, never what it is.
fn secret(table: &[String], name: &str, document: &Document<'_>) -> (String, String) {
    let at = |name: &str, inner: Option<&str>| -> Vec<String> {
        let steps = table.iter().cloned().chain([name.to_owned()]);
        steps.chain(inner.map(str::to_owned)).collect()
    };
    for form in SecretFrom::FORMS {
        let flat = format!("{name}-{form}");
        let (path, shown) = match document.text_at(&at(&flat, None)) {
            Some(whence) => (at(&flat, None), format!("{} = {}", key(&flat), quote(whence))),
            None => match document.text_at(&at(name, Some(form))) {
                Some(whence) => {
                    (at(name, None), format!("{} = {{ {form} = {} }}", key(name), quote(whence)))
                }
                None => continue,
            },
        };
        return (shown, format!("line {}", document.line(&path).unwrap_or_default()));
    }
    let line = document.line(&at(name, None)).unwrap_or_default();
    (format!("{} = \"…\"", key(name)), format!("line {line}"))
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
                    Some("channel" | "check" | "route" | "maintenance" | "heartbeat") => 2,
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
