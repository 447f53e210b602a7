//! Whose trouble explains whose. A child that begins to fire under a burning parent is held back
//! until the parent is over. One match, so that later monitors find their place.

use crate::config::{ChannelKind, Config};
use crate::model::{AlertKey, RuleName, Subject};

/// The alerts that explain this one, nearest first.
pub(super) fn of(config: &Config, key: &AlertKey) -> Vec<AlertKey> {
    let same = |rule| AlertKey { rule, subject: key.subject.clone() };
    match (key.rule, &key.subject) {
        (RuleName::DiskUsed | RuleName::DiskInodes, _) => vec![same(RuleName::DiskReadOnly)],
        (RuleName::DiskForecast, _) => {
            vec![same(RuleName::DiskUsed), same(RuleName::DiskReadOnly)]
        }
        // A unit that fails or loops is not active either: one trouble, one message.
        (RuleName::UnitInactive, _) => {
            vec![same(RuleName::UnitFailed), same(RuleName::UnitRestarts)]
        }
        (RuleName::ContainerExited | RuleName::ContainerRestarts, _) => {
            vec![same(RuleName::ContainerOom)]
        }
        (RuleName::UnitRestarts, _) => vec![same(RuleName::UnitFailed)],
        (RuleName::CertificateUnseen | RuleName::WayOutDown, _) => {
            vec![AlertKey { rule: RuleName::NetworkDown, subject: Subject::Host }]
        }
        (RuleName::MonitorDown, Subject::Monitor(name)) => explain(config, name),
        (RuleName::MonitorDegraded, Subject::Monitor(name)) => {
            let own = vec![same(RuleName::MonitorDown)];
            own.into_iter().chain(explain(config, name)).collect()
        }
        (RuleName::ChannelFailing, Subject::Channel(name)) if needs_network(config, name) => {
            vec![AlertKey { rule: RuleName::NetworkDown, subject: Subject::Host }]
        }
        _ => Vec::new(),
    }
}

/// The parents of a monitor, nearest first, and the way out to it if it is far away.
fn explain(config: &Config, monitor: &str) -> Vec<AlertKey> {
    let mut keys: Vec<AlertKey> = Vec::new();
    let mut next = config.monitors.get(monitor);
    let is_remote = next.is_some_and(|monitor| monitor.is_remote());
    while let Some(parent) = next.and_then(|monitor| monitor.parent.as_ref()) {
        let key =
            AlertKey { rule: RuleName::MonitorDown, subject: Subject::Monitor(parent.clone()) };
        // The config has no circles; a replay's might.
        if keys.contains(&key) {
            break;
        }
        keys.push(key);
        next = config.monitors.get(parent);
    }
    if is_remote {
        keys.push(AlertKey { rule: RuleName::WayOutDown, subject: Subject::Host });
    }
    keys
}

fn needs_network(config: &Config, channel: &str) -> bool {
    config.channels.get(channel).is_some_and(|channel| {
        !matches!(channel.kind, ChannelKind::Sendmail { .. } | ChannelKind::Command { .. })
    })
}
