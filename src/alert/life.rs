//! The life of one alert: ok, pending, firing, resolved, and unknown over any of these.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::AlertsConfig;
use crate::model::{Phase, Severity};
use crate::rule::{Claim, Memory, Over, Question, Verdict, after, is_restated, severity};

/// A subject not seen for this long although its source speaks is no longer there.
const UNSEEN: SignedDuration = SignedDuration::from_mins(10);
/// An ended alert is shown for this long.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
/// The summary of a firing alert follows the numbers no faster than this, so that it is seldom
/// written.
const REFRESH: SignedDuration = SignedDuration::from_mins(5);
/// A gap this long breaks what must be seen without a break.
const GAP: SignedDuration = SignedDuration::from_mins(2);

/// One alert. What is well and remembers nothing is not kept at all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Alert {
    /// What its rule remembers.
    #[serde(default, skip_serializing_if = "Memory::is_nothing")]
    pub(super) memory: Memory,
    /// The channels its subject names. Empty: as the routes say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) channels: Vec<String>,
    /// Trouble that does not count yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) claim: Option<Claim>,
    /// Trouble there will be if nothing is heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coming: Option<Claim>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) firing: Option<Firing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Ended>,
    /// Its source cannot see.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unknown: bool,
    /// Its source began to speak then, and has not said anything of it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unseen: Option<Timestamp>,
}

/// Trouble that counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Firing {
    pub(super) id: u64,
    pub(super) severity: Severity,
    /// The worst it had.
    pub(super) worst: Severity,
    pub(super) since: Timestamp,
    pub(super) summary: String,
    /// When the summary was taken.
    pub(super) summarised: Timestamp,
    pub(super) next: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) over: Option<Over>,
    /// Since when it is clear, and what is so since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) clear: Option<Over>,
    /// How often it came back shortly after it ended.
    comebacks: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) acknowledged: Option<Acknowledged>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) told: Option<Told>,
}

/// Who knows of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// The message that told first.
    pub(super) first: u64,
    /// When it was told last.
    pub(super) last: Timestamp,
    /// The worst severity told.
    pub(super) severity: Severity,
    /// Reminders told since.
    pub(super) reminders: u32,
    /// Every channel that was told.
    pub(super) channels: Vec<String>,
}

/// Somebody takes care of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Acknowledged {
    pub(super) by: String,
    pub(super) at: Timestamp,
    pub(super) reason: String,
}

/// The last firing, after its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) id: u64,
    pub(super) severity: Severity,
    pub(super) since: Timestamp,
    /// When the trouble was over.
    pub(super) until: Timestamp,
    /// When the alert was resolved.
    pub(super) at: Timestamp,
    pub(super) summary: String,
    pub(super) told: bool,
    comebacks: u32,
}

/// What became of an alert.
#[derive(Debug)]
pub(super) enum Turn {
    /// Its phase or severity changed.
    Change { id: Option<u64>, from: Phase, to: Phase, severity: Severity, summary: String },
    /// It began to fire.
    Fired(u64),
    /// It is worse than what was told.
    Worse(u64),
    /// It is over.
    Ended(Box<(Firing, Ended)>),
}

impl Alert {
    /// Nothing of it needs to be kept.
    pub(super) fn is_blank(&self) -> bool {
        let Self { memory, channels: _, claim, coming, firing, ended, unknown, unseen: _ } = self;
        memory.is_nothing()
            && claim.is_none()
            && coming.is_none()
            && firing.is_none()
            && ended.is_none()
            && !unknown
    }

    /// Where it is in its life. `Resolved` is a moment, not a place to stay.
    pub(super) fn phase(&self) -> Phase {
        if self.unknown {
            Phase::Unknown
        } else if self.firing.is_some() {
            Phase::Firing
        } else if self.claim.is_some() {
            Phase::Pending
        } else {
            Phase::Ok
        }
    }

    /// Its source cannot see, or has not said anything of it since.
    pub(super) fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// It fires, but is on its way to its end.
    pub(super) fn is_clearing(&self) -> bool {
        self.firing.as_ref().is_some_and(|firing| firing.clear.is_some())
    }

    /// Its rule has spoken.
    pub(super) fn hear(
        &mut self,
        question: Question<'_>,
        verdict: Verdict,
        ids: &mut u64,
        turns: &mut Vec<Turn>,
    ) {
        let at = question.at;
        let mut from = self.phase();
        self.unseen = None;
        self.unknown = false;
        match verdict {
            Verdict::Raised(mut claim) => {
                claim.severity = severity(question.config, question.key, claim.severity);
                self.coming = None;
                match &mut self.firing {
                    Some(firing) => firing.renew(claim, at, &mut from, turns),
                    None => self.claim = Some(claim),
                }
            }
            Verdict::Clear { summary, coming } => {
                self.claim = None;
                self.coming = coming;
                if let Some(firing) = &mut self.firing {
                    firing.clear.get_or_insert(Over { at, summary });
                }
            }
            Verdict::Nothing => {}
            Verdict::Gone => {
                *self = Self {
                    firing: self.firing.take(),
                    ended: self.ended.take(),
                    ..Self::default()
                };
                self.end(at, at, crate::rule::gone(question.key), &mut from, turns);
            }
        }
        self.settle(question, ids, &mut from, turns);
        self.moved(from, turns);
    }

