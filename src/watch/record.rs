//! What the watch writes down, and what it holds while it cannot: a full disk or a broken
//! database must not stop it from telling.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::model::{Batch, Decision, Notice, Observation};
use crate::store::{self, Store};

/// One step of the judge that has something to be kept.
#[derive(Debug, Default)]
struct Entry {
    at: Timestamp,
    rows: Vec<(String, Option<String>)>,
    decisions: Vec<Decision>,
    notices: Vec<Notice>,
    observed: Vec<Observation>,
}

/// The pen of the watch.
#[derive(Debug)]
pub(super) struct Record {
    store: Option<Store>,
    samples: VecDeque<Batch>,
    entries: VecDeque<Entry>,
    trouble: String,
    dropped: u64,
}

/// An hour of ticks at 10 s; what comes on top drops the oldest.
const SAMPLES: usize = 360;
/// Steps held while the store is away. Beyond that their state is kept, their history is not.
const ENTRIES: usize = 2048;

impl Record {
    pub(super) fn new(store: Option<Store>, trouble: String) -> Self {
        Self { store, samples: VecDeque::new(), entries: VecDeque::new(), trouble, dropped: 0 }
    }

    /// What the store answered last; empty while it is well.
    pub(super) fn trouble(&self) -> &str {
        &self.trouble
    }

    /// Ticks and histories dropped for want of a store.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// The store could be opened after all.
    pub(super) fn opened(&mut self, store: Store) {
        self.store = Some(store);
    }

    /// Keeps what one step heard and decided. Returns when it is durable or held in memory.
    pub(super) async fn step(
        &mut self,
        batch: Batch,
        rows: Vec<(String, Option<String>)>,
        decisions: Vec<Decision>,
        notices: Vec<Notice>,
    ) {
        let (samples, observed): (Vec<_>, Vec<_>) = batch
            .observations
            .into_iter()
            .partition(|observation| matches!(observation, Observation::Sample { .. }));
        if !samples.is_empty() {
            self.samples.push_back(Batch { at: batch.at, observations: samples });
            if self.samples.len() > SAMPLES {
                self.samples.pop_front();
                self.dropped += 1;
            }
        }
        if rows.is_empty() && decisions.is_empty() && notices.is_empty() && observed.is_empty() {
            return;
        }
        if !decisions.is_empty() {
            // Replay must find the samples that led to a decision.
            self.flush().await;
        }
        self.entries.push_back(Entry { at: batch.at, rows, decisions, notices, observed });
        self.write().await;
    }

    /// Keeps rows of the watch's own.
    pub(super) async fn note(&mut self, at: Timestamp, rows: Vec<(String, Option<String>)>) {
        if rows.is_empty() {
            return;
        }
        self.entries.push_back(Entry { at, rows, ..Entry::default() });
        self.write().await;
    }

    /// Writes the samples gathered so far.
    pub(super) async fn flush(&mut self) {
        let Some(store) = &self.store else { return };
        if self.samples.is_empty() {
            return;
        }
        match store::sample::append(store, self.samples.make_contiguous()).await {
            Ok(()) => self.samples.clear(),
            Err(error) => tracing::warn!("samples are held in memory: {error}"),
        }
    }

    /// Writes what could not be written before, oldest first.
    pub(super) async fn write(&mut self) {
        while let Some(entry) = self.entries.front() {
            let Some(store) = &self.store else { break };
            let Entry { at, rows, decisions, notices, observed } = entry;
            match store::alert::commit(store, *at, rows, decisions, notices, observed).await {
                Ok(()) => {
                    self.entries.pop_front();
                    self.trouble.clear();
                }
                Err(error) => {
                    self.trouble = error.to_string();
                    break;
                }
            }
        }
        while self.entries.len() > ENTRIES {
            self.fold_oldest();
        }
    }

