//! What nightkeep cannot see or do here, why, and the command that mends it.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;

use crate::clock;
use crate::config::{CheckConfig, Config, MonitorKind, Origin};
use crate::control::{NotAllowed, Reply, Request};
use crate::model::{Observation, State, Subject};
use crate::monitor::Shown;
use crate::respond::asked::Places;
use crate::source::hardware::Hardware;
use crate::source::machine::Machine;
use crate::source::{Blind, Sampler, certificate, check, container, journal, systemd};
use crate::store::outbox::DeliveryState;
use crate::store::{self, Store};

const DEADLINE: Duration = Duration::from_secs(3);
/// Monitors of which nothing is known, named up to this many.
const UNKNOWN: usize = 10;

/// One thing examined: what, and what is wrong with it.
#[derive(Debug, Serialize)]
pub(crate) struct Examined {
    pub(crate) what: String,
    /// How it is, if nothing is wrong with it.
    pub(crate) state: String,
    pub(crate) trouble: Option<String>,
    /// What mends that.
    pub(crate) mend: Option<String>,
}

pub(crate) fn well(what: &str, state: impl Into<String>) -> Examined {
    Examined { what: what.to_owned(), state: state.into(), trouble: None, mend: None }
}

pub(crate) fn ill(what: &str, trouble: impl Into<String>, mend: impl Into<String>) -> Examined {
    let (trouble, mend) = (Some(trouble.into()), Some(mend.into()));
    Examined { what: what.to_owned(), state: String::new(), trouble, mend }
}

/// The running watch, as whoever asks the doctor reaches it.
pub(crate) trait Watch: Sync {
    /// Asks it.
    fn ask(&self, request: Request) -> impl Future<Output = anyhow::Result<Reply>> + Send;
}

/// Looks at everything of a config. `at` says a time.
pub(crate) async fn examine(
    config: &Config,
    watch: &impl Watch,
    at: impl Fn(Timestamp) -> String,
) -> Vec<Examined> {
    let mut examined = Vec::new();
    examine_watch(watch, &mut examined).await;
    examine_sources(config, &mut examined).await;
    examine_certificates(config, &mut examined).await;
    examine_monitors(config, watch, &mut examined).await;
    examine_store(config, at, &mut examined).await;
    examined.push(match Places::of_machine().examine() {
        Ok(()) => well("triage from the page", "can be asked for"),
        // Whoever has no page does not miss it.
        Err(_) if config.web.listen.is_empty() => {
            well("triage from the page", "there is no page; sudo nightkeep triage does the same")
        }
        Err(blind) => blinded("triage from the page", blind),
    });
    examined
}

async fn examine_watch(watch: &impl Watch, examined: &mut Vec<Examined>) {
    let status = match watch.ask(Request::Status).await {
        Ok(Reply::Status(status)) => status,
        Ok(_) => return,
        Err(error) => {
            let mend = if error.is::<NotAllowed>() {
                "sudo nightkeep doctor"
            } else {
                "sudo systemctl enable --now nightkeep; journalctl -u nightkeep -n 20"
            };
            return examined.push(ill("watch", format!("{error:#}"), mend));
        }
    };
    examined.push(well("watch", format!("version {} is running", status.version)));
    for source in &status.sources {
        if let Some(blind) = &source.blind {
            let (why, mend) = blind.split_once("; ").unwrap_or((blind, "journalctl -u nightkeep"));
            examined.push(ill(&format!("watch: {}", source.source), why, mend));
        }
    }
    if status.crashes > 0 {
        let trouble = format!("{} crashes since it started", status.crashes);
        examined.push(ill("watch", trouble, "journalctl -u nightkeep | grep crash"));
    }
    if status.dropped > 0 {
        let trouble = format!("{} samples could not be stored and were dropped", status.dropped);
        examined.push(ill("watch", trouble, "df -h /var/lib/nightkeep"));
    }
}

async fn examine_sources(config: &Config, examined: &mut Vec<Examined>) {
    let mut sampler = Sampler::new(config, Path::new("/"));
    let now = clock::now();
    for report in sampler.read(now) {
        match report.said {
            Ok(said) => {
                examined.push(well(report.source.as_str(), format!("{} readings", said.len())));
            }
            Err(blind) => examined.push(blinded(report.source.as_str(), blind)),
        }
    }
    for (source, blind) in sampler.notes() {
        examined.push(blinded(source.as_str(), blind));
    }
    match timeout(DEADLINE, systemd::once(&config.units)).await {
        Ok(Ok(said)) => examined.push(well("systemd", format!("{} units", said.len()))),
        Ok(Err(blind)) => examined.push(blinded("systemd", blind)),
        Err(_) => examined.push(ill(
            "systemd",
            "it did not answer within 3 seconds",
            "systemctl is-system-running",
        )),
    }
    if config.machine.enabled {
        let mut machine = Machine::new(&config.machine, Path::new("/"));
        examined.push(well("machine", format!("{} readings", machine.read().len())));
        examined.extend(machine.notes().iter().cloned().map(|note| blinded("machine", note)));
    }
    if config.hardware.enabled {
        let mut hardware = Hardware::new(&config.hardware, Path::new("/"));
        let (temperatures, states) = hardware.read();
        let readings = temperatures.len() + states.len();
        examined.push(well("hardware", format!("{readings} readings")));
        examined.extend(hardware.notes().map(|note| blinded("hardware", note)));
    }
    if config.containers.socket.is_some() {
        examined.push(match container::once(&config.containers).await {
            Ok(said) => well("container", format!("{} containers", said.len())),
            Err(blind) => blinded("container", blind),
        });
    }
    for (name, check) in &config.checks {
        let what = format!("check {name}");
        examined.push(match check::examine(check) {
            Ok(()) => well(&what, "can be run"),
            Err(blind) => blinded(&what, blind),
        });
    }
    let read = tokio::task::spawn_blocking(move || journal::kernel_oom_kills(now));
    match timeout(DEADLINE, read).await {
        Ok(Ok(Ok(_))) => examined.push(well("journal", "can be read")),
        Ok(Ok(Err(blind))) => examined.push(blinded("journal", blind)),
        _ => examined.push(ill("journal", "it cannot be read in 3 seconds", "journalctl --verify")),
    }
}

