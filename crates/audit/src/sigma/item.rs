//! `Field|modifier|modifier: value`: what is asked of one field.

use regex_lite::RegexBuilder;

use super::encode::{base64, base64_anywhere, utf16};
use super::fault::Fault;
use super::glob::Glob;
use super::value::{Order, Place, Test, network};
use super::view::{Fields, MESSAGE};
use super::yaml::{Node, What};

/// Modifiers that are understood, for who wrote another one.
const KNOWN: &str = "all, contains, startswith, endswith, exists, cased, re (with i, m, s), base64, base64offset, \
                     wide, utf16, utf16le, utf16be, windash, cidr, lt, lte, gt, gte, neq, fieldref";
/// Texts one value may stand for.
const MOST_TEXTS: usize = 625;
/// Bytes a regular expression may take when it is ready to run.
const MOST_REGEX: usize = 1 << 20;

/// What is asked of a field.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The number of its name.
    pub(super) field: u16,
    /// One group a value that was written: one of its tests must hold.
    pub(super) groups: Vec<Vec<Test>>,
    /// Every group must hold, not one.
    pub(super) is_all: bool,
    /// The field must be there, and nothing of this hold.
    pub(super) is_negated: bool,
}

/// A value on its way through the modifiers.
#[derive(Debug, Clone)]
enum Draft {
    Glob(Glob),
    Bytes(Vec<u8>),
}

/// What the modifiers say.
#[derive(Debug, Default)]
struct Modifiers<'a> {
    /// Those that change the value, in order.
    changes: Vec<&'a str>,
    place: Option<Place>,
    flags: Vec<&'a str>,
    kind: Option<&'a str>,
    is_all: bool,
    is_cased: bool,
    is_negated: bool,
}

/// Reads a key and what stands under it. No field's name means the message.
pub(super) fn read(key: &str, node: &Node, fields: &mut Fields) -> Result<Item, Fault> {
    let wrong = |what: String| Fault::new(node.line, what);
    let mut words = key.split('|');
    let name = words.next().unwrap_or_default();
    let modifiers = modifiers(words).map_err(wrong)?;
    let field = if name.is_empty() { MESSAGE } else { fields.number(name).map_err(wrong)? };
    let values = node.list();
    if values.is_empty() {
        return Err(wrong(format!("`{key}` has no values")));
    }
    let mut groups = Vec::new();
    for value in values {
        let wrong = |what: String| Fault::new(value.line, format!("`{key}`: {what}"));
        groups.push(tests(value, &modifiers, field == MESSAGE, fields).map_err(wrong)?);
    }
    Ok(Item { field, groups, is_all: modifiers.is_all, is_negated: modifiers.is_negated })
}

fn modifiers<'a>(words: impl Iterator<Item = &'a str>) -> Result<Modifiers<'a>, String> {
    let mut modifiers = Modifiers::default();
    for word in words {
        match word {
            "all" => modifiers.is_all = true,
            "cased" => modifiers.is_cased = true,
            "neq" => modifiers.is_negated = true,
            "contains" => modifiers.place = Some(Place::Within),
            "startswith" => modifiers.place = Some(Place::Start),
            "endswith" => modifiers.place = Some(Place::End),
            "base64" | "base64offset" | "wide" | "utf16" | "utf16le" | "utf16be" | "windash" => {
                modifiers.changes.push(word);
            }
            "i" | "m" | "s" if modifiers.kind == Some("re") => modifiers.flags.push(word),
            "re" | "cidr" | "lt" | "lte" | "gt" | "gte" | "exists" | "fieldref" => {
                if let Some(kind) = modifiers.kind.replace(word) {
                    return Err(format!("`{kind}` and `{word}` do not go together"));
                }
            }
            "expand" => {
                return Err(String::from(
                    "`expand` is not supported: there are no lists to take its %placeholders% from; write the values into the rule",
                ));
            }
            "minute" | "hour" | "day" | "week" | "month" | "year" => {
                return Err(format!(
                    "`{word}` is not supported: audit events have no field that is a date"
                ));
            }
            "" => return Err(String::from("a modifier is missing after `|`")),
            word => return Err(format!("the modifier `{word}` is not known; there are: {KNOWN}")),
        }
    }
    if let Some(kind) = modifiers.kind {
        let other = modifiers.changes.first().copied();
        let other = other.or((modifiers.is_cased && kind != "re").then_some("cased"));
        let other = other.or((modifiers.place.is_some() && kind != "fieldref")
            .then_some("contains, startswith, endswith"));
        if let Some(other) = other {
            return Err(format!("`{kind}` and `{other}` do not go together"));
        }
    }
    Ok(modifiers)
}

