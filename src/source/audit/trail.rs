//! What people do, as the kernel records it: heard as it happens, made good from the log where the
//! kernel dropped something for us.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nightkeep_audit::action::{self, Sessions};
use nightkeep_audit::live::{self, Stream};
use nightkeep_audit::log::{self, Events, Input};
use nightkeep_audit::netlink::Heard;
use nightkeep_audit::users::Names;
use nightkeep_audit::{Compat, Event, TIMEOUT};
use tokio::sync::mpsc::Sender;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use super::act;
use super::records::Records;
use crate::config::AuditConfig;
use crate::model::{self, Observation, SourceName, Subject};
use crate::source::Report;

/// Bytes of records that may wait, as far as the kernel allows.
const ROOM: usize = 4 << 20;
/// Records are read together: each wake would cost more than the reading.
const TOGETHER: Duration = Duration::from_millis(250);
/// How often one tries again to hear.
const MINUTE: Duration = Duration::from_mins(1);
/// Programs that change a system by themselves, as their names stand in `/proc/PID/comm`.
const PACKAGES: [&str; 8] =
    ["dpkg", "apt", "apt-get", "aptitude", "unattended-upgr", "rpm", "dnf", "packagekitd"];
/// Parents that are asked after.
const DEEP: usize = 20;

/// Listens until nobody is told any more. That nothing can be heard is told by the source that holds
/// the rules.
pub async fn run(config: AuditConfig, out: Sender<Report>) {
    loop {
        if let Ok(records) = Records::open(ROOM, None)
            && listen(records, &config, &out).await.is_none()
        {
            return;
        }
        sleep(MINUTE).await;
    }
}

/// Tells what is heard until nobody listens (none) or nothing can be heard.
async fn listen(mut records: Records, config: &AuditConfig, out: &Sender<Report>) -> Option<()> {
    let (mut stream, mut teller) = (Stream::new(), Teller::new(config));
    let mut look_at: Option<Instant> = None;
    let mut is_open = false;
    loop {
        // With nothing open and nothing missing there is nothing to wake up for.
        let wait =
            if is_open || look_at.is_some() { Duration::from_secs(TIMEOUT) } else { Duration::MAX };
        if timeout(wait, records.wait()).await.is_err() {
            stream.quiet();
            is_open = false;
        } else {
            sleep(TOGETHER).await;
        }
        let mut told = Vec::new();
        loop {
            match records.read() {
                Ok(Heard::Record(line)) => {
                    stream.take(line);
                    is_open = true;
                }
                Ok(Heard::Gap) => {
                    stream.gap();
                    look_at = Some(Instant::now() + Duration::from_secs(live::BEHIND));
                }
                Ok(Heard::Nothing) => break,
                Err(_) => return Some(()),
            }
            while let Some(event) = stream.next() {
                told.extend(teller.tell(event));
            }
        }
        while let Some(event) = stream.next() {
            told.extend(teller.tell(event));
        }
        if look_at.is_some_and(|at| Instant::now() >= at) {
            look_at = None;
            (stream, teller) = spawn_blocking(move || {
                let missed = fill(&mut stream, &mut teller);
                ((stream, teller), missed)
            })
            .await
            .ok()
            .map(|(back, missed)| {
                told.extend(missed);
                back
            })?;
        }
        if !told.is_empty() {
            let report = Report { source: SourceName::Audit, said: Ok(told) };
            out.send(report).await.ok()?;
        }
    }
}

/// What the log has of what was dropped.
fn fill(stream: &mut Stream, teller: &mut Teller) -> Vec<Observation> {
    let Some(range) = stream.missing() else { return Vec::new() };
    let log_file = log::Config::read(Path::new(log::CONFIG)).unwrap_or_default().log_file;
    let inputs = log::rotated(&log_file).into_iter().map(Input::File);
    let mut events = Events::new(inputs, Compat::V4, TIMEOUT).range(range);
    let mut told = Vec::new();
    // Without a log nothing can be made good; that records were lost is told all the same.
    while let Ok(Some(event)) = events.next() {
        if stream.is_new(event) {
            told.extend(teller.tell(event));
        }
    }
    stream.filled();
    told
}

/// Knows sessions and names.
struct Teller {
    sessions: Sessions,
    names: Names,
    keys: Vec<String>,
    acts: bool,
}

impl Teller {
    fn new(config: &AuditConfig) -> Self {
        let (keys, acts) = (config.keys.clone(), config.acts);
        Self { sessions: Sessions::default(), names: Names::users(Path::new("/")), keys, acts }
    }

    /// What of an event is to be told.
    fn tell(&mut self, event: &Event) -> Option<Observation> {
        let mut action = action::read(event, &self.names);
        self.sessions.place(&mut action);
        let act = act::of(&action, &self.keys)?;
        let is_wanted = self.acts || act.kind == model::AuditActKind::Key;
        if act.kind == model::AuditActKind::Identity {
            self.names = Names::users(Path::new("/"));
        }
        let by_packages =
            || [action.actor.pid, action.actor.ppid].into_iter().flatten().any(of_packages);
        if !is_wanted || (act.kind != model::AuditActKind::Sudo && by_packages()) {
            return None;
        }
        let subject = Subject::AuditAct(act.name());
        Some(Observation::Event { subject, event: model::Event::AuditAct { act } })
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
