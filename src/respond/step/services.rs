//! The six steps of the checklist, each with what it found and what it could not see.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use nightkeep_journal::Query;
use nightkeep_triage::finding::{Certainty, Finding, Meaning, Subject};
use nightkeep_triage::report::Step;
use nightkeep_triage::scene::Scene;
use nightkeep_triage::severity::Severity;

use super::{dpkg, second};
use crate::model::text::{clean, visible};
use crate::source::{audit, journal, session};

/// systemd's own number of the message that a unit failed (`SD_MESSAGE_UNIT_FAILURE_RESULT` of
/// sd-messages.h).
const FAILED: &str = "d9b373ed55a64feb8242e02dbe79a49c";
/// Lines shown of anything.
const LINES: usize = 8;
/// What changed so long before a failure may be its cause.
const JUST_BEFORE: SignedDuration = SignedDuration::from_hours(2);

/// All six, and the files; a disk has no processes.
pub fn all(root: &Path, scene: &Scene) -> Vec<Step> {
    let processes = scene.is_live.then(|| processes(scene));
    [services(root, scene), authentication(scene), fail2ban(scene), history(root, scene)]
        .into_iter()
        .chain(processes)
        .chain([audit_log(root, scene), files(scene)])
        .collect()
}

fn step(title: &str) -> Step {
    Step { title: title.to_owned(), ..Step::default() }
}

/// How often each unit failed within the window, first and last.
fn failures(
    root: &Path,
    since: Timestamp,
) -> Result<BTreeMap<String, (u32, Timestamp, Timestamp)>, String> {
    let mut opened = nightkeep_journal::Journal::open(&journal::roots_below(root))
        .map_err(|error| error.to_string())?;
    let query = Query::new(&["UNIT"]).having(&[("MESSAGE_ID", FAILED), ("_PID", "1")]);
    let micros = u64::try_from(since.as_microsecond()).unwrap_or_default();
    let mut units: BTreeMap<String, (u32, Timestamp, Timestamp)> = BTreeMap::new();
    for entry in opened.since(&query, micros).take(100_000) {
        let second = (entry.realtime / 1_000_000).cast_signed();
        let at = Timestamp::from_second(second).unwrap_or_default();
        let unit = units.entry(visible(&entry.text(0), 120)).or_insert((0, at, at));
        *unit = (unit.0 + 1, unit.1, at);
    }
    Ok(units)
}

fn services(root: &Path, scene: &Scene) -> Step {
    let mut step = step("Service logs");
    match failures(root, scene.since) {
        Ok(units) => {
            if units.is_empty() {
                step.found.push(String::from("no unit failed"));
            }
            for (unit, (count, first, last)) in units.iter().take(LINES) {
                step.found.push(format!("{unit} failed {count} times, first {first}, last {last}"));
                let lines =
                    journal::unit_lines_below(root, unit, *first - SignedDuration::from_mins(5), 3);
                for line in lines.unwrap_or_default() {
                    step.found.push(format!("  {} {}", second(line.at), clean(&line.text, 200)));
                }
                for change in changed_before(root, *first) {
                    step.found.push(format!("  just before: {change}"));
                }
            }
        }
        Err(why) => step.unseen.push(format!("units that failed: {why}")),
    }
    match journal::oom_kills_below(root, scene.since) {
        Ok(kills) if !kills.is_empty() => {
            step.found
                .push(format!("the kernel killed {} processes for want of memory", kills.len()));
        }
        Ok(_) => {}
        Err(blind) => step.unseen.push(format!("kills for want of memory: {}", blind.why)),
    }
    step
}

/// Packages that changed within two hours before a time.
fn changed_before(root: &Path, at: Timestamp) -> Vec<String> {
    let changes = dpkg::changes(root, at - JUST_BEFORE).into_iter();
    let before = changes.filter(|change| change.at <= at);
    before.take(3).map(|change| format!("{} {}", change.at, change.message)).collect()
}

/// Units that failed, as findings: a fault, and no intruder.
pub fn faults(root: &Path, scene: &Scene) -> Vec<Finding> {
    let fault = |(unit, (count, first, last)): (String, (u32, Timestamp, Timestamp))| Finding {
        id: String::from("S1"),
        severity: Severity::Info,
        certainty: Certainty::Sure,
        sentence: format!("{unit} failed {count} times between {first} and {last}"),
        evidence: Vec::new(),
        innocent: String::from("services break without anybody's doing"),
        next: format!("systemctl status {unit}; journalctl -u {unit} -n 50"),
        meaning: vec![Meaning::Fault],
        subject: Subject::Unit(unit),
    };
    failures(root, scene.since).unwrap_or_default().into_iter().take(50).map(fault).collect()
}

