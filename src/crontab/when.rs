//! When a line is due.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nightkeep_schedule::{Cron, Schedule};

/// When.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum When {
    /// Five fields.
    Cron(String),
    /// When the machine starts.
    Reboot,
    /// anacron: so many days after the last time.
    Days(u32),
}

impl When {
    pub(super) fn fields(fields: [&str; 5]) -> Option<Self> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "*,-/~?#".contains(c);
        fields.iter().all(|field| field.chars().all(fits)).then(|| Self::Cron(fields.join(" ")))
    }

    /// `@daily` and its like.
    pub(super) fn named(name: &str) -> Option<Self> {
        let fields = match name {
            "reboot" => return Some(Self::Reboot),
            "yearly" | "annually" => "0 0 1 1 *",
            "monthly" => "0 0 1 * *",
            "weekly" => "0 0 * * 0",
            "daily" | "midnight" => "0 0 * * *",
            "hourly" => "0 * * * *",
            _ => return None,
        };
        Some(Self::Cron(fields.to_owned()))
    }

    /// anacron's.
    pub(super) fn period(period: &str) -> Option<Self> {
        match period {
            "@daily" => Some(Self::Days(1)),
            "@weekly" => Some(Self::Days(7)),
            "@monthly" => Some(Self::Days(30)),
            "@yearly" | "@annually" => Some(Self::Days(365)),
            days => Some(Self::Days(days.parse().ok().filter(|days| *days > 0)?)),
        }
    }

    /// The next time. None if it is not known, or never comes.
    pub(crate) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Cron(fields) => Schedule::Cron(Cron::parse(fields).ok()?).next(after, zone),
            Self::Reboot | Self::Days(_) => None,
        }
    }

    /// The shortest time between two of the next runs.
    fn gap(&self, after: Timestamp, zone: &TimeZone) -> Option<SignedDuration> {
        if let Self::Days(days) = self {
            return Some(SignedDuration::from_hours(i64::from(*days) * 24));
        }
        let mut times = vec![self.next(after, zone)?];
        for _ in 0..10 {
            times.extend(self.next(*times.last()?, zone));
        }
        times
            .windows(2)
            .map(|pair| pair[1].duration_since(pair[0]))
            .filter(SignedDuration::is_positive)
            .min()
    }
}

/// What a run may be late or take before somebody is told, guessed by how often there is one.
pub(crate) fn grace(when: &When, now: Timestamp, zone: &TimeZone) -> &'static str {
    let hours = when.gap(now, zone).map_or(24 * 60, |gap| gap.as_mins()) as f64 / 60.0;
    match (when, hours) {
        // anacron waits for the machine, its delay and a random one.
        (When::Days(1), _) => "12h",
        (When::Days(_), _) => "1d",
        (_, ..0.25) => "5m",
        (_, ..1.0) => "10m",
        (_, ..6.0) => "30m",
        (_, ..100.0) => "1h",
        (_, ..400.0) => "3h",
        _ => "6h",
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron(fields) => f.write_str(fields),
            Self::Reboot => f.write_str("@reboot"),
            Self::Days(1) => f.write_str("every day"),
            Self::Days(days) => write!(f, "every {days} days"),
        }
    }
}
