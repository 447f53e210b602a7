//! Texts with wildcards: `*` is anything, `?` one character, a backslash takes them as they are.

use memchr::memmem;

/// Part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Just this.
    Text(String),
    /// Any characters, or none.
    Any,
    /// One character.
    One,
    /// What a flag may begin with: `-`, `/` and the dashes that look like it.
    Dash,
}

/// What [`Part::Dash`] stands for.
pub(super) const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];

/// A pattern for a whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    parts: Vec<Part>,
}

impl Glob {
    /// Reads a pattern as it is written in a rule.
    pub(super) fn parse(text: &str) -> Self {
        let mut glob = Self { parts: Vec::new() };
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('\\', Some(next @ ('*' | '?' | '\\'))) => {
                    glob.push(*next);
                    chars.next();
                }
                ('*', _) => glob.add(Part::Any),
                ('?', _) => glob.add(Part::One),
                (c, _) => glob.push(c),
            }
        }
        glob
    }

    /// One that is nothing but this text.
    pub(super) fn literal(text: &str) -> Self {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Text(text.to_owned())] };
        Self { parts }
    }

    fn push(&mut self, c: char) {
        match self.parts.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.parts.push(Part::Text(c.to_string())),
        }
    }

    fn add(&mut self, part: Part) {
        // Two of them say no more than one.
        if part != Part::Any || self.parts.last() != Some(&Part::Any) {
            self.parts.push(part);
        }
    }

    /// Anything may come before it.
    pub(super) fn open_start(&mut self) {
        if self.parts.first() != Some(&Part::Any) {
            self.parts.insert(0, Part::Any);
        }
    }

    /// Anything may come after it.
    pub(super) fn open_end(&mut self) {
        self.add(Part::Any);
    }

    /// Does it say anything?
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// In small letters.
    pub(super) fn lowered(self) -> Self {
        let lower = |part| match part {
            Part::Text(text) => Part::Text(text.chars().flat_map(char::to_lowercase).collect()),
            part => part,
        };
        Self { parts: self.parts.into_iter().map(lower).collect() }
    }

    /// Flags may begin with any of [`DASHES`]: `-` and `/` before a letter or digit, and not after
    /// one.
    pub(super) fn with_dashes(self) -> Self {
        let mut glob = Self { parts: Vec::new() };
        let mut before = None;
        for part in self.parts {
            let Part::Text(text) = part else {
                before = None;
                glob.add(part);
                continue;
            };
            let mut chars = text.chars().peekable();
            while let Some(c) = chars.next() {
                let is_word = |c: char| c.is_alphanumeric() || c == '_';
                let begins = chars.peek().copied().is_some_and(is_word);
                if matches!(c, '-' | '/') && begins && !before.is_some_and(is_word) {
                    glob.parts.push(Part::Dash);
                } else {
                    glob.push(c);
                }
                before = Some(c);
            }
        }
        glob
    }

    /// Every text it stands for, if these are few.
    pub(super) fn texts(&self, most: usize) -> Option<Vec<String>> {
        let mut all = vec![String::new()];
        for part in &self.parts {
            match part {
                Part::Text(text) => all.iter_mut().for_each(|one| one.push_str(text)),
                Part::Dash if all.len() * DASHES.len() <= most => {
                    all = all
                        .iter()
                        .flat_map(|one| DASHES.iter().map(move |dash| format!("{one}{dash}")))
                        .collect();
                }
                Part::Any | Part::One | Part::Dash => return None,
            }
        }
        Some(all)
    }

    /// Is this text, all of it, what the pattern says?
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut pieces = self.parts.split(|part| *part == Part::Any);
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = strip(first, text) else { return false };
        let mut last: Option<&[Part]> = None;
        for piece in pieces {
            if let Some(middle) = last.replace(piece) {
                let Some(after) = find(middle, rest) else { return false };
                rest = after;
            }
        }
        match last {
            None => rest.is_empty(),
            Some(last) => ends(last, rest),
        }
    }

    /// Texts that are in whatever it matches: the longest of each run, and what it is between
    /// (`edge` stands for both ends of the whole).
    pub(super) fn literal_in(&self, edge: char) -> Option<String> {
        let mut runs = vec![String::from(edge)];
        for part in &self.parts {
            match part {
                Part::Text(text) => runs.last_mut()?.push_str(text),
                Part::Any | Part::One | Part::Dash => runs.push(String::new()),
            }
        }
        runs.last_mut()?.push(edge);
        runs.into_iter().max_by_key(String::len).filter(|run| run.chars().any(|c| c != edge))
    }
}

