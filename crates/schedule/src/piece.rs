//! A piece of an expression that knows where it stands, so that an error can point at it.

use crate::Invalid;

/// A piece of an expression and the byte at which it begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: usize,
}

impl<'a> Piece<'a> {
    pub(crate) fn whole(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The bytes from `start` to `end` of this piece. Both are where characters begin.
    pub(crate) fn part(self, start: usize, end: usize) -> Self {
        Self { text: &self.text[start..end], at: self.at + start }
    }

    /// What is before and after the first `separator`.
    pub(crate) fn split_once(self, separator: &str) -> Option<(Self, Self)> {
        let at = self.text.find(separator)?;
        Some((self.part(0, at), self.part(at + separator.len(), self.text.len())))
    }

    /// What is between all of these characters.
    pub(crate) fn split(self, separator: char) -> impl Iterator<Item = Self> {
        let begin = self.text.as_ptr() as usize;
        self.text.split(separator).map(move |text| {
            let start = text.as_ptr() as usize - begin;
            self.part(start, start + text.len())
        })
    }

    /// Without the white space around it.
    pub(crate) fn trim(self) -> Self {
        let end = self.text.trim_end_matches(is_space).len();
        let start = end - self.text[..end].trim_start_matches(is_space).len();
        self.part(start, end)
    }

    /// What is between white space.
    pub(crate) fn words(self) -> Vec<Self> {
        let mut words = Vec::new();
        let mut rest = self.trim();
        while !rest.text.is_empty() {
            let end = rest.text.find(is_space).unwrap_or(rest.text.len());
            words.push(rest.part(0, end));
            rest = rest.part(end, rest.text.len()).trim();
        }
        words
    }

    /// Whether it is this word, written in any case.
    pub(crate) fn is(self, word: &str) -> bool {
        self.text.to_uppercase() == word
    }

    pub(crate) fn invalid(
        self,
        field: &'static str,
        problem: impl Into<String>,
        instead: impl Into<String>,
    ) -> Invalid {
        Invalid {
            field,
            span: self.at..self.at + self.text.len(),
            problem: problem.into(),
            instead: instead.into(),
        }
    }
}

/// What Python takes for white space: four control characters more than Unicode.
fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}