async fn examine_certificates(config: &Config, examined: &mut Vec<Examined>) {
    let said = certificate::once(&config.certificates, DEADLINE).await;
    let mut seen = 0;
    for observation in said {
        let Observation::State { subject: Subject::Certificate(name), state } = observation else {
            continue;
        };
        let State::Certificate(state) = state else { continue };
        seen += state.seen.len();
        if let Some(unseen) = state.unseen {
            let what = format!("certificate {name}");
            let why = format!("{} {}", unseen.part, unseen.why);
            examined.push(ill(&what, why.trim(), unseen.mend));
        }
    }
    if config.certificates.enabled {
        examined.push(well("certificate", format!("{seen} seen")));
    }
}

/// Can the monitors be asked, and are they?
async fn examine_monitors(config: &Config, watch: &impl Watch, examined: &mut Vec<Examined>) {
    if config.monitors.is_empty() {
        return;
    }
    let kept = config.monitors.values().filter(|one| one.origin == Origin::Store).count();
    let state = format!("{} monitors, {kept} of them kept in the store", config.monitors.len());
    examined.push(well("monitors", state));
    for monitor in config.monitors.values() {
        if let MonitorKind::Command(command) = &monitor.kind {
            let check = CheckConfig {
                command: command.clone(),
                interval: monitor.interval,
                timeout: monitor.timeout,
                hold: jiff::SignedDuration::ZERO,
            };
            if let Err(blind) = check::examine(&check) {
                examined.push(blinded(&format!("monitor {}", monitor.name), blind));
            }
        }
    }
    let Ok(Reply::Monitors { monitors: views }) = watch.ask(Request::Monitors { name: None }).await
    else {
        return;
    };
    // As the watch itself finds it: whoever asks the doctor may do more than the watch may.
    for view in views.iter().filter(|view| view.status == Shown::Unknown).take(UNKNOWN) {
        let what = format!("monitor {}", view.name);
        examined.push(ill(&what, view.said.clone(), "what it says; then: nightkeep monitors"));
    }
    let missed: u64 = views.iter().map(|view| view.missed).sum();
    if missed > 0 {
        let trouble = format!("{missed} turns of monitors were missed since the watch started");
        let mend = "nightkeep monitors; give those that are slow a longer interval";
        examined.push(ill("monitors", trouble, mend));
    }
}

fn blinded(what: &str, Blind { why, mend }: Blind) -> Examined {
    ill(what, why, mend)
}

async fn examine_store(
    config: &Config,
    said: impl Fn(Timestamp) -> String,
    examined: &mut Vec<Examined>,
) {
    let path = &config.store.path;
    let store = match Store::open_read_only(path).await {
        Ok(store) => store,
        Err(error) => {
            return examined.push(ill(
                "store",
                error.to_string(),
                format!("ls -ld {}", path.display()),
            ));
        }
    };
    examined.push(well("store", format!("{} can be read", path.display())));
    if config.channels.is_empty() {
        let mend =
            "add one to the config, for example [channel.phone], then: nightkeep alerts test phone";
        examined.push(ill("channels", "none is configured: nobody would be told", mend));
    }
    let deliveries = store::outbox::recent(&store, 1000).await.unwrap_or_default();
    for name in config.channels.keys() {
        let what = format!("channel {name}");
        let mine = || deliveries.iter().filter(|delivery| delivery.notice.channel == *name);
        let last = mine().filter_map(|delivery| delivery.delivered_at).max();
        let waiting = mine().filter(|delivery| delivery.state == DeliveryState::Pending).count();
        examined.push(match last {
            _ if waiting > 0 => ill(
                &what,
                format!("{waiting} notices wait"),
                format!("nightkeep alerts test {name}"),
            ),
            Some(at) => well(&what, format!("delivered last {}", said(at))),
            None => ill(
                &what,
                "it has never delivered anything",
                format!("nightkeep alerts test {name}"),
            ),
        });
    }
}
