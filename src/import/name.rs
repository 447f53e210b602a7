//! Names as the config takes them.

use std::collections::BTreeSet;

/// Characters of a name.
const LONGEST: usize = 100;

/// Hands out names, each once.
#[derive(Debug, Default)]
pub struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// This name, or the next one like it: `Shop`, `Shop 2`.
    pub fn one(&mut self, wanted: &str) -> String {
        let plain = tidy(wanted);
        let plain = if plain.is_empty() { String::from("without a name") } else { plain };
        self.free(&plain, " ", LONGEST)
    }

    /// The same for what may only have letters, digits, `-` and `_`, at most `longest` of them.
    pub fn word(&mut self, wanted: &str, longest: usize) -> String {
        let plain = slug(wanted);
        let plain = if plain.is_empty() { String::from("imported") } else { plain };
        self.free(&plain, "-", longest)
    }

    fn free(&mut self, plain: &str, gap: &str, longest: usize) -> String {
        let cut =
            |longest: usize| plain.chars().take(longest).collect::<String>().trim_end().to_owned();
        let mut name = cut(longest);
        let mut count = 1_u32;
        while !self.taken.insert(name.clone()) {
            count += 1;
            let end = format!("{gap}{count}");
            let room = longest.saturating_sub(end.len());
            name = cut(room) + &end;
        }
        name
    }
}

/// On one line, without what cannot be seen, without spaces around it.
pub fn tidy(text: &str) -> String {
    let text = crate::model::text::clean(text, LONGEST);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `Phone (ntfy)` as `phone-ntfy`.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once() {
        let mut names = Names::default();
        assert_eq!(names.one("Shop "), "Shop");
        assert_eq!(names.one("Shop"), "Shop 2");
        assert_eq!(names.one("Shop 2"), "Shop 2 2");
        assert_eq!(names.one(""), "without a name");
        assert_eq!(names.word("Phone (ntfy)!", 32), "phone-ntfy");
        assert_eq!(names.word("phone/ntfy", 32), "phone-ntfy-2");
        assert_eq!(names.word("äöü", 32), "imported");
        assert_eq!(names.word(&"x".repeat(90), 32).len(), 32);
        assert_eq!(names.word(&"x".repeat(90), 32).len(), 32);
    }
}
