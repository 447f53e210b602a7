//! Text of the other side, as it may be shown, and numbers as a person reads them.

use std::time::Duration;

use jiff::Timestamp;

pub(crate) use nightkeep_text::{clean, clean_bytes, is_hidden};

/// `10 s`, `2.5 s`, `250 ms`.
pub(crate) fn duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// `2026-11-23 12:00 UTC`.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long ago or ahead, in the unit a person would take: `3 days`, `1 hour`, `5 minutes`.
pub(crate) fn distance(from: Timestamp, to: Timestamp) -> String {
    let minutes = to.duration_since(from).abs().as_mins();
    let (count, unit) = match minutes {
        0..120 => (minutes, "minute"),
        120..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(duration(Duration::from_millis(250)), "250 ms");
        assert_eq!(duration(Duration::from_millis(2500)), "2.5 s");
        assert_eq!(duration(Duration::from_secs(10)), "10 s");
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        assert_eq!(time(noon), "2026-11-23 12:00 UTC");
        let later = noon + jiff::SignedDuration::from_hours(73);
        assert_eq!(distance(noon, later), "3 days");
        assert_eq!(distance(later, noon), "3 days");
        assert_eq!(distance(noon, noon + jiff::SignedDuration::from_mins(1)), "1 minute");
    }
}
