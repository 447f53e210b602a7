//! What runs on the server now: services with what they use, and the processes that use most.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::super::visit::Visit;
use super::Result;
use crate::control::{Reply, Request};
use crate::model::text::{bytes, visible};
use crate::model::{Metric, Series, State, Subject, UnitState};
use crate::source::process::{self, Process, Snapshot};
use crate::store::{self, Store};
use crate::web::api::problem::Problem;
use crate::web::chart::Unit;
use crate::web::locale::server as t;

/// Processes that are shown of each kind.
const TOP: usize = 8;
/// What was measured before says nothing of now.
const FRESH: SignedDuration = SignedDuration::from_mins(3);
/// Letters of a name.
const NAME: usize = 80;

/// What runs now.
#[derive(Debug)]
pub(super) struct Now {
    pub(super) services: Vec<Service>,
    /// Processes, by what they use most of: a title, what their table is called, and they.
    pub(super) tops: [(&'static str, &'static str, Vec<Busy>); 2],
    /// Why processes cannot be shown.
    pub(super) blind: Option<String>,
}

/// A service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) said: String,
    pub(super) tone: &'static str,
    pub(super) restarts: u32,
    pub(super) cpu: Option<String>,
    pub(super) memory: Option<String>,
}

/// A process that uses much.
#[derive(Debug)]
pub(super) struct Busy {
    pub(super) pid: u32,
    pub(super) name: String,
    pub(super) user: String,
    pub(super) unit: String,
    pub(super) cpu: String,
    pub(super) memory: String,
}

/// What a service uses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    cpu: Option<f32>,
    memory: Option<f32>,
}

impl Used {
    /// How much that is, to put those that use most first: a CPU counts as a GiB.
    pub(super) fn weight(self) -> f32 {
        self.cpu.unwrap_or(0.0) + self.memory.unwrap_or(0.0) / (1024.0 * 1024.0 * 1024.0)
    }
}

/// The processes as they were when somebody looked last: CPU is what was used since.
#[derive(Debug, Default)]
pub(in crate::web) struct Processes(Mutex<Option<Arc<Snapshot>>>);

impl Processes {
    /// Looks at all processes.
    fn look(&self) -> std::result::Result<(Option<Arc<Snapshot>>, Arc<Snapshot>), String> {
        let now = Snapshot::take(Path::new("/")).map_err(|blind| blind.why)?;
        let now = Arc::new(now);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((kept.replace(Arc::clone(&now)), now))
    }
}

/// What runs now.
pub(super) async fn now(visit: &Visit) -> Result<Now> {
    let Reply::States { states } = visit.ask(Request::States).await? else {
        return Err(Problem::no_watch());
    };
    let used = match visit.store().await {
        Ok(store) => used(&store, visit.now).await?,
        Err(_) => BTreeMap::new(),
    };
    let mut services: Vec<(u8, Service)> = states
        .into_iter()
        .filter_map(|stated| match (stated.subject, stated.state) {
            (Subject::Unit(name), State::Unit(state)) => Some(service(&name, &state, &used)),
            _ => None,
        })
        .collect();
    services.sort_by_key(|(trouble, _)| *trouble);
    let processes = Arc::clone(&visit.app.processes);
    let looked = tokio::task::spawn_blocking(move || {
        let (before, now) = processes.look()?;
        let by_cpu = before.map(|before| process::top_by_cpu(&before, &now, TOP));
        Ok::<_, String>((by_cpu.unwrap_or_default(), process::top_by_memory(&now, TOP)))
    });
    let looked = looked.await.map_err(|error| error.to_string()).and_then(|looked| looked);
    let (by_cpu, by_memory, blind) = match looked {
        Ok((by_cpu, by_memory)) => (by_cpu, by_memory, None),
        Err(why) => (Vec::new(), Vec::new(), Some(why)),
    };
    Ok(Now {
        services: services.into_iter().map(|(_, service)| service).collect(),
        tops: [
            (t::by_cpu(), t::processes_by_cpu(), by_cpu.into_iter().map(busy).collect()),
            (t::by_memory(), t::processes_by_memory(), by_memory.into_iter().map(large).collect()),
        ],
        blind,
    })
}

/// What services use, as it was measured last.
pub(super) async fn used(store: &Store, now: Timestamp) -> Result<BTreeMap<String, Used>> {
    let since = now.checked_sub(FRESH).unwrap_or(now);
    let mut all: BTreeMap<String, Used> = BTreeMap::new();
    let is_unit = |series: &Series| matches!(series.subject, Subject::Unit(_));
    for (series, value) in store::sample::latest(store, since, is_unit).await? {
        let Subject::Unit(unit) = series.subject else { continue };
        let used = all.entry(unit).or_default();
        match series.metric {
            Metric::UnitCpuRatio => used.cpu = Some(value),
            Metric::UnitMemoryBytes => used.memory = Some(value),
            _ => {}
        }
    }
    Ok(all)
}

/// How bad it is, for the order, and the service.
fn service(name: &str, state: &UnitState, used: &BTreeMap<String, Used>) -> (u8, Service) {
    let (trouble, tone) = match state.active.as_str() {
        "failed" => (0, "down"),
        _ if state.sub == "auto-restart" => (1, "degraded"),
        "activating" | "deactivating" | "reloading" => (2, "degraded"),
        "active" => (3, "up"),
        _ => (4, "unknown"),
    };
    let said = match (state.active.as_str(), state.result.as_str()) {
        ("failed", result) if !result.is_empty() => format!("failed ({})", visible(result, NAME)),
        (active, _) if active == state.sub => visible(active, NAME),
        (active, _) => format!("{} ({})", visible(active, NAME), visible(&state.sub, NAME)),
    };
    let used = used.get(name).copied().unwrap_or_default();
    let service = Service {
        name: visible(name, NAME),
        said,
        tone,
        restarts: state.restarts,
        cpu: used.cpu.map(|value| Unit::Ratio.show(value)),
        memory: used.memory.map(|value| Unit::Bytes.show(value)),
    };
    (trouble, service)
}

/// One look tells nothing of CPU time.
fn large(process: Process) -> Busy {
    Busy { cpu: String::new(), ..busy(process) }
}

fn busy(process: Process) -> Busy {
    Busy {
        pid: process.pid,
        name: process.name,
        user: process.user,
        unit: process.unit.unwrap_or_default(),
        cpu: Unit::Ratio.show(process.cpu_ratio),
        memory: bytes(process.resident_bytes as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_comes_first_and_is_said() {
        let state = |active: &str, sub: &str, result: &str| UnitState {
            active: active.to_owned(),
            sub: sub.to_owned(),
            result: result.to_owned(),
            exit_status: None,
            signal: None,
            restarts: 3,
        };
        let none = BTreeMap::new();
        for (state, trouble, said) in [
            (state("failed", "failed", "exit-code"), 0, "failed (exit-code)"),
            (state("activating", "auto-restart", "success"), 1, "activating (auto-restart)"),
            (state("active", "running", "success"), 3, "active (running)"),
            (state("active", "active", ""), 3, "active"),
            (state("inactive", "dead", ""), 4, "inactive (dead)"),
        ] {
            let (is, service) = service("a.service", &state, &none);
            assert_eq!((is, service.said.as_str()), (trouble, said));
        }
    }
}
