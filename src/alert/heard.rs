//! A batch in canonical order, whatever the order it was heard in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{
    AlertKey, AuditActKind, Batch, CheckStatus, Command, Event, Family, HeartbeatStatus,
    MonitorStatus, Observation, RuleName, SourceName, State, Subject,
};
use crate::rule::{Samples, of_metric, of_state};

/// What was heard in a batch, sorted.
#[derive(Debug, Default)]
pub(super) struct Heard<'a> {
    /// The watch started: last alive, and whether the machine was started anew.
    pub(super) started: Option<(Option<Timestamp>, bool)>,
    pub(super) commands: Vec<&'a Command>,
    /// Sources that cannot see, and why.
    pub(super) silent: BTreeMap<SourceName, &'a str>,
    /// Sources that said that they see again, or showed it.
    pub(super) speaking: BTreeSet<SourceName>,
    pub(super) gone: BTreeSet<&'a Subject>,
    samples: BTreeMap<&'a Subject, Samples>,
    /// Of two states of one subject at one instant the bad one comes last, so it stays.
    pub(super) states: Vec<(&'a Subject, &'a State)>,
    /// Of the watched things; not the watch's own start.
    pub(super) events: Vec<(&'a Subject, &'a Event)>,
}

impl<'a> Heard<'a> {
    pub(super) fn new(batch: &'a Batch) -> Self {
        let mut heard = Self::default();
        for observation in &batch.observations {
            heard.add(observation);
        }
        heard.commands.sort_by_cached_key(json);
        heard.states.sort_by_cached_key(|(subject, state)| (*subject, is_bad(state), json(state)));
        heard.events.sort_by_cached_key(json);
        heard.speaking.retain(|source| !heard.silent.contains_key(source));
        heard
    }

    fn add(&mut self, observation: &'a Observation) {
        match observation {
            Observation::Sample { subject, metric, value } => {
                // A unit's numbers come from its cgroup: they do not show that systemd answers.
                if metric.family() != Family::Unit {
                    self.speaking.insert(metric.source());
                }
                if value.is_finite() {
                    let known = self.samples.entry(subject).or_default();
                    let most = known.entry(*metric).or_insert(f64::from(*value));
                    *most = most.max(f64::from(*value));
                }
            }
            Observation::State { subject, state } => {
                self.speaking.extend(of_state(state).first().map(|rule| rule.source()));
                self.states.push((subject, state));
            }
            Observation::Gone { subject } => {
                self.gone.insert(subject);
            }
            Observation::Event { event: Event::WatchStarted { alive_until, rebooted }, .. } => {
                let (alive, anew) = self.started.unwrap_or((*alive_until, false));
                self.started = Some((alive.max(*alive_until), anew || *rebooted));
            }
            Observation::Event { subject, event } => self.events.push((subject, event)),
            Observation::Silence { source, reason } => {
                let said = self.silent.entry(*source).or_insert(reason);
                *said = (*said).min(reason);
            }
            Observation::Heard { source } => {
                self.speaking.insert(*source);
            }
            Observation::Command(command) => self.commands.push(command),
        }
    }

    /// The numbers, by the alerts they concern.
    pub(super) fn samples(&self) -> BTreeMap<AlertKey, &Samples> {
        let mut by_key = BTreeMap::new();
        for (subject, samples) in &self.samples {
            for rule in samples.keys().filter_map(|metric| of_metric(*metric)) {
                by_key.insert(AlertKey { rule, subject: (*subject).clone() }, samples);
            }
        }
        by_key
    }
}

/// The rules that hear an event.
pub(super) fn of_event(event: &Event) -> &'static [RuleName] {
    match event {
        Event::OomKill { .. } => &[RuleName::OomKill],
        Event::Login { .. } => &[RuleName::LoginUnknown, RuleName::LoginGuessed],
        Event::Ban { .. } => &[RuleName::BanSpike],
        Event::AuditRuleRemoved { .. } => &[RuleName::AuditRuleRemoved],
        Event::AuditLost { .. } => &[RuleName::AuditLost],
        Event::AuditAct { act } => match act.kind {
            AuditActKind::Sigma { .. } => &[RuleName::AuditSigma],
            _ => &[RuleName::AuditAct],
        },
        Event::Noted { .. } | Event::WatchStarted { .. } => &[],
    }
}

fn is_bad(state: &State) -> bool {
    match state {
        State::Mount { read_only, .. } => *read_only,
        State::Unit(unit) => unit.active != "active",
        State::Timer(timer) => timer.active != "active",
        State::Certificate(state) => {
            state.unseen.is_some() || state.seen.iter().any(|seen| !seen.flaws.is_empty())
        }
        State::Uplink { up } => !up,
        State::Restart(restart) => restart.needed,
        State::Updates(updates) => updates.count > 0,
        State::Boot(boot) => boot.clean != Some(true),
        State::Clock { synchronised, .. } => !synchronised,
        State::Raid(raid) => raid.is_degraded(),
        State::Drive(drive) => !drive.is_well(),
        State::Container(container) => container.status != "running",
        State::Check(check) => check.status != CheckStatus::Ok,
        State::Monitor(monitor) => monitor.status != MonitorStatus::Up,
        State::WayOut { answers, .. } => !answers,
        State::Heartbeat(heartbeat) => heartbeat.status == HeartbeatStatus::Down,
        State::Channel { failing_since, .. } => failing_since.is_some(),
        State::Store { error } => !error.is_empty(),
        State::Audit(audit) => audit.is_trouble(),
        State::Fail2ban { found, failures, .. } => *found == 0 && *failures > 0,
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