/// The tests of one value: one of them must hold.
fn tests(
    value: &Node,
    modifiers: &Modifiers<'_>,
    is_keyword: bool,
    fields: &mut Fields,
) -> Result<Vec<Test>, String> {
    let text = match &value.what {
        What::Null if modifiers.kind.is_none() && !is_keyword => return Ok(vec![Test::Null]),
        What::Null => return Err(String::from("a value is missing")),
        What::Text(text) => text,
        What::List(_) | What::Map(_) => {
            return Err(String::from("a value must be a text or a number"));
        }
    };
    let number = || {
        text.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or(format!("`{text}` is no number"))
    };
    Ok(vec![match modifiers.kind {
        Some("re") => {
            // In the flavour of rules `$` is the end, and a dot anything but the end of a line.
            let has = |flag| modifiers.flags.contains(&flag);
            let regex = RegexBuilder::new(text)
                .case_insensitive(has("i"))
                .multi_line(has("m"))
                .dot_matches_new_line(has("s"))
                .size_limit(MOST_REGEX)
                .build();
            Test::Regex(regex.map_err(|error| {
                format!("this regular expression is not supported ({error}); neither look-around nor back-references are")
            })?)
        }
        Some("cidr") => {
            let (address, bits) = network(text).ok_or(format!(
                "`{text}` is no network; write it as 192.0.2.0/24 or 2001:db8::/32"
            ))?;
            Test::Network(address, bits)
        }
        Some("lt") => Test::Number(Order::Less, number()?),
        Some("lte") => Test::Number(Order::AtMost, number()?),
        Some("gt") => Test::Number(Order::More, number()?),
        Some("gte") => Test::Number(Order::AtLeast, number()?),
        Some("exists") => match text.as_str() {
            "true" | "yes" | "True" => Test::Exists(true),
            "false" | "no" | "False" => Test::Exists(false),
            _ => return Err(format!("`{text}` is neither true nor false")),
        },
        Some("fieldref") => {
            Test::Field(fields.number(text)?, modifiers.place.unwrap_or(Place::Whole))
        }
        _ => return texts(text, modifiers, is_keyword),
    }])
}

fn texts(text: &str, modifiers: &Modifiers<'_>, is_keyword: bool) -> Result<Vec<Test>, String> {
    let mut drafts = vec![Draft::Glob(Glob::parse(text))];
    for change in &modifiers.changes {
        drafts = drafts
            .into_iter()
            .map(|draft| changed(draft, change))
            .collect::<Result<Vec<_>, _>>()?
            .concat();
        if drafts.len() > MOST_TEXTS {
            return Err(String::from("it stands for too many texts"));
        }
    }
    let place = modifiers.place.or(is_keyword.then_some(Place::Within));
    let mut tests = Vec::new();
    for draft in drafts {
        let Draft::Glob(mut glob) = draft else {
            return Err(String::from(
                "UTF-16 is not found in text: add `base64` or `base64offset`",
            ));
        };
        // An empty text would be in everything.
        if glob.is_empty() && place.is_some() {
            return Err(String::from("an empty text is in every value"));
        }
        if matches!(place, Some(Place::Within | Place::End)) {
            glob.open_start();
        }
        if matches!(place, Some(Place::Within | Place::Start)) {
            glob.open_end();
        }
        tests.push(if modifiers.is_cased { Test::Cased(glob) } else { Test::Text(glob.lowered()) });
    }
    Ok(tests)
}

/// What a modifier makes of a value.
fn changed(draft: Draft, change: &str) -> Result<Vec<Draft>, String> {
    let glob = match draft {
        Draft::Glob(glob) if change == "windash" => {
            return Ok(vec![Draft::Glob(glob.with_dashes())]);
        }
        Draft::Glob(glob) => glob,
        Draft::Bytes(bytes) => return coded(&bytes, change),
    };
    let texts = glob
        .texts(MOST_TEXTS)
        .ok_or(format!("`{change}` cannot be done to wildcards, nor to so many dashes"))?;
    let all = texts.iter().map(|text| {
        Ok(match change {
            "wide" | "utf16le" => vec![Draft::Bytes(utf16(text, u16::to_le_bytes, false))],
            "utf16be" => vec![Draft::Bytes(utf16(text, u16::to_be_bytes, false))],
            "utf16" => vec![Draft::Bytes(utf16(text, u16::to_le_bytes, true))],
            change => coded(text.as_bytes(), change)?,
        })
    });
    Ok(all.collect::<Result<Vec<_>, String>>()?.concat())
}

fn coded(bytes: &[u8], change: &str) -> Result<Vec<Draft>, String> {
    let literal = |text: &String| Draft::Glob(Glob::literal(text));
    match change {
        "base64" => Ok(vec![literal(&base64(bytes))]),
        "base64offset" => {
            let parts = base64_anywhere(bytes);
            if parts.iter().any(String::is_empty) {
                return Err(String::from("the text is too short to be found in Base64"));
            }
            Ok(parts.iter().map(literal).collect())
        }
        change => Err(format!("`{change}` cannot follow a change to UTF-16")),
    }
}