    /// The state of the oldest step goes into the one after it; its history is dropped.
    fn fold_oldest(&mut self) {
        let Some(oldest) = self.entries.pop_front() else { return };
        if let Some(next) = self.entries.front_mut() {
            next.rows.splice(0..0, oldest.rows);
            next.notices.splice(0..0, oldest.notices);
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, ToSpan as _};

    use super::*;
    use crate::alert::{Judge, Rows};
    use crate::config::{ChannelConfig, ChannelKind, Config};
    use crate::model::{
        Command, Event, Match, Metric, Silence, SourceName, State, Subject, UnitState,
    };
    use crate::replay;

    fn config(path: &std::path::Path) -> Config {
        let mut config = Config::default();
        config.store.path = path.to_owned();
        let command = vec![String::from("/bin/true")];
        let timeout = SignedDuration::from_secs(1);
        let channel = ChannelConfig { kind: ChannelKind::Command { command }, timeout };
        config.channels.insert(String::from("pager"), channel);
        config
    }

    /// What the sources of an eventful day say at one tick.
    fn tick(n: i64, at: Timestamp) -> Vec<Observation> {
        let host = || Subject::Host;
        let mount = || Subject::Mount(String::from("/var"));
        let unit = || Subject::Unit(String::from("caddy.service"));
        let sample = |subject, metric, value| Observation::Sample { subject, metric, value };
        // A disk that fills and is emptied, a memory that leaks, a CPU with two busy hours.
        let used = if n % 4000 < 3000 { 0.5 + n as f32 % 4000.0 / 6500.0 } else { 0.4 };
        let free = if n % 3000 > 2500 { 0.04 } else { 0.5 - n as f32 % 700.0 / 2000.0 };
        let busy = if (2000..2720).contains(&n) { 0.99 } else { 0.1 + n as f32 % 17.0 / 40.0 };
        let mut said = vec![
            sample(mount(), Metric::DiskUsedRatio, used),
            sample(mount(), Metric::DiskUsedBytes, used * 1e11),
            sample(mount(), Metric::DiskAvailableBytes, (1.0 - used) * 1e11),
            sample(host(), Metric::MemoryAvailableRatio, free),
            sample(host(), Metric::CpuBusyRatio, busy),
        ];
        let state = |active: &str, restarts| {
            let active = active.to_owned();
            let sub = String::from("auto-restart");
            State::Unit(UnitState { active, sub, restarts, ..UnitState::default() })
        };
        match n % 1500 {
            700 => said.push(Observation::State { subject: unit(), state: state("failed", 0) }),
            0 | 740 => said.push(Observation::State { subject: unit(), state: state("active", 0) }),
            restart @ 900..905 => {
                let state = state("activating", restart as u32 - 899);
                said.push(Observation::State { subject: unit(), state });
            }
            1000 => said.push(Observation::Event {
                subject: host(),
                event: Event::OomKill {
                    process: String::from("node"),
                    pid: 812,
                    unit: None,
                    resident_bytes: None,
                },
            }),
            1100 => said.push(Observation::Silence {
                source: SourceName::Memory,
                reason: String::from("/proc/meminfo cannot be read; see: dmesg | tail"),
            }),
            1130 => said.push(Observation::Heard { source: SourceName::Memory }),
            1200 => said.push(Observation::Command(Command::Silence(Silence {
                id: 0,
                matches: Match { rules: vec![String::from("disk-*")], ..Match::default() },
                from: at,
                until: at + 20.minutes(),
                by: String::from("anna"),
                reason: String::from("moving logs"),
            }))),
            _ => {}
        }
        said
    }

    #[tokio::test]
    async fn a_recorded_day_replays_to_the_same_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        let store = Store::open(&config.store, "testhost").await.unwrap();
        let mut record = Record::new(Some(store.clone()), String::new());
        let config = Arc::new(config);
        let mut judge = Judge::new(Arc::clone(&config), &Rows::new());

        let begin: Timestamp = "2026-03-28T12:00:00Z".parse().unwrap();
        let mut decided = String::new();
        let mut last = None;
        for n in 0..8640 {
            let at = begin + SignedDuration::from_secs(10 * n);
            let mut said = tick(n, at);
            if n % 2222 == 0 {
                // Killed: what was not durable is gone, and some time nobody watched.
                record.flush().await;
                judge = Judge::new(Arc::clone(&config), &store::alert::rows(&store).await.unwrap());
                let event = Event::WatchStarted { alive_until: last, rebooted: n % 4444 == 0 };
                said = vec![Observation::Event { subject: Subject::Host, event }];
            } else if n % 2222 > 2210 {
                continue;
            }
            last = Some(at);
            for (batch, step) in replay::hear(&mut judge, Batch { at, observations: said }) {
                for decision in &step.decisions {
                    decided += &serde_json::to_string(decision).unwrap();
                    decided.push('\n');
                }
                record.step(batch, step.changed, step.decisions, Vec::new()).await;
                assert_eq!(record.trouble(), "");
            }
            if n % 6 == 0 {
                record.flush().await;
            }
            if n % 360 == 0 {
                store::retention::seal(&store, at).await.unwrap();
            }
        }
        record.flush().await;
        let firings = decided.matches(r#""to":"firing""#).count();
        assert!(firings > 10, "an eventful day: {firings} firings");

        let mut judge = Judge::new(config, &Rows::new());
        let mut replayed = String::new();
        let end = begin + SignedDuration::from_hours(24);
        let mut history = store::history::batches(&store, begin, end);
        while let Some(batch) = history.next().await.unwrap() {
            for decision in
                replay::hear(&mut judge, batch).into_iter().flat_map(|(_, step)| step.decisions)
            {
                replayed += &serde_json::to_string(&decision).unwrap();
                replayed.push('\n');
            }
        }
        similar(&decided, &replayed);
    }

    /// Equal, or the first line that is not.
    fn similar(decided: &str, replayed: &str) {
        for (n, (one, other)) in decided.lines().zip(replayed.lines()).enumerate() {
            assert_eq!(one, other, "decision {n}");
        }
        assert_eq!(decided.lines().count(), replayed.lines().count());
    }
}
