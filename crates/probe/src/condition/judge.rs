//! Holds a condition against an outcome.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::fact::{Fact, Path, Step};
use super::found::found;
use super::test::{Item, Operator, Order, Test};
use super::value::Value;
use super::{Node, Part, Verdict};
use crate::answer::{Answer, Outcome};

pub(super) fn judge(node: &Node, outcome: &Outcome, now: Timestamp) -> Verdict {
    let mut judge = Judge { seen: Seen::new(outcome, now), parts: Vec::new() };
    let holds = judge.node(node).unwrap_or(false);
    Verdict { holds, parts: judge.parts }
}

struct Judge<'a> {
    seen: Seen<'a>,
    parts: Vec<Part>,
}

impl Judge<'_> {
    /// None: nobody knows, since nothing was answered (Kleene's three values). All tests are looked
    /// at, also when it is decided already: they are shown one by one.
    fn node(&mut self, node: &Node) -> Option<bool> {
        match node {
            Node::All(nodes) => self.join(nodes, false),
            Node::Any(nodes) => self.join(nodes, true),
            Node::Not(node) => match &**node {
                Node::Test(test) => self.test(test, true),
                node => self.node(node).map(|holds| !holds),
            },
            Node::Test(test) => self.test(test, false),
        }
    }

    /// One of `decides` is enough to decide all.
    fn join(&mut self, nodes: &[Node], decides: bool) -> Option<bool> {
        let each: Vec<_> = nodes.iter().map(|node| self.node(node)).collect();
        if each.contains(&Some(decides)) {
            Some(decides)
        } else if each.contains(&None) {
            None
        } else {
            Some(!decides)
        }
    }

    fn test(&mut self, test: &Test, inverted: bool) -> Option<bool> {
        let data = self.seen.look(&test.fact);
        let holds = match &data {
            Ok(data) => Some(fits(test, data) != inverted),
            Err(Absent::Unknown) => None,
            Err(Absent::Missing(_)) => {
                Some((test.operator == Operator::Exists && test.negated) != inverted)
            }
        };
        self.parts.push(Part {
            text: if inverted { format!("not {test}") } else { test.to_string() },
            found: found(test, &data, self.seen.answer.ok()),
            holds: holds.unwrap_or(false),
        });
        holds
    }
}

/// One value of a fact.
#[derive(Debug)]
pub(super) enum Datum<'a> {
    Flag(bool),
    Number(f64),
    Nanoseconds(f64),
    Share(f64),
    Text(Cow<'a, str>),
    Json(&'a Json),
}

/// Why a fact has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// Nothing was answered.
    Unknown,
    /// There was an answer without it.
    Missing(&'static str),
}

/// An outcome, with what is read out of its body at most once.
struct Seen<'a> {
    outcome: &'a Outcome,
    answer: Result<&'a Answer, Absent>,
    now: Timestamp,
    text: OnceCell<Cow<'a, str>>,
    json: OnceCell<Option<Json>>,
}

impl<'a> Seen<'a> {
    fn new(outcome: &'a Outcome, now: Timestamp) -> Self {
        let answer = outcome.result.as_ref().map_err(|_| Absent::Unknown);
        Self { outcome, answer, now, text: OnceCell::new(), json: OnceCell::new() }
    }

