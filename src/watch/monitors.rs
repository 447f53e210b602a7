//! The loop of the monitors: who is due is asked, what was found follows its life, what changed is
//! said. One that hangs delays no other.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::sleep_until;

use crate::alert;
use crate::clock;
use crate::config::{Config, MonitorConfig, MonitorKind};
use crate::model::{Metric, MonitorState, MonitorStatus, Observation, SourceName, State, Subject};
use crate::monitor::ask::Tools;
use crate::monitor::{Book, Found, Id, Look, Page, Schedule, Uplink, group_state, policy};
use crate::source::Report;

/// At most so many are asked at once.
const AT_ONCE: usize = 1024;
/// Files the rest of the watch may need.
const FILES: u64 = 256;
/// What was found is said together, once in this time; a change of a state at once.
const TOGETHER: Duration = Duration::from_secs(1);
/// What has not changed is said again after this long: a judge that lost sight waits no longer.
const WELL: Duration = Duration::from_hours(6);
const ILL: Duration = Duration::from_mins(5);
/// While nobody answers, others are asked again after this long.
const WAY_OUT: Duration = Duration::from_secs(5);
/// Nothing is due for this long at most.
const IDLE: Duration = Duration::from_hours(1);

/// What is watched.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) config: Arc<Config>,
    /// Monitors the owner paused, beside those the config does.
    pub(super) paused: BTreeSet<String>,
}

impl Wanted {
    /// Is this one asked?
    pub(super) fn asks(&self, monitor: &MonitorConfig) -> bool {
        !monitor.paused && !self.paused.contains(&monitor.name)
    }
}

/// Asks what is wanted until the receiver of `out` is gone.
pub(super) async fn run(
    mut wanted: watch::Receiver<Arc<Wanted>>,
    book: Book,
    out: mpsc::Sender<Report>,
) {
    let tools = match Tools::new() {
        Ok(tools) => Arc::new(tools),
        Err(error) => return tracing::error!("monitors cannot be asked: {error:#}"),
    };
    let first = Arc::clone(&wanted.borrow_and_update());
    let mut monitors = Monitors::new(book, tools, Arc::clone(&first));
    monitors.take(first);
    loop {
        let now = clock::monotonic();
        let due = monitors.due().unwrap_or(now + IDLE);
        let flush = monitors.flush_at.unwrap_or(now + IDLE);
        let again = monitors.uplink.again().unwrap_or(now + IDLE);
        tokio::select! {
            changed = wanted.changed() => {
                if changed.is_err() {
                    return;
                }
                let latest = Arc::clone(&wanted.borrow_and_update());
                monitors.take(latest);
            }
            Some(ended) = monitors.running.join_next_with_id() => {
                monitors.ended(ended);
                while let Some(ended) = monitors.running.try_join_next_with_id() {
                    monitors.ended(ended);
                }
            }
            () = sleep_until(due.into()) => monitors.begin(),
            () = sleep_until(again.into()) => monitors.ask_way_out(),
            () = sleep_until(flush.into()) => {
                if out.send(monitors.report()).await.is_err() {
                    return;
                }
            }
            () = out.closed() => return,
        }
        monitors.fill();
    }
}

/// What became of a question.
enum Ended {
    Look(Id, Arc<MonitorConfig>, Box<Look>),
    WayOut(Option<bool>),
}

/// A monitor being watched.
struct Watched {
    name: Arc<str>,
    config: Arc<MonitorConfig>,
    /// What was said of it last, and when.
    told: Option<(MonitorStatus, Instant)>,
    task: Option<task::Id>,
}

struct Monitors {
    book: Book,
    tools: Arc<Tools>,
    wanted: Arc<Wanted>,
    begun: Instant,
    schedule: Schedule,
    watched: Vec<Option<Watched>>,
    waiting: VecDeque<Id>,
    running: JoinSet<Ended>,
    at_once: usize,
    said: Vec<Observation>,
    flush_at: Option<Instant>,
    uplink: Uplink,
    /// Some member's state changed.
    groups_stale: bool,
    /// Maintenance that is open, looked up once a second.
    open: (Option<Instant>, Vec<usize>),
}

