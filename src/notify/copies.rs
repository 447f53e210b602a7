//! The copies of a message, one for each channel that gets it.

use crate::config::{ChannelKind, Config};
use crate::model::{Message, Notice};

/// One notice for each channel; where a service keeps alerts apart, one for each alert, so that
/// each is delivered for itself.
pub fn copies(config: &Config, channels: &[String], message: &Message) -> Vec<Notice> {
    let mut notices = Vec::new();
    for channel in channels {
        let whole = Notice {
            key: format!("{}-{channel}", message.id),
            channel: channel.clone(),
            message: message.clone(),
        };
        let apart = config.channels.get(channel).is_some_and(|it| keeps_apart(&it.kind));
        if !apart || message.items.len() < 2 {
            notices.push(whole);
            continue;
        }
        for item in &message.items {
            let mut one = whole.clone();
            one.key = format!("{}-{}", whole.key, item.alert);
            one.message.severity = item.severity;
            one.message.items = vec![item.clone()];
            notices.push(one);
        }
    }
    notices
}

/// The service keeps each alert for itself, open until it hears of its end: messages are neither
/// put together nor made into lists for it.
pub fn keeps_apart(kind: &ChannelKind) -> bool {
    matches!(kind, ChannelKind::Pagerduty { .. })
}

/// The channels that want to hear that somebody takes care of an alert.
pub fn that_take_back(config: &Config) -> Vec<String> {
    let takes = |kind: &ChannelKind| match kind {
        ChannelKind::Pagerduty { .. } => true,
        ChannelKind::Pushover(pushover) => pushover.emergency,
        _ => false,
    };
    config
        .channels
        .iter()
        .filter(|(_, channel)| takes(&channel.kind))
        .map(|(name, _)| name.clone())
        .collect()
}
