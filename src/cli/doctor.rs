//! `nightkeep doctor`: what cannot be seen or done here, why, and the command that mends it.

use std::path::Path;
use std::time::Duration;

use clap::Parser;
use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::time::timeout;

use super::{FAILED, OK, output};
use crate::clock;
use crate::config::{CheckConfig, Config, MonitorKind, Origin};
use crate::control::{self, Reply, Request};
use crate::model::{Observation, Severity, State, Subject};
use crate::monitor::Shown;
use crate::source::hardware::Hardware;
use crate::source::machine::Machine;
use crate::source::{Blind, Sampler, certificate, check, container, journal, systemd};
use crate::store::outbox::DeliveryState;
use crate::store::{self, Store};

/// What nightkeep cannot see or do here.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

const DEADLINE: Duration = Duration::from_secs(3);
/// Monitors of which nothing is known, named up to this many.
const UNKNOWN: usize = 10;

/// One thing examined: what, and what is wrong with it.
#[derive(Debug, Serialize)]
struct Examined {
    what: String,
    state: String,
    trouble: Option<String>,
    mend: Option<String>,
}

fn well(what: &str, state: impl Into<String>) -> Examined {
    Examined { what: what.to_owned(), state: state.into(), trouble: None, mend: None }
}

fn ill(what: &str, trouble: impl Into<String>, mend: impl Into<String>) -> Examined {
    let (trouble, mend) = (Some(trouble.into()), Some(mend.into()));
    Examined { what: what.to_owned(), state: String::new(), trouble, mend }
}

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    let mut examined = Vec::new();
    let config = match super::monitors::load(config).await {
        Ok(loaded) => {
            examined.push(well("config", format!("{} is right", config.display())));
            loaded
        }
        Err(error) => {
            examined.push(ill("config", error.to_string(), "nightkeep config check"));
            Config::default()
        }
    };
    examine_watch(socket, &mut examined).await;
    examine_sources(&config, &mut examined).await;
    examine_certificates(&config, &mut examined).await;
    examine_monitors(&config, socket, &mut examined).await;
    examine_store(&config, &mut examined).await;

    if args.json {
        output::print_json(&examined)?;
    } else {
        output::print(&describe(&examined))?;
    }
    Ok(if examined.iter().any(|one| one.trouble.is_some()) { FAILED } else { OK })
}

async fn examine_watch(socket: &Path, examined: &mut Vec<Examined>) {
    let status = match control::ask(socket, &Request::Status).await {
        Ok(Reply::Status(status)) => status,
        Ok(_) => return,
        Err(error) => {
            let mend = "sudo systemctl enable --now nightkeep; journalctl -u nightkeep -n 20";
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
async fn examine_monitors(config: &Config, socket: &Path, examined: &mut Vec<Examined>) {
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
    let Ok(Reply::Monitors { monitors: views }) =
        control::ask(socket, &Request::Monitors { name: None }).await
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

async fn examine_store(config: &Config, examined: &mut Vec<Examined>) {
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
            Some(at) => {
                well(&what, format!("delivered last {}", output::local(at, &TimeZone::system())))
            }
            None => ill(
                &what,
                "it has never delivered anything",
                format!("nightkeep alerts test {name}"),
            ),
        });
    }
}

fn describe(examined: &[Examined]) -> String {
    let mut text = String::new();
    for Examined { what, state, trouble, mend } in examined {
        match trouble {
            None => {
                text +=
                    &format!("{}  {what}: {}\n", output::paint("ok", None), output::safe(state));
            }
            Some(trouble) => {
                let word = output::paint("trouble", Some(Severity::Warning));
                let trouble = trouble.replace('\n', "\n    ");
                text += &format!("{word}  {what}: {trouble}\n");
                if let Some(mend) = mend {
                    text += &format!("    mend: {}\n", output::safe(mend));
                }
            }
        }
    }
    text
}
