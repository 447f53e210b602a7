//! What the machine is made of, where it shows: software RAID, temperatures, the health of disks.
//! On a virtual machine there is nothing of it, and nothing is said.

mod drive;
mod raid;
mod sensor;
mod smart;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use self::drive::Drives;
use super::news::News;
use super::{Blind, Report, journal};
use crate::clock;
use crate::config::HardwareConfig;
use crate::model::{DriveState, Observation, SourceName, State, Subject};

/// Temperatures rise slowly, arrays break seldom.
const POLL: Duration = Duration::from_mins(1);
/// smartd asks the disks each half hour.
const DRIVES: Duration = Duration::from_mins(15);
/// Its lines that are looked at: a failing disk is told of on every check.
const SMARTD: SignedDuration = SignedDuration::from_mins(65);
const LINES: usize = 500;

/// Watches until the receiver of `out` is gone.
pub async fn run(config: HardwareConfig, out: mpsc::Sender<Report>) {
    let mut hardware = Hardware::new(&config, Path::new("/"));
    let mut news = News::default();
    loop {
        let looked = spawn_blocking(move || {
            let said = hardware.read();
            (hardware, said)
        });
        let (again, (mut said, states)) = match looked.await {
            Ok(looked) => looked,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => return,
        };
        hardware = again;
        said.extend(news.of(states, is_trouble));
        let report = Report { source: SourceName::Hardware, said: Ok(said) };
        if out.send(report).await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep(POLL) => {}
            () = out.closed() => return,
        }
    }
}

/// Everything once; what only root may ask of the disks is asked if we are root.
pub async fn once(config: &HardwareConfig, root: &Path) -> Vec<Observation> {
    let mut hardware = Hardware::new(config, root);
    let (mut said, mut states) = hardware.read();
    if config.drives {
        for disk in drive::disks(root) {
            let Some(mut asked) = smart::ask(&disk).await else { continue };
            let subject = Subject::Device(disk);
            if let Some(at) = states.iter().position(|(known, _)| *known == subject)
                && let State::Drive(DriveState { failing: Some(why), .. }) = states.remove(at).1
            {
                asked.failing = Some(why);
            }
            states.push((subject, State::Drive(asked)));
        }
    }
    said.extend(states.into_iter().map(|(subject, state)| Observation::State { subject, state }));
    said
}

fn is_trouble(state: &State) -> bool {
    match state {
        State::Raid(raid) => raid.is_degraded(),
        State::Drive(drive) => !drive.is_well(),
        _ => false,
    }
}

/// What is known of the hardware.
#[derive(Debug)]
pub struct Hardware {
    config: HardwareConfig,
    root: PathBuf,
    drives: Drives,
    asked: Option<Instant>,
}

impl Hardware {
    /// Looks at what the config wants watched. `root` is `/` but for tests.
    pub fn new(config: &HardwareConfig, root: &Path) -> Self {
        let (config, root) = (config.clone(), root.to_owned());
        Self { config, root, drives: Drives::default(), asked: None }
    }

    /// The temperatures and states as they are now. Blocks.
    pub fn read(&mut self) -> (Vec<Observation>, Vec<(Subject, State)>) {
        let (root, config) = (&self.root, &self.config);
        let mut states = Vec::new();
        if config.raid {
            // Without md there is no such file.
            let mdstat = fs::read(root.join("proc/mdstat")).unwrap_or_default();
            let arrays = raid::arrays(&mdstat).into_iter();
            states.extend(arrays.map(|(name, raid)| (Subject::Device(name), State::Raid(raid))));
        }
        if config.drives {
            let now = clock::monotonic();
            if self.asked.is_none_or(|asked| now.duration_since(asked) >= DRIVES) {
                self.asked = Some(now);
                self.drives = drive::read(root, &smartd_lines(root), clock::now());
            }
            let known = self.drives.known.iter();
            states.extend(
                known.map(|(name, drive)| {
                    (Subject::Device(name.clone()), State::Drive(drive.clone()))
                }),
            );
        }
        let said = if config.temperature.enabled { sensor::read(root) } else { Vec::new() };
        (said, states)
    }

    /// What could not be seen at the last look.
    pub fn notes(&self) -> Option<Blind> {
        drive::note(&self.drives.unasked)
    }
}

/// The newest lines of smartd; none without disks that could have a health, or without a journal.
fn smartd_lines(root: &Path) -> Vec<journal::Line> {
    if drive::disks(root).is_empty() || root != Path::new("/") {
        return Vec::new();
    }
    let now = clock::now();
    let since = now.checked_sub(SMARTD).unwrap_or(now);
    ["smartmontools.service", "smartd.service"]
        .into_iter()
        .filter_map(|unit| journal::unit_lines(unit, since, LINES).ok())
        .flatten()
        .filter(|line| line.own)
        .collect()
}
