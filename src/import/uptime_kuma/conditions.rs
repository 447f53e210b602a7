//! Kuma's conditions on DNS records: a tree of tests, each with its own "and" or "or" before it.

use serde_json::Value as Json;

use crate::import::condition::{all, any, literal, quoted};

/// Groups within groups.
const DEEPEST: usize = 8;

/// The same as a line. The error says what has no equal.
pub(super) fn line(tree: &Json, record: &str) -> Result<Option<String>, String> {
    let list = tree.as_array().ok_or("they are no list")?;
    group(list, record, 0)
}

/// Kuma goes from left to right: `a and b or c` is `(a and b) or c`, and so is `a or b and c`
/// `(a or b) and c`.
fn group(list: &[Json], record: &str, depth: usize) -> Result<Option<String>, String> {
    if depth > DEEPEST {
        return Err(String::from("they are nested too deeply"));
    }
    let mut said: Option<String> = None;
    for item in list {
        let one = match item["type"].as_str() {
            Some("group") => {
                let children = item["children"].as_array().ok_or("a group has no list")?;
                group(children, record, depth + 1)?
            }
            Some("expression") => Some(test(item, record)?),
            _ => return Err(String::from("a part is neither group nor expression")),
        };
        let Some(one) = one else { continue };
        let is_or = item["andOr"].as_str() == Some("or");
        said = match said {
            None => Some(one),
            Some(before) if is_or => any(&[before, one]),
            Some(before) => all(&[before, one]),
        };
    }
    Ok(said)
}

fn test(item: &Json, record: &str) -> Result<String, String> {
    let variable = item["variable"].as_str().unwrap_or_default();
    if variable != "record" {
        return Err(format!("there is no fact for {variable:?}"));
    }
    let value = match &item["value"] {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    };
    let operator = item["operator"].as_str().unwrap_or_default();
    let (not, operator) = match operator.strip_prefix("not_") {
        Some(operator) => (true, operator),
        None => (false, operator),
    };
    let pattern = pattern(operator, &value, record);
    match (operator, pattern) {
        (_, Some(pattern)) => {
            let not = if not { "not " } else { "" };
            Ok(format!("record {not}matches {}", quoted(&pattern)))
        }
        ("contains", None) => {
            Ok(format!("record {} {}", if not { "lacks" } else { "contains" }, quoted(&value)))
        }
        ("equals", None) => {
            Ok(format!("record {} {}", if not { "!=" } else { "=" }, quoted(&value)))
        }
        ("starts_with" | "ends_with", None) => {
            let not = if not { "not " } else { "" };
            Ok(format!("record {not}{} {}", operator.replace('_', " "), quoted(&value)))
        }
        (other, None) => Err(format!("there is no operator for {other:?}")),
    }
}

/// Kuma compares a part of some records: the name without its last dot. nightkeep has them as a
/// zone file has them.
fn pattern(operator: &str, value: &str, record: &str) -> Option<String> {
    let (before, after) = match record {
        "CNAME" | "NS" | "PTR" => ("^", r"\.?$"),
        "MX" => (r"^\d+ ", r"\.?$"),
        "SRV" => (r"^\d+ \d+ \d+ ", r"\.?$"),
        "SOA" => ("^", r"\.? "),
        // Each text of a record is one for Kuma.
        "TXT" => ("(^| )\"", "\"( |$)"),
        "CAA" => ("issue \"?", "\"?$"),
        _ => return None,
    };
    let value = literal(value);
    match operator {
        "equals" => Some(format!("{before}{value}{after}")),
        "starts_with" => Some(format!("{before}{value}")),
        "ends_with" => Some(format!("{value}{after}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::line;

    #[test]
    fn trees_become_lines() {
        let one = |operator: &str, value: &str| json!({"type": "expression", "variable": "record", "operator": operator, "value": value});
        let or = |mut item: serde_json::Value| {
            item["andOr"] = json!("or");
            item
        };
        let tree = json!([one("equals", "10.0.0.1"), or(one("starts_with", "10.1."))]);
        let said = line(&tree, "A").unwrap().unwrap();
        assert_eq!(said, "record = \"10.0.0.1\" or record starts with \"10.1.\"");
        let group = json!({"type": "group", "children": [one("contains", "a"), or(one("not_ends_with", "b"))]});
        let tree = json!([one("not_equals", "x"), group]);
        assert_eq!(
            line(&tree, "A").unwrap().unwrap(),
            "record != \"x\" and (record contains \"a\" or record not ends with \"b\")"
        );
        let tree = json!([one("equals", "mail.example.org")]);
        assert_eq!(
            line(&tree, "MX").unwrap().unwrap(),
            r#"record matches "^\\d+ mail\\.example\\.org\\.?$""#
        );
        let tree = json!([one("starts_with", "v=spf1")]);
        assert_eq!(line(&tree, "TXT").unwrap().unwrap(), r#"record matches "(^| )\"v=spf1""#);
        assert_eq!(line(&json!([]), "A").unwrap(), None);
        assert!(line(&json!([{"type": "expression", "variable": "message"}]), "A").is_err());
        assert!(line(&json!({}), "A").is_err());
    }
}
