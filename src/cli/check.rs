//! `nightkeep check`: everything once, without daemon, config or database. A better
//! `health-check.sh`, fit for cron.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::time::{sleep, timeout};

use super::{OK, output};
use crate::alert::{AlertView, Judge, Rows};
use crate::clock;
use crate::config::{Config, Sustained, Threshold};
use crate::model::text;
use crate::model::{
    Batch, BootState, CheckState, CheckStatus, Metric, MonitorStatus, Observation, Phase, Severity,
    SourceName, State, Subject,
};
use crate::source::machine::Machine;
use crate::source::{
    Blind, Report, Sampler, certificate, check, container, evidence, fail2ban, hardware, journal,
    sshd, systemd,
};

/// Look at everything once, without daemon, config or database.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Only run this check of your own, from [check.NAME] in the config.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// Rates are taken over this time.
const LOOK: Duration = Duration::from_millis(400);
/// What a bus or a journal may take; the whole check stays under a second.
const DEADLINE: Duration = Duration::from_millis(800);
/// What a server may take to show its certificate; only configured ones can be slow.
const SERVER_DEADLINE: Duration = Duration::from_secs(3);
/// Checks of the owner's own, all together.
const CHECKS_DEADLINE: Duration = Duration::from_secs(30);
/// Evidence of all findings together.
const EVIDENCE_DEADLINE: Duration = Duration::from_millis(500);
/// Kills and unexpected restarts older than this are no finding any more.
const EVENTS_SINCE: SignedDuration = SignedDuration::from_hours(24);

/// What was found.
#[derive(Debug, Serialize)]
struct Findings {
    host: String,
    at: Timestamp,
    verdict: &'static str,
    findings: Vec<Finding>,
    unseen: Vec<Unseen>,
    well: Vec<Well>,
}

#[derive(Debug, Serialize)]
struct Finding {
    severity: Severity,
    rule: String,
    subject: Subject,
    summary: String,
    evidence: Vec<String>,
    next: String,
}

#[derive(Debug, Serialize)]
struct Unseen {
    source: SourceName,
    why: String,
    mend: String,
}

#[derive(Debug, Serialize)]
struct Well {
    what: String,
    state: String,
}

pub(super) async fn run(args: &Args, config: &Path) -> anyhow::Result<u8> {
    // The owner's thresholds where there are some; the built-in ones do everywhere else.
    let config = if config.exists() {
        super::monitors::load(config).await.unwrap_or_default()
    } else {
        Config::default()
    };
    let found = match &args.only {
        Some(name) if !config.checks.contains_key(name) => {
            anyhow::bail!("the config has no [check.{name}]")
        }
        Some(name) => only(&config, name).await,
        None => Box::pin(look(&config)).await,
    };
    if args.json {
        output::print_json(&found)?;
    } else {
        output::print(&describe(&found))?;
    }
    Ok(exit_code(&found))
}

fn exit_code(found: &Findings) -> u8 {
    match found.findings.first().map(|finding| finding.severity) {
        Some(Severity::Critical) => 2,
        Some(Severity::Warning) => 1,
        _ if !found.unseen.is_empty() => 3,
        _ => OK,
    }
}

