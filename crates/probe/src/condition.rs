//! What of an outcome is good: a line a person can write.
//!
//! ```text
//! status < 400 and latency < 800ms and body contains "ok"
//! ```
//!
//! A condition is made of tests joined by `and`, `or`, `not` and parentheses; `not` binds closest,
//! then `and`, then `or`. A test is a fact, an operator and mostly a value:
//!
//! | operator | of |
//! |---|---|
//! | `=` (or `==`), `!=` | everything but `up` |
//! | `<` `<=` `>` `>=` | numbers, times, shares, and texts that read as a number |
//! | `contains`, `lacks` (or `not contains`), `starts with`, `ends with` | texts |
//! | `matches` | texts; a regular expression that may fit anywhere |
//! | `in (200, 300..399)`, `not in (...)` | everything but `up`; a span includes both ends |
//! | `exists`, `missing` | everything but `up` |
//!
//! The facts are listed in [`FACTS`]. Values are numbers (`200`), times (`800ms`, `2s`, `5m`,
//! `48h`, `14d`, `2w`), percents (`20%`) and texts. A text of one plain word needs no quotes;
//! within `"..."` a backslash before `"`, `\`, `n`, `r`, `t` or `u{HEX}` is an escape and else
//! stands for itself; within `'...'` everything stands for itself. Upper and lower case differ.
//!
//! What is compared how:
//!
//! - A number without quotes is compared with what is a number or reads as one as a whole: `5`
//!   equals `5`, `5.0` and `"5"` in JSON, and a header's `5`. A number in quotes is a text and
//!   equals only the text `"5"`.
//! - `true`, `false` and `null` without quotes equal JSON's, and the same word as a text.
//! - `contains` on an array of JSON asks for an element.
//! - Of several values (records of DNS, headers of one name) one that fits is enough; `!=`, `lacks`
//!   and the other negative operators want none to fit.
//! - A fact that is missing fits no test but `missing`, not even `!=`.
//! - When nothing was answered, every fact but `up` is unknown: no test of it holds, nor does its
//!   `not`. So what is dead satisfies no condition that does not ask for it by `not up`.

mod fact;
mod found;
mod judge;
mod parse;
mod test;
mod token;
mod value;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use jiff::Timestamp;

pub use self::fact::{FACTS, Fact};
use self::test::Test;
use crate::answer::Outcome;

/// What has to be so for an outcome to be good. [`Condition::parse`] reads it, `Display` writes it
/// in normal form, which reads as the same condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// Never holds an `All` itself, so that what is written reads as the same.
    All(Vec<Node>),
    /// Never holds an `Any` itself.
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Invalid {
    /// Where, in bytes of the text.
    pub at: Range<usize>,
    /// What is wrong with it.
    pub why: String,
    /// What was perhaps meant.
    pub help: Option<String>,
}

/// What a condition says of an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// It holds.
    pub holds: bool,
    /// Every test in the order it was written, also those that did not decide.
    pub parts: Vec<Part>,
}

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The test: `latency < 800ms`.
    pub text: String,
    /// What was found: `1.24 s`. One printable line of at most 120 characters.
    pub found: String,
    /// It holds.
    pub holds: bool,
}

impl Condition {
    /// Reads a condition of at most 1000 words and signs.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse::parse(text).map(Self)
    }

    /// Holds it against an outcome. `now` is what the time left of a certificate and a domain is
    /// counted from.
    pub fn judge(&self, outcome: &Outcome, now: Timestamp) -> Verdict {
        judge::judge(&self.0, outcome, now)
    }

    /// The facts it asks for, each once, in the order they are written.
    pub fn facts(&self) -> Vec<&Fact> {
        let mut facts = Vec::new();
        self.0.facts(&mut facts);
        facts
    }

    /// It asks for something in the body, so the body has to be read.
    pub fn needs_body(&self) -> bool {
        self.facts().into_iter().any(Fact::is_of_body)
    }
}

impl Node {
    fn facts<'a>(&'a self, into: &mut Vec<&'a Fact>) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.facts(into)),
            Self::Not(node) => node.facts(into),
            Self::Test(test) if into.contains(&&test.fact) => {}
            Self::Test(test) => into.push(&test.fact),
        }
    }

    /// Only with the parentheses it needs: more could nest deeper than is read.
    fn write_joined(nodes: &[Self], by: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, node) in nodes.iter().enumerate() {
            let by = if i > 0 { by } else { "" };
            match node {
                Self::Any(_) => write!(f, "{by}({node})")?,
                Self::All(_) | Self::Not(_) | Self::Test(_) => write!(f, "{by}{node}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(nodes) => Self::write_joined(nodes, " and ", f),
            Self::Any(nodes) => Self::write_joined(nodes, " or ", f),
            Self::Not(node) => match **node {
                Self::All(_) | Self::Any(_) => write!(f, "not ({node})"),
                Self::Not(_) | Self::Test(_) => write!(f, "not {node}"),
            },
            Self::Test(test) => write!(f, "{test}"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Condition {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}