    /// Does what is due by now.
    pub(super) fn due(&mut self, question: Question<'_>, ids: &mut u64, turns: &mut Vec<Turn>) {
        let mut from = self.phase();
        self.settle(question, ids, &mut from, turns);
        self.moved(from, turns);
    }

    fn settle(
        &mut self,
        question: Question<'_>,
        ids: &mut u64,
        from: &mut Phase,
        turns: &mut Vec<Turn>,
    ) {
        let (at, alerts) = (question.at, &question.config.alerts);
        if self.ended.as_ref().is_some_and(|ended| ended.forgotten(alerts) <= at) {
            self.ended = None;
        }
        if self.unknown {
            return;
        }
        if let Some(firing) = &self.firing {
            if let Some(over) = firing.over.clone().filter(|over| over.at <= at) {
                self.end(over.at, at, over.summary, from, turns);
            } else if let Some(clear) = firing.cleared(alerts).filter(|clear| clear.at <= at) {
                let since = firing.clear.as_ref().map_or(at, |clear| clear.at);
                self.end(since, at, clear.summary, from, turns);
            }
        }
        if self.unseen.is_some() {
            return;
        }
        let ripe = |claim: &Claim| claim.ripe.is_some_and(|ripe| ripe <= at);
        if let Some(mut coming) = self.coming.take_if(|coming| ripe(coming)) {
            coming.severity = severity(question.config, question.key, coming.severity);
            match &mut self.firing {
                Some(firing) => firing.renew(coming, at, from, turns),
                None => self.claim = Some(coming),
            }
        }
        if let Some(claim) = self.claim.take_if(|claim| ripe(claim)) {
            *ids += 1;
            self.fire(*ids, claim, at, from, alerts, turns);
        }
    }

    /// The subject has not been seen for so long that it is no longer there.
    pub(super) fn is_lost(&self, at: Timestamp) -> bool {
        self.unseen.is_some_and(|since| after(since, UNSEEN) <= at)
    }

    /// When something is due next; `silent`: its source is.
    pub(super) fn next_due(&self, alerts: &AlertsConfig, silent: bool) -> Option<Timestamp> {
        let mut next = self.ended.as_ref().map(|ended| ended.forgotten(alerts));
        let mut or = |time: Option<Timestamp>| {
            next = [next, time].into_iter().flatten().min();
        };
        if !silent {
            or(self.unseen.map(|since| after(since, UNSEEN)));
        }
        if !self.unknown {
            if let Some(firing) = &self.firing {
                or(firing.over.as_ref().map(|over| over.at));
                or(firing.cleared(alerts).map(|clear| clear.at));
            }
            if self.unseen.is_none() {
                or(self.claim.as_ref().and_then(|claim| claim.ripe));
                or(self.coming.as_ref().and_then(|claim| claim.ripe));
            }
        }
        next
    }

    /// Its source cannot see any more.
    pub(super) fn lose_sight(&mut self, turns: &mut Vec<Turn>) {
        let before = self.phase();
        self.unknown |= self.firing.is_some() || self.claim.is_some();
        self.unseen = None;
        self.coming = None;
        self.claim = None;
        match &mut self.firing {
            Some(firing) => firing.clear = None,
            None => self.memory.lost_sight(),
        }
        self.moved(before, turns);
    }

    /// Its source sees again: what it knows it will say.
    pub(super) fn regain_sight(&mut self, question: Question<'_>, turns: &mut Vec<Turn>) {
        if is_restated(question.key.rule) {
            self.unseen = Some(question.at);
        } else {
            let before = self.phase();
            self.unknown = false;
            self.moved(before, turns);
        }
    }

    /// The watch was not there for a while.
    pub(super) fn wake_up(
        &mut self,
        question: Question<'_>,
        gap: SignedDuration,
        rebooted: bool,
        turns: &mut Vec<Turn>,
    ) {
        let before = self.phase();
        let restated = is_restated(question.key.rule);
        if gap.is_negative() || gap >= GAP || !restated {
            self.claim = None;
            self.coming = None;
            match &mut self.firing {
                Some(firing) => {
                    if let Some(clear) = &mut firing.clear {
                        clear.at = question.at;
                    }
                }
                None => self.memory.lost_sight(),
            }
        }
        if rebooted {
            self.memory.rebooted();
        }
        if restated && !self.is_blank() {
            self.unseen = Some(question.at);
        }
        self.moved(before, turns);
    }