async fn look(config: &Config) -> Findings {
    let instant = Arc::new(instant(config));
    let mut judge = Judge::new(Arc::clone(&instant), &Rows::new());
    let mut sampler = Sampler::new(&instant, Path::new("/"));
    let mut unseen = Vec::new();

    let begun = clock::now();
    let first = sampler.read(begun);
    judge.step(&batch(begun, first, &mut Vec::new()));

    let units = async {
        timeout(DEADLINE, systemd::once(&instant.units)).await.unwrap_or_else(|_| {
            let why = String::from("systemd did not answer within 0.8 s");
            Err(Blind { why, mend: String::from("see: systemctl is-system-running") })
        })
    };
    let kills = tokio::task::spawn_blocking(move || {
        journal::kernel_oom_kills(begun.checked_sub(EVENTS_SINCE).unwrap_or(begun))
    });
    let ssh = tokio::task::spawn_blocking(move || sshd::day(begun));
    let bans = async {
        let wanted = config.fail2ban.enabled && fail2ban::is_here(Path::new("/"));
        if wanted { timeout(DEADLINE, fail2ban::compare(begun)).await.ok().flatten() } else { None }
    };
    let certificates = certificate::once(&instant.certificates, SERVER_DEADLINE);
    let machine = instant.machine;
    let machine = tokio::task::spawn_blocking(move || {
        let mut machine = Machine::new(&machine, Path::new("/"));
        (machine.read(), machine.notes().to_vec())
    });
    let hardware = hardware::once(&instant.hardware, Path::new("/"));
    let containers = container::once(&instant.containers);
    let (kills, ssh) = (timeout(DEADLINE, kills), timeout(DEADLINE, ssh));
    let machine = timeout(DEADLINE, machine);
    let (hardware, containers) = (timeout(DEADLINE, hardware), timeout(DEADLINE, containers));
    let (units, kills, ssh, bans, certificates, machine, hardware, containers, ()) = tokio::join!(
        units,
        kills,
        ssh,
        bans,
        certificates,
        machine,
        hardware,
        containers,
        sleep(LOOK)
    );

    let now = clock::now();
    let mut reports = sampler.read(now);
    if config.units.enabled {
        reports.push(Report { source: SourceName::Systemd, said: units });
    }
    reports.push(Report { source: SourceName::Certificate, said: Ok(certificates) });
    match kills {
        Ok(Ok(Ok(kills))) => reports.push(Report {
            source: SourceName::Memory,
            said: Ok(kills
                .into_iter()
                .map(|(_, event)| Observation::Event { subject: Subject::Host, event })
                .collect()),
        }),
        Ok(Ok(Err(blind))) => unseen.push(unseen_by(SourceName::Memory, blind)),
        _ => {}
    }
    if let Some(observation) = bans {
        reports.push(Report { source: SourceName::Fail2ban, said: Ok(vec![observation]) });
    }
    let mut logins = None;
    match ssh {
        Ok(Ok(Ok((said, summary)))) if config.ssh.enabled => {
            reports.push(Report { source: SourceName::Ssh, said: Ok(said) });
            logins = Some(summary);
        }
        Ok(Ok(Err(blind))) if config.ssh.enabled => {
            unseen.push(unseen_by(SourceName::Ssh, blind));
        }
        _ => {}
    }
    if let (true, Ok(Ok((said, notes)))) = (config.machine.enabled, machine) {
        unseen.extend(notes.into_iter().map(|note| unseen_by(SourceName::Machine, note)));
        let state = |state| Observation::State { subject: Subject::Host, state };
        let said: Vec<_> = said.into_iter().map(state).collect();
        judge.step(&Batch { at: now, observations: boot_before(&said, now) });
        reports.push(Report { source: SourceName::Machine, said: Ok(said) });
    }
    if let (true, Ok(said)) = (config.hardware.enabled, hardware) {
        reports.push(Report { source: SourceName::Hardware, said: Ok(said) });
    }
    if config.containers.socket.is_some() {
        let late = || Blind {
            why: String::from("the container engine did not answer within 0.8 s"),
            mend: String::from("systemctl status docker.service podman.socket"),
        };
        let said = containers.unwrap_or_else(|_| Err(late()));
        reports.push(Report { source: SourceName::Container, said });
    }
    reports.extend(own_checks(&instant, instant.checks.keys(), &mut unseen).await);
    reports.extend(monitors(&instant, &mut unseen).await);
    let second = batch(now, reports, &mut unseen);
    judge.step(&second);
    let mut found = sum_up(config, &judge, begun, &second, unseen).await;
    found.well.extend(logins.map(|state| Well { what: String::from("ssh"), state }));
    found
}

/// One check of the owner's own.
async fn only(config: &Config, name: &String) -> Findings {
    let (instant, mut unseen) = (Arc::new(instant(config)), Vec::new());
    let mut judge = Judge::new(Arc::clone(&instant), &Rows::new());
    let begun = clock::now();
    let reports = own_checks(&instant, [name], &mut unseen).await;
    let batch = batch(clock::now(), reports, &mut unseen);
    judge.step(&batch);
    sum_up(config, &judge, begun, &batch, unseen).await
}