impl Monitors {
    fn new(book: Book, tools: Arc<Tools>, wanted: Arc<Wanted>) -> Self {
        Self {
            book,
            tools,
            wanted,
            begun: clock::monotonic(),
            schedule: Schedule::default(),
            watched: Vec::new(),
            waiting: VecDeque::new(),
            running: JoinSet::new(),
            at_once: at_once(),
            said: Vec::new(),
            flush_at: None,
            uplink: Uplink::default(),
            groups_stale: false,
            open: (None, Vec::new()),
        }
    }

    /// The config or the pauses are others now. What is unchanged keeps its slots.
    fn take(&mut self, wanted: Arc<Wanted>) {
        self.wanted = wanted;
        let monitors = &self.wanted.config.monitors;
        let asked: Vec<(Arc<str>, u64)> = monitors
            .values()
            .filter(|monitor| self.wanted.asks(monitor))
            .map(|monitor| (Arc::from(monitor.name.as_str()), milliseconds(monitor.interval)))
            .collect();
        let now = self.now();
        self.schedule.set(&asked, now);
        for watched in &mut self.watched {
            let stays =
                watched.as_ref().is_some_and(|watched| self.schedule.id(&watched.name).is_some());
            if !stays {
                *watched = None;
            }
        }
        for (name, _) in asked {
            let Some(id) = self.schedule.id(&name) else { continue };
            let Some(config) = monitors.get(&*name).map(Arc::clone) else { continue };
            if self.watched.len() <= id.index() {
                self.watched.resize_with(id.index() + 1, || None);
            }
            match &mut self.watched[id.index()] {
                Some(watched) if watched.name == name => watched.config = config,
                slot => *slot = Some(Watched { name, config, told: None, task: None }),
            }
        }
        for gone in self.book.keep(|name| monitors.contains_key(name)) {
            self.said.push(Observation::Gone { subject: Subject::Monitor(gone.to_string()) });
        }
        for monitor in monitors.values().filter(|monitor| !self.wanted.asks(monitor)) {
            // What it was before it was paused is no state any more.
            let name = Arc::from(monitor.name.as_str());
            let was = self.book.write(&name, Page::pause);
            if was.is_some() {
                let subject = Subject::Monitor(monitor.name.clone());
                self.said.push(Observation::Gone { subject });
            }
        }
        self.groups_stale = true;
        self.open.0 = None;
        self.flush_soon(Duration::ZERO);
    }

    /// Milliseconds since the loop began.
    fn now(&self) -> u64 {
        u64::try_from((clock::monotonic() - self.begun).as_millis()).unwrap_or(u64::MAX)
    }

    fn due(&mut self) -> Option<Instant> {
        self.schedule.next_due().map(|next| self.begun + Duration::from_millis(next))
    }

    /// Lets those that are due wait for their turn.
    fn begin(&mut self) {
        let now = self.now();
        self.waiting.extend(self.schedule.due(now));
    }

    /// Asks as many of those that wait as may be asked at once.
    fn fill(&mut self) {
        while self.running.len() < self.at_once {
            let Some(id) = self.waiting.pop_front() else { break };
            let Some(watched) = self.watched.get_mut(id.index()).and_then(Option::as_mut) else {
                continue;
            };
            let monitor = Arc::clone(&watched.config);
            if matches!(monitor.kind, MonitorKind::Group { .. }) {
                let now = self.now();
                self.schedule.ended(id, now, None);
                self.group(id, true);
                continue;
            }
            let matters =
                self.book.write(&watched.name, |page| page.life.is_about_to_fall(policy(&monitor)));
            let (tools, wanted) = (Arc::clone(&self.tools), Arc::clone(&self.wanted));
            let task = self.running.spawn(async move {
                let look = tools.ask_fairly(&monitor, &wanted.config, matters).await;
                Ended::Look(id, monitor, Box::new(look))
            });
            watched.task = Some(task.id());
        }
    }

    fn ended(&mut self, ended: Result<(task::Id, Ended), JoinError>) {
        match ended {
            Ok((_, Ended::Look(id, monitor, look))) => self.hear(id, &monitor, *look),
            Ok((_, Ended::WayOut(answers))) => self.hear_way_out(answers),
            Err(crashed) => {
                let id = crashed.id();
                let whose = |watched: &&Option<Watched>| {
                    watched.as_ref().is_some_and(|watched| watched.task == Some(id))
                };
                let Some(watched) = self.watched.iter().find(whose).and_then(Option::as_ref) else {
                    return;
                };
                let (name, monitor) = (Arc::clone(&watched.name), Arc::clone(&watched.config));
                tracing::error!("asking the monitor {:?} crashed", monitor.name);
                if let Some(id) = self.schedule.id(&name) {
                    let why = "nightkeep itself failed at asking; its log says more";
                    self.hear(id, &monitor, Look::blind(clock::now(), why));
                }
            }
        }
    }