/// What follows a piece without `*` at the start of a text.
fn strip<'a>(piece: &[Part], text: &'a str) -> Option<&'a str> {
    let mut rest = text;
    for part in piece {
        match part {
            Part::Text(text) => rest = rest.strip_prefix(text.as_str())?,
            Part::One => {
                let mut chars = rest.chars();
                chars.next()?;
                rest = chars.as_str();
            }
            Part::Dash => rest = rest.strip_prefix(DASHES)?,
            Part::Any => {}
        }
    }
    Some(rest)
}

/// What follows the first place of a piece in a text.
fn find<'a>(piece: &[Part], text: &'a str) -> Option<&'a str> {
    match piece {
        [] => Some(text),
        [Part::Text(wanted)] => {
            let at = memmem::find(text.as_bytes(), wanted.as_bytes())?;
            Some(&text[at + wanted.len()..])
        }
        [Part::Text(start), others @ ..] => text
            .match_indices(start.as_str())
            .find_map(|(at, _)| strip(others, &text[at + start.len()..]))
            // Places may overlap.
            .or_else(|| text.char_indices().find_map(|(at, _)| strip(piece, &text[at..]))),
        piece => text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .find_map(|at| strip(piece, &text[at..])),
    }
}

/// Does a text end with a piece?
fn ends(piece: &[Part], text: &str) -> bool {
    let mut rest = text;
    for part in piece.iter().rev() {
        let before = match part {
            Part::Text(text) => rest.strip_suffix(text.as_str()),
            Part::One => {
                let mut chars = rest.chars();
                chars.next_back().map(|_| chars.as_str())
            }
            Part::Dash => rest.strip_suffix(DASHES),
            Part::Any => Some(rest),
        };
        let Some(before) = before else { return false };
        rest = before;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::parse(pattern).matches(text)
    }

    #[test]
    fn wildcards_and_what_takes_them_as_they_are() {
        assert!(matches("a*c", "abbc") && matches("a*c", "ac") && !matches("a*c", "acd"));
        assert!(matches("a?c", "aéc") && !matches("a?c", "ac"));
        assert!(matches("*b*", "abc") && matches("*", "") && !matches("", "a"));
        assert!(matches(r"a\*c", "a*c") && !matches(r"a\*c", "abc"));
        assert!(
            matches(r"a\\*", r"a\bc") && matches(r"a\\\*", r"a\*") && !matches(r"a\\\*", r"a\b")
        );
        assert!(matches(r"C:\x", r"C:\x") && matches(r"C:\\x", r"C:\x"));
        // The first place of a piece need not be the one that fits.
        assert!(matches("*a?b*", "aaab") && matches("*aa?b", "aaaab"));
    }

    #[test]
    fn dashes() {
        let glob = Glob::parse("x -f a-b /q").with_dashes();
        assert!(glob.matches("x /f a-b –q") && glob.matches("x -f a-b /q"));
        assert!(!glob.matches("x -f a/b /q"));
        assert_eq!(glob.texts(100).unwrap().len(), 25);
        assert_eq!(glob.texts(10), None);
    }

    /// What wildcards mean, letter by letter.
    fn slowly(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], text) => text.is_empty(),
            (['*', rest @ ..], text) => (0..=text.len()).any(|n| slowly(rest, &text[n..])),
            (['?', rest @ ..], [_, text @ ..]) => slowly(rest, text),
            ([c, rest @ ..], [d, text @ ..]) => c == d && slowly(rest, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn as_by_the_letter(pattern in "[ab*?]{0,7}", text in "[ab]{0,9}") {
            let glob = Glob::parse(&pattern);
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = slowly(&letters(&pattern), &letters(&text));
            prop_assert_eq!(glob.matches(&text), expected);
            if expected && let Some(literal) = glob.literal_in('|') {
                let whole = format!("|{text}|");
                prop_assert!(whole.contains(&literal));
            }
        }
    }
}