/// Runs checks of the owner's own, one after the other.
async fn own_checks(
    config: &Config,
    names: impl IntoIterator<Item = &String>,
    unseen: &mut Vec<Unseen>,
) -> Vec<Report> {
    let mut reports = Vec::new();
    let running = async {
        for name in names {
            let Some(config) = config.checks.get(name) else { continue };
            let (state, mut said) = check::once(name, config).await;
            let subject = Subject::Check(name.clone());
            said.push(Observation::State { subject, state: State::Check(state) });
            reports.push(Report { source: SourceName::Check, said: Ok(said) });
        }
    };
    if timeout(CHECKS_DEADLINE, running).await.is_err() {
        unseen.push(Unseen {
            source: SourceName::Check,
            why: format!("your own checks took longer than {} s", CHECKS_DEADLINE.as_secs()),
            mend: String::from("run one by one: nightkeep check --only NAME"),
        });
    }
    reports
}

/// The monitors, asked once.
async fn monitors(config: &Config, unseen: &mut Vec<Unseen>) -> Option<Report> {
    let (why, mend) = match timeout(CHECKS_DEADLINE, super::monitors::look(config)).await {
        Ok(Ok(said)) if said.is_empty() => return None,
        Ok(Ok(said)) => return Some(Report { source: SourceName::Monitor, said: Ok(said) }),
        Ok(Err(error)) => (format!("monitors cannot be asked: {error:#}"), "nightkeep doctor"),
        Err(_) => (
            format!("asking the monitors took longer than {} s", CHECKS_DEADLINE.as_secs()),
            "nightkeep monitors",
        ),
    };
    unseen.push(Unseen { source: SourceName::Monitor, why, mend: mend.to_owned() });
    None
}

async fn sum_up(
    config: &Config,
    judge: &Judge,
    begun: Timestamp,
    last: &Batch,
    unseen: Vec<Unseen>,
) -> Findings {
    let mut findings = Vec::new();
    for alert in judge.alerts().into_iter().filter(|alert| alert.phase == Phase::Firing) {
        findings.push(finding(alert));
    }
    let gathering = async {
        for (finding, key) in &mut findings {
            finding.evidence = evidence::of(key, begun).await;
        }
    };
    // What comes too late is left out.
    let _ = timeout(EVIDENCE_DEADLINE, gathering).await;
    let mut findings: Vec<_> = findings.into_iter().map(|(finding, _)| finding).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let well = well(&last.observations, &findings);
    let mut found =
        Findings { host: config.host.clone(), at: last.at, verdict: "", findings, unseen, well };
    found.verdict = match exit_code(&found) {
        0 => "well",
        1 => "warning",
        2 => "critical",
        _ => "could not tell",
    };
    found
}

/// A boot to hold a recent one against: a judge that knows none tells nothing of the first.
fn boot_before(said: &[Observation], now: Timestamp) -> Vec<Observation> {
    let before = |observation: &Observation| match observation {
        Observation::State { subject, state: State::Boot(boot) }
            if boot.clean == Some(false) && now.duration_since(boot.at) < EVENTS_SINCE =>
        {
            let before = BootState { id: String::new(), ..boot.clone() };
            Some(Observation::State { subject: subject.clone(), state: State::Boot(before) })
        }
        _ => None,
    };
    said.iter().filter_map(before).collect()
}

fn finding(alert: AlertView) -> (Finding, crate::model::AlertKey) {
    let AlertView { key, severity, summary, next, .. } = alert;
    let (rule, subject) = (key.rule.to_string(), key.subject.clone());
    (Finding { severity, rule, subject, summary, evidence: Vec::new(), next }, key)
}

fn unseen_by(source: SourceName, Blind { why, mend }: Blind) -> Unseen {
    Unseen { source, why, mend }
}

fn batch(at: Timestamp, reports: Vec<Report>, unseen: &mut Vec<Unseen>) -> Batch {
    let mut observations = Vec::new();
    for Report { source, said } in reports {
        match said {
            Ok(said) => observations.extend(said),
            Err(blind) => unseen.push(unseen_by(source, blind)),
        }
    }
    Batch { at, observations }
}

/// The same rules, for a single look: nothing needs to last. What only means something when it
/// lasts (a busy CPU, a moment of swapping) is left to the watch; the load is a mean already.
pub(super) fn instant(config: &Config) -> Config {
    let mut config = config.clone();
    let now =
        |threshold: &mut Threshold| threshold.sustained = Sustained::For(SignedDuration::ZERO);
    let not_now = |threshold: &mut Threshold| threshold.enabled = false;
    now(&mut config.disk.used);
    now(&mut config.disk.inodes);
    for mount in config.disk.mounts.values_mut() {
        now(&mut mount.used);
        now(&mut mount.inodes);
    }
    now(&mut config.memory.available);
    now(&mut config.cpu.load);
    now(&mut config.hardware.temperature);
    not_now(&mut config.memory.swap);
    not_now(&mut config.memory.pressure);
    not_now(&mut config.cpu.busy);
    not_now(&mut config.cpu.iowait);
    not_now(&mut config.cpu.steal);
    not_now(&mut config.cpu.pressure);
    not_now(&mut config.cpu.io_pressure);
    config.network.down_for = SignedDuration::ZERO;
    config.machine.clock_for = SignedDuration::ZERO;
    for check in config.checks.values_mut() {
        check.hold = SignedDuration::ZERO;
    }
    config.units.inactive_for = SignedDuration::ZERO;
    config.certificates.unseen_for = SignedDuration::ZERO;
    config
}

