//! YAML as Gatus takes it: with variables, merge keys, and files laid over one another.

use std::collections::BTreeMap;

use nightkeep_audit::sigma::yaml::{Node, What};

/// `$NAME` and `${NAME}` by what they stand for, `$$` as a dollar. Of every one that is not known
/// `missing` hears.
pub(super) fn expand(
    text: &str,
    variables: &BTreeMap<String, String>,
    missing: &mut dyn FnMut(&str),
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let braced = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, after) = braced.unwrap_or_else(|| {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
            rest.split_at(rest.find(|c| !fits(c)).unwrap_or(rest.len()))
        });
        if name.is_empty() || name.len() > 200 || name.contains('\n') {
            out.push('$');
            continue;
        }
        match variables.get(name) {
            Some(value) => out.push_str(value),
            None => missing(name),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// `<<: *defaults` as what it stands for: keys that are there already stay.
pub(super) fn merged_keys(node: Node) -> Node {
    let what = match node.what {
        What::List(list) => What::List(list.into_iter().map(merged_keys).collect()),
        What::Map(pairs) => {
            let mut own: Vec<(String, Node)> = Vec::new();
            let mut others = Vec::new();
            for (key, node) in pairs {
                let node = merged_keys(node);
                if key == "<<" { others.push(node) } else { own.push((key, node)) }
            }
            for other in others {
                let maps: Vec<&Node> = other.list().iter().collect();
                for (key, node) in maps.into_iter().filter_map(Node::map).flatten() {
                    if !own.iter().any(|(known, _)| known == key) {
                        own.push((key.clone(), node.clone()));
                    }
                }
            }
            What::Map(own)
        }
        what => what,
    };
    Node { line: node.line, what }
}

/// One file over another: maps key by key, lists one behind the other, everything else anew.
pub(super) fn laid_over(below: Node, above: Node) -> Node {
    let line = above.line;
    let what = match (below.what, above.what) {
        (What::Map(mut pairs), What::Map(more)) => {
            for (key, node) in more {
                match pairs.iter().position(|(known, _)| *known == key) {
                    Some(at) => {
                        let (key, below) = pairs.swap_remove(at);
                        pairs.push((key, laid_over(below, node)));
                    }
                    None => pairs.push((key, node)),
                }
            }
            What::Map(pairs)
        }
        (What::List(mut list), What::List(more)) => {
            list.extend(more);
            What::List(list)
        }
        (below, What::Null) => below,
        (_, above) => above,
    };
    Node { line, what }
}

/// A text at a key that is not empty.
pub(super) fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.text().filter(|text| !text.trim().is_empty())
}

/// A yes or no at a key.
pub(super) fn flag(node: &Node, key: &str) -> Option<bool> {
    match node.get(key)?.text()?.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A whole number at a key.
pub(super) fn number(node: &Node, key: &str) -> Option<i64> {
    node.get(key)?.text()?.trim().parse().ok()
}

/// Items of a list at a key.
pub(super) fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map_or(&[], Node::list)
}

/// Go's lengths of time, in milliseconds: `1h30m`, `300ms`, `48h`.
pub(super) fn milliseconds(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total = 0.0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let count: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let units = [
            ("ms", 1.0),
            ("us", 0.001),
            ("µs", 0.001),
            ("ns", 1e-6),
            ("h", 3.6e6),
            ("m", 6e4),
            ("s", 1e3),
        ];
        let (unit, length) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += count * length;
        rest = &rest[unit.len()..];
    }
    (total.is_finite() && total < 1e14).then_some(total.round() as i64)
}

#[cfg(test)]
mod tests {
    use nightkeep_audit::sigma::yaml::read;

    use super::*;

    fn one(text: &str) -> Node {
        read(text).0.remove(0)
    }

    #[test]
    fn variables_are_put_in() {
        let variables = BTreeMap::from([(String::from("A"), String::from("x"))]);
        let mut missing = Vec::new();
        let text = expand("$A ${A}b $$A ${B} $ 5$", &variables, &mut |name| {
            missing.push(name.to_owned());
        });
        assert_eq!(text, "x xb $A  $ 5$");
        assert_eq!(missing, ["B"]);
    }

    #[test]
    fn files_are_laid_over_one_another() {
        let whole = laid_over(one("a: 1\nl: [x]\nm: {k: 1}"), one("a: 2\nl: [y]\nm: {j: 2}"));
        assert_eq!(text(&whole, "a"), Some("2"));
        assert_eq!(list(&whole, "l").len(), 2);
        let inner = whole.get("m").unwrap();
        assert_eq!((number(inner, "k"), number(inner, "j")), (Some(1), Some(2)));
    }

    #[test]
    fn merge_keys_fill_in() {
        let whole = merged_keys(one("d: &d {a: 1, b: 2}\ne: {<<: *d, b: 3}"));
        let merged = whole.get("e").unwrap();
        assert_eq!((number(merged, "a"), number(merged, "b")), (Some(1), Some(3)));
    }

    #[test]
    fn lengths_of_go_are_read() {
        assert_eq!(milliseconds("1h30m"), Some(5_400_000));
        assert_eq!(milliseconds("300ms"), Some(300));
        assert_eq!(milliseconds("1.5s"), Some(1500));
        assert_eq!(milliseconds("10"), None);
        assert_eq!(milliseconds("h"), None);
        assert_eq!(milliseconds(""), None);
    }
}
