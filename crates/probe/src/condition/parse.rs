//! Reads a condition.

use std::ops::Range;

use regex_lite::RegexBuilder;

use super::fact::{Fact, Kind};
use super::test::{Item, Operator, Order, Pattern, Test};
use super::token::{Token, TokenKind, tokens};
use super::value::Value;
use super::{Invalid, Node};

mod advice;
#[cfg(test)]
mod tests;

const MAX_TOKENS: usize = 1000;
const MAX_DEPTH: usize = 32;
/// Of a compiled regular expression, which is what a search takes for each byte at the worst.
const MAX_PATTERN: usize = 64 << 10;

const KEYWORDS: &[&str] = &[
    "and", "or", "not", "in", "contains", "lacks", "starts", "ends", "matches", "exists", "missing",
];

pub(super) fn parse(text: &str) -> Result<Node, Invalid> {
    let tokens = tokens(text)?;
    if let Some(token) = tokens.get(MAX_TOKENS) {
        return Err(invalid(
            token.at.clone(),
            format!("a condition has at most {MAX_TOKENS} words"),
        ));
    }
    let mut parser = Parser { text, tokens, next: 0 };
    let node = parser.any(0)?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.unexpected()),
    }
}

fn invalid(at: Range<usize>, why: impl Into<String>) -> Invalid {
    Invalid { at, why: why.into(), help: None }
}

