//! Numbers with a unit.

use super::{Kind, Wrong, quoted};

/// A share of a whole: `"85%"`, 0..1 inside.
pub(in crate::config) struct Share;

impl Kind for Share {
    type Value = f64;
    const FORMAT: &'static str = "share";
    const WHAT: &'static str = "a share";
    const EXAMPLE: &'static str = "\"85%\"";

    fn read(text: &str) -> Result<f64, Wrong> {
        let bare = text.trim();
        let (digits, percent) = match bare.strip_suffix('%') {
            Some(digits) => (digits.trim_end(), true),
            None => (bare, false),
        };
        let number =
            plain(digits).ok_or_else(|| Wrong::new(format!("{} is no share", quoted(text))))?;
        if !percent {
            let meant = if number <= 1.0 { number * 100.0 } else { number };
            return Err(Wrong::with_help(
                "the % is missing",
                format!("write \"{}%\"", trimmed(meant)),
            ));
        }
        if number > 100.0 {
            return Err(Wrong::new("a share is at most 100%"));
        }
        Ok(number / 100.0)
    }
}

impl Share {
    /// As it is written: `85%`.
    pub(in crate::config) fn write(share: f64) -> String {
        format!("{}%", trimmed(share * 100.0))
    }
}

/// A plain number.
pub(in crate::config) struct Number;

impl Kind for Number {
    type Value = f64;
    const FORMAT: &'static str = "number";
    const WHAT: &'static str = "a number";
    const EXAMPLE: &'static str = "4.0";
    const NUMBER: bool = true;

    fn read(text: &str) -> Result<f64, Wrong> {
        plain(text).ok_or_else(|| Wrong::new("not a number of zero or more"))
    }
}

impl Number {
    /// As it is written: `4`.
    pub(in crate::config) fn write(number: f64) -> String {
        trimmed(number)
    }
}

/// An amount of bytes.
pub(in crate::config) struct Size;

/// The units of sizes; powers of ten and of two are told apart by the `i`.
const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1000),
    ("MB", 1000 * 1000),
    ("GB", 1000 * 1000 * 1000),
    ("TB", 1000 * 1000 * 1000 * 1000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

impl Kind for Size {
    type Value = u64;
    const FORMAT: &'static str = "size";
    const WHAT: &'static str = "a size";
    const EXAMPLE: &'static str = "\"500MB\" or \"1GiB\"";

    fn read(text: &str) -> Result<u64, Wrong> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (digits, unit) = (&text[..end], text[end..].trim_start());
        let number =
            plain(digits).ok_or_else(|| Wrong::new(format!("{} is no size", quoted(text))))?;
        let factor = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let Some((_, factor)) = factor else {
            let letter = unit.chars().next().map(|letter| letter.to_ascii_uppercase());
            return Err(match letter {
                None => Wrong::with_help(
                    "the unit is missing",
                    format!("write \"{digits}MB\" or \"{digits}GiB\""),
                ),
                Some(letter @ ('K' | 'M' | 'G' | 'T')) if unit.len() == 1 => {
                    let ten = if letter == 'K' { 'k' } else { letter };
                    Wrong::with_help(
                        format!("`{unit}` can mean two things"),
                        format!(
                            "write \"{digits}{letter}iB\" (powers of 1024) or \"{digits}{ten}B\" (powers of 1000)"
                        ),
                    )
                }
                Some(_) => Wrong::with_help(
                    format!("there is no unit {}", quoted(unit)),
                    "units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB",
                ),
            });
        };
        let bytes = number * *factor as f64;
        if bytes > (1_u64 << 60) as f64 {
            return Err(Wrong::new("more than a server has"));
        }
        Ok(bytes.round() as u64)
    }
}

impl Size {
    /// As it is written, in the largest unit that leaves a whole number: `1GiB`.
    pub(in crate::config) fn write(bytes: u64) -> String {
        UNITS
            .iter()
            .filter(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor))
            .max_by_key(|(_, factor)| *factor)
            .map_or_else(
                || format!("{bytes}B"),
                |(unit, factor)| format!("{}{unit}", bytes / factor),
            )
    }
}

/// Bytes per second.
pub(in crate::config) struct Rate;

impl Kind for Rate {
    type Value = f64;
    const FORMAT: &'static str = "rate";
    const WHAT: &'static str = "a rate";
    const EXAMPLE: &'static str = "\"8MiB/s\"";

    fn read(text: &str) -> Result<f64, Wrong> {
        match text.trim().strip_suffix("/s") {
            Some(size) => Size::read(size).map(|bytes| bytes as f64),
            None => Err(match Size::read(text) {
                Ok(_) => {
                    Wrong::with_help("the time is missing", format!("write \"{}/s\"", text.trim()))
                }
                Err(wrong) => wrong,
            }),
        }
    }
}

impl Rate {
    /// As it is written: `8MiB/s`.
    pub(in crate::config) fn write(rate: f64) -> String {
        format!("{}/s", Size::write(rate.round() as u64))
    }
}

/// "3 of 5": how many of the last observations, at most 64.
pub(in crate::config) struct Times;

impl Kind for Times {
    type Value = (u32, u32);
    const FORMAT: &'static str = "times";
    const WHAT: &'static str = "a count of observations";
    const EXAMPLE: &'static str = "\"3 of 5\"";

    fn read(text: &str) -> Result<(u32, u32), Wrong> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [times, "of", of] = words[..] else {
            return Err(Wrong::new(format!("{} does not read as X of Y", quoted(text))));
        };
        match (times.parse::<u32>(), of.parse::<u32>()) {
            (Ok(times), Ok(of)) if times >= 1 && times <= of && of <= 64 => Ok((times, of)),
            (Ok(times), Ok(of)) if times > of => Err(Wrong::with_help(
                format!("{times} of the last {of} can never be"),
                format!("write \"{of} of {times}\", if you meant that"),
            )),
            (Ok(_), Ok(65..)) => Err(Wrong::new("at most the last 64 observations are kept")),
            _ => Err(Wrong::new("both must be whole numbers from 1 to 64")),
        }
    }
}

impl Times {
    /// As it is written: `3 of 5`.
    pub(in crate::config) fn write(times: u32, of: u32) -> String {
        format!("{times} of {of}")
    }
}

/// A finite number of zero or more, without sign or exponent.
fn plain(digits: &str) -> Option<f64> {
    let shape = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    shape.then(|| digits.parse().ok()).flatten()
}

/// Without the noise of binary fractions: at most six decimals, none that are zero.
fn trimmed(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
