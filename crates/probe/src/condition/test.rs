//! One comparison of a condition.

use std::fmt;

use regex_lite::Regex;

use super::fact::Fact;
use super::value::{Quoted, Value};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub(super) fact: Fact,
    /// None may fit, rather than any.
    pub(super) negated: bool,
    pub(super) operator: Operator,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operator {
    /// A flag by itself.
    Holds,
    Exists,
    Equals(Value),
    Compares(Order, Value),
    In(Vec<Item>),
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    Matches(Pattern),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    One(Value),
    Span(Value, Value),
}

#[derive(Debug, Clone)]
pub(super) struct Pattern(pub(super) Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fact)?;
        let not = if self.negated { "not " } else { "" };
        match &self.operator {
            Operator::Holds => Ok(()),
            Operator::Exists if self.negated => f.write_str(" missing"),
            Operator::Exists => f.write_str(" exists"),
            Operator::Equals(value) => {
                write!(f, " {} {value}", if self.negated { "!=" } else { "=" })
            }
            Operator::Compares(order, value) => write!(f, " {} {value}", order.symbol()),
            Operator::In(items) => {
                write!(f, " {not}in (")?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
            Operator::Contains(text) => {
                write!(f, " {} {}", if self.negated { "lacks" } else { "contains" }, Quoted(text))
            }
            Operator::StartsWith(text) => write!(f, " {not}starts with {}", Quoted(text)),
            Operator::EndsWith(text) => write!(f, " {not}ends with {}", Quoted(text)),
            Operator::Matches(pattern) => write!(f, " {not}matches {}", Quoted(pattern.0.as_str())),
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(value) => value.fmt(f),
            Self::Span(from, to) => write!(f, "{from}..{to}"),
        }
    }
}

impl Order {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }
}
