//! What was perhaps meant.

use std::ops::Range;

use super::{Invalid, KEYWORDS, invalid};
use crate::condition::fact::{FACTS, Fact, Kind};
use crate::condition::token::{Token, TokenKind};
use crate::condition::value::{Quoted, Value};

/// What others call the same.
const SYNONYMS: &[(&str, &str)] = &[
    ("&&", "and"),
    ("||", "or"),
    ("!", "not"),
    ("is", "="),
    ("equals", "="),
    ("===", "="),
    ("has", "contains"),
    ("includes", "contains"),
    ("contain", "contains"),
    ("excludes", "lacks"),
    ("without", "lacks"),
    ("like", "matches"),
    ("~", "matches"),
    ("startswith", "starts with"),
    ("starts", "starts with"),
    ("endswith", "ends with"),
    ("ends", "ends with"),
    ("present", "exists"),
    ("absent", "missing"),
    ("code", "status"),
    ("time", "latency"),
    ("response-time", "latency"),
    ("response_time", "latency"),
    ("duration", "latency"),
    ("ttfb", "first-byte"),
    ("text", "body"),
    ("content", "body"),
    ("length", "size"),
    ("headers", "header.NAME"),
    ("records", "record"),
    ("ip", "address"),
    ("cert", "certificate"),
    ("connected", "up"),
];

/// The known word that is meant by this one: another name for it, or one with few letters changed.
fn meant(word: &str, known: impl Iterator<Item = &'static str> + Clone) -> Option<&'static str> {
    let word = word.to_lowercase();
    let synonym = SYNONYMS.iter().find(|(other, _)| *other == word).map(|(_, own)| *own);
    let begins = |own: &&str| {
        own.split('.').next().is_some_and(|own| known.clone().any(|known| known == own))
    };
    synonym.filter(begins).or_else(|| {
        let far = (word.chars().count() / 3).max(1);
        let near = known.map(|known| (strsim::osa_distance(known, &word), known));
        near.filter(|(distance, _)| *distance <= far).min().map(|(_, known)| known)
    })
}

fn did_you_mean(word: &str, known: impl Iterator<Item = &'static str> + Clone) -> Option<String> {
    meant(word, known).map(|known| format!("did you mean `{known}`?"))
}

fn operators() -> impl Iterator<Item = &'static str> + Clone {
    ["contains", "lacks", "starts with", "ends with", "matches", "in", "exists", "missing", "="]
        .into_iter()
}

fn facts() -> impl Iterator<Item = &'static str> + Clone {
    FACTS.iter().map(|(name, _)| *name).chain(["not"])
}

