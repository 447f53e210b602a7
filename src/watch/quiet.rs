//! A channel nothing went to for long is tested, so that nobody learns that it broke by a silence
//! in the night. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::Config;
use crate::model::Notice;
use crate::notify::message;

/// Tests are sent at these local hours only: nobody shall wake up for one.
const HOURS: std::ops::Range<i8> = 10..18;

/// The tests that are due. `newest` says when each channel was last told something, `began` since
/// when that is written down.
pub(super) fn tests(
    config: &Config,
    newest: &BTreeMap<String, Timestamp>,
    began: Timestamp,
    now: Timestamp,
) -> Vec<Notice> {
    let after = config.alerts.channel_test_after;
    let hour = now.to_zoned(config.timezone.clone()).hour();
    if after.is_zero() || !HOURS.contains(&hour) {
        return Vec::new();
    }
    let quiet =
        |name: &str| now.duration_since(newest.get(name).copied().unwrap_or(began)) >= after;
    let test = |name: &String| Notice {
        key: format!("test-{}-{name}", now.as_second()),
        channel: name.clone(),
        message: message::quiet_test(&config.host, after, now),
    };
    config.channels.keys().filter(|name| quiet(name)).map(test).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use jiff::{SignedDuration, ToSpan as _};

    use super::*;
    use crate::config::{ChannelConfig, ChannelKind};

    #[test]
    fn only_what_was_quiet_for_long_is_tested_and_only_by_day() {
        let kind = ChannelKind::Syslog { journal: PathBuf::new(), syslog: PathBuf::new() };
        let channel = ChannelConfig { kind, timeout: SignedDuration::from_secs(1) };
        let mut config = Config::default();
        for name in ["busy", "never", "quiet"] {
            config.channels.insert(String::from(name), channel.clone());
        }
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let days = |days: i64| noon - (days * 24).hours();
        let newest =
            BTreeMap::from([(String::from("busy"), days(29)), (String::from("quiet"), days(30))]);
        let tested = |config: &Config, began, now| -> Vec<String> {
            tests(config, &newest, began, now).into_iter().map(|notice| notice.channel).collect()
        };
        assert_eq!(tested(&config, days(5), noon), ["quiet"]);
        assert_eq!(tested(&config, days(30), noon), ["never", "quiet"]);
        assert!(tested(&config, days(30), noon + 12.hours()).is_empty());
        config.alerts.channel_test_after = SignedDuration::ZERO;
        assert!(tested(&config, days(30), noon).is_empty());
    }
}