/// The state of a monitor, of this status if one is given.
fn is_monitor(observation: &Observation, status: Option<MonitorStatus>) -> bool {
    match observation {
        Observation::State { state: State::Monitor(monitor), .. } => {
            status.is_none_or(|status| monitor.status == status)
        }
        _ => false,
    }
}

/// What is well, in a few words for each thing looked at.
fn well(observations: &[Observation], findings: &[Finding]) -> Vec<Well> {
    let mut well = Vec::new();
    let mut say = |what: String, state: String| well.push(Well { what, state });
    let value = |wanted: &Subject, metric: Metric| {
        observations.iter().find_map(|observation| match observation {
            Observation::Sample { subject, metric: m, value }
                if subject == wanted && *m == metric =>
            {
                Some(f64::from(*value))
            }
            _ => None,
        })
    };
    let troubled = |subject: &Subject, rule: &str| {
        findings.iter().any(|finding| finding.subject == *subject && finding.rule.starts_with(rule))
    };
    for observation in observations {
        let Observation::Sample { subject: subject @ Subject::Mount(path), metric, value: used } =
            observation
        else {
            continue;
        };
        if *metric == Metric::DiskUsedRatio && !troubled(subject, "disk") {
            let left = value(subject, Metric::DiskAvailableBytes).unwrap_or_default();
            let used = text::percent(f64::from(*used));
            say(format!("disk {path}"), format!("{used} used, {} left", text::bytes(left)));
        }
    }
    let host = Subject::Host;
    if let (Some(ratio), Some(bytes)) =
        (value(&host, Metric::MemoryAvailableRatio), value(&host, Metric::MemoryAvailableBytes))
        && !troubled(&host, "memory")
    {
        let (ratio, bytes) = (text::percent(ratio), text::bytes(bytes));
        say(String::from("memory"), format!("{ratio} available, {bytes}"));
    }
    if let (Some(busy), Some(load)) =
        (value(&host, Metric::CpuBusyRatio), value(&host, Metric::Load5))
        && !troubled(&host, "cpu")
    {
        say(String::from("cpu"), format!("{} busy, load {load:.2}", text::percent(busy)));
    }
    let is_certificate = |observation: &&Observation| {
        matches!(observation, Observation::State { state: State::Certificate(_), .. })
    };
    let certificates = observations.iter().filter(is_certificate).count();
    if certificates > 0 {
        let troubled: BTreeSet<&Subject> = findings
            .iter()
            .map(|finding| &finding.subject)
            .filter(|subject| matches!(subject, Subject::Certificate(_)))
            .collect();
        let well = certificates.saturating_sub(troubled.len());
        say(String::from("certificates"), format!("{well} of {certificates} well"));
    }
    let is_unit = |observation: &&Observation| {
        matches!(observation, Observation::State { state: State::Unit(_) | State::Timer(_), .. })
    };
    let units = observations.iter().filter(is_unit).count();
    let failed = findings.iter().filter(|f| matches!(f.subject, Subject::Unit(_))).count();
    if units > 0 {
        say(
            String::from("systemd"),
            format!("{} of {units} units well", units.saturating_sub(failed)),
        );
    }
    let up = observations.iter().filter(|one| is_monitor(one, Some(MonitorStatus::Up))).count();
    let monitors = observations.iter().filter(|one| is_monitor(one, None)).count();
    if monitors > 0 {
        say(String::from("monitors"), format!("{up} of {monitors} up"));
    }
    let is_container =
        |one: &&Observation| matches!(one, Observation::State { state: State::Container(_), .. });
    let containers = observations.iter().filter(is_container).count();
    let ill: std::collections::BTreeSet<_> = findings
        .iter()
        .map(|finding| &finding.subject)
        .filter(|subject| matches!(subject, Subject::Container(_)))
        .collect();
    if containers > 0 {
        let state = format!("{} of {containers} well", containers.saturating_sub(ill.len()));
        well.push(Well { what: String::from("containers"), state });
    }
    let hot = |observation: &Observation| match observation {
        Observation::Sample { subject, metric: Metric::TemperatureCelsius, value }
            if !troubled(subject, "temperature") =>
        {
            Some((*value, subject.to_string()))
        }
        _ => None,
    };
    let hottest =
        observations.iter().filter_map(hot).max_by(|one, other| one.0.total_cmp(&other.0));
    if let Some((value, sensor)) = hottest {
        let sensor = sensor.trim_start_matches("sensor:");
        well.push(Well {
            what: "temperature".into(),
            state: format!("{value:.0} °C at most ({sensor})"),
        });
    }
    for observation in observations {
        if let Observation::State { subject, state } = observation
            && !findings.iter().any(|finding| finding.subject == *subject)
        {
            let name = subject.to_string();
            let name = name.trim_start_matches("device:");
            match state {
                State::Raid(raid) => well.push(Well {
                    what: format!("array {name}"),
                    state: format!("{} of {} disks", raid.working, raid.wanted),
                }),
                State::Drive(_) => well.push(Well {
                    what: format!("disk {name}"),
                    state: String::from("no trouble known to SMART"),
                }),
                _ => {}
            }
        }
        if let Observation::State {
            subject,
            state: State::Check(CheckState { status: CheckStatus::Ok, said }),
        } = observation
        {
            well.push(Well { what: subject.to_string().replace(':', " "), state: said.clone() });
        }
        let Observation::State { subject: Subject::Host, state } = observation else { continue };
        let mut say = |what: &str, state: String| well.push(Well { what: what.into(), state });
        match state {
            State::Restart(restart) if !restart.needed => {
                say("restart", String::from("none is due"));
            }
            State::Updates(updates) if !troubled(&Subject::Host, "security-updates") => {
                let waiting = match updates.count {
                    0 => String::from("every one is installed"),
                    count => format!("{count} wait to be installed automatically"),
                };
                say("security updates", waiting);
            }
            State::Clock { synchronised: true, .. } => say("clock", String::from("synchronised")),
            _ => {}
        }
    }
    well
}

