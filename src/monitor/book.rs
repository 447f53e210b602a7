//! What is known of each monitor: its state, its last answers, each with the time of its phases.
//! The loop writes it, the page, the API and the command line read it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use nightkeep_probe::Phases;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::life::{Found, Life};
use super::look::{Look, Test};
use crate::config::{Config, MonitorConfig, MonitorType, Origin};
use crate::model::{MonitorStatus, Severity};

/// Answers that are remembered of each monitor.
pub const REMEMBERED: usize = 60;
/// So many of them are shown beside others.
const RECENT: usize = 30;

/// What is known of all monitors. Cheap to clone; all clones are one book.
#[derive(Debug, Clone, Default)]
pub struct Book(Arc<Mutex<BTreeMap<Arc<str>, Page>>>);

/// What is known of one.
#[derive(Debug, Default)]
pub struct Page {
    /// What it has been through.
    pub life: Life,
    /// Since when its status holds.
    pub since: Option<Timestamp>,
    /// What was said of it last.
    pub said: String,
    /// Slots in which it was not asked.
    pub missed: u64,
    /// The name of the maintenance it is under.
    pub maintenance: Option<String>,
    /// The state of a group; the others have a life.
    pub group: Option<MonitorStatus>,
    last: Option<Look>,
    results: VecDeque<Kept>,
}

/// An answer in few bytes: there are sixty of each monitor.
#[derive(Debug)]
struct Kept {
    at: Timestamp,
    found: Found,
    /// Seconds of dns, connect, tls, first byte, total; negative where there was no such phase.
    phases: [f32; 5],
    /// Nothing where all was well.
    said: Option<Box<str>>,
}

/// How a monitor is shown.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "MonitorShown")]
pub enum Shown {
    /// It does not answer as it must.
    Down,
    /// It answers, but not as it should.
    Degraded,
    /// Nobody can tell.
    Unknown,
    /// It was not decided yet.
    Pending,
    /// The owner works on it.
    Maintenance,
    /// The owner paused it.
    Paused,
    /// All is well.
    Up,
}

impl Shown {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Degraded => "degraded",
            Self::Unknown => "unknown",
            Self::Pending => "pending",
            Self::Maintenance => "maintenance",
            Self::Paused => "paused",
            Self::Up => "up",
        }
    }

    /// How bad it is; none where it is not.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Down => Some(Severity::Critical),
            Self::Degraded | Self::Unknown => Some(Severity::Warning),
            Self::Pending | Self::Maintenance | Self::Paused => Some(Severity::Info),
            Self::Up => None,
        }
    }
}

/// A monitor as the page, the API and the command line show it. Without secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MonitorView {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: MonitorType,
    /// What is asked.
    pub target: String,
    /// How it is.
    pub status: Shown,
    /// Since when; after a restart, since it was first asked.
    pub since: Option<Timestamp>,
    /// What was found last.
    pub said: String,
    /// When it was asked last.
    pub at: Option<Timestamp>,
    /// How long the last answer took.
    pub latency_seconds: Option<f64>,
    /// How often it is asked.
    pub interval_seconds: f64,
    /// Slots in which it was not asked since the watch started.
    pub missed: u64,
    /// The end of the certificate on the way that ends first.
    pub certificate_ends: Option<Timestamp>,
    /// Under which heading it is shown.
    pub group: Option<String>,
    /// The owner's words to find it by.
    pub tags: Vec<String>,
    /// The monitor whose being down explains this one's.
    pub parent: Option<String>,
    /// What the owner notes of it.
    pub note: Option<String>,
    /// How bad it is when it is down.
    pub severity: Severity,
    /// Where it is written.
    pub origin: Origin,
    /// Each test of its conditions, as they were last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Test>,
    /// What the last answers came to, oldest first; at most 30.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<MonitorStatus>,
    /// The last answers, oldest first; only when one monitor is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ResultView>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultView {
    /// When it was asked.
    pub at: Timestamp,
    /// What it came to: `up`, `degraded`, `down` or `unknown`.
    pub found: MonitorStatus,
    /// How long all of it took.
    pub latency_seconds: f64,
    /// How long each phase took, of those there were.
    #[serde(flatten)]
    pub phases: PhasesView,
    /// What was found, where it was not well.
    pub said: String,
}

/// How long each phase took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhasesView {
    /// Finding the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_seconds: Option<f64>,
    /// Connecting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_seconds: Option<f64>,
    /// The TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_seconds: Option<f64>,
    /// From the question to the first byte of its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_seconds: Option<f64>,
}

impl Page {
    /// The status that was decided last.
    pub fn status(&self) -> Option<MonitorStatus> {
        self.group.or(self.life.status())
    }

    /// It is not asked any more: what it was does not hold. Gives back its status.
    pub fn pause(&mut self) -> Option<MonitorStatus> {
        let was = self.status();
        self.life = Life::default();
        (self.group, self.since, self.last) = (None, None, None);
        self.said.clear();
        was
    }

    /// Remembers an answer.
    pub fn remember(&mut self, look: Look) {
        if self.results.len() >= REMEMBERED {
            self.results.pop_front();
        }
        let well = look.found == Found::Good;
        self.results.push_back(Kept {
            at: look.at,
            found: look.found,
            phases: packed(&look.phases),
            said: (!well).then(|| look.said.as_str().into()),
        });
        self.said.clone_from(&look.said);
        self.last = Some(look);
    }

