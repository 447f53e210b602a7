//! What a fact is compared with.

use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Time(f64, Unit),
    Percent(f64),
    /// A text without quotes.
    Word(String),
    /// A text in quotes.
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Microseconds,
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
    Days,
    Weeks,
}

const UNITS: &[(&str, Unit)] = &[
    ("us", Unit::Microseconds),
    ("ms", Unit::Milliseconds),
    ("s", Unit::Seconds),
    ("m", Unit::Minutes),
    ("h", Unit::Hours),
    ("d", Unit::Days),
    ("w", Unit::Weeks),
];

impl Unit {
    pub(super) fn nanoseconds(self) -> f64 {
        match self {
            Self::Microseconds => 1e3,
            Self::Milliseconds => 1e6,
            Self::Seconds => 1e9,
            Self::Minutes => 60e9,
            Self::Hours => 3600e9,
            Self::Days => 86_400e9,
            Self::Weeks => 604_800e9,
        }
    }

    fn symbol(self) -> &'static str {
        UNITS.iter().find(|(_, unit)| *unit == self).map_or("", |(symbol, _)| symbol)
    }
}

impl Value {
    /// Reads what stands without quotes.
    pub(super) fn of_word(word: &str) -> Self {
        let digits = word.strip_prefix('-').unwrap_or(word);
        let length = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
        let (number, unit) = word.split_at(word.len() - digits.len() + length);
        // `1.` and `.5` are numbers to Rust, but `5.` is rather the end of a sentence.
        let plain = !number.ends_with('.')
            && number.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
        let amount = number.parse::<f64>().ok().filter(|amount| plain && amount.is_finite());
        let unit = |amount| match unit {
            "" => Some(Self::Number(amount)),
            "%" => Some(Self::Percent(amount)),
            _ => UNITS.iter().find(|(s, _)| *s == unit).map(|(_, unit)| Self::Time(amount, *unit)),
        };
        amount.and_then(unit).unwrap_or_else(|| Self::Word(word.to_owned()))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Time(amount, unit) => write!(f, "{amount}{}", unit.symbol()),
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Word(word) => f.write_str(word),
            Self::Text(text) => Quoted(text).fmt(f),
        }
    }
}

/// Writes a text in quotes, so that [`quoted`] reads the same.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        // A regular expression with its backslashes doubled is no longer readable.
        if text.contains(['\\', '"']) && !text.contains(|c: char| c == '\'' || c.is_control()) {
            return write!(f, "'{text}'");
        }
        f.write_str("\"")?;
        for c in text.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_control() => write!(f, "{}", c.escape_unicode())?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

/// Reads a text in quotes at the beginning of `from`: what it says, and how many bytes it takes
/// with its quotes. None: there is none, or it does not end.
pub(super) fn quoted(from: &str) -> Option<(String, usize)> {
    let quote = from.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut text = String::new();
    let mut at = 1;
    loop {
        let c = from[at..].chars().next()?;
        if c == quote {
            return Some((text, at + 1));
        }
        let escape = if quote == '"' { escape(&from[at..]) } else { None };
        let (c, length) = escape.unwrap_or((c, c.len_utf8()));
        text.push(c);
        at += length;
    }
}

/// An escape at the beginning, and its length.
fn escape(from: &str) -> Option<(char, usize)> {
    let rest = from.strip_prefix('\\')?;
    if let Some(hex) = rest.strip_prefix("u{") {
        let digits = &hex[..hex.find('}')?];
        let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
        return Some((c, digits.len() + 4));
    }
    let c = match rest.chars().next()? {
        c @ ('"' | '\\') => c,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => return None,
    };
    Some((c, 2))
}
