//! Holds a file against the schema of the raw types: unknown and missing keys, wrong types, texts
//! that are not the kind of value they should be. Collects everything instead of stopping at the
//! first, as serde would.

use std::ops::Range;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

mod meant;

use meant::mistyped;

use super::document::{Document, secret_form};
use super::error::Problem;
use super::raw::SecretFrom;
use super::value::{FilePath, Kind, Wrong, known, nearest, one_of, quoted};

/// What is wrong with the shape of a file.
pub(super) fn check(document: &Document<'_>, schema: &Value) -> Vec<Problem> {
    let mut shape = Shape { problems: Vec::new() };
    shape.table(schema, document.root.get_ref(), &(0..0), "");
    shape.problems.sort_by_key(|problem| problem.span.start);
    shape.problems
}

struct Shape {
    problems: Vec<Problem>,
}

impl Shape {
    fn wrong(&mut self, span: Range<usize>, title: String, wrong: Wrong) {
        self.problems.push(Problem::of(span, title, wrong));
    }

    /// A value against its schema. `name` is what messages call it.
    fn value(
        &mut self,
        schema: &Value,
        key: &Range<usize>,
        value: &Spanned<DeValue<'_>>,
        name: &str,
    ) {
        if schema["oneOf"][0]["properties"]["type"].is_object() {
            return self.tagged(schema, key, value, name);
        }
        if let Some(words) = words(schema) {
            return self.word(&words, value, name);
        }
        let branches =
            schema["anyOf"].as_array().map_or(std::slice::from_ref(schema), Vec::as_slice);
        if let Some(branch) = branches.iter().find(|branch| takes(branch, value.get_ref())) {
            return self.fitting(branch, key, value, name);
        }
        let wrong = mistyped(branches, value.get_ref(), name);
        self.wrong(value.span(), format!("`{name}` has the wrong type"), wrong);
    }

    /// A value whose type is right.
    fn fitting(
        &mut self,
        schema: &Value,
        key: &Range<usize>,
        value: &Spanned<DeValue<'_>>,
        name: &str,
    ) {
        if words(schema).is_some() {
            return self.value(schema, key, value, name);
        }
        let format = schema["format"].as_str().unwrap_or_default();
        if format == SecretFrom::FORMAT {
            return self.secret(value, name);
        }
        let text = match value.get_ref() {
            DeValue::Table(table) => return self.table(schema, table, key, name),
            DeValue::Array(items) => {
                for item in items {
                    self.value(&schema["items"], &item.span(), item, name);
                }
                return;
            }
            DeValue::String(text) => text.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Datetime(moment) => moment.to_string(),
            DeValue::Integer(number) => {
                return self.integer(schema, number, value.span(), name);
            }
            DeValue::Boolean(_) => return,
        };
        if let Some(kind) = known(format)
            && let Err(mut wrong) = (kind.check)(&text)
        {
            wrong
                .help
                .get_or_insert_with(|| format!("{} looks like this: {}", kind.what, kind.example));
            self.wrong(value.span(), format!("`{name}` is not {}", kind.what), wrong);
        }
    }

    fn integer(
        &mut self,
        schema: &Value,
        number: &toml::de::DeInteger<'_>,
        span: Range<usize>,
        name: &str,
    ) {
        let read = i64::from_str_radix(number.as_str(), number.radix()).ok();
        let least = schema["minimum"].as_i64().unwrap_or(i64::MIN);
        let most = match schema["format"].as_str() {
            Some("uint16") => i64::from(u16::MAX),
            Some("uint32") => i64::from(u32::MAX),
            _ => i64::MAX,
        };
        if !read.is_some_and(|read| (least..=most).contains(&read)) {
            let why = Wrong::new(format!("a whole number from {least} to {most} goes here"));
            self.wrong(span, format!("`{name}` is out of range"), why);
        }
    }