    /// Hears what came of asking a monitor.
    fn hear(&mut self, id: Id, monitor: &Arc<MonitorConfig>, mut look: Look) {
        let now = self.now();
        let watched = self.watched.get_mut(id.index()).and_then(Option::as_mut);
        // Taken out or written anew meanwhile.
        let Some(watched) = watched.filter(|watched| Arc::ptr_eq(&watched.config, monitor)) else {
            if self.schedule.name(id).is_some_and(|name| **name == *monitor.name) {
                self.schedule.ended(id, now, None);
            }
            return;
        };
        watched.task = None;
        let name = Arc::clone(&watched.name);
        self.uplink.hear(monitor, &mut look, clock::now());
        let maintenance = self.maintenance(&name);
        let (is_under, missed) = (maintenance.is_some(), self.schedule.missed(id));
        let (found, at, answered) = (look.found, look.at, look.fault.is_none());
        let unasked = look.unasked;
        let latency = look.phases.total.as_secs_f32();
        let (turn, status, bad, said) = self.book.write(&name, |page| {
            let turn = page.life.hear(policy(monitor), found);
            if turn.changed || page.since.is_none() {
                page.since = Some(at);
            }
            page.missed = missed;
            page.maintenance = maintenance;
            page.remember(look);
            (turn, page.life.status(), page.life.bad(), page.said.clone())
        });
        let again = turn.undecided.then(|| milliseconds(monitor.retry_interval));
        self.schedule.ended(id, now, again);
        if found == Found::Bad
            && bad == 1
            && let Some(parent) = monitor.parent.as_deref().and_then(|name| self.schedule.id(name))
        {
            // So that what explains it is known before it is told.
            self.schedule.hurry(parent, now);
        }
        let subject = || Subject::Monitor(monitor.name.clone());
        if !is_under {
            // While it is undecided there is no state that an answer could stand for.
            let up = match status {
                Some(MonitorStatus::Up | MonitorStatus::Degraded) if !turn.undecided => Some(1.0),
                Some(MonitorStatus::Down) if !turn.undecided => Some(0.0),
                _ => None,
            };
            let latency = (answered && found != Found::Blind).then_some(latency);
            let metrics = [(Metric::MonitorUpRatio, up), (Metric::MonitorLatencySeconds, latency)];
            for (metric, value) in metrics {
                if let Some(value) = value {
                    self.said.push(Observation::Sample { subject: subject(), metric, value });
                }
            }
        }
        if let Some(status) = status {
            let unasked = unasked && status == MonitorStatus::Unknown;
            self.tell(id, MonitorState { status, said, unasked });
        }
        self.groups_stale |= turn.changed;
        self.flush_soon(if turn.changed { Duration::ZERO } else { TOGETHER });
    }

    /// Says a state if it is news, or was said long ago.
    fn tell(&mut self, id: Id, state: MonitorState) {
        let status = state.status;
        let Some(watched) = self.watched.get_mut(id.index()).and_then(Option::as_mut) else {
            return;
        };
        let now = clock::monotonic();
        let wait = if status == MonitorStatus::Up { WELL } else { ILL };
        let same =
            |(told, at): (MonitorStatus, Instant)| told == status && now.duration_since(at) < wait;
        if watched.told.is_some_and(same) {
            return;
        }
        watched.told = Some((status, now));
        let subject = Subject::Monitor(watched.config.name.clone());
        self.said.push(Observation::State { subject, state: State::Monitor(state) });
    }

