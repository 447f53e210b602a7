//! A reader of the text format that forgives nothing, for the tests:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::collections::BTreeSet;

/// A sample.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) value: f64,
}

/// All samples, or what is wrong.
pub(super) fn parse(text: &str) -> Result<Vec<Line>, String> {
    let (mut lines, mut done, mut family) = (Vec::new(), BTreeSet::new(), String::new());
    let mut seen = BTreeSet::new();
    if !text.ends_with('\n') {
        return Err(String::from("the last line has no end"));
    }
    let mut rows = text.lines();
    while let Some(row) = rows.next() {
        let wrong = |why: &str| Err(format!("{why}: {row}"));
        if let Some(rest) = row.strip_prefix("# HELP ") {
            let Some((name, _)) = rest.split_once(' ') else { return wrong("no help") };
            if !is_name(name) || !done.insert(name.to_owned()) {
                return wrong("a family twice, or no name");
            }
            name.clone_into(&mut family);
            let kind = rows.next().unwrap_or_default();
            let kinds = ["gauge", "counter"].map(|kind| format!("# TYPE {name} {kind}"));
            if !kinds.iter().any(|right| right == kind) {
                return wrong("no type");
            }
            if kind.ends_with("counter") && !name.ends_with("_total") {
                return wrong("a counter without _total");
            }
            continue;
        }
        let end = row.find(['{', ' ']).unwrap_or(row.len());
        let (name, mut rest) = row.split_at(end);
        if name != family {
            return wrong("a sample outside of its family");
        }
        let mut labels: Vec<(String, String)> = Vec::new();
        if let Some(inside) = rest.strip_prefix('{') {
            rest = inside;
            loop {
                let Some((key, after)) = rest.split_once("=\"") else { return wrong("no label") };
                if !is_name(key) || labels.iter().any(|(other, _)| other == key) {
                    return wrong("a label twice, or no name");
                }
                let Some((value, after)) = quoted(after) else { return wrong("no value") };
                labels.push((key.to_owned(), value));
                match after.chars().next() {
                    Some(',') => rest = &after[1..],
                    Some('}') => {
                        rest = &after[1..];
                        break;
                    }
                    _ => return wrong("labels without an end"),
                }
            }
        }
        if !seen.insert((name.to_owned(), labels.clone())) {
            return wrong("the same sample twice");
        }
        let number = rest.strip_prefix(' ').unwrap_or_default();
        let value = match number {
            "NaN" => f64::NAN,
            "+Inf" => f64::INFINITY,
            "-Inf" => f64::NEG_INFINITY,
            _ if number.bytes().all(|byte| b"+-.e0123456789".contains(&byte)) => {
                match number.parse() {
                    Ok(value) => value,
                    Err(_) => return wrong("no number"),
                }
            }
            _ => return wrong("no number"),
        };
        lines.push(Line { name: name.to_owned(), labels, value });
    }
    Ok(lines)
}

fn is_name(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What stands before the closing quote, and what comes after.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut characters) = (String::new(), text.char_indices());
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                '\\' => '\\',
                '"' => '"',
                _ => return None,
            }),
            _ => value.push(character),
        }
    }
    None
}
