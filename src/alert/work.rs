//! One step at one instant: what was heard is judged, what is due is done, what may be told is
//! told.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::heard::{Heard, of_event};
use super::life::{Acknowledged, Alert, Turn};
use super::message::{Message, held};
use super::saved::Known;
use crate::config::Config;
use crate::model::text::clean;
use crate::model::{
    AlertKey, Command, Decision, HeldBy, RuleName, Silence, SourceName, State, Subject, TellKind,
};
use crate::rule::{self, Input, Question, after, of_state};

/// The most characters kept of what the owner writes.
const WORDS: usize = 200;

/// A step at work.
pub(super) struct Work<'a> {
    pub(super) config: Arc<Config>,
    pub(super) known: &'a mut Known,
    pub(super) at: Timestamp,
    pub(super) decisions: Vec<Decision>,
    /// The alerts that may have changed.
    pub(super) touched: BTreeSet<AlertKey>,
}

impl Work<'_> {
    /// Retires alerts the config no longer wants.
    pub(super) fn review(&mut self) {
        let config = Arc::clone(&self.config);
        let unwanted: Vec<_> =
            self.known.alerts.keys().filter(|key| !rule::wanted(&config, key)).cloned().collect();
        for key in unwanted {
            let (mut turns, question) =
                (Vec::new(), Question { config: &config, at: self.at, key: &key });
            if let Some(alert) = self.alert(&key) {
                alert.retire(question, &mut turns);
            }
            for turn in turns {
                let Turn::Ended(end) = turn else {
                    self.turn(&key, turn);
                    continue;
                };
                // Silently: whoever changed the config knows.
                let id = end.0.id;
                let message = self.known.messages.remove(&id);
                let message =
                    message.unwrap_or_else(|| Message::new(&key, TellKind::Recovered, self.at));
                self.decisions.push(held(&message, id, HeldBy::Over, self.at));
            }
        }
    }

    /// Judges what was heard.
    pub(super) fn hear(&mut self, heard: &Heard<'_>) {
        if let Some((alive_until, rebooted)) = heard.started {
            self.wake_up(alive_until, rebooted);
        }
        for command in &heard.commands {
            self.obey(command);
        }
        for (source, reason) in &heard.silent {
            self.fall_silent(*source, reason);
        }
        for source in &heard.speaking {
            self.speak_again(*source);
        }
        for subject in &heard.gone {
            for key in self.about(subject) {
                self.judge(&key, Input::Gone);
            }
        }
        for (key, samples) in heard.samples() {
            self.judge(&key, Input::Samples(samples));
        }
        for (subject, state) in &heard.states {
            for rule in of_state(state) {
                let key = AlertKey { rule: *rule, subject: (*subject).clone() };
                self.judge(&key, Input::State(state));
            }
        }
        for (subject, event) in &heard.events {
            for rule in of_event(event) {
                let key = AlertKey { rule: *rule, subject: (*subject).clone() };
                self.judge(&key, Input::Event(event));
            }
        }
    }

    /// Does what is due.
    pub(super) fn act(&mut self) {
        let config = Arc::clone(&self.config);
        let at = self.at;
        self.known.silences.retain(|_, silence| silence.until > at);
        let due: Vec<_> = self
            .known
            .alerts
            .iter()
            .filter_map(|(key, alert)| {
                let silent = self.known.silent.contains_key(&key.rule.source());
                let due = alert.next_due(&config.alerts, silent).is_some_and(|due| due <= at);
                due.then(|| (key.clone(), !silent && alert.is_lost(at)))
            })
            .collect();
        for (key, lost) in due {
            if lost {
                self.judge(&key, Input::Gone);
            } else {
                let mut turns = Vec::new();
                let question = Question { config: &config, at, key: &key };
                let ids = &mut self.known.counters.firing;
                if let Some(alert) = self.known.alerts.get_mut(&key) {
                    alert.due(question, ids, &mut turns);
                }
                self.touched.insert(key.clone());
                self.turns(&key, turns);
            }
        }
        self.remind();
        self.known.hold(&config, at, &mut self.decisions);
        let told = self.decisions.len();
        self.known.flush(&config, at, &mut self.decisions);
        for decision in &self.decisions[told..] {
            if let Decision::Tell(tell) = decision {
                self.touched.extend(tell.items.iter().map(|item| item.key.clone()));
            }
        }
    }

    fn judge(&mut self, key: &AlertKey, input: Input<'_>) {
        let config = Arc::clone(&self.config);
        let of_watch = key.rule.source() == SourceName::Watch;
        let blind = !of_watch && self.known.silent.contains_key(&key.rule.source());
        if !rule::wanted(&config, key) || blind {
            return;
        }
        let question = Question { config: &config, at: self.at, key };
        let known = self.known.alerts.get_mut(key);
        let was_known = known.is_some();
        let mut fresh = Alert::default();
        let alert = known.unwrap_or(&mut fresh);
        if let Input::State(State::Heartbeat(state)) = input {
            alert.channels.clone_from(&state.channels);
        }
        let verdict = rule::heed(question, &mut alert.memory, input);
        let mut turns = Vec::new();
        alert.hear(question, verdict, &mut self.known.counters.firing, &mut turns);
        if was_known || !fresh.is_blank() {
            self.touched.insert(key.clone());
        }
        if !was_known && !fresh.is_blank() {
            self.known.alerts.insert(key.clone(), fresh);
        }
        self.turns(key, turns);
    }

    fn alert(&mut self, key: &AlertKey) -> Option<&mut Alert> {
        self.touched.insert(key.clone());
        self.known.alerts.get_mut(key)
    }

    fn turns(&mut self, key: &AlertKey, turns: Vec<Turn>) {
        for turn in turns {
            self.turn(key, turn);
        }
    }

    fn turn(&mut self, key: &AlertKey, turn: Turn) {
        let at = self.at;
        match turn {
            Turn::Change { id, from, to, severity, summary } => {
                let key = key.clone();
                self.decisions.push(Decision::Change { at, key, id, from, to, severity, summary });
            }
            Turn::Fired(id) => {
                self.known.messages.insert(id, Message::new(key, TellKind::Raised, at));
            }
            Turn::Worse(id) => {
                let worse = Message::new(key, TellKind::Worse, at);
                match self.known.messages.get_mut(&id) {
                    None => {
                        self.known.messages.insert(id, worse);
                    }
                    Some(message) if message.kind == TellKind::Reminder => *message = worse,
                    Some(_) => {}
                }
            }
            Turn::Ended(end) => {
                let (firing, ended) = *end;
                if let Some(message) = self.known.messages.remove(&firing.id) {
                    self.decisions.push(held(&message, firing.id, HeldBy::Over, at));
                }
                if let Some(told) = &firing.told
                    && !rule::happens(key.rule)
                {
                    let recovery = Message::recovery(key, &firing, told, &ended, at);
                    self.known.messages.insert(firing.id, recovery);
                }
            }
        }
    }

    fn wake_up(&mut self, alive_until: Option<Timestamp>, rebooted: bool) {
        let config = Arc::clone(&self.config);
        let gap = alive_until.map_or(SignedDuration::MAX, |alive| self.at.duration_since(alive));
        for key in self.known.alerts.keys().cloned().collect::<Vec<_>>() {
            let (mut turns, question) =
                (Vec::new(), Question { config: &config, at: self.at, key: &key });
            if let Some(alert) = self.alert(&key) {
                alert.wake_up(question, gap, rebooted, &mut turns);
            }
            self.turns(&key, turns);
        }
    }

    fn fall_silent(&mut self, source: SourceName, reason: &str) {
        self.known.silent.entry(source).or_insert(self.at);
        let blind =
            |key: &&AlertKey| key.rule.source() == source && key.rule != RuleName::SourceSilent;
        for key in self.known.alerts.keys().filter(blind).cloned().collect::<Vec<_>>() {
            let mut turns = Vec::new();
            if let Some(alert) = self.alert(&key) {
                alert.lose_sight(&mut turns);
            }
            self.turns(&key, turns);
        }
        self.judge(&silent(source), Input::Silent(reason));
    }

    fn speak_again(&mut self, source: SourceName) {
        if self.known.silent.remove(&source).is_none() {
            return;
        }
        let config = Arc::clone(&self.config);
        let seeing =
            |key: &&AlertKey| key.rule.source() == source && key.rule != RuleName::SourceSilent;
        for key in self.known.alerts.keys().filter(seeing).cloned().collect::<Vec<_>>() {
            let (mut turns, question) =
                (Vec::new(), Question { config: &config, at: self.at, key: &key });
            if let Some(alert) = self.alert(&key) {
                alert.regain_sight(question, &mut turns);
            }
            self.turns(&key, turns);
        }
        self.judge(&silent(source), Input::Heard);
    }

    /// The alerts about a subject; a unit that must be active has one even before it is known.
    fn about(&self, subject: &Subject) -> BTreeSet<AlertKey> {
        let needed = AlertKey { rule: RuleName::UnitInactive, subject: subject.clone() };
        let known = self.known.alerts.keys().filter(|key| key.subject == *subject).cloned();
        known.chain([needed]).collect()
    }

    fn obey(&mut self, command: &Command) {
        let at = self.at;
        match command {
            Command::Acknowledge { alert: id, by, reason } => {
                let burning = self.known.alerts.iter_mut().find_map(|(key, alert)| {
                    let firing = alert.firing.as_mut().filter(|firing| firing.id == *id)?;
                    Some((key.clone(), firing))
                });
                let Some((key, firing)) = burning else { return };
                let author = clean(by, WORDS);
                firing.acknowledged =
                    Some(Acknowledged { by: author.clone(), at, reason: clean(reason, WORDS) });
                self.touched.insert(key.clone());
                let reminder = Message::new(&key, TellKind::Reminder, at);
                if self.known.messages.get(id).is_some_and(|it| it.kind == TellKind::Reminder) {
                    self.known.messages.remove(id);
                }
                self.decisions.push(held(&reminder, *id, HeldBy::Acknowledged { author }, at));
            }
            Command::Silence(silence) if silence.until > at.max(silence.from) => {
                self.known.counters.silence += 1;
                let id = self.known.counters.silence;
                let (by, reason) = (clean(&silence.by, WORDS), clean(&silence.reason, WORDS));
                self.known.silences.insert(id, Silence { id, by, reason, ..silence.clone() });
            }
            Command::Silence(_) => {}
            Command::Unsilence { silence, .. } => {
                self.known.silences.remove(silence);
            }
        }
    }

    fn remind(&mut self) {
        let due: Vec<_> = self
            .known
            .alerts
            .iter()
            .filter(|(_, alert)| {
                self.known.next_reminder(&self.config, alert).is_some_and(|due| due <= self.at)
            })
            .filter_map(|(key, alert)| Some((alert.firing.as_ref()?.id, key.clone())))
            .collect();
        for (id, key) in due {
            self.known.messages.insert(id, Message::new(&key, TellKind::Reminder, self.at));
        }
    }
}

