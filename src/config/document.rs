//! The TOML of a file, and where everything in it stands.

use std::cell::OnceCell;
use std::ops::Range;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::raw::SecretFrom;

/// A parsed file.
pub(super) struct Document<'a> {
    /// Its text.
    pub(super) text: &'a str,
    /// Its tables.
    pub(super) root: Spanned<DeTable<'a>>,
    /// Where its lines end; found when the first is asked for.
    ends: OnceCell<Vec<usize>>,
}

/// Which part of a key and its value is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The key.
    Key,
    /// The value.
    Value,
}

impl<'a> Document<'a> {
    /// Parses a text; what is no TOML is reported, the rest is there nevertheless.
    pub(super) fn parse(text: &'a str) -> (Self, Vec<Problem>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut problems: Vec<Problem> = errors.iter().map(|error| syntax(text, error)).collect();
        // One slip gives several errors: in its line, and for all keys of a table given twice.
        problems.sort_by_key(|problem| problem.span.start);
        let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        problems.dedup_by_key(|problem| line(problem.span.start));
        let twice = |problem: &Problem| problem.label.contains(DUPLICATE);
        let first = problems.iter().position(twice);
        let mut place = 0..;
        problems.retain(|problem| place.next() == first || !twice(problem));
        (Self { text, root, ends: OnceCell::new() }, problems)
    }

    /// Where the value at a path (keys, and places in arrays as numbers) stands, or where the nearest thing around it does.
    pub(super) fn span(&self, path: &[String], part: Part) -> Range<usize> {
        let found = self.walk(path);
        match found.last() {
            Some((_, value)) if part == Part::Value && found.len() == path.len() => value.span(),
            Some((key, _)) => key.clone(),
            None => 0..0,
        }
    }

    /// The line, from 1, of the key at exactly this path; none if the file does not have it.
    pub(super) fn line(&self, path: &[String]) -> Option<usize> {
        let found = self.walk(path);
        let (key, _) = found.last().filter(|_| found.len() == path.len())?;
        Some(self.line_at(key.start))
    }

    fn line_at(&self, place: usize) -> usize {
        let ends = || self.text.match_indices('\n').map(|(end, _)| end).collect();
        1 + self.ends.get_or_init(ends).partition_point(|end| *end < place)
    }

    /// The keys of the table at exactly this path.
    pub(super) fn keys(&self, path: &[String]) -> Vec<&str> {
        let found = self.walk(path);
        let table = found.last().filter(|_| found.len() == path.len());
        let table = table.and_then(|(_, value)| value.get_ref().as_table());
        table.into_iter().flatten().map(|(key, _)| key.get_ref().as_ref()).collect()
    }

    /// Where a part of the text at a path stands; `part` is in bytes of the text as it is meant,
    /// without quotes and escapes.
    pub(super) fn span_within(&self, path: &[String], part: &Range<usize>) -> Range<usize> {
        let whole = self.span(path, Part::Value);
        let written = self.text.get(whole.clone()).unwrap_or_default();
        let at = |place| whole.start + written_at(written, place);
        at(part.start)..at(part.end.max(part.start + 1)).max(at(part.start) + 1).min(whole.end)
    }

    /// The text at exactly this path.
    pub(super) fn text_at(&self, path: &[String]) -> Option<&str> {
        let found = self.walk(path);
        let (_, value) = found.last().filter(|_| found.len() == path.len())?;
        value.get_ref().as_str()
    }

