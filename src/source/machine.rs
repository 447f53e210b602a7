//! The machine as a whole: is a restart due, was the last one meant, are security updates missing,
//! does anything set the clock? Files only, read every few minutes.

mod boot;
mod clock;
mod restart;
mod updates;
mod version;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use self::updates::Updates;
use super::news::News;
use super::{Blind, Report, journal};
use crate::config::MachineConfig;
use crate::model::{BootState, SourceName, State, Subject};

/// Nothing of it is urgent.
const POLL: Duration = Duration::from_mins(5);
/// A clock may take this long after the start to be synchronised: ntpd wants a quarter of an hour.
const SETTLE: SignedDuration = SignedDuration::from_mins(17);

/// Watches the machine until the receiver of `out` is gone.
pub async fn run(config: MachineConfig, out: mpsc::Sender<Report>) {
    let mut machine = Machine::new(&config, Path::new("/"));
    let mut news = News::default();
    loop {
        let looked = spawn_blocking(move || {
            let said = machine.read();
            (machine, said)
        });
        let (again, said) = match looked.await {
            Ok(looked) => looked,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => return,
        };
        machine = again;
        let said = said.into_iter().map(|state| (Subject::Host, state)).collect();
        let said = Ok(news.of(said, is_trouble));
        let report = Report { source: SourceName::Machine, said };
        if out.send(report).await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep(POLL) => {}
            () = out.closed() => return,
        }
    }
}

fn is_trouble(state: &State) -> bool {
    match state {
        State::Restart(restart) => restart.needed,
        State::Updates(updates) => updates.count > 0,
        State::Clock { synchronised, .. } => !synchronised,
        _ => false,
    }
}

/// What is known of the machine.
#[derive(Debug)]
pub struct Machine {
    config: MachineConfig,
    root: PathBuf,
    journals: Vec<PathBuf>,
    updates: Updates,
    /// It does not change while we live.
    boot: Option<BootState>,
    notes: Vec<Blind>,
}

impl Machine {
    /// Looks at what the config wants watched. `root` is `/` but for tests.
    pub fn new(config: &MachineConfig, root: &Path) -> Self {
        Self {
            config: *config,
            root: root.to_owned(),
            journals: journal::roots()
                .map(|path| root.join(path.strip_prefix("/").unwrap_or(&path)))
                .into(),
            updates: Updates::default(),
            boot: None,
            notes: Vec::new(),
        }
    }

    /// Everything as it is now. What cannot be seen is left out and noted. Blocks.
    pub fn read(&mut self) -> Vec<State> {
        self.notes.clear();
        let (root, config) = (&self.root, &self.config);
        let mut states = Vec::new();
        if config.reboot_required {
            states.push(State::Restart(restart::read(root)));
        }
        if config.unexpected_reboot {
            if self.boot.is_none() {
                self.boot = boot::read(root, &self.journals);
            }
            states.extend(self.boot.clone().map(State::Boot));
        }
        if config.security_updates {
            match self.updates.read(root) {
                None => {}
                Some(Ok(updates)) => states.push(State::Updates(updates)),
                Some(Err(blind)) => self.notes.push(blind),
            }
        }
        if config.clock {
            match clock::is_synchronised() {
                Ok(synchronised) => {
                    let settling = up(root).is_some_and(|up| up < SETTLE);
                    states.push(State::Clock { synchronised, settling });
                }
                Err(error) => self.notes.push(Blind {
                    why: format!("the kernel does not say whether the clock is set: {error}"),
                    mend: String::from(
                        "take ProtectClock= out of the service, and add SystemCallFilter=adjtimex",
                    ),
                }),
            }
        }
        states
    }

    /// What could not be seen at the last look.
    pub fn notes(&self) -> &[Blind] {
        &self.notes
    }
}

/// How long the machine has been up.
fn up(root: &Path) -> Option<SignedDuration> {
    let text = fs::read_to_string(root.join("proc/uptime")).ok()?;
    let seconds = text.split(['.', ' ']).next()?.parse().ok()?;
    Some(SignedDuration::from_secs(seconds))
}

/// The last lines before this boot, for an alert that tells of it.
pub(super) fn last_lines(root: &Path) -> Result<Vec<journal::Line>, Blind> {
    let journals = journal::roots();
    let Some(boot) = boot::read(root, &journals) else { return Ok(Vec::new()) };
    let ending = journal::boot::before(&journals, &boot.id, boot.at)?;
    Ok(ending.map_or_else(Vec::new, |ending| ending.lines))
}