    /// The answer that came last.
    pub fn last(&self) -> Option<&Look> {
        self.last.as_ref()
    }

    fn view(&self, monitor: &MonitorConfig, paused: bool) -> MonitorView {
        let status = match self.status() {
            _ if paused || monitor.paused => Shown::Paused,
            _ if self.maintenance.is_some() => Shown::Maintenance,
            None => Shown::Pending,
            Some(MonitorStatus::Up) => Shown::Up,
            Some(MonitorStatus::Degraded) => Shown::Degraded,
            Some(MonitorStatus::Down) => Shown::Down,
            Some(MonitorStatus::Unknown) => Shown::Unknown,
        };
        let last = self.last.as_ref();
        let answered = last.filter(|look| look.found != Found::Blind && look.fault.is_none());
        MonitorView {
            name: monitor.name.clone(),
            kind: monitor.kind(),
            target: monitor.target(),
            status,
            since: self.since,
            said: self.said.clone(),
            at: last.map(|look| look.at),
            latency_seconds: answered.map(|look| look.phases.total.as_secs_f64()),
            interval_seconds: monitor.interval.as_secs_f64(),
            missed: self.missed,
            certificate_ends: last.and_then(|look| look.certificate_ends),
            group: monitor.group.clone(),
            tags: monitor.tags.clone(),
            parent: monitor.parent.clone(),
            note: monitor.note.clone(),
            severity: monitor.severity,
            origin: monitor.origin.clone(),
            tests: Vec::new(),
            recent: self
                .results
                .iter()
                .rev()
                .take(RECENT)
                .rev()
                .map(|kept| kept.found.status())
                .collect(),
            results: Vec::new(),
        }
    }
}

impl Book {
    /// Writes into the page of a monitor, which is made if there is none.
    pub fn write<T>(&self, name: &Arc<str>, write: impl FnOnce(&mut Page) -> T) -> T {
        let mut pages = self.pages();
        if let Some(page) = pages.get_mut(name) {
            return write(page);
        }
        write(pages.entry(Arc::clone(name)).or_default())
    }

    /// The status of a monitor, and whether it is under maintenance.
    pub fn status(&self, name: &str) -> (Option<MonitorStatus>, bool) {
        let pages = self.pages();
        let page = pages.get(name);
        (page.and_then(Page::status), page.is_some_and(|page| page.maintenance.is_some()))
    }

    /// Forgets all but these monitors; gives the names of those that were forgotten.
    pub fn keep(&self, wanted: impl Fn(&str) -> bool) -> Vec<Arc<str>> {
        let mut pages = self.pages();
        let gone: Vec<Arc<str>> = pages.keys().filter(|name| !wanted(name)).cloned().collect();
        for name in &gone {
            pages.remove(name);
        }
        gone
    }

    /// Every monitor of the config, by name.
    pub fn views(&self, config: &Config, paused: &BTreeSet<String>) -> Vec<MonitorView> {
        let pages = self.pages();
        let none = Page::default();
        let view = |(name, monitor): (&String, &Arc<MonitorConfig>)| {
            let page = pages.get(name.as_str()).unwrap_or(&none);
            page.view(monitor, paused.contains(name))
        };
        config.monitors.iter().map(view).collect()
    }

    /// One monitor with its last answers and each test; none if the config has no such.
    pub fn view(
        &self,
        config: &Config,
        paused: &BTreeSet<String>,
        name: &str,
    ) -> Option<MonitorView> {
        let monitor = config.monitors.get(name)?;
        let pages = self.pages();
        let none = Page::default();
        let page = pages.get(name).unwrap_or(&none);
        let mut view = page.view(monitor, paused.contains(name));
        view.tests = page.last.as_ref().map_or_else(Vec::new, |look| look.tests.clone());
        view.results = page.results.iter().map(Kept::view).collect();
        Some(view)
    }

    fn pages(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Page>> {
        // A writer that panicked left a whole page behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn view(&self) -> ResultView {
        let seconds = |place: usize| Some(f64::from(self.phases[place])).filter(|s| *s >= 0.0);
        ResultView {
            at: self.at,
            found: self.found.status(),
            latency_seconds: f64::from(self.phases[4]),
            phases: PhasesView {
                dns_seconds: seconds(0),
                connect_seconds: seconds(1),
                tls_seconds: seconds(2),
                first_byte_seconds: seconds(3),
            },
            said: self.said.as_deref().unwrap_or_default().to_owned(),
        }
    }
}

/// How long each phase took, in seconds.
pub fn phases_view(phases: &Phases) -> PhasesView {
    let seconds = |phase: Option<Duration>| phase.map(|phase| phase.as_secs_f64());
    PhasesView {
        dns_seconds: seconds(phases.dns),
        connect_seconds: seconds(phases.connect),
        tls_seconds: seconds(phases.tls),
        first_byte_seconds: seconds(phases.first_byte),
    }
}

fn packed(phases: &Phases) -> [f32; 5] {
    let seconds = |phase: Option<Duration>| phase.map_or(-1.0, |phase| phase.as_secs_f32());
    [
        seconds(phases.dns),
        seconds(phases.connect),
        seconds(phases.tls),
        seconds(phases.first_byte),
        phases.total.as_secs_f32(),
    ]
}
