//! Alerts as people and programs look at them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::saved::Known;
use crate::model::{AlertKey, HeldBy, Phase, Severity};

/// One alert that is not well, or was not until a day ago.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlertView {
    /// Which rule, of which subject.
    #[serde(flatten)]
    pub key: AlertKey,
    /// Where it is in its life.
    pub phase: Phase,
    /// How bad it is; the worst it was, once it is over.
    pub severity: Severity,
    /// The number of the firing; none before it fired.
    pub id: Option<u64>,
    /// Since when the trouble lasts.
    pub since: Timestamp,
    /// One line: what is so.
    pub summary: String,
    /// The command to type next; empty once it is over.
    pub next: String,
    /// Who takes care of it, and since when.
    pub acknowledged: Option<(String, Timestamp)>,
    /// Why something about it is not told.
    pub held: Option<HeldBy>,
    /// Somebody was told of it.
    pub told: bool,
    /// When it was over.
    pub ended: Option<Timestamp>,
}

impl Known {
    /// Every alert worth showing, in the order of the rules.
    pub(super) fn views(&self) -> Vec<AlertView> {
        self.alerts.keys().filter_map(|key| self.one(key)).collect()
    }

    fn one(&self, key: &AlertKey) -> Option<AlertView> {
        let alert = self.alerts.get(key)?;
        let held = |id| self.messages.get(&id).and_then(|message| message.held.clone());
        if let Some(firing) = &alert.firing {
            return Some(AlertView {
                key: key.clone(),
                phase: alert.phase(),
                severity: firing.severity,
                id: Some(firing.id),
                since: firing.since,
                summary: firing.summary.clone(),
                next: firing.next.clone(),
                acknowledged: firing.acknowledged.as_ref().map(|by| (by.by.clone(), by.at)),
                held: held(firing.id),
                told: firing.told.is_some(),
                ended: None,
            });
        }
        if let Some(claim) = &alert.claim {
            return Some(AlertView {
                key: key.clone(),
                phase: alert.phase(),
                severity: claim.severity,
                id: None,
                since: claim.since,
                summary: claim.summary.clone(),
                next: claim.next.clone(),
                acknowledged: None,
                held: None,
                told: false,
                ended: None,
            });
        }
        let ended = alert.ended.as_ref()?;
        Some(AlertView {
            key: key.clone(),
            phase: Phase::Resolved,
            severity: ended.severity,
            id: Some(ended.id),
            since: ended.since,
            summary: ended.summary.clone(),
            next: String::new(),
            acknowledged: None,
            held: held(ended.id),
            told: ended.told,
            ended: Some(ended.until),
        })
    }
}
