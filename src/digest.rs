//! The digest: what happened, what was quiet, what grows. For the owner who wants to hear of a
//! week in which nobody had to be woken.

mod gather;
#[cfg(test)]
mod golden;
mod words;

use std::collections::BTreeMap;
use std::str::FromStr as _;

use croner::Cron;
use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::model::{AlertKey, Severity, SourceName};
use crate::notify;

pub use gather::gather;
pub use words::message;

/// The longest time one digest is about.
const MOST: SignedDuration = SignedDuration::from_hours(32 * 24);

/// What is worth telling of a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Digest {
    /// Alerts that fired, by what they are about, first ones first.
    pub alerts: Vec<Fired>,
    /// Logins, by account.
    pub logins: BTreeMap<String, Logins>,
    /// Failed logins by ssh, and how many there were in the same time before; none if that is not
    /// known.
    pub failed: (u64, Option<u64>),
    /// Addresses that fail2ban banned.
    pub bans: u64,
    /// Mounts, the fastest growing first.
    pub mounts: Vec<Mount>,
    /// The mean share of memory in use, and in the same time before.
    pub memory: Option<(f64, Option<f64>)>,
    /// How long nobody watched.
    pub unwatched: SignedDuration,
    /// How often the machine was started.
    pub reboots: u32,
    /// Messages that did not get through, by channel.
    pub undelivered: BTreeMap<String, usize>,
    /// Sources that saw, and saw nothing wrong.
    pub quiet: Vec<SourceName>,
}

/// An alert that fired, once or several times.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// Which.
    pub key: AlertKey,
    /// The worst it was.
    pub severity: Severity,
    /// What it said last while it was so.
    pub summary: String,
    /// When it began first.
    pub first: Timestamp,
    /// How often it began.
    pub times: u32,
    /// For how long in all.
    pub lasted: SignedDuration,
    /// It still is so.
    pub burns: bool,
}

/// Logins into one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logins {
    /// How many.
    pub count: u32,
    /// From which addresses.
    pub addresses: std::collections::BTreeSet<String>,
    /// How many had something about them that was not known.
    pub unknown: u32,
}

/// A mount and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mount {
    /// Where it is mounted.
    pub path: String,
    /// Bytes used at the beginning and at the end.
    pub used: (f64, f64),
    /// Share used at the end, as `df` says.
    pub share: f64,
    /// Bytes left at the end.
    pub left: f64,
    /// Between the first and the last look.
    pub over: SignedDuration,
}

/// The time the next digest is about, if it is due: from the last one on to the latest time that
/// the config names.
pub fn due(config: &Config, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let cron = Cron::from_str(config.digest.cron.as_ref()?).ok()?;
    let latest =
        cron.find_previous_occurrence(&now.to_zoned(config.timezone.clone()), true).ok()?;
    let latest = latest.timestamp();
    (latest > last && latest <= now).then_some(last.max(now.checked_sub(MOST).unwrap_or(last)))
}

/// The channels it goes to: those the config names, else every one that makes no incident of it.
pub fn channels(config: &Config) -> Vec<String> {
    if !config.digest.channels.is_empty() {
        return config.digest.channels.clone();
    }
    let takes = |name: &&String| {
        config.channels.get(*name).is_some_and(|channel| !notify::keeps_apart(&channel.kind))
    };
    config.channels.keys().filter(takes).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_due_once_at_each_time_and_late_if_nobody_watched() {
        let mut config = Config::default();
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let last = at("2026-11-16T08:00:30Z");
        assert_eq!(due(&config, last, at("2026-11-23T09:00:00Z")), None);
        config.digest.cron = Some(String::from("0 8 * * 1"));
        assert_eq!(due(&config, last, at("2026-11-23T07:59:59Z")), None);
        assert_eq!(due(&config, last, at("2026-11-23T08:00:00Z")), Some(last));
        let sent = at("2026-11-23T08:00:10Z");
        assert_eq!(due(&config, sent, at("2026-11-23T08:01:10Z")), None);
        // Nobody watched on Monday: it comes on Wednesday, about all of the time.
        assert_eq!(due(&config, last, at("2026-11-25T12:00:00Z")), Some(last));
        let long_ago = at("2025-01-01T00:00:00Z");
        let now = at("2026-11-25T12:00:00Z");
        assert_eq!(due(&config, long_ago, now), Some(now - MOST));
    }
}