    /// A table against an object schema.
    fn table(&mut self, schema: &Value, table: &DeTable<'_>, header: &Range<usize>, name: &str) {
        let none = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let secret =
            |key: &str| properties.get(key).is_some_and(|p| p["format"] == SecretFrom::FORMAT);
        let mut misspelt = Vec::new();
        for (key, value) in table {
            let (span, key) = (key.span(), key.get_ref().as_ref());
            if let Some(property) = properties.get(key) {
                self.value(property, &span, value, key);
            } else if let Some((_, form)) = secret_form(key).filter(|(base, _)| secret(base)) {
                self.source(form, value, key);
            } else if schema["additionalProperties"].is_object() {
                self.key(&schema["propertyNames"], key, span.clone());
                self.value(&schema["additionalProperties"], &span, value, key);
            } else {
                misspelt.extend(self.unknown(properties, key, span, name));
            }
        }
        for base in properties.keys().filter(|key| secret(key)) {
            self.once(base, table);
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let there = |key: &str| table.keys().any(|k| k.get_ref() == key);
            let forms = || SecretFrom::FORMS.iter().map(|form| format!("{key}-{form}"));
            let meant = misspelt.iter().any(|meant| meant == key);
            let given = there(key) || (secret(key) && forms().any(|form| there(&form)));
            if !meant && !given {
                let what = properties[key]["description"].as_str().unwrap_or_default();
                let mut help = format!("`{key}`: {what}");
                if secret(key) {
                    help = format!(
                        "{help}\nwrite `{key}`, or `{key}-file` and so on to keep it out of this file"
                    );
                }
                self.wrong(
                    header.clone(),
                    format!("`{name}` lacks `{key}`"),
                    Wrong::with_help(format!("`{key}` is missing here"), help),
                );
            }
        }
    }

    /// A secret stands in one form.
    fn once(&mut self, base: &str, table: &DeTable<'_>) {
        let form = |key: &str| key == base || secret_form(key).is_some_and(|(of, _)| of == base);
        let mut forms = table.keys().filter(|key| form(key.get_ref()));
        let Some(first) = forms.next() else { return };
        for second in forms {
            let why = format!("`{}` says it already", first.get_ref());
            let wrong = Wrong::with_help(why, "keep one of the two");
            self.wrong(second.span(), format!("`{base}` is given twice"), wrong);
        }
    }

    /// A key the owner names.
    fn key(&mut self, schema: &Value, key: &str, span: Range<usize>) {
        if let Some(kind) = schema["format"].as_str().and_then(known)
            && let Err(mut wrong) = (kind.check)(key)
        {
            wrong
                .help
                .get_or_insert_with(|| format!("{} looks like this: {}", kind.what, kind.example));
            self.wrong(span, format!("{} is not {}", quoted(key), kind.what), wrong);
        }
    }

