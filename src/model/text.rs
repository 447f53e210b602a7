//! Words, numbers and text of others, as they are shown.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
pub use nightkeep_triage::text::{clean, hex, is_hidden, visible};

/// Bytes in binary units with sane digits: `1.4 GiB`, `312 MiB`.
pub fn bytes(bytes: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes.max(0.0);
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value >= 9.95 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// A share of 0 to 1 as `86 %`; what is nearly nothing or nearly all keeps a digit.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if (percent > 99.5 && percent < 100.0) || (percent > 0.0 && percent < 0.95) {
        // Nothing but all is 100 %.
        format!("{:.1} %", percent.min(99.9))
    } else {
        format!("{percent:.0} %")
    }
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 1 s.
    Second,
    /// 60 s.
    Minute,
    /// 3600 s.
    Hour,
    /// 24 hours.
    Day,
}

/// A time span in the one unit that tells it well enough.
pub fn unit(span: SignedDuration) -> (i64, Unit) {
    let seconds = span.as_secs().max(0);
    match seconds {
        0..60 => (seconds, Unit::Second),
        60..7200 if seconds < 3600 || seconds % 3600 != 0 => ((seconds + 30) / 60, Unit::Minute),
        60..172_800 => ((seconds + 1800) / 3600, Unit::Hour),
        _ => ((seconds + 43_200) / 86_400, Unit::Day),
    }
}

/// A time span in one unit: `10 minutes`, `1 hour`, `3 days`.
pub fn span(span: SignedDuration) -> String {
    let (count, unit) = unit(span);
    let unit = match unit {
        Unit::Second => "second",
        Unit::Minute => "minute",
        Unit::Hour => "hour",
        Unit::Day => "day",
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Text of others, cleaned and cut where nobody reads on.
pub fn safe(text: &str) -> String {
    clean(text, 2000)
}

/// A time as the owner's wall clock shows it.
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A length of time as days, hours, minutes and seconds.
pub fn units(span: SignedDuration) -> (i64, i64, i64, i64) {
    let seconds = span.as_secs().max(0);
    (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// A length of time in its two largest units: `1 h 4 min`.
pub fn length(span: SignedDuration) -> String {
    match units(span) {
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, _) => format!("{minutes} min"),
        (0, hours, 0, _) => format!("{hours} h"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, 0, ..) => format!("{days} d"),
        (days, hours, ..) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_sane_digits() {
        for (value, expected) in [
            (0.0, "0 B"),
            (999.0, "999 B"),
            (1023.0, "1.0 KiB"),
            (1.4 * 1024.0 * 1024.0 * 1024.0, "1.4 GiB"),
            (312.3 * 1024.0 * 1024.0, "312 MiB"),
            (9.97 * 1024.0, "10 KiB"),
        ] {
            assert_eq!(bytes(value), expected);
        }
        for (share, expected) in
            [(0.0, "0 %"), (0.004, "0.4 %"), (0.856, "86 %"), (0.9999, "99.9 %"), (1.0, "100 %")]
        {
            assert_eq!(percent(share), expected);
        }
        for (seconds, expected) in [
            (1, "1 second"),
            (60, "1 minute"),
            (600, "10 minutes"),
            (3600, "1 hour"),
            (5400, "90 minutes"),
            (86_400, "24 hours"),
            (3 * 86_400, "3 days"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn lengths_have_two_units() {
        for (seconds, expected) in
            [(0, "0 s"), (59, "59 s"), (61, "1 min"), (3660, "1 h 1 min"), (90_000, "1 d 1 h")]
        {
            assert_eq!(length(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
