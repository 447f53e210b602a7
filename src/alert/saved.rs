//! What the judge knows, and the rows it is saved in: one for each alert, message, silence and
//! silent source, and one of counters.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Rows;
use super::life::Alert;
use super::message::Message;
use crate::model::{AlertKey, Silence, SourceName};

/// All that influences what the judge decides later.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) alerts: BTreeMap<AlertKey, Alert>,
    /// What waits to be told, by the number of the firing.
    pub(super) messages: BTreeMap<u64, Message>,
    pub(super) silences: BTreeMap<u64, Silence>,
    /// Since when sources cannot see.
    pub(super) silent: BTreeMap<SourceName, Timestamp>,
    pub(super) counters: Counters,
}

/// The last numbers given.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Counters {
    pub(super) firing: u64,
    pub(super) tell: u64,
    pub(super) silence: u64,
}

const COUNTERS: &str = "counters";

impl Known {
    /// Reads the rows; returns also how many could not be read.
    pub(super) fn read(rows: &Rows) -> (Self, usize) {
        let mut known = Self::default();
        let unreadable = rows.iter().filter(|(name, json)| known.add(name, json).is_none()).count();
        // A number is never given twice, whatever became of the counters: a channel that saw a
        // number does not take it again.
        let counters = &mut known.counters;
        for alert in known.alerts.values() {
            let ended = alert.ended.as_ref().map_or(0, |ended| ended.id);
            let (firing, told) = alert.firing.as_ref().map_or((0, 0), |firing| {
                (firing.id, firing.told.as_ref().map_or(0, |told| told.first))
            });
            counters.firing = counters.firing.max(ended).max(firing);
            counters.tell = counters.tell.max(told);
        }
        let last = known.silences.keys().last().copied().unwrap_or(0);
        counters.silence = counters.silence.max(last);
        (known, unreadable)
    }

    fn add(&mut self, name: &str, json: &str) -> Option<()> {
        if name == COUNTERS {
            self.counters = serde_json::from_str(json).ok()?;
            return Some(());
        }
        let (kind, name) = name.split_once('/')?;
        match kind {
            "alert" => {
                let (rule, subject) = name.split_once(' ')?;
                let key = AlertKey { rule: rule.parse().ok()?, subject: subject.parse().ok()? };
                self.alerts.insert(key, serde_json::from_str(json).ok()?);
            }
            "message" => {
                self.messages.insert(name.parse().ok()?, serde_json::from_str(json).ok()?);
            }
            "silence" => {
                self.silences.insert(name.parse().ok()?, serde_json::from_str(json).ok()?);
            }
            "silent" => {
                self.silent.insert(name.parse().ok()?, serde_json::from_str(json).ok()?);
            }
            _ => return None,
        }
        Some(())
    }

    /// The rows as they should be now: of the alerts only those named, of all else everything.
    fn write(&self, touched: &BTreeSet<AlertKey>) -> BTreeMap<String, Option<String>> {
        let mut rows = BTreeMap::new();
        for key in touched {
            let alert = self.alerts.get(key).filter(|alert| !alert.is_blank());
            rows.insert(format!("alert/{key}"), alert.map(json));
        }
        for (id, message) in &self.messages {
            rows.insert(format!("message/{id}"), Some(json(message)));
        }
        for (id, silence) in &self.silences {
            rows.insert(format!("silence/{id}"), Some(json(silence)));
        }
        for (source, since) in &self.silent {
            rows.insert(format!("silent/{}", source.as_str()), Some(json(since)));
        }
        if self.counters != Counters::default() {
            rows.insert(COUNTERS.to_owned(), Some(json(&self.counters)));
        }
        rows
    }

    /// Brings `saved` up to date and returns what changed.
    pub(super) fn changes(
        &self,
        touched: &BTreeSet<AlertKey>,
        saved: &mut Rows,
    ) -> Vec<(String, Option<String>)> {
        let mut now = self.write(touched);
        // Few rows but those of alerts exist, so whatever is gone from them is found by looking.
        for kind in ["message/", "silence/", "silent/"] {
            for (name, _) in
                saved.range(kind.to_owned()..).take_while(|row| row.0.starts_with(kind))
            {
                now.entry(name.clone()).or_insert(None);
            }
        }
        let changed: Vec<_> =
            now.into_iter().filter(|(name, json)| saved.get(name) != json.as_ref()).collect();
        for (name, json) in &changed {
            match json {
                Some(json) => saved.insert(name.clone(), json.clone()),
                None => saved.remove(name),
            };
        }
        changed
    }
}

fn json(value: &impl Serialize) -> String {
    // Maps with text keys, numbers and texts: this cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}