fn authentication(scene: &Scene) -> Step {
    let mut step = step("Authentication");
    let users: BTreeSet<&str> = scene.logins.iter().map(|login| login.user.as_str()).collect();
    let tries: u64 = scene.tries.iter().map(|tries| u64::from(tries.count)).sum();
    step.found.push(format!(
        "{} logins by ssh as {}; {tries} failed tries from {} addresses",
        scene.logins.len(),
        if users.is_empty() {
            String::from("nobody")
        } else {
            users.into_iter().collect::<Vec<_>>().join(", ")
        },
        scene.tries.len()
    ));
    let mut by_source: BTreeMap<(&str, &str, &str), (u32, Timestamp)> = BTreeMap::new();
    for login in &scene.logins {
        let how = login.fingerprint.as_deref().unwrap_or(&login.method);
        let entry = by_source.entry((&login.user, &login.address, how)).or_insert((0, login.at));
        *entry = (entry.0 + 1, login.at);
    }
    for ((user, address, how), (count, last)) in by_source.iter().take(LINES) {
        step.found.push(format!("{user} from {address} by {how}: {count} times, last {last}"));
    }
    if by_source.len() > LINES {
        step.found.push(format!("and {} more: nightkeep logins", by_source.len() - LINES));
    }
    if !scene.sudos.is_empty() {
        let users: BTreeSet<&str> = scene.sudos.iter().map(|sudo| sudo.user.as_str()).collect();
        let users: Vec<&str> = users.into_iter().collect();
        step.found.push(format!("{} commands by sudo, of {}", scene.sudos.len(), users.join(", ")));
        for sudo in scene.sudos.iter().rev().take(3) {
            step.found.push(format!(
                "{} {} as {}: {}",
                sudo.at,
                sudo.user,
                sudo.target,
                clean(&sudo.command, 160)
            ));
        }
    }
    about(scene, &mut step, &["D24", "D26", "D27"]);
    step
}

fn fail2ban(scene: &Scene) -> Step {
    let mut step = step("fail2ban");
    match &scene.logs.fail2ban {
        None => step.unseen.push(String::from("bans: fail2ban has no log here; is it installed?")),
        Some(fail2ban) => step.found.push(match fail2ban.stopped {
            Some(at) => format!("stopped at {at}"),
            None => String::from("it runs, as far as its log says: nightkeep bans"),
        }),
    }
    step
}

fn history(root: &Path, scene: &Scene) -> Step {
    let mut step = step("Login history");
    let (sessions, unread) = session::sessions(root, scene.since);
    step.unseen.extend(unread);
    step.found.push(format!(
        "{} sessions with a terminal; ssh without one leaves none, which is no sign of anything",
        sessions.len()
    ));
    for session in sessions.iter().rev().take(LINES) {
        let from = if session.from.is_empty() { "the console" } else { &session.from };
        step.found.push(format!(
            "{} {} on {} from {from}",
            second(session.began),
            session.user,
            session.tty
        ));
    }
    let (failed, unread) = session::failed(root, scene.since);
    step.unseen.extend(unread);
    if !failed.is_empty() {
        step.found.push(format!("{} failed logins in btmp", failed.len()));
    }
    step
}

fn processes(scene: &Scene) -> Step {
    let mut step = step("Processes");
    let people = scene.processes.iter().filter(|process| !process.is_kernel_thread());
    let unowned: Vec<_> = people
        .clone()
        .filter(|process| {
            process.program.is_some() && !process.is_owned() && !process.is_contained()
        })
        .collect();
    let listening =
        scene.sockets.iter().filter(|socket| socket.is_open() && !socket.is_apart).count();
    step.found.push(format!(
        "{} processes, {} of no package; {listening} sockets open to other machines; {} modules",
        people.count(),
        unowned.len(),
        scene.kernel.modules.len()
    ));
    for process in unowned.iter().take(LINES) {
        let unit = process.unit.as_deref().unwrap_or("no unit");
        step.found.push(format!("{} {} ({unit})", process.label(), process.path()));
    }
    about(scene, &mut step, &["D1", "D5", "D17", "D20"]);
    step
}

fn audit_log(root: &Path, scene: &Scene) -> Step {
    let mut step = step("Audit log");
    match scene.logs.audit {
        Some(audit) => step.found.push(format!(
            "the kernel's audit is {}, with {} rules; {} records were lost",
            if audit.is_on { "on" } else { "off" },
            audit.rules,
            audit.lost
        )),
        None => about(scene, &mut step, &["D21"]),
    }
    match audit::acts(root, scene.since) {
        Ok(acts) => {
            step.found.push(format!("{} acts worth telling", acts.len()));
            for past in acts.iter().rev().take(2 * LINES) {
                step.found.push(format!("{} {}", second(past.at), past.act.sentence));
            }
        }
        Err(why) => step.unseen.push(format!("what people did: {why}")),
    }
    step
}

/// What lies on the disk: no step of the old checklist, and where most is found.
pub fn files(scene: &Scene) -> Step {
    let mut step = step("Files");
    let files = &scene.files;
    step.found.push(format!(
        "{} files looked at, {} compared with their packages ({} packages); {} accounts, {} keys, {} things that \
         start by themselves",
        files.looked_at,
        files.digested,
        scene.packages.len(),
        scene.accounts.len(),
        scene.keys.len(),
        scene.startups.len()
    ));
    about(scene, &mut step, &["D10", "D11", "D13", "D14", "D15", "D16"]);
    step
}

/// What could not be seen that this step needs.
fn about(scene: &Scene, step: &mut Step, detectors: &[&str]) {
    let is_its = |unseen: &&nightkeep_triage::scene::Unseen| {
        unseen.detectors.iter().any(|one| detectors.contains(one))
    };
    for unseen in scene.unseen.iter().filter(is_its) {
        let mend =
            if unseen.mend.is_empty() { String::new() } else { format!("; mend: {}", unseen.mend) };
        step.unseen.push(format!("{}: {}{mend}", unseen.what, unseen.why));
    }
}
