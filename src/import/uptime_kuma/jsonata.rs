//! JSONata, as far as it is only a way into a document.

use crate::import::condition::PathStep;

/// Steps that are read.
const MOST: usize = 32;

/// `$.a[0].`odd key``; none for everything JSONata can do beyond it.
pub(super) fn path(text: &str) -> Option<Vec<PathStep>> {
    let text = text.trim();
    let mut rest = text.strip_prefix('$').unwrap_or(text);
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let mut steps = Vec::new();
    // After `$` a dot, a bracket or nothing; without it a name.
    let mut want_name = !text.starts_with('$');
    while !rest.is_empty() || want_name {
        if steps.len() > MOST {
            return None;
        }
        if want_name {
            let (name, after) = name(rest)?;
            steps.push(PathStep::Key(name));
            rest = after;
            want_name = false;
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            want_name = true;
        } else {
            let inner = rest.strip_prefix('[')?;
            let (index, after) = inner.split_once(']')?;
            steps.push(PathStep::Index(index.trim().parse().ok()?));
            rest = after;
        }
    }
    Some(steps)
}

/// A plain name, or one in backticks.
fn name(text: &str) -> Option<(String, &str)> {
    if let Some(inner) = text.strip_prefix('`') {
        let (name, after) = inner.split_once('`')?;
        return (!name.is_empty()).then(|| (name.to_owned(), after));
    }
    let fits = |c: char| c.is_alphanumeric() || c == '_';
    let end = text.find(|c| !fits(c)).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    let words = ["and", "or", "in", "true", "false", "null", "function"];
    let plain = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !words.contains(&name);
    plain.then(|| (name.to_owned(), after))
}

#[cfg(test)]
mod tests {
    use super::path;
    use crate::import::condition::json_path;

    #[test]
    fn ways_are_read() {
        let read = |text| path(text).map(|steps| json_path(&steps));
        assert_eq!(read("status").unwrap(), "json.status");
        assert_eq!(read("$").unwrap(), "json");
        assert_eq!(read("$.a.b[0].c").unwrap(), "json.a.b[0].c");
        assert_eq!(read("$[1].`odd key`").unwrap(), "json[1][\"odd key\"]");
    }

    #[test]
    fn everything_else_is_not() {
        let more = [
            "$count(a)",
            "a[size > 3]",
            "a & b",
            "a.*",
            "$$.a",
            "a.b.",
            "a[-1]",
            "a b",
            "a[0",
            "`a",
            "\"a\"",
            "a ? b : c",
            "1",
            "true",
            "$sum(a.b)",
        ];
        for text in more {
            assert!(path(text).is_none(), "{text}");
        }
    }
}
