//! The files of a rules directory in the order in which augenrules makes one of them.

use super::parse::Line;

/// Orders lines, already read file by file in the order of [`compare_names`], as augenrules does:
/// the last plain `-D`, the last `-b` and the last `-f` first, the last `-e` last, everything else
/// as it comes. Of each of these, the earlier ones are dropped.
///
/// augenrules goes by how a line begins, so `-b` and `-f` in the middle of one stay.
pub fn augenrules(lines: Vec<Line>) -> Vec<Line> {
    let mut heads: [Option<Line>; 3] = [None, None, None];
    let mut end = None;
    let mut rest = Vec::new();
    for line in lines {
        let text = line.text.trim_ascii();
        let place = match text {
            b"-D" => heads.first_mut(),
            _ if text.starts_with(b"-b") => heads.get_mut(1),
            _ if text.starts_with(b"-f") => heads.get_mut(2),
            _ if text.starts_with(b"-e") => Some(&mut end),
            _ => None,
        };
        match place {
            Some(place) => *place = Some(line),
            None => rest.push(line),
        }
    }
    heads.into_iter().flatten().chain(rest).chain(end).collect()
}

/// Does augenrules read a file of this name?
pub fn is_rules_file(name: &str) -> bool {
    name.strip_suffix(".rules").is_some() && !name.starts_with('.')
}

/// The order of `ls -v`, in which augenrules reads the files: numbers in names count as numbers.
pub fn compare_names(one: &str, other: &str) -> std::cmp::Ordering {
    parts(one).cmp(&parts(other)).then_with(|| one.cmp(other))
}

/// Text and number in turn.
fn parts(name: &str) -> Vec<(String, u128)> {
    let name = name.strip_suffix(".rules").unwrap_or(name);
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest.len() - rest.trim_start_matches(|c: char| !c.is_ascii_digit()).len();
        let (text, after) = rest.split_at(text);
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (digits, after) = after.split_at(digits);
        parts.push((text.to_owned(), digits.parse().unwrap_or(0)));
        rest = after;
    }
    parts
}
