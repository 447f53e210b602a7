//! `condition`: how the searches of a rule go together.

use super::fault::Fault;
use super::glob::Glob;

/// Bytes of a condition.
const LONGEST: usize = 16 << 10;
/// Parentheses and `not` within one another.
const DEEPEST: usize = 64;

/// What must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// The search of this number.
    Search(usize),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// Reads a condition over searches of these names.
pub(super) fn parse(text: &str, names: &[&str], line: usize) -> Result<Condition, Fault> {
    let wrong = |what| Fault::new(line, format!("the condition: {what}"));
    if text.len() > LONGEST {
        return Err(wrong(String::from("it is too long")));
    }
    let words = words(text);
    let mut parser = Parser { words: &words, names, depth: 0 };
    let condition = parser.any().map_err(wrong)?;
    match parser.words.first() {
        None => Ok(condition),
        Some(&"|") => Err(wrong(String::from(
            "`|` and counting are not supported: they need several events (the specification dropped them for correlation rules)",
        ))),
        Some(word) => {
            Err(wrong(format!("`{word}` is not expected there; `and` or `or` may be missing")))
        }
    }
}

fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        let mut rest = chunk;
        while !rest.is_empty() {
            let at = rest.find(['(', ')', '|']).unwrap_or(rest.len()).max(1);
            words.push(&rest[..at]);
            rest = &rest[at..];
        }
    }
    words
}

struct Parser<'a> {
    words: &'a [&'a str],
    names: &'a [&'a str],
    depth: usize,
}

impl Parser<'_> {
    fn takes(&mut self, wanted: &str) -> bool {
        let is_it = self.words.first().is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        if is_it {
            self.words = &self.words[1..];
        }
        is_it
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Ok(joined(parts, Condition::All))
    }

    fn one(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(String::from("it is nested too deeply"));
        }
        let condition = if self.takes("not") {
            Condition::Not(Box::new(self.one()?))
        } else if self.takes("(") {
            let inner = self.any()?;
            if !self.takes(")") {
                return Err(String::from("a `)` is missing"));
            }
            inner
        } else {
            self.term()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn term(&mut self) -> Result<Condition, String> {
        let [word, rest @ ..] = self.words else {
            return Err(String::from("it ends where a search is expected"));
        };
        if rest.first().is_some_and(|of| of.eq_ignore_ascii_case("of")) {
            return self.of(word);
        }
        let Some(place) = self.names.iter().position(|name| name == word) else {
            return Err(if word.contains('*') {
                format!("`{word}` needs `1 of` or `all of` before it")
            } else {
                format!("there is no search `{word}`; there are: {}", self.names.join(", "))
            });
        };
        self.words = rest;
        Ok(Condition::Search(place))
    }

    /// `1 of them`, `all of selection*`.
    fn of(&mut self, quantity: &str) -> Result<Condition, String> {
        let [_, _, pattern, rest @ ..] = self.words else {
            return Err(format!("`{quantity} of` what?"));
        };
        let glob = Glob::parse(pattern);
        let is_wanted = |name: &str| match *pattern {
            "them" => !name.starts_with('_'),
            _ => glob.matches(name),
        };
        let found: Vec<Condition> = (0..self.names.len())
            .filter(|place| is_wanted(self.names[*place]))
            .map(Condition::Search)
            .collect();
        if found.is_empty() {
            return Err(format!(
                "no search is called `{pattern}`; there are: {}",
                self.names.join(", ")
            ));
        }
        self.words = rest;
        match quantity.to_ascii_lowercase().as_str() {
            "1" | "any" => Ok(joined(found, Condition::Any)),
            "all" => Ok(joined(found, Condition::All)),
            _ => Err(format!("`{quantity} of` is not supported; `1 of` and `all of` are")),
        }
    }
}

fn joined(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}

#[cfg(test)]
mod tests {
    use super::Condition::{All, Any, Not, Search};
    use super::*;

    const NAMES: [&str; 4] = ["sel_a", "sel_b", "filter", "_hidden"];

    fn read(text: &str) -> Condition {
        parse(text, &NAMES, 1).unwrap()
    }

    fn fault(text: &str) -> String {
        parse(text, &NAMES, 7).unwrap_err().to_string()
    }

    #[test]
    fn not_binds_before_and_before_or() {
        let expected = Any(vec![
            All(vec![Search(0), Not(Box::new(Search(2)))]),
            All(vec![Search(1), Search(3)]),
        ]);
        assert_eq!(read("sel_a and not filter or sel_b AND _hidden"), expected);
        assert_eq!(
            read("sel_a and(not(filter or sel_b))"),
            All(vec![Search(0), Not(Box::new(Any(vec![Search(2), Search(1)])))])
        );
    }

    #[test]
    fn some_of_many() {
        assert_eq!(read("1 of them"), Any(vec![Search(0), Search(1), Search(2)]));
        assert_eq!(read("all of sel_*"), All(vec![Search(0), Search(1)]));
        assert_eq!(read("any of *b"), Search(1));
        assert_eq!(
            read("1 of sel_* and not 1 of filter*"),
            All(vec![Any(vec![Search(0), Search(1)]), Not(Box::new(Search(2)))])
        );
    }

    #[test]
    fn what_is_wrong() {
        assert_eq!(
            fault("sel_c"),
            "line 7: the condition: there is no search `sel_c`; there are: sel_a, sel_b, filter, _hidden"
        );
        assert!(fault("1 of x*").contains("no search is called `x*`"));
        assert!(fault("sel_a | count() > 5").contains("counting are not supported"));
        assert!(fault("sel_a sel_b").contains("`sel_b` is not expected there"));
        assert!(fault("(sel_a").contains("a `)` is missing"));
        assert!(fault("sel_a and").contains("ends where"));
        assert!(fault("2 of them").contains("`2 of` is not supported"));
        assert!(fault("sel_*").contains("needs `1 of`"));
        assert!(fault(&"(".repeat(5000)).contains("too deeply"));
        assert!(fault(&"not ".repeat(3000)).contains("too deeply"));
    }
}
