//! Times, spans and foreign texts as they stand in a message.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub(super) use crate::model::text::hex;
use crate::model::text::is_hidden;

/// Text from outside on one line, without anything that could forge a line or turn it round,
/// at most so many characters.
pub(super) fn clean(text: &str, most: usize) -> String {
    let mut shown = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' && chars.next_if_eq(&'[').is_some() {
            // A terminal's colour, to its final letter (ECMA-48, 5.4).
            while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
            chars.next_if(|c| matches!(c, '@'..='~'));
        } else if c.is_control() {
            if !shown.ends_with(' ') {
                shown.push(' ');
            }
        } else if !is_hidden(c) {
            shown.push(c);
        }
    }
    cut(shown.trim(), most)
}

/// At most so many characters, the last a `…` if something is gone.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Stands where something is gone.
const GONE: &str = "… (cut; see `nightkeep alerts`)";

/// Whole lines of a text that `weigh` (bytes, UTF-16 units) no more than `most`, and a word
/// that something is gone.
pub(super) fn fit(text: &str, most: usize, weigh: fn(&str) -> usize) -> String {
    if weigh(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for line in text.lines() {
        let grown = format!("{kept}{line}\n");
        if weigh(&grown) + weigh(GONE) > most {
            break;
        }
        kept = grown;
    }
    kept + GONE
}

/// A span in the words of a person: `12 s`, `4 min`, `2 h 20 min`, `3 days`.
pub(super) fn span(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..36_000 if minutes % 60 > 0 => format!("{hours} h {} min", minutes % 60),
        3600..172_800 => format!("{hours} h"),
        _ => format!("{} days", hours / 24),
    }
}

/// A local time as one says it at `now`: `02:14`, `Mon 02:14` within the week, else `3 Nov 02:14`.
pub(super) fn moment(at: Timestamp, now: Timestamp, tz: &TimeZone) -> String {
    let (then, today) = (at.to_zoned(tz.clone()), now.to_zoned(tz.clone()));
    let format = if then.date() == today.date() {
        "%H:%M"
    } else if now.duration_since(at).abs() < SignedDuration::from_hours(6 * 24) {
        "%a %H:%M"
    } else {
        "%-d %b %H:%M"
    };
    then.strftime(format).to_string()
}

/// The same with the zone's short name: `02:14 CET`.
pub(super) fn moment_in_zone(at: Timestamp, now: Timestamp, tz: &TimeZone) -> String {
    format!("{} {}", moment(at, now, tz), at.to_zoned(tz.clone()).strftime("%Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_forge_a_line_or_turn_it_round() {
        assert_eq!(
            clean("a\r\nCRITICAL: b\u{202e}c\x1b[1;31md\x1b[\u{200b}", 80),
            "a CRITICAL: bcd"
        );
        assert_eq!(clean("0123456789", 5), "0123…");
        assert_eq!(clean("äöü", 3), "äöü");
    }

    #[test]
    fn a_long_text_loses_whole_lines() {
        let text = "first\nsecond\nthird line of many words that do not fit here\n";
        assert_eq!(fit(text, 50, str::len), "first\nsecond\n… (cut; see `nightkeep alerts`)");
        assert_eq!(fit("short", 50, str::len), "short");
    }

    #[test]
    fn spans_and_moments_are_said_as_a_person_does() {
        let spans = [5, 250, 3600, 8400, 90_000, 300_000].map(SignedDuration::from_secs).map(span);
        assert_eq!(spans, ["5 s", "4 min", "1 h", "2 h 20 min", "25 h", "3 days"]);
        let tz = TimeZone::fixed(jiff::tz::offset(1));
        let at: Timestamp = "2026-11-23T01:14:00Z".parse().unwrap();
        let later = |hours| at + SignedDuration::from_hours(hours);
        assert_eq!(moment(at, later(3), &tz), "02:14");
        assert_eq!(moment(at, later(30), &tz), "Mon 02:14");
        assert_eq!(moment(at, later(300), &tz), "23 Nov 02:14");
    }
}
