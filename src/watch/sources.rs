//! The sources' tasks: which of them the config wants, and what each is handed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::logins;
use super::supervise::supervise;
use crate::clock;
use crate::config::Config;
use crate::source::{
    Report, Sampler, audit, certificate, check, container, fail2ban, hardware, machine, sshd,
    systemd,
};

/// What sources must know of the time before they were started.
#[derive(Clone)]
pub(super) struct Before {
    /// Mounts that are told to have turned read-only: they are not meant to be so.
    pub(super) turned_read_only: Vec<String>,
    /// When the server was last watched.
    pub(super) alive_until: Option<Timestamp>,
}

/// The sources' tasks; dropping them stops them.
pub(super) struct Sources {
    _tasks: JoinSet<()>,
}

impl Sources {
    pub(super) fn start(
        config: &Arc<Config>,
        before: Before,
        ticks: &mpsc::Sender<Vec<Report>>,
        reports: &mpsc::Sender<Report>,
        crashes: &mpsc::Sender<&'static str>,
    ) -> Self {
        let mut tasks = JoinSet::new();
        let interval = config.interval.unsigned_abs();
        tasks.spawn(supervise("sampler", crashes.clone(), {
            let (config, out) = (Arc::clone(config), ticks.clone());
            move || {
                let mut sampler = Sampler::new(&config, Path::new("/"));
                sampler.were_writable(&before.turned_read_only);
                sample(sampler, interval, before.alive_until, out.clone())
            }
        }));
        if config.units.enabled {
            tasks.spawn(supervise("systemd", crashes.clone(), {
                let (units, out) = (config.units.clone(), reports.clone());
                move || systemd::run(units.clone(), out.clone())
            }));
        }
        if config.ssh.enabled {
            let since = before.alive_until.map(|at| at - logins::OVERLAP);
            tasks.spawn(supervise("ssh", crashes.clone(), {
                let out = reports.clone();
                move || sshd::run(since, out.clone())
            }));
        }
        if config.fail2ban.enabled {
            tasks.spawn(supervise("fail2ban", crashes.clone(), {
                let out = reports.clone();
                move || fail2ban::run(out.clone())
            }));
        }
        if config.audit.enabled {
            tasks.spawn(supervise("audit", crashes.clone(), {
                let (audit, out) = (config.audit.clone(), reports.clone());
                move || audit::run(audit.clone(), out.clone())
            }));
        }
        if config.audit.enabled {
            let mut since = before.alive_until;
            tasks.spawn(supervise("audit trail", crashes.clone(), {
                let (audit, out) = (config.audit.clone(), reports.clone());
                let store = config.store.path.clone();
                move || {
                    // After a crash nothing is told again.
                    let since = since.replace(clock::now());
                    audit::trail::run(audit.clone(), store.clone(), since, out.clone())
                }
            }));
        }
        if config.certificates.enabled {
            tasks.spawn(supervise("certificate", crashes.clone(), {
                let (certificates, out) = (config.certificates.clone(), reports.clone());
                move || certificate::run(certificates.clone(), out.clone())
            }));
        }
        if config.machine.enabled {
            tasks.spawn(supervise("machine", crashes.clone(), {
                let (machine, out) = (config.machine, reports.clone());
                move || machine::run(machine, out.clone())
            }));
        }
        if config.hardware.enabled {
            tasks.spawn(supervise("hardware", crashes.clone(), {
                let (hardware, out) = (config.hardware.clone(), reports.clone());
                move || hardware::run(hardware.clone(), out.clone())
            }));
        }
        if config.containers.socket.is_some() {
            tasks.spawn(supervise("container", crashes.clone(), {
                let (containers, out) = (config.containers.clone(), reports.clone());
                move || container::run(containers.clone(), out.clone())
            }));
        }
        for (place, (name, check)) in config.checks.iter().enumerate() {
            let (name, check, out) = (name.clone(), check.clone(), reports.clone());
            let place = (place, config.checks.len());
            tasks.spawn(supervise("check", crashes.clone(), move || {
                check::run(name.clone(), check.clone(), place, out.clone())
            }));
        }
        Self { _tasks: tasks }
    }
}

/// The sampler on a thread of its own, stopped when this is dropped.
async fn sample(
    sampler: Sampler,
    interval: Duration,
    alive_until: Option<Timestamp>,
    out: mpsc::Sender<Vec<Report>>,
) {
    struct Stop(Arc<AtomicBool>);
    impl Drop for Stop {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = Stop(Arc::default());
    let stopped = Arc::clone(&stop.0);
    let (alive, ended) = oneshot::channel::<()>();
    let thread = std::thread::Builder::new().name(String::from("sampler")).spawn(move || {
        let _alive = alive;
        let missed = alive_until.and_then(|since| sampler.missed(since, clock::now()));
        if let Some(report) = missed {
            // Nobody listens: the sampler is about to be stopped.
            let _ = out.blocking_send(vec![report]);
        }
        sampler.run(interval, &stopped, &out);
    });
    let _ = ended.await;
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Ok(Ok(())) => {}
        Err(error) => tracing::error!("no thread for the sampler: {error}"),
    }
}