    /// An unknown key; gives back the key that was probably meant.
    fn unknown(
        &mut self,
        properties: &Map<String, Value>,
        key: &str,
        span: Range<usize>,
        name: &str,
    ) -> Option<String> {
        let allowed = || properties.keys().map(String::as_str);
        let place = match name {
            "" => String::from("at the top of the file"),
            name => format!("in `{name}`"),
        };
        let near = nearest(key, allowed());
        let label = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => String::from("not known here"),
        };
        let title = format!("unknown key {} {place}", quoted(key));
        let help = format!("allowed: {}", one_of(allowed()));
        self.wrong(span, title, Wrong::with_help(label, help));
        near.map(str::to_owned)
    }

    /// A table whose `type` says what else it has.
    fn tagged(
        &mut self,
        schema: &Value,
        key: &Range<usize>,
        value: &Spanned<DeValue<'_>>,
        name: &str,
    ) {
        let branches = schema["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
        let tag =
            |branch: &Value| branch["properties"]["type"]["const"].as_str().map(str::to_owned);
        let tags: Vec<String> = branches.iter().filter_map(tag).collect();
        let types = || tags.iter().map(String::as_str);
        let Some(table) = value.get_ref().as_table() else {
            let wrong = Wrong::with_help(
                format!("this is {}", type_of(value.get_ref())),
                format!("write a table:\n[channel.{name}]\ntype = \"ntfy\"\ntopic = \"…\""),
            );
            return self.wrong(value.span(), format!("`{name}` has the wrong type"), wrong);
        };
        let Some((_, kind)) = table.iter().find(|(key, _)| key.get_ref() == "type") else {
            let help = format!("types: {}", one_of(types()));
            let wrong = Wrong::with_help("`type` is missing here", help);
            return self.wrong(key.clone(), format!("`{name}` lacks `type`"), wrong);
        };
        let written = kind.get_ref().as_str().unwrap_or_default();
        let found = branches.iter().find(|branch| tag(branch).as_deref() == Some(written));
        if let Some(branch) = found {
            return self.table(branch, table, key, name);
        }
        let meant = match written {
            "email" | "mail" => Some("smtp"),
            "exec" | "script" => Some("command"),
            "http" | "url" => Some("webhook"),
            _ => nearest(written, types()),
        };
        let label = match meant {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => String::from("not one of the types"),
        };
        self.wrong(
            kind.span(),
            format!("there is no channel type {}", quoted(written)),
            Wrong::with_help(label, format!("types: {}", one_of(types()))),
        );
    }

    fn word(&mut self, words: &[&str], value: &Spanned<DeValue<'_>>, name: &str) {
        let written = value.get_ref().as_str();
        if written.is_some_and(|written| words.contains(&written)) {
            return;
        }
        let near = written.and_then(|written| nearest(written, words.iter().copied()));
        let label = match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if written.is_some() => String::from("not one of its words"),
            None => format!("this is {}", type_of(value.get_ref())),
        };
        let help = format!("allowed: {}", one_of(words.iter().copied()));
        self.wrong(
            value.span(),
            format!("`{name}` does not know this word"),
            Wrong::with_help(label, help),
        );
    }

    /// A secret: a text, or a table that says where from.
    fn secret(&mut self, value: &Spanned<DeValue<'_>>, name: &str) {
        let wrong = match value.get_ref() {
            DeValue::Table(table) => match table.iter().next() {
                Some((form, source))
                    if table.len() == 1 && SecretFrom::FORMS.contains(&form.get_ref().as_ref()) =>
                {
                    return self.source(form.get_ref(), source, name);
                }
                _ => Wrong::new("one of `file`, `env` or `credential` goes here"),
            },
            DeValue::String(text) if text.trim().is_empty() => Wrong::new("it is empty"),
            DeValue::String(text) if text.chars().any(char::is_control) => {
                Wrong::new("it holds control characters")
            }
            _ => return,
        };
        self.wrong(value.span(), format!("`{name}` is not a secret"), wrong);
    }

    /// Where a secret comes from.
    fn source(&mut self, form: &str, value: &Spanned<DeValue<'_>>, name: &str) {
        let wrong = match (form, value.get_ref().as_str()) {
            (_, None) => {
                Wrong::new(format!("this is {}, a text goes here", type_of(value.get_ref())))
            }
            ("file", Some(path)) => match FilePath::read(path) {
                Ok(_) => return,
                Err(wrong) => wrong,
            },
            (_, Some(text)) if text.is_empty() || text.contains(['/', '=', '$', ' ']) => {
                Wrong::new("the bare name goes here")
            }
            _ => return,
        };
        self.wrong(
            value.span(),
            format!("`{name}` names no {}", if form == "env" { "variable" } else { form }),
            wrong,
        );
    }
}

/// The words of an enumeration.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(Value::as_str).collect();
    }
    schema["oneOf"].as_array()?.iter().map(|branch| branch["const"].as_str()).collect()
}

/// Does this branch take a value of this type?
fn takes(schema: &Value, value: &DeValue<'_>) -> bool {
    if words(schema).is_some() {
        return value.is_str();
    }
    let format = schema["format"].as_str().unwrap_or_default();
    match schema["type"].as_str().unwrap_or_default() {
        "object" => value.is_table(),
        "array" => value.is_array(),
        "boolean" => {
            value.as_bool().is_some_and(|yes| schema["const"].is_null() || schema["const"] == yes)
        }
        "integer" => value.is_integer(),
        "number" => value.is_integer() || value.is_float(),
        "string" if format == SecretFrom::FORMAT => value.is_str() || value.is_table(),
        "string" if format == "moment" => value.is_str() || value.is_datetime(),
        "string" => value.is_str(),
        _ => false,
    }
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(true) => "`true`",
        DeValue::Boolean(false) => "`false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