fn describe(found: &Findings) -> String {
    let mut text = String::new();
    for finding in &found.findings {
        let word = output::paint(finding.severity.as_str(), Some(finding.severity));
        text += &format!("{word}  {}\n", output::safe(&finding.summary));
        for line in &finding.evidence {
            text += &format!("          {}\n", output::safe(line));
        }
        if !finding.next.is_empty() {
            text += &format!("    next: {}\n", output::safe(&finding.next));
        }
    }
    for Unseen { source, why, mend } in &found.unseen {
        let word = output::paint("not seen", Some(Severity::Info));
        text +=
            &format!("{word}  {source}: {}\n    mend: {}\n", output::safe(why), output::safe(mend));
    }
    for Well { what, state } in &found.well {
        text += &format!(
            "{}  {}: {}\n",
            output::paint("ok", None),
            output::safe(what),
            output::safe(state)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(severities: &[Severity], unseen: bool) -> Findings {
        let finding = |&severity| Finding {
            severity,
            rule: String::from("disk-used"),
            subject: Subject::Mount(String::from("/")),
            summary: String::new(),
            evidence: Vec::new(),
            next: String::new(),
        };
        let blind = Blind { why: String::from("no bus"), mend: String::new() };
        Findings {
            host: String::new(),
            at: Timestamp::UNIX_EPOCH,
            verdict: "",
            findings: severities.iter().map(finding).collect(),
            unseen: unseen.then(|| unseen_by(SourceName::Systemd, blind)).into_iter().collect(),
            well: Vec::new(),
        }
    }

    #[test]
    fn exit_codes_are_the_ones_of_nagios() {
        use Severity::{Critical, Info, Warning};
        assert_eq!(exit_code(&found(&[], false)), 0);
        assert_eq!(exit_code(&found(&[Info], false)), 0);
        assert_eq!(exit_code(&found(&[Warning], true)), 1);
        assert_eq!(exit_code(&found(&[Critical, Warning], true)), 2);
        assert_eq!(exit_code(&found(&[], true)), 3);
    }
}
