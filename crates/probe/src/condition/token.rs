//! The words of a condition.

use std::ops::Range;

use super::Invalid;
use super::value::quoted;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) at: Range<usize>,
    pub(super) kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// As it is written, brackets and what is quoted in them included.
    Word(String),
    Quoted(String),
    /// `=`, `!=`, `<=` and the like, as written.
    Sign(&'static str),
    Open,
    Close,
    Comma,
}

/// Longer ones first.
const SIGNS: &[&str] = &["==", "!=", "<=", ">=", "=", "<", ">", "!"];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Invalid> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        let (kind, length) = match (first, sign) {
            ('(', _) => (TokenKind::Open, 1),
            (')', _) => (TokenKind::Close, 1),
            (',', _) => (TokenKind::Comma, 1),
            (_, Some(sign)) => (TokenKind::Sign(sign), sign.len()),
            ('"' | '\'', _) => {
                let (text, length) = quoted(rest).ok_or_else(|| Invalid {
                    at: at..text.len(),
                    why: "this quote has no end".to_owned(),
                    help: Some(format!("close it with {first}")),
                })?;
                (TokenKind::Quoted(text), length)
            }
            _ => {
                let length = word(rest);
                (TokenKind::Word(rest[..length].to_owned()), length)
            }
        };
        tokens.push(Token { at: at..at + length, kind });
        at += length;
    }
    Ok(tokens)
}

/// How long the word at the beginning is. A key in quotes right after a bracket belongs to it.
fn word(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() || "()\"',=!<>".contains(c) {
            break;
        }
        at += c.len_utf8();
        if c == '[' {
            at += quoted(&text[at..]).map_or(0, |(_, length)| length);
        }
    }
    at
}

impl Token {
    /// The word, if it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// It is this word, however it is capitalised.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.word().is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    }
}