    /// The name of the maintenance a monitor is under.
    fn maintenance(&mut self, name: &str) -> Option<String> {
        let now = clock::monotonic();
        let config = &self.wanted.config;
        if self.open.0.is_none_or(|at| now.duration_since(at) >= TOGETHER) {
            self.open = (Some(now), alert::open_maintenance(config, clock::now()));
        }
        if self.open.1.is_empty() {
            return None;
        }
        let subject = Subject::Monitor(name.to_owned());
        let windows = self.open.1.iter().filter_map(|place| config.maintenance.get(*place));
        let mut over = windows.filter(|window| window.matches.means_monitor(&subject));
        over.next().map(|window| window.name.clone())
    }

    /// Takes the members of a group together; `slot`: its regular turn.
    fn group(&mut self, id: Id, slot: bool) {
        let Some(watched) = self.watched.get(id.index()).and_then(Option::as_ref) else { return };
        let (name, config) = (Arc::clone(&watched.name), Arc::clone(&watched.config));
        let MonitorKind::Group { members, needs } = &config.kind else { return };
        let counted: Vec<(&str, Option<MonitorStatus>)> = members
            .iter()
            .filter(|member| {
                let monitor = self.wanted.config.monitors.get(*member);
                monitor.is_some_and(|monitor| self.wanted.asks(monitor))
            })
            .filter_map(|member| match self.book.status(member) {
                (_, true) => None,
                (status, false) => Some((member.as_str(), status)),
            })
            .collect();
        let Some(state) = group_state(&counted, *needs) else { return };
        let maintenance = self.maintenance(&name);
        let is_under = maintenance.is_some();
        let at = clock::now();
        let changed = self.book.write(&name, |page| {
            let changed = page.group != Some(state.status);
            if changed {
                page.since = Some(at);
            }
            page.group = Some(state.status);
            page.said.clone_from(&state.said);
            page.maintenance = maintenance;
            changed
        });
        let up = match state.status {
            MonitorStatus::Up | MonitorStatus::Degraded => Some(1.0),
            MonitorStatus::Down => Some(0.0),
            MonitorStatus::Unknown => None,
        };
        if let Some(value) = up
            && (slot || changed)
            && !is_under
        {
            let subject = Subject::Monitor(config.name.clone());
            self.said.push(Observation::Sample { subject, metric: Metric::MonitorUpRatio, value });
        }
        self.tell(id, state);
        if changed {
            self.groups_stale = true;
            self.flush_soon(Duration::ZERO);
        } else {
            self.flush_soon(TOGETHER);
        }
    }

    fn ask_way_out(&mut self) {
        self.uplink.asking(clock::monotonic() + WAY_OUT);
        let (tools, wanted) = (Arc::clone(&self.tools), Arc::clone(&self.wanted));
        self.running.spawn(async move { Ended::WayOut(tools.way_out(&wanted.config).await) });
    }

    fn hear_way_out(&mut self, answers: Option<bool>) {
        self.uplink.heard(answers);
        self.flush_soon(Duration::ZERO);
    }

    fn flush_soon(&mut self, wait: Duration) {
        let at = clock::monotonic() + wait;
        self.flush_at = Some(self.flush_at.map_or(at, |known| known.min(at)));
    }

    /// All that is to be said.
    fn report(&mut self) -> Report {
        // A group may be a member of another: as often as there are levels.
        for _ in 0..8 {
            if !std::mem::take(&mut self.groups_stale) {
                break;
            }
            let groups: Vec<Id> = self
                .wanted
                .config
                .monitors
                .values()
                .filter(|monitor| matches!(monitor.kind, MonitorKind::Group { .. }))
                .filter_map(|monitor| self.schedule.id(&monitor.name))
                .collect();
            for id in groups {
                self.group(id, false);
            }
        }
        self.flush_at = None;
        self.said.extend(self.uplink.news(&self.wanted.config, clock::monotonic() + WAY_OUT));
        Report { source: SourceName::Monitor, said: Ok(std::mem::take(&mut self.said)) }
    }
}

/// How many may be asked at once: as many as there are files for, once this process may open as
/// many as it is allowed to.
fn at_once() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit { current: limit.maximum, ..limit };
    let now = if setrlimit(Resource::Nofile, most).is_ok() { most } else { limit };
    let files = now.current.unwrap_or(u64::MAX).saturating_sub(FILES);
    // A page may need two: one each of IPv4 and IPv6.
    usize::try_from(files / 2).unwrap_or(AT_ONCE).clamp(16, AT_ONCE)
}

fn milliseconds(length: jiff::SignedDuration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(1).max(1)
}