    /// The values of a fact, at least one.
    fn look(&self, fact: &Fact) -> Result<Vec<Datum<'_>>, Absent> {
        if *fact == Fact::Up {
            return Ok(vec![Datum::Flag(self.answer.is_ok())]);
        }
        let answer = self.answer?;
        let phases = self.outcome.phases;
        let missing = Absent::Missing("missing");
        let one = |datum: Option<Datum<'static>>| datum.map(|datum| vec![datum]).ok_or(missing);
        let number = |number: Option<f64>| one(number.map(Datum::Number));
        let time = |time: Option<Duration>| {
            one(time.map(|time| Datum::Nanoseconds(time.as_nanos() as f64)))
        };
        let left = |end: Option<Timestamp>| {
            one(end.map(|end| Datum::Nanoseconds(end.duration_since(self.now).as_nanos() as f64)))
        };
        let text = |text: &'a str| {
            if text.is_empty() { Err(missing) } else { Ok(vec![Datum::Text(text.into())]) }
        };
        match fact {
            Fact::Up => Err(missing),
            Fact::Status => number(answer.status.map(f64::from)),
            Fact::Latency => time(Some(phases.total)),
            Fact::Dns => time(phases.dns),
            Fact::Connect => time(phases.connect),
            Fact::Tls => time(phases.tls),
            Fact::FirstByte => time(phases.first_byte),
            Fact::Body | Fact::Answer => Ok(vec![Datum::Text(Cow::Borrowed(self.body(answer)))]),
            Fact::Size => number(Some(answer.body.len() as f64)),
            Fact::Json(path) => Ok(vec![Datum::Json(self.json(answer, path)?)]),
            Fact::JsonLength(path) => {
                let length = length(self.json(answer, path)?);
                length
                    .map(|length| vec![Datum::Number(length as f64)])
                    .ok_or(Absent::Missing("not a list, object or text"))
            }
            Fact::Header(name) => {
                let of_name =
                    answer.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
                some(of_name.map(|(_, value)| Datum::Text(value.into())).collect(), missing)
            }
            Fact::Record => {
                let records = answer.records.iter().map(|record| Datum::Text(record.into()));
                some(records.collect(), Absent::Missing("no records"))
            }
            Fact::RecordCount => number(Some(answer.records.len() as f64)),
            Fact::Rcode => answer.status.and_then(rcode).map_or(Err(missing), text),
            Fact::Protocol => text(&answer.protocol),
            Fact::Address => one(self
                .outcome
                .address
                .map(|address| Datum::Text(address.ip().to_canonical().to_string().into()))),
            Fact::Certificate => left(self.outcome.certificate_ends),
            Fact::Domain => left(answer.domain_ends),
            Fact::Loss => one(answer.loss.map(Datum::Share)),
            Fact::Offset => one(answer
                .offset
                .map(|offset| Datum::Nanoseconds((offset.as_nanos() as f64).abs()))),
            Fact::Stratum => number(answer.stratum.map(f64::from)),
        }
    }

    fn body(&self, answer: &'a Answer) -> &str {
        self.text.get_or_init(|| String::from_utf8_lossy(&answer.body))
    }

    fn json(&self, answer: &'a Answer, path: &Path) -> Result<&Json, Absent> {
        let json = self.json.get_or_init(|| serde_json::from_slice(&answer.body).ok());
        let mut json =
            json.as_ref().ok_or(Absent::Missing(match (answer.body.is_empty(), answer.cut) {
                (true, _) => "the body is empty",
                (_, true) => "no JSON: the body is longer than what is read",
                _ => "the body is no JSON",
            }))?;
        for step in &path.0 {
            let next = match step {
                Step::Key(key) => json.get(key),
                Step::Index(index) => json.get(index),
            };
            json = next.ok_or(Absent::Missing("missing"))?;
        }
        Ok(json)
    }
}

fn some<T>(all: Vec<T>, none: Absent) -> Result<Vec<T>, Absent> {
    if all.is_empty() { Err(none) } else { Ok(all) }
}

fn length(json: &Json) -> Option<usize> {
    match json {
        Json::Array(items) => Some(items.len()),
        Json::Object(entries) => Some(entries.len()),
        Json::String(text) => Some(text.chars().count()),
        Json::Null | Json::Bool(_) | Json::Number(_) => None,
    }
}

/// RFC 6895, section 2.3.
fn rcode(code: u16) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
        "NXRRSET", "NOTAUTH", "NOTZONE",
    ];
    NAMES.get(usize::from(code)).copied()
}