impl Known {
    /// When something happens even if nothing is heard.
    pub(super) fn next_wake(&self, config: &Config, now: Timestamp) -> Option<Timestamp> {
        let alerts = self.alerts.iter().flat_map(|(key, alert)| {
            let silent = self.silent.contains_key(&key.rule.source());
            [alert.next_due(&config.alerts, silent), self.next_reminder(config, alert)]
        });
        let silences = self.silences.values().map(|silence| silence.until);
        alerts.flatten().chain(silences).chain(self.next_tell(config, now)).min()
    }

    /// When the alert's reminder is due: not while something else about it waits to be told.
    fn next_reminder(&self, config: &Config, alert: &Alert) -> Option<Timestamp> {
        let firing = alert.firing.as_ref()?;
        let told = firing.told.as_ref()?;
        let reminders = &config.alerts.reminders;
        let wait = reminders.get(told.reminders as usize).or(reminders.last())?;
        let wanted = firing.acknowledged.is_none()
            && firing.severity >= config.alerts.remind_from
            && !alert.is_unknown()
            && !self.messages.contains_key(&firing.id);
        wanted.then(|| after(told.last, (*wait).max(SignedDuration::from_secs(1))))
    }
}

fn silent(source: SourceName) -> AlertKey {
    AlertKey { rule: RuleName::SourceSilent, subject: Subject::Source(source) }
}
