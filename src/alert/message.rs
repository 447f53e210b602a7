//! What waits to be told: why it is held back, what goes into one message, and to whom.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::life::{Ended, Firing, Told};
use super::saved::Known;
use super::{parents, route, window};
use crate::config::Config;
use crate::model::{AlertKey, Decision, HeldBy, Item, Match, Severity, Tell, TellKind};
use crate::rule::{self, after, move_time};

/// One thing to be told of one firing. There is at most one at a time for a firing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Message {
    #[serde(flatten)]
    pub(super) key: AlertKey,
    pub(super) kind: TellKind,
    /// Since when nothing holds it back. What belongs together waits from here.
    ready: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<HeldBy>,
    /// What held it back until `ready`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was_held: Option<HeldBy>,
    /// What is over, in a recovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over: Option<Over>,
}

/// A firing that is over, as its recovery tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Over {
    severity: Severity,
    since: Timestamp,
    until: Timestamp,
    summary: String,
    next: String,
    first_tell: u64,
    channels: Vec<String>,
}

impl Message {
    pub(super) fn new(key: &AlertKey, kind: TellKind, ready: Timestamp) -> Self {
        Self { key: key.clone(), kind, ready, held: None, was_held: None, over: None }
    }

    /// The clock was set back.
    pub(super) fn move_clock(&mut self, by: SignedDuration) {
        move_time(&mut self.ready, by);
        if let Some(over) = &mut self.over {
            move_time(&mut over.since, by);
            move_time(&mut over.until, by);
        }
    }

    /// Tells those who were told of the trouble that it is over.
    pub(super) fn recovery(
        key: &AlertKey,
        firing: &Firing,
        told: &Told,
        ended: &Ended,
        ready: Timestamp,
    ) -> Self {
        let over = Over {
            severity: ended.severity,
            since: ended.since,
            until: ended.until,
            summary: ended.summary.clone(),
            next: firing.next.clone(),
            first_tell: told.first,
            channels: told.channels.clone(),
        };
        Self { over: Some(over), ..Self::new(key, TellKind::Recovered, ready) }
    }
}

const KINDS: [TellKind; 4] =
    [TellKind::Raised, TellKind::Worse, TellKind::Reminder, TellKind::Recovered];

impl Known {
    /// Holds back and lets go.
    pub(super) fn hold(&mut self, config: &Config, now: Timestamp, decisions: &mut Vec<Decision>) {
        let reasons: Vec<_> = self
            .messages
            .iter()
            .map(|(id, message)| (*id, self.reason(config, *id, message, now)))
            .collect();
        for (id, reason) in reasons {
            let Some(message) = self.messages.get_mut(&id) else { continue };
            if message.held == reason {
                continue;
            }
            if let Some(by) = &reason {
                decisions.push(held(message, id, by.clone(), now));
            } else {
                message.ready = now;
                message.was_held = message.held.take();
            }
            message.held = reason;
        }
    }

    fn reason(
        &self,
        config: &Config,
        id: u64,
        message: &Message,
        now: Timestamp,
    ) -> Option<HeldBy> {
        let key = &message.key;
        let severity = self.severity(id, message);
        let silence = self.silences.values().find(|silence| {
            (silence.from..silence.until).contains(&now) && silence.matches.means(key, severity)
        });
        if let Some(silence) = silence {
            let (id, author, reason) = (silence.id, silence.by.clone(), silence.reason.clone());
            return Some(HeldBy::Silence { id, author, reason });
        }
        let maintenance = config.maintenance.iter().find(|maintenance| {
            maintenance.matches.means(key, severity)
                && window::is_open(&maintenance.window, &config.timezone, now)
        });
        if let Some(maintenance) = maintenance {
            return Some(HeldBy::Maintenance { name: maintenance.name.clone() });
        }
        if message.kind == TellKind::Raised {
            let burns =
                |key: &AlertKey| self.alerts.get(key).is_some_and(|alert| alert.firing.is_some());
            if let Some(key) = parents::of(config, key).into_iter().find(burns) {
                return Some(HeldBy::Parent { key });
            }
            // The parent is over and its child about to be: nobody needs to hear of it.
            let clearing = self.alerts.get(key).is_some_and(super::life::Alert::is_clearing);
            if let (true, Some(HeldBy::Parent { .. })) = (clearing, &message.held) {
                return message.held.clone();
            }
        }
        self.channels(config, id, message, now).is_empty().then_some(HeldBy::NoRoute)
    }

