//! Conditions as monitors have them, put together from what others say.

use std::fmt::Write as _;

/// A text within a condition.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A value that may be a number or one of JSON's words; else a text in quotes.
pub fn value(text: &str) -> String {
    let number = text.parse::<f64>().is_ok_and(f64::is_finite)
        && text.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
    if number || ["true", "false", "null"].contains(&text) { text.to_owned() } else { quoted(text) }
}

/// `json.items[0].name` out of keys and indexes.
pub fn json_path(steps: &[PathStep]) -> String {
    let plain = |key: &str| {
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-$@".contains(c))
    };
    let mut out = String::from("json");
    for step in steps {
        let _ = match step {
            PathStep::Index(index) => write!(out, "[{index}]"),
            PathStep::Key(key) if plain(key) => write!(out, ".{key}"),
            PathStep::Key(key) => write!(out, "[{}]", quoted(key)),
        };
    }
    out
}

/// One step into a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    /// Of an object.
    Key(String),
    /// Of a list.
    Index(u32),
}

/// A text that is looked for as it is, within a regular expression.
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// `status in (200..299, 404)` out of `200-299` and `404`; none if one of them is neither.
pub fn statuses<'a>(accepted: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let code = |text: &str| text.trim().parse::<u16>().ok();
    let mut spans = Vec::new();
    for text in accepted {
        let span = match text.split_once('-') {
            Some((from, to)) => (code(from)?, code(to)?),
            None => (code(text)?, code(text)?),
        };
        spans.push(span);
    }
    let items: Vec<String> = spans
        .iter()
        .map(|(from, to)| if from == to { from.to_string() } else { format!("{from}..{to}") })
        .collect();
    match (&spans[..], &items[..]) {
        ([], _) => None,
        ([(from, to)], _) if from == to => Some(format!("status = {from}")),
        (_, items) => Some(format!("status in ({})", items.join(", "))),
    }
}

/// All of them, `or`s in parentheses.
pub fn all(parts: &[String]) -> Option<String> {
    joined(parts, " and ", " or ")
}

/// Any of them, `and`s in parentheses to be plain.
pub fn any(parts: &[String]) -> Option<String> {
    joined(parts, " or ", " and ")
}

fn joined(parts: &[String], by: &str, other: &str) -> Option<String> {
    match parts {
        [] => None,
        [one] => Some(one.clone()),
        several => {
            // A text in quotes may hold the word as well: one pair of parentheses too many is no harm.
            let one = |part: &String| {
                if part.contains(other) { format!("({part})") } else { part.clone() }
            };
            Some(several.iter().map(one).collect::<Vec<_>>().join(by))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_quotes() {
        assert_eq!(quoted("a \"b\" \\ \n\u{7}"), r#""a \"b\" \\ \n\u{7}""#);
        assert_eq!(value("7"), "7");
        assert_eq!(value("-1.5"), "-1.5");
        assert_eq!(value("inf"), "\"inf\"");
        assert_eq!(value("1e5"), "\"1e5\"");
        assert_eq!(value("true"), "true");
        assert_eq!(value("ok"), "\"ok\"");
    }

    #[test]
    fn statuses_are_listed() {
        assert_eq!(statuses(["200-299"]).unwrap(), "status in (200..299)");
        assert_eq!(statuses(["200-299", "404"]).unwrap(), "status in (200..299, 404)");
        assert_eq!(statuses(["301"]).unwrap(), "status = 301");
        assert_eq!(statuses(["2xx"]), None);
        assert_eq!(statuses([]), None);
    }

    #[test]
    fn paths_quote_odd_keys() {
        let steps = [
            PathStep::Key("a".into()),
            PathStep::Index(2),
            PathStep::Key("odd key".into()),
            PathStep::Key("b-c".into()),
        ];
        assert_eq!(json_path(&steps), "json.a[2][\"odd key\"].b-c");
    }

    #[test]
    fn joins_keep_their_meaning() {
        let (a, b) = (String::from("a = 1 or b = 2"), String::from("c = 3"));
        assert_eq!(all(&[a.clone(), b.clone()]).unwrap(), "(a = 1 or b = 2) and c = 3");
        assert_eq!(any(&[a, b]).unwrap(), "a = 1 or b = 2 or c = 3");
    }
}