impl Invalid {
    fn help(self, help: impl Into<Option<String>>) -> Self {
        Self { help: help.into(), ..self }
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn previous(&self) -> Option<&Token> {
        self.next.checked_sub(1).and_then(|previous| self.tokens.get(previous))
    }

    /// Where something is missing: after the last word that was read.
    fn here(&self) -> Range<usize> {
        let end = self.previous().map_or(0, |token| token.at.end);
        self.peek().map_or(end..end, |token| token.at.clone())
    }

    /// Takes the next token if it is this word.
    fn take_word(&mut self, keyword: &str) -> bool {
        let is = self.peek().is_some_and(|token| token.is(keyword));
        self.next += usize::from(is);
        is
    }

    fn take(&mut self, kind: &TokenKind) -> bool {
        let is = self.peek().is_some_and(|token| token.kind == *kind);
        self.next += usize::from(is);
        is
    }

    fn any(&mut self, depth: usize) -> Result<Node, Invalid> {
        let mut nodes = Vec::new();
        loop {
            match self.all(depth)? {
                Node::Any(inner) => nodes.extend(inner),
                node => nodes.push(node),
            }
            if !self.take_word("or") {
                return Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) });
            }
        }
    }

    fn all(&mut self, depth: usize) -> Result<Node, Invalid> {
        let mut nodes = Vec::new();
        loop {
            match self.not(depth)? {
                Node::All(inner) => nodes.extend(inner),
                node => nodes.push(node),
            }
            if !self.take_word("and") {
                return Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) });
            }
        }
    }

    fn not(&mut self, depth: usize) -> Result<Node, Invalid> {
        if depth > MAX_DEPTH {
            return Err(invalid(self.here(), "this is nested too deep"));
        }
        if self.take_word("not") {
            return Ok(Node::Not(Box::new(self.not(depth + 1)?)));
        }
        let open = self.here();
        if !self.take(&TokenKind::Open) {
            return self.test().map(Node::Test);
        }
        let node = self.any(depth + 1)?;
        if self.take(&TokenKind::Close) {
            return Ok(node);
        }
        match self.peek() {
            Some(_) => Err(self.unexpected()),
            None => {
                Err(invalid(open, "this parenthesis has no end").help("close it with )".to_owned()))
            }
        }
    }

    fn test(&mut self) -> Result<Test, Invalid> {
        let fact = self.fact()?;
        if fact.kind() == Kind::Flag {
            let ends = self.peek().is_none_or(|token| {
                token.is("and")
                    || token.is("or")
                    || !matches!(token.kind, TokenKind::Word(_) | TokenKind::Sign(_))
            });
            return if ends {
                Ok(Test { fact, negated: false, operator: Operator::Holds })
            } else {
                Err(invalid(self.here(), "up stands alone")
                    .help("write `up` or `not up`".to_owned()))
            };
        }
        let (negated, operator) = self.operator(&fact)?;
        Ok(Test { fact, negated, operator })
    }

    fn fact(&mut self) -> Result<Fact, Invalid> {
        let at = self.here();
        let Some(token) = self.peek().cloned() else {
            return Err(
                invalid(at, "here a fact is missing").help("for example: status = 200".to_owned())
            );
        };
        let Some(word) = token.word() else {
            return Err(advice::no_fact(&token, &self.text[at.clone()]));
        };
        self.next += 1;
        if !word.eq_ignore_ascii_case("len") {
            return Fact::parse(word).map_err(|why| match why {
                Some(why) => invalid(at, why),
                None => advice::unknown_fact(at, word),
            });
        }
        let how = "len counts what is in parentheses: len(json.items), len(records)";
        let inner = if self.take(&TokenKind::Open) {
            self.peek().and_then(Token::word).map(str::to_owned)
        } else {
            None
        };
        let inner = inner.ok_or_else(|| invalid(at.clone(), how))?;
        let inner_at = self.here();
        self.next += 1;
        if !self.take(&TokenKind::Close) {
            return Err(invalid(at, how));
        }
        match Fact::parse(&inner) {
            Ok(Fact::Json(path)) => Ok(Fact::JsonLength(path)),
            Ok(Fact::Record) => Ok(Fact::RecordCount),
            Err(None) if inner.eq_ignore_ascii_case("records") => Ok(Fact::RecordCount),
            Ok(Fact::Body | Fact::Answer) => {
                Err(invalid(inner_at, "the length of the body is size")
                    .help("write `size`".to_owned()))
            }
            Ok(_) | Err(None) => Err(invalid(inner_at, how)),
            Err(Some(why)) => Err(invalid(inner_at, why)),
        }
    }

    fn operator(&mut self, fact: &Fact) -> Result<(bool, Operator), Invalid> {
        let negated = self.take_word("not");
        let at = self.here();
        let Some(token) = self.peek().cloned() else {
            return Err(advice::no_operator(at, fact));
        };
        self.next += 1;
        let order = match &token.kind {
            TokenKind::Sign("=" | "==") => {
                return Ok((negated, Operator::Equals(self.value(fact)?)));
            }
            TokenKind::Sign("!=") => return Ok((!negated, Operator::Equals(self.value(fact)?))),
            TokenKind::Sign("<") => Some(Order::Less),
            TokenKind::Sign("<=") => Some(Order::AtMost),
            TokenKind::Sign(">") => Some(Order::More),
            TokenKind::Sign(">=") => Some(Order::AtLeast),
            _ => None,
        };
        if let Some(order) = order {
            if negated {
                return Err(invalid(at, "`not` goes before the fact")
                    .help(format!("write `not {fact} {}`", order.symbol())));
            }
            return Ok((false, Operator::Compares(order, self.ordered(fact)?)));
        }
        let keyword = token.word().unwrap_or_default().to_ascii_lowercase();
        let is_text = matches!(fact.kind(), Kind::Text | Kind::Json);
        match keyword.as_str() {
            "contains" | "lacks" | "starts" | "ends" | "matches" if !is_text => {
                Err(invalid(at, format!("{fact} is no text")).help(advice::without_text(fact)))
            }
            "in" => Ok((negated, Operator::In(self.items(fact)?))),
            "contains" => Ok((negated, Operator::Contains(self.text_value()?))),
            "lacks" => Ok((!negated, Operator::Contains(self.text_value()?))),
            "exists" => Ok((negated, Operator::Exists)),
            "missing" => Ok((!negated, Operator::Exists)),
            "matches" => Ok((negated, Operator::Matches(self.pattern()?))),
            "starts" | "ends" if self.take_word("with") => {
                let text = self.text_value()?;
                let operator =
                    if keyword == "starts" { Operator::StartsWith } else { Operator::EndsWith };
                Ok((negated, operator(text)))
            }
            _ => Err(advice::unknown_operator(&token, &self.text[at], fact)),
        }
    }

    /// A value the fact can be equal to.
    fn value(&mut self, fact: &Fact) -> Result<Value, Invalid> {
        let (value, at) = self.any_value()?;
        let fits = match (fact.kind(), &value) {
            (Kind::Number, Value::Number(_))
            | (Kind::Time, Value::Time(..))
            | (Kind::Share, Value::Number(_) | Value::Percent(_))
            | (Kind::Text | Kind::Json, Value::Number(_) | Value::Word(_) | Value::Text(_)) => true,
            // `answer = 5s` is a text that looks like a time.
            (Kind::Text, Value::Time(..) | Value::Percent(_)) => {
                return Ok(Value::Text(self.text[at].to_owned()));
            }
            _ => false,
        };
        if fits { Ok(value) } else { Err(advice::wrong_value(at, fact, &value)) }
    }

    /// A value the fact can be more or less than.
    fn ordered(&mut self, fact: &Fact) -> Result<Value, Invalid> {
        let at = self.here();
        match self.value(fact)? {
            Value::Word(_) | Value::Text(_) => {
                Err(invalid(at, "texts are not more or less than each other")
                    .help("compare with a number".to_owned()))
            }
            value => Ok(value),
        }
    }

    /// The next token as a value, whatever it is of.
    fn any_value(&mut self) -> Result<(Value, Range<usize>), Invalid> {
        let at = self.here();
        let value = match self.peek().map(|token| &token.kind) {
            Some(TokenKind::Quoted(text)) => Value::Text(text.clone()),
            Some(TokenKind::Word(word))
                if KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword)) =>
            {
                let why = format!("here a value is missing; {word} is a word of conditions");
                return Err(invalid(at, why)
                    .help(format!("if it is the value, put it in quotes: \"{word}\"")));
            }
            Some(TokenKind::Word(word)) => Value::of_word(word),
            _ => {
                return Err(
                    invalid(at, "here a value is missing").help("put a text in quotes".to_owned())
                );
            }
        };
        self.next += 1;
        Ok((value, at))
    }

    /// The next value as it is written.
    fn text_value(&mut self) -> Result<String, Invalid> {
        let (value, at) = self.any_value()?;
        match value {
            Value::Text(text) => Ok(text),
            _ => Ok(self.text[at].to_owned()),
        }
    }

    fn pattern(&mut self) -> Result<Pattern, Invalid> {
        let at = self.here();
        let text = self.text_value()?;
        match RegexBuilder::new(&text).size_limit(MAX_PATTERN).build() {
            Ok(regex) => Ok(Pattern(regex)),
            Err(error) => Err(invalid(at, format!("this is no regular expression: {error}"))),
        }
    }

    fn items(&mut self, fact: &Fact) -> Result<Vec<Item>, Invalid> {
        let how = "values are listed in parentheses: in (200, 204, 300..399)";
        let open = self.here();
        if !self.take(&TokenKind::Open) {
            return Err(invalid(open, how));
        }
        let mut items = Vec::new();
        loop {
            items.push(self.item(fact)?);
            if self.take(&TokenKind::Close) {
                return Ok(items);
            }
            if !self.take(&TokenKind::Comma) {
                return Err(match self.peek() {
                    None => {
                        invalid(open, "this list has no end").help("close it with )".to_owned())
                    }
                    Some(_) => invalid(self.here(), how).help("put a comma before this".to_owned()),
                });
            }
        }
    }

    fn item(&mut self, fact: &Fact) -> Result<Item, Invalid> {
        let span = self.peek().and_then(Token::word).and_then(|word| word.split_once(".."));
        let span = span.map(|(from, to)| (Value::of_word(from), Value::of_word(to)));
        let Some((from, to)) = span
            .filter(|(from, to)| !matches!((from, to), (Value::Word(_), _) | (_, Value::Word(_))))
        else {
            return self.value(fact).map(Item::One);
        };
        let at = self.here();
        self.next += 1;
        for value in [&from, &to] {
            let fits = match fact.kind() {
                Kind::Flag => false,
                Kind::Number | Kind::Text | Kind::Json => matches!(value, Value::Number(_)),
                Kind::Time => matches!(value, Value::Time(..)),
                Kind::Share => matches!(value, Value::Number(_) | Value::Percent(_)),
            };
            if !fits {
                return Err(advice::wrong_value(at, fact, value));
            }
        }
        Ok(Item::Span(from, to))
    }

    /// Something that can't follow what came before.
    fn unexpected(&self) -> Invalid {
        let at = self.here();
        match (self.previous(), self.peek()) {
            (Some(previous), Some(token)) => advice::unexpected(self.text, previous, token),
            _ => invalid(at, "nothing fits here"),
        }
    }
}