    /// Tells what has waited for long enough, with all of its kind.
    pub(super) fn flush(&mut self, config: &Config, now: Timestamp, decisions: &mut Vec<Decision>) {
        for kind in KINDS {
            let waiting: Vec<u64> = self.waiting(kind).map(|(id, _)| *id).collect();
            let due = self.due(config, kind).is_some_and(|due| due <= now);
            if !due {
                continue;
            }
            let mut tells: BTreeMap<Vec<String>, Vec<Item>> = BTreeMap::new();
            for id in waiting {
                let Some(message) = self.messages.get(&id) else { continue };
                let channels = self.channels(config, id, message, now);
                if let Some(item) = self.item(id, message) {
                    tells.entry(channels).or_default().push(item);
                }
                self.messages.remove(&id);
            }
            let mut tells: Vec<_> = tells.into_iter().collect();
            for (_, items) in &mut tells {
                items.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.key.cmp(&b.key)));
            }
            tells.sort_by_key(|(_, items)| {
                std::cmp::Reverse(items.first().map(|item| item.severity))
            });
            for (channels, mut items) in tells {
                // Numbers begin with the time, so that a store begun anew does not repeat those
                // that channels remember (a mail's Message-ID, an idempotency key).
                let first = u64::try_from(now.as_second()).unwrap_or(0);
                let id = if self.counters.tell == 0 { first } else { self.counters.tell } + 1;
                self.counters.tell = id;
                for item in &mut items {
                    self.note_told(item, id, kind, &channels, now);
                }
                decisions.push(Decision::Tell(Tell { at: now, id, kind, channels, items }));
            }
        }
    }

    /// When something waiting is told next, or may be let go.
    pub(super) fn next_tell(&self, config: &Config, now: Timestamp) -> Option<Timestamp> {
        if self.messages.is_empty() {
            return None;
        }
        let flushes = KINDS.into_iter().filter_map(|kind| self.due(config, kind));
        let concerns = |matches: &Match| {
            self.messages
                .iter()
                .any(|(id, message)| matches.means(&message.key, self.severity(*id, message)))
        };
        let concerned = config.maintenance.iter().filter(|it| concerns(&it.matches));
        let windows = concerned.filter_map(|maintenance| {
            window::next_change(&maintenance.window, &config.timezone, now)
        });
        let begins = self.silences.values().map(|silence| silence.from).filter(|from| *from > now);
        let unrouted = self.messages.values().any(|it| it.held == Some(HeldBy::NoRoute));
        let routes = unrouted.then(|| route::next_change(config, now)).flatten();
        flushes.chain(windows).chain(begins).chain(routes).min()
    }

    fn waiting(&self, kind: TellKind) -> impl Iterator<Item = (&u64, &Message)> {
        self.messages
            .iter()
            .filter(move |(_, message)| message.kind == kind && message.held.is_none())
    }

    /// When what waits of a kind is told: the first of it has waited for company, or is told at
    /// once.
    fn due(&self, config: &Config, kind: TellKind) -> Option<Timestamp> {
        let due = |(_, message): (&u64, &Message)| {
            if rule::happens(message.key.rule) {
                message.ready
            } else {
                after(message.ready, config.alerts.group_wait)
            }
        };
        self.waiting(kind).map(due).min()
    }

    fn firing(&self, id: u64, message: &Message) -> Option<&Firing> {
        self.alerts.get(&message.key)?.firing.as_ref().filter(|firing| firing.id == id)
    }

    fn severity(&self, id: u64, message: &Message) -> Severity {
        match &message.over {
            Some(over) => over.severity,
            None => self.firing(id, message).map_or(Severity::Info, |firing| firing.severity),
        }
    }

    /// Trouble goes where its subject or the routes say; what follows goes to those who heard of the trouble.
    fn channels(&self, config: &Config, id: u64, message: &Message, now: Timestamp) -> Vec<String> {
        let told = match (&message.over, message.kind) {
            (Some(over), _) => Some(&over.channels),
            (None, TellKind::Reminder) => self
                .firing(id, message)
                .and_then(|firing| firing.told.as_ref())
                .map(|told| &told.channels),
            _ => None,
        };
        if let Some(told) = told {
            let is_open = |channel: &&String| route::is_open(config, &message.key, channel);
            return told.iter().filter(is_open).cloned().collect();
        }
        let named = self.alerts.get(&message.key).map_or(&[][..], |alert| &alert.channels);
        route::channels(config, &message.key, named, self.severity(id, message), now)
    }

    fn item(&self, id: u64, message: &Message) -> Option<Item> {
        let (key, held) = (message.key.clone(), message.was_held.clone());
        if let Some(over) = message.over.clone() {
            return Some(Item {
                key,
                id,
                severity: over.severity,
                since: over.since,
                until: Some(over.until),
                summary: over.summary,
                next: over.next,
                first_tell: over.first_tell,
                held,
            });
        }
        let firing = self.firing(id, message)?;
        Some(Item {
            key,
            id,
            severity: firing.severity,
            since: firing.since,
            until: None,
            summary: firing.summary.clone(),
            next: firing.next.clone(),
            first_tell: firing.told.as_ref().map_or(0, |told| told.first),
            held,
        })
    }

    fn note_told(
        &mut self,
        item: &mut Item,
        tell: u64,
        kind: TellKind,
        channels: &[String],
        now: Timestamp,
    ) {
        let firing = self.alerts.get_mut(&item.key).and_then(|alert| alert.firing.as_mut());
        let Some(firing) = firing.filter(|firing| firing.id == item.id) else { return };
        let told = firing.told.get_or_insert_with(|| Told {
            first: tell,
            last: now,
            severity: item.severity,
            reminders: 0,
            channels: Vec::new(),
        });
        told.last = now;
        told.severity = told.severity.max(item.severity);
        told.reminders = if kind == TellKind::Reminder { told.reminders + 1 } else { 0 };
        told.channels.extend(channels.iter().cloned());
        told.channels.sort();
        told.channels.dedup();
        item.first_tell = told.first;
    }
}

/// The decision not to tell.
pub(super) fn held(message: &Message, id: u64, by: HeldBy, at: Timestamp) -> Decision {
    Decision::Hold { at, key: message.key.clone(), id, kind: message.kind, by }
}