    /// What of a path is in the file: the place of each key with its value.
    fn walk(&self, path: &[String]) -> Vec<(Range<usize>, &Spanned<DeValue<'a>>)> {
        let mut found: Vec<(Range<usize>, &Spanned<DeValue<'a>>)> = Vec::new();
        for step in path {
            let next = match found.last().map(|(_, value)| value.get_ref()) {
                None => in_table(self.root.get_ref(), step),
                Some(DeValue::Table(table)) => in_table(table, step),
                Some(DeValue::Array(items)) => step
                    .parse()
                    .ok()
                    .and_then(|index: usize| items.get(index))
                    .map(|item| (item.span(), item)),
                Some(_) => None,
            };
            match next {
                Some(next) => found.push(next),
                None => break,
            }
        }
        found
    }

    /// The content for the raw types: dates become texts, and `KEY-file` and the like in a
    /// channel or monitor become `KEY = { file = … }`.
    pub(super) fn plain(&self) -> Value {
        let mut root = plain_table(self.root.get_ref());
        let channels = root.get_mut("channel").and_then(Value::as_object_mut);
        for channel in channels.into_iter().flat_map(Map::values_mut) {
            channel.as_object_mut().map(fold_secrets);
        }
        let monitors = root.get_mut("monitor").and_then(Value::as_array_mut);
        for monitor in monitors.into_iter().flatten() {
            monitor.as_object_mut().map(fold_secrets);
        }
        Value::Object(root)
    }
}

/// Where in a TOML string, as written with its quotes, the byte stands that is at `place` in what
/// it means.
fn written_at(written: &str, place: usize) -> usize {
    let quotes = written.len() - written.trim_start_matches(['"', '\'']).len();
    let quotes = if quotes >= 3 { 3 } else { 1 };
    let escapes = written.starts_with('"');
    let (mut at, mut meant) = (quotes, 0);
    let mut rest = written.get(quotes..).unwrap_or_default().char_indices();
    while meant < place {
        let Some((offset, read)) = rest.next() else { break };
        let mut length = read.len_utf8();
        if escapes && read == '\\' {
            let (digits, size) = match rest.next().map(|(_, kind)| kind) {
                Some('u') => (4, 0),
                Some('U') => (8, 0),
                _ => (0, 1),
            };
            let code: String = rest.by_ref().take(digits).map(|(_, digit)| digit).collect();
            let code = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
            length = code.map_or(size.max(1), char::len_utf8);
        }
        meant += length;
        at = quotes + offset;
        at = rest.clone().next().map_or(written.len() - quotes, |(next, _)| quotes + next).max(at);
    }
    at
}

/// A key's place and its value.
fn in_table<'t, 'a>(
    table: &'t DeTable<'a>,
    key: &str,
) -> Option<(Range<usize>, &'t Spanned<DeValue<'a>>)> {
    table
        .iter()
        .find(|(written, _)| written.get_ref() == key)
        .map(|(written, value)| (written.span(), value))
}

/// `token-file = "…"` becomes `token = { file = "…" }`.
fn fold_secrets(channel: &mut Map<String, Value>) {
    for key in channel.keys().cloned().collect::<Vec<_>>() {
        if let Some((base, form)) = secret_form(&key)
            && let Some(value) = channel.shift_remove(&key)
        {
            channel.insert(
                base.to_owned(),
                Value::Object([(form.to_owned(), value)].into_iter().collect()),
            );
        }
    }
}

/// The secret and the form that a key such as `token-file` names.
pub(super) fn secret_form(key: &str) -> Option<(&str, &'static str)> {
    SecretFrom::FORMS
        .into_iter()
        .find_map(|form| Some((key.strip_suffix(form)?.strip_suffix('-')?, form)))
}

fn plain_table(table: &DeTable<'_>) -> Map<String, Value> {
    table.iter().map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref()))).collect()
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or(Value::Null, |number| Value::Number(number.into())),
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or(Value::Null, Value::Number),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(table) => Value::Object(plain_table(table)),
    }
}

/// What the parser calls a key or table given twice.
const DUPLICATE: &str = "duplicate key";

/// A syntax error, with a word on what is most often meant.
fn syntax(text: &str, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let line = text[..span.start.min(text.len())].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line..].lines().next().unwrap_or_default();
    let message = error.message();
    let help = if message.contains(DUPLICATE) {
        Some("each key and each [table] stands once; merge the two")
    } else if line.contains(['“', '”', '„', '’', '‘']) {
        Some("quotes are straight: \"…\"")
    } else if line.split_once('=').is_none() && line.contains(':') {
        Some("a key and its value are joined by =, not by :")
    } else if message.contains("string values must be quoted") || message.contains("quot") {
        Some("texts stand in quotes: key = \"value\"")
    } else {
        None
    };
    Problem {
        span,
        title: String::from("this is not TOML"),
        label: message.to_owned(),
        help: help.map(str::to_owned),
    }
}
