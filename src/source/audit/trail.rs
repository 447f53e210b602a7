//! What people do, as the kernel records it: told, and kept where nobody else keeps it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightkeep_audit::Event;
use nightkeep_audit::action::{self, Sessions};
use nightkeep_audit::sigma::{Detector, Level, Why};
use nightkeep_audit::users::Names;
use tokio::sync::mpsc::Sender;
use tokio::time::sleep;

use super::hear::Hear;
use super::keep::{self, Keep};
use super::{act, send, sigma};
use crate::clock;
use crate::config::AuditConfig;
use crate::model::{self, AuditAct, AuditActKind, Observation, Subject};
use crate::source::{Blind, Report};

/// Bytes of records that may wait, as far as the kernel allows.
const ROOM: usize = 4 << 20;
/// What happened while nothing was heard is looked for back to this long ago.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How often one tries again to hear.
const MINUTE: Duration = Duration::from_mins(1);
/// Programs that change a system by themselves, as their names stand in `/proc/PID/comm`.
const PACKAGES: [&str; 8] =
    ["dpkg", "apt", "apt-get", "aptitude", "unattended-upgr", "rpm", "dnf", "packagekitd"];
/// Parents that are asked after.
const DEEP: usize = 20;

/// Listens until nobody is told any more; `since` is when one was last heard. That nothing can be
/// heard is told by the source that holds the rules.
pub async fn run(
    config: AuditConfig,
    store: PathBuf,
    since: Option<Timestamp>,
    out: Sender<Report>,
) {
    let mut since = since.map(|since| since.max(clock::now() - LOOK_BACK));
    loop {
        if let Ok(hear) = Hear::open(ROOM) {
            let now = clock::now();
            let hear = match since {
                Some(since) => hear.since(since, now),
                None => hear,
            };
            if listen(hear, &config, &store, &out).await.is_none() {
                return;
            }
            since = Some(clock::now());
        }
        sleep(MINUTE).await;
    }
}

/// Tells what is heard until nobody listens (none) or nothing can be heard.
async fn listen(
    mut hear: Hear,
    config: &AuditConfig,
    store: &Path,
    out: &Sender<Report>,
) -> Option<()> {
    let mut teller = Teller::new(config);
    let mut keep = Keep::new(store, config.log, config.log_size_bytes);
    loop {
        let (mut told, mut unkept) = (Vec::new(), None);
        let heard = hear.next(|event| {
            unkept = keep.add(event).or(unkept.take());
            told.extend(teller.tell(event));
        });
        if heard.await.is_err() {
            return Some(());
        }
        unkept = unkept.or(keep.settle());
        if let Some(error) = unkept {
            let path = keep::path(store);
            let why = format!("its own audit log {} cannot be written: {error}", path.display());
            let mend = format!("df {0}; ls -ld {0}", path.parent().unwrap_or(store).display());
            send(out, Err(Blind { why, mend })).await?;
        }
        if !told.is_empty() {
            send(out, Ok(told)).await?;
        }
    }
}

/// Knows sessions and names.
struct Teller {
    sessions: Sessions,
    names: Names,
    keys: Vec<String>,
    acts: bool,
    detector: Detector,
}

impl Teller {
    fn new(config: &AuditConfig) -> Self {
        let (keys, acts) = (config.keys.clone(), config.acts);
        let (sessions, names) = (Sessions::default(), Names::users(Path::new("/")));
        Self { sessions, names, keys, acts, detector: detector(&config.sigma) }
    }

    /// What of an event is to be told.
    fn tell(&mut self, event: &Event) -> Vec<Observation> {
        let mut action = action::read(event, &self.names);
        self.sessions.place(&mut action);
        let mut acts: Vec<AuditAct> = act::of(&action, &self.keys)
            .filter(|act| self.acts || act.kind == AuditActKind::Key)
            .into_iter()
            .collect();
        for hit in self.detector.hits(event, &action, &self.names).to_vec() {
            acts.push(sigma::act(self.detector.rule(hit).0, &action));
        }
        if acts.iter().any(|act| act.kind == AuditActKind::Identity) {
            self.names = Names::users(Path::new("/"));
        }
        let by_packages =
            || [action.actor.pid, action.actor.ppid].into_iter().flatten().any(of_packages);
        if acts.iter().any(|act| act.kind != AuditActKind::Sudo) && by_packages() {
            acts.retain(|act| act.kind == AuditActKind::Sudo);
        }
        let observed = |act: AuditAct| {
            let subject = Subject::AuditAct(act.name());
            Observation::Event { subject, event: model::Event::AuditAct { act } }
        };
        acts.into_iter().map(observed).collect()
    }
}

/// The Sigma rules of the config. What cannot be asked is said in the log.
fn detector(paths: &[PathBuf]) -> Detector {
    if paths.is_empty() {
        return Detector::default();
    }
    match sigma::load(paths, Level::High) {
        Ok((mut detector, left, _)) => {
            for left in left {
                if let Why::Broken(fault) = left.why {
                    tracing::warn!("Sigma rule {}, {fault}", left.file.display());
                }
            }
            tracing::info!("{} Sigma rules are asked", detector.len());
            sigma::parents(&mut detector);
            detector
        }
        Err(error) => {
            tracing::warn!("no Sigma rule is asked: {error:#}; see [audit] sigma");
            Detector::default()
        }
    }
}

/// Is the process, or one it came from, a package manager?
fn of_packages(mut pid: u32) -> bool {
    for _ in 0..DEEP {
        let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return false };
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
                .unwrap_or_default()
        };
        if PACKAGES.contains(&field("Name:")) {
            return true;
        }
        match field("PPid:").parse() {
            Ok(parent) if parent > 1 => pid = parent,
            _ => return false,
        }
    }
    false
}
