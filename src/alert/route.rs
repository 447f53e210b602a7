//! Which channels hear of an alert.

use jiff::Timestamp;

use super::window;
use crate::config::Config;
use crate::model::{AlertKey, RuleName, Severity, Subject};

/// The channels for the alert now, in order of their names: those its subject names, or else those
/// the routes do. Without routes every channel hears everything. A failing channel is not told of
/// itself.
pub(super) fn channels(
    config: &Config,
    key: &AlertKey,
    named: &[String],
    severity: Severity,
    now: Timestamp,
) -> Vec<String> {
    let mut named = named.to_vec();
    named.retain(|name| is_open(config, key, name));
    // None of them is there any more: rather the others than nobody.
    if named.is_empty() {
        named = routed(config, key, severity, now);
    }
    named.sort();
    named.dedup();
    named
}

fn routed(config: &Config, key: &AlertKey, severity: Severity, now: Timestamp) -> Vec<String> {
    let mut named = Vec::new();
    for route in &config.routes {
        let meant = route.matches.means(key, severity)
            && (route.sources.is_empty() || route.sources.contains(&key.rule.source()))
            && route.hours.is_none_or(|hours| window::within(hours, &config.timezone, now));
        if meant {
            named.extend(route.channels.iter().cloned());
            if !route.go_on {
                break;
            }
        }
    }
    if config.routes.is_empty() {
        named.extend(config.channels.keys().cloned());
    }
    named.retain(|name| is_open(config, key, name));
    named
}

/// Is there such a channel, and is it another one than the alert is about?
pub(super) fn is_open(config: &Config, key: &AlertKey, channel: &str) -> bool {
    let about_itself = key.rule == RuleName::ChannelFailing
        && matches!(&key.subject, Subject::Channel(name) if name == channel);
    config.channels.contains_key(channel) && !about_itself
}

/// When the answer may change next: hours begin or end.
pub(super) fn next_change(config: &Config, now: Timestamp) -> Option<Timestamp> {
    config
        .routes
        .iter()
        .filter_map(|route| window::next_hour(route.hours?, &config.timezone, now))
        .min()
}
