//! Asks one monitor once, whatever it is.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use nightkeep_probe::{Answer, Net, Outcome, Phases};
use tokio::time::timeout;

use super::life::{Found, turned};
use super::look::{Look, judge, policy};
use super::way_out::WayOut;
use crate::clock;
use crate::config::{CheckConfig, Config, MonitorConfig, MonitorKind};
use crate::model::CheckStatus;
use crate::roots;
use crate::source::{Blind, check, container, systemd};

/// What all monitors share.
#[derive(Debug)]
pub struct Tools {
    net: Net,
    way_out: WayOut,
}

impl Tools {
    /// Reads whom this machine trusts.
    ///
    /// # Errors
    /// When the TLS library cannot be used.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { net: Net::new(roots::store())?, way_out: WayOut::default() })
    }

    /// Do others answer this machine? None if there is nobody to ask.
    pub async fn way_out(&self, config: &Config) -> Option<bool> {
        self.way_out.answers(&config.way_out.ask).await
    }

    /// Asks a monitor once. A group is not asked: it is made of the others.
    pub async fn ask(&self, monitor: &MonitorConfig, config: &Config) -> Look {
        let (at, begun) = (clock::now(), clock::monotonic());
        let asked = Asked { monitor, at, begun };
        match &monitor.kind {
            MonitorKind::Probe(_, probe) => {
                let outcome = nightkeep_probe::run(probe, &self.net, at).await;
                judge(monitor, &outcome, at, clock::now())
            }
            MonitorKind::Unit(name) => asked.unit(name).await,
            MonitorKind::Container(name) => {
                asked.container(config.containers.socket.as_deref(), name).await
            }
            MonitorKind::Command(command) => asked.command(command).await,
            MonitorKind::Group { .. } => asked.look(Found::Blind, "a group is not asked itself"),
        }
    }

    /// Asks a monitor, and whose fault it is if that would make it down: `matters`.
    pub async fn ask_fairly(
        &self,
        monitor: &MonitorConfig,
        config: &Config,
        matters: bool,
    ) -> Look {
        let mut look = self.ask(monitor, config).await;
        let failed = look.fault.is_some() && look.found == Found::Bad;
        if failed && matters && monitor.is_remote_at(look.address) {
            look.way_out = self.way_out(config).await;
        }
        look
    }
}

/// Something of this machine being asked.
struct Asked<'a> {
    monitor: &'a MonitorConfig,
    at: Timestamp,
    begun: Instant,
}

impl Asked<'_> {
    fn took(&self) -> Duration {
        clock::monotonic() - self.begun
    }

    fn look(&self, found: Found, said: &str) -> Look {
        Look::of(self.at, found, said, self.took())
    }

    /// It is not as it must be.
    fn bad(&self, said: &str) -> Look {
        self.look(turned(policy(self.monitor), Found::Bad), said)
    }

    fn blind(&self, blind: &Blind) -> Look {
        self.look(Found::Blind, &blind.to_string())
    }

    /// It is as it must be, unless a condition says otherwise.
    fn good(&self, said: &str) -> Look {
        let answer = Answer { body: said.as_bytes().to_vec(), ..Answer::default() };
        let phases = Phases { total: self.took(), ..Phases::default() };
        let result = Ok(answer);
        let outcome =
            Outcome { phases, address: None, certificate_ends: None, ipv6_fault: None, result };
        let mut look = judge(self.monitor, &outcome, self.at, clock::now());
        if look.found == Found::Good {
            look.said = crate::model::text::clean(said, 300);
        }
        look
    }

    async fn unit(&self, name: &str) -> Look {
        let deadline = self.monitor.timeout.unsigned_abs();
        match timeout(deadline, systemd::state(name)).await {
            Err(_) => self.look(Found::Blind, "systemd does not answer; see: systemctl status"),
            Ok(Err(blind)) => self.blind(&blind),
            Ok(Ok(None)) => self.bad("the unit is not loaded: it does not run, or there is none"),
            Ok(Ok(Some((active, sub)))) => match active.as_str() {
                "active" | "reloading" => self.good(&format!("{active} ({sub})")),
                _ => self.bad(&format!("it is {active} ({sub})")),
            },
        }
    }

    async fn container(&self, socket: Option<&Path>, name: &str) -> Look {
        let usual = || {
            let here = container::SOCKETS.into_iter().find(|socket| Path::new(socket).exists());
            PathBuf::from(here.unwrap_or(container::SOCKETS[0]))
        };
        let socket = socket.map_or_else(usual, Path::to_path_buf);
        let state = match container::one(&socket, name).await {
            Err(blind) => return self.blind(&blind),
            Ok(None) => return self.bad("there is no container of that name"),
            Ok(Some(state)) => state,
        };
        let why = |why: &str| if why.is_empty() { String::new() } else { format!(": {why}") };
        match (&state.unhealthy, state.status.as_str()) {
            (Some(output), _) => self.bad(&format!("it is unhealthy{}", why(output))),
            (None, "running") => self.good("running"),
            (None, status) if state.oom_killed => {
                self.bad(&format!("it is {status}: it ran out of memory"))
            }
            (None, "exited") => {
                let code = state.exit_code;
                self.bad(&format!("it has exited with code {code}{}", why(&state.error)))
            }
            (None, status) => self.bad(&format!("it is {status}")),
        }
    }

    async fn command(&self, command: &[String]) -> Look {
        let config = CheckConfig {
            command: command.to_vec(),
            interval: self.monitor.interval,
            timeout: self.monitor.timeout,
            hold: SignedDuration::ZERO,
        };
        let (state, _) = check::once(&self.monitor.name, &config).await;
        match state.status {
            CheckStatus::Ok => self.good(&state.said),
            CheckStatus::Critical => self.bad(&state.said),
            CheckStatus::Unknown => self.look(Found::Blind, &state.said),
            CheckStatus::Warning => {
                let mut look = self.good(&state.said);
                if look.found == Found::Good && !self.monitor.upside_down {
                    look.found = Found::Poor;
                }
                look
            }
        }
    }
}