    /// The owner no longer wants it judged.
    pub(super) fn retire(&mut self, question: Question<'_>, turns: &mut Vec<Turn>) {
        let mut from = self.phase();
        let summary = crate::rule::unwanted(question.key);
        self.end(question.at, question.at, summary, &mut from, turns);
        *self = Self { ended: self.ended.take(), ..Self::default() };
        self.moved(from, turns);
    }

    fn fire(
        &mut self,
        id: u64,
        claim: Claim,
        at: Timestamp,
        from: &mut Phase,
        alerts: &AlertsConfig,
        turns: &mut Vec<Turn>,
    ) {
        let comebacks = match &self.ended {
            Some(ended) if at <= after(ended.at, alerts.flap_window) => ended.comebacks + 1,
            _ => 0,
        };
        turns.push(Turn::Change {
            id: Some(id),
            from: std::mem::replace(from, Phase::Firing),
            to: Phase::Firing,
            severity: claim.severity,
            summary: claim.summary.clone(),
        });
        turns.push(Turn::Fired(id));
        self.firing = Some(Firing {
            id,
            severity: claim.severity,
            worst: claim.severity,
            since: claim.since,
            summary: claim.summary,
            summarised: at,
            next: claim.next,
            over: claim.over,
            clear: None,
            comebacks,
            acknowledged: None,
            told: None,
        });
    }

    /// Ends the firing, if it fires.
    fn end(
        &mut self,
        until: Timestamp,
        at: Timestamp,
        summary: String,
        from: &mut Phase,
        turns: &mut Vec<Turn>,
    ) {
        let Some(firing) = self.firing.take() else { return };
        let ended = Ended {
            id: firing.id,
            severity: firing.worst,
            since: firing.since,
            until,
            at,
            summary,
            told: firing.told.is_some(),
            comebacks: firing.comebacks,
        };
        turns.push(Turn::Change {
            id: Some(firing.id),
            from: std::mem::replace(from, Phase::Ok),
            to: Phase::Resolved,
            severity: firing.worst,
            summary: ended.summary.clone(),
        });
        self.ended = Some(ended.clone());
        turns.push(Turn::Ended(Box::new((firing, ended))));
    }

    /// Notes a change of phase that was not noted yet.
    fn moved(&self, before: Phase, turns: &mut Vec<Turn>) {
        let now = self.phase();
        let (id, severity, summary) = match (&self.firing, &self.claim) {
            _ if now == before => return,
            (Some(firing), _) => (Some(firing.id), firing.severity, &firing.summary),
            (None, Some(claim)) => (None, claim.severity, &claim.summary),
            (None, None) => (None, Severity::Info, &String::new()),
        };
        turns.push(Turn::Change { id, from: before, to: now, severity, summary: summary.clone() });
    }
}

impl Firing {
    /// It is still so, perhaps better or worse.
    fn renew(&mut self, claim: Claim, at: Timestamp, from: &mut Phase, turns: &mut Vec<Turn>) {
        // Seen again, but not for long enough to count: neither clear nor raised.
        if claim.ripe.is_none() {
            return;
        }
        self.clear = None;
        let differs = self.severity != claim.severity;
        let refresh = differs
            || self.told.is_none()
            || claim.over.is_some()
            || at >= after(self.summarised, REFRESH);
        if refresh && self.summary != claim.summary {
            self.summary = claim.summary;
            self.summarised = at;
        }
        self.over = claim.over;
        self.next = claim.next;
        self.severity = claim.severity;
        self.worst = self.worst.max(claim.severity);
        if differs {
            turns.push(Turn::Change {
                id: Some(self.id),
                from: std::mem::replace(from, Phase::Firing),
                to: Phase::Firing,
                severity: self.severity,
                summary: self.summary.clone(),
            });
        }
        if self.told.as_ref().is_some_and(|told| told.severity < self.severity) {
            turns.push(Turn::Worse(self.id));
        }
    }

    /// When it will have been clear for long enough: longer each time it came back.
    fn cleared(&self, alerts: &AlertsConfig) -> Option<Over> {
        let clear = self.clear.as_ref()?;
        let factor = alerts.flap_multiplier.max(1.0).powi(self.comebacks.min(64) as i32);
        let grown = alerts.clear_for.as_secs_f64() * factor;
        let most = alerts.flap_max.max(alerts.clear_for);
        let wait = if grown < most.as_secs_f64() {
            SignedDuration::from_millis((grown * 1000.0) as i64)
        } else {
            most
        };
        Some(Over { at: after(clear.at, wait), summary: clear.summary.clone() })
    }
}

impl Ended {
    fn forgotten(&self, alerts: &AlertsConfig) -> Timestamp {
        after(self.at, REMEMBERED.max(alerts.flap_window) + SignedDuration::from_secs(1))
    }
}