/// A text of the owner, short enough to be repeated.
fn short(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

pub(super) fn no_fact(token: &Token, raw: &str) -> Invalid {
    let help = match token.kind {
        TokenKind::Sign("!") => Some("did you mean `not`?".to_owned()),
        TokenKind::Quoted(_) => Some(format!("the fact comes first: body contains {}", short(raw))),
        _ => None,
    };
    invalid(token.at.clone(), "here a fact is missing").help(help)
}

pub(super) fn unknown_fact(at: Range<usize>, word: &str) -> Invalid {
    let bare = word.trim_matches(['[', ']']);
    let head = bare.split(['.', '[']).next().unwrap_or_default();
    let is_value = !matches!(Value::of_word(word), Value::Word(_));
    let help = if is_value {
        Some("the fact comes first: status = 200".to_owned())
    } else if KEYWORDS.contains(&head) {
        Some(format!("`{head}` stands after a fact"))
    } else {
        did_you_mean(head, facts())
    };
    let why = if is_value {
        "here a fact is missing".to_owned()
    } else {
        format!("there is no fact {}", short(word))
    };
    invalid(at, why).help(help.or_else(|| Some(format!("the facts are {}", list()))))
}

fn list() -> String {
    FACTS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

pub(super) fn no_operator(at: Range<usize>, fact: &Fact) -> Invalid {
    invalid(at, format!("{fact} by itself says nothing")).help(Some(example(fact)))
}

/// A test of this fact as it may look.
fn example(fact: &Fact) -> String {
    match fact.kind() {
        Kind::Flag => "write `up` or `not up`".to_owned(),
        Kind::Number => format!("for example: {fact} = 200"),
        Kind::Time if matches!(fact, Fact::Certificate | Fact::Domain) => {
            format!("for example: {fact} > 14d")
        }
        Kind::Time => format!("for example: {fact} < 800ms"),
        Kind::Share => format!("for example: {fact} < 20%"),
        Kind::Text => format!("for example: {fact} contains \"ok\""),
        Kind::Json => format!("for example: {fact} = \"ok\", or {fact} exists"),
    }
}

/// What can be asked of something that is no text.
pub(super) fn without_text(fact: &Fact) -> String {
    example(fact)
}

pub(super) fn unknown_operator(token: &Token, raw: &str, fact: &Fact) -> Invalid {
    let at = token.at.clone();
    let word = match &token.kind {
        TokenKind::Word(word) => word,
        TokenKind::Sign("!") => {
            return invalid(at, "`!` is no operator").help("did you mean `!=`?".to_owned());
        }
        _ => {
            return invalid(at, format!("between {fact} and this an operator is missing"))
                .help(Some(example(fact)));
        }
    };
    if !matches!(Value::of_word(word), Value::Word(_)) {
        let why = format!("between {fact} and this an operator is missing");
        return invalid(at, why).help(format!("write `{fact} = {raw}`"));
    }
    if word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") {
        return no_operator(at, fact);
    }
    let help = did_you_mean(word, operators()).unwrap_or_else(|| example(fact));
    invalid(at, format!("there is no operator {}", short(word))).help(help)
}

pub(super) fn wrong_value(at: Range<usize>, fact: &Fact, value: &Value) -> Invalid {
    let is = match fact.kind() {
        Kind::Flag => "either true or not",
        Kind::Number => "a number",
        Kind::Time => "a time",
        Kind::Share => "a share",
        Kind::Text => "a text",
        Kind::Json => "a text or a number",
    };
    let other = match value {
        Value::Number(_) => "is a number",
        Value::Time(..) => "is a time",
        Value::Percent(_) => "is a percent",
        Value::Word(_) => "is a word",
        Value::Text(_) => "is a text",
    };
    let help = match (fact.kind(), value) {
        (Kind::Time, Value::Number(number)) if matches!(fact, Fact::Certificate | Fact::Domain) => {
            format!("a time needs its unit: {number}d")
        }
        (Kind::Time, Value::Number(number)) => {
            format!("a time needs its unit: {number}ms or {number}s")
        }
        (Kind::Time, _) => "times are written as 800ms, 2s, 5m, 48h, 14d, 2w".to_owned(),
        (Kind::Number, Value::Word(word)) => {
            let span = word
                .split_once('-')
                .filter(|(a, b)| [a, b].iter().all(|n| n.parse::<u64>().is_ok()));
            match span {
                Some((from, to)) => format!("a span is written as `{fact} in ({from}..{to})`"),
                None if word.contains("..") => format!("write `{fact} in ({})`", short(word)),
                None => example(fact),
            }
        }
        (Kind::Json, Value::Time(..) | Value::Percent(_)) => {
            format!(
                "JSON knows no such unit; compare with a number, or with the text {}",
                Quoted(&value.to_string())
            )
        }
        _ => example(fact),
    };
    invalid(at, format!("{fact} is {is}, {} {other}", short(&value.to_string()))).help(help)
}

/// After a whole test something came that is neither `and` nor `or`.
pub(super) fn unexpected(text: &str, previous: &Token, token: &Token) -> Invalid {
    let at = token.at.clone();
    let raw = &text[at.clone()];
    if token.kind == TokenKind::Close {
        return invalid(at, "this parenthesis was never opened");
    }
    if let Some(known) = token.word().and_then(|word| meant(word, ["and", "or"].into_iter())) {
        return invalid(at, format!("{} fits nothing here", short(raw)))
            .help(format!("did you mean `{known}`?"));
    }
    let begins_test = token.word().is_some_and(|word| {
        word.eq_ignore_ascii_case("not")
            || word.eq_ignore_ascii_case("len")
            || Fact::parse(word).is_ok()
    });
    if begins_test || matches!(token.kind, TokenKind::Open) {
        return invalid(at, "before this `and` or `or` is missing");
    }
    let whole = previous.at.start..previous.at.start + until_joined(&text[previous.at.start..]);
    let quotes = || format!("write {}", Quoted(&short(&text[whole.clone()])));
    match [previous, token].map(|token| token.word().map(Value::of_word)) {
        [Some(Value::Number(a)), Some(Value::Number(b))] => {
            let both = previous.at.start..token.at.end;
            invalid(both, "one value was expected here")
                .help(format!("for any of several write `in ({a}, {b})`"))
        }
        [Some(Value::Word(_)), Some(_)] => {
            invalid(whole.clone(), "a text of several words needs quotes").help(quotes())
        }
        [Some(_), None] if matches!(token.kind, TokenKind::Sign(_)) => {
            invalid(whole.clone(), "a text with such a sign needs quotes").help(quotes())
        }
        _ => invalid(at, format!("{} fits nothing here", short(raw)))
            .help("`and` or `or` goes on".to_owned()),
    }
}

/// How long it is up to the next `and`, `or` or parenthesis.
fn until_joined(text: &str) -> usize {
    let ends = [" and ", " or ", "(", ")"].iter().filter_map(|end| text.find(end));
    text[..ends.min().unwrap_or(text.len())].trim_end().len()
}