fn fits(test: &Test, data: &[Datum<'_>]) -> bool {
    data.iter().any(|datum| datum_fits(&test.operator, &test.fact, datum)) != test.negated
}

pub(super) fn datum_fits(operator: &Operator, fact: &Fact, datum: &Datum<'_>) -> bool {
    match operator {
        Operator::Holds => matches!(datum, Datum::Flag(true)),
        // A body there is always, if only an empty one.
        Operator::Exists => {
            !(matches!(fact, Fact::Body | Fact::Answer)
                && matches!(datum, Datum::Text(text) if text.is_empty()))
        }
        Operator::Equals(value) => compare(datum, value) == Some(Ordering::Equal),
        Operator::Compares(order, value) => {
            compare(datum, value).is_some_and(|is| order.allows(is))
        }
        Operator::In(items) => items.iter().any(|item| match item {
            Item::One(value) => compare(datum, value) == Some(Ordering::Equal),
            Item::Span(from, to) => {
                compare(datum, from).is_some_and(Ordering::is_ge)
                    && compare(datum, to).is_some_and(Ordering::is_le)
            }
        }),
        Operator::Contains(part) => match datum {
            Datum::Json(Json::Array(items)) => {
                items.iter().any(|item| scalar(item).as_deref() == Some(part))
            }
            datum => text(datum).is_some_and(|text| text.contains(part.as_str())),
        },
        Operator::StartsWith(part) => {
            text(datum).is_some_and(|text| text.starts_with(part.as_str()))
        }
        Operator::EndsWith(part) => text(datum).is_some_and(|text| text.ends_with(part.as_str())),
        Operator::Matches(pattern) => text(datum).is_some_and(|text| pattern.0.is_match(&text)),
    }
}

/// None: they cannot be compared, or are texts that are not equal.
fn compare(datum: &Datum<'_>, value: &Value) -> Option<Ordering> {
    let (is, than) = match (datum, value) {
        (Datum::Number(is) | Datum::Share(is), Value::Number(than)) => (*is, *than),
        (Datum::Share(is), Value::Percent(percent)) => (*is, percent / 100.0),
        (Datum::Nanoseconds(is), Value::Time(amount, unit)) => (*is, amount * unit.nanoseconds()),
        (Datum::Json(Json::Number(is)), Value::Number(than)) => (is.as_f64()?, *than),
        (Datum::Text(is), Value::Number(than)) => (number(is)?, *than),
        (Datum::Json(Json::String(is)), Value::Number(than)) => (number(is)?, *than),
        (Datum::Text(is), Value::Word(than) | Value::Text(than)) => {
            return (is == than).then_some(Ordering::Equal);
        }
        (Datum::Json(Json::String(is)), Value::Word(than) | Value::Text(than)) => {
            return (is == than).then_some(Ordering::Equal);
        }
        (Datum::Json(Json::Bool(_) | Json::Null), Value::Word(than)) => {
            return (scalar_of(datum).as_deref() == Some(than)).then_some(Ordering::Equal);
        }
        _ => return None,
    };
    is.partial_cmp(&than)
}

fn scalar_of<'a>(datum: &'a Datum<'_>) -> Option<Cow<'a, str>> {
    match datum {
        Datum::Json(json) => scalar(json),
        _ => None,
    }
}

/// A text that is a number and nothing else.
fn number(text: &str) -> Option<f64> {
    match Value::of_word(text.trim()) {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

fn text<'a>(datum: &'a Datum<'_>) -> Option<Cow<'a, str>> {
    match datum {
        Datum::Text(text) => Some(Cow::Borrowed(text)),
        Datum::Json(json) => scalar(json),
        _ => None,
    }
}

/// What is neither a list nor an object, as text.
fn scalar(json: &Json) -> Option<Cow<'_, str>> {
    match json {
        Json::String(text) => Some(Cow::Borrowed(text)),
        Json::Array(_) | Json::Object(_) => None,
        json => Some(Cow::Owned(json.to_string())),
    }
}

impl Order {
    fn allows(self, is: Ordering) -> bool {
        match self {
            Self::Less => is.is_lt(),
            Self::AtMost => is.is_le(),
            Self::More => is.is_gt(),
            Self::AtLeast => is.is_ge(),
        }
    }
}
