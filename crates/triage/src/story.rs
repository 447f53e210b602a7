//! What belongs together: findings and events joined by session, process, address, file and time into
//! chains, such as *guesses, a login, root, a key, a schedule, an unknown process*. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::severity::Severity;
use crate::timeline::{Act, Event, Source};

/// A login whose end is not known counts as open for so long.
const OPEN: SignedDuration = SignedDuration::from_hours(12);
/// What a login left behind may show so long after it: a schedule that fires, a program that forks away.
const AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Steps of a chain that are kept.
const STEPS: usize = 60;
/// Guesses from one address before they are part of a story.
const GUESSES: u32 = 5;

/// Things that belong together, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// What it is, in a few words: `guesses → login → root → new key`.
    pub title: String,
    /// Its steps.
    pub steps: Vec<Event>,
    /// Steps that are left out.
    pub more: usize,
}

/// Something that may be part of a chain.
struct Node {
    event: Event,
    /// It is why there is a story at all.
    is_seed: bool,
}

/// Tells what happened: the worst and longest chain first. Findings of faults, and those that are only
/// good to know, start none. Events that findings speak of are marked with them.
pub fn tell(scene: &Scene, findings: &[Finding], events: &mut [Event]) -> Vec<Chain> {
    mark(scene, findings, events);
    let node = |event: &Event| {
        let is_seed = !event.findings.is_empty() || is_suspicious(scene, event);
        Node { event: event.clone(), is_seed }
    };
    let mut nodes: Vec<Node> = events.iter().filter(|event| may_tell(event)).map(node).collect();
    // What no event tells of is a step by itself.
    let told: BTreeSet<String> =
        nodes.iter().flat_map(|node| node.event.findings.iter().cloned()).collect();
    let is_left = |found: &&Finding| is_telling(found) && !told.contains(&label(found));
    nodes.extend(findings.iter().filter(is_left).map(|found| of_finding(scene, found)));
    let mut groups = Groups::new(nodes.len());
    join(scene, &nodes, &mut groups);
    let mut chains: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..nodes.len() {
        chains.entry(groups.of(at)).or_default().push(at);
    }
    let mut chains: Vec<(usize, Chain)> = chains
        .into_values()
        .filter(|members| members.iter().any(|&at| nodes[at].is_seed))
        .map(|members| {
            let seeds = members.iter().filter(|&&at| nodes[at].is_seed).count();
            (seeds, chain(members.iter().map(|&at| nodes[at].event.clone()).collect()))
        })
        .collect();
    chains.sort_by_key(|(seeds, chain)| {
        (std::cmp::Reverse(*seeds), chain.steps.first().map(|step| step.at))
    });
    chains.into_iter().map(|(_, chain)| chain).collect()
}

fn is_telling(found: &Finding) -> bool {
    let is_other = |meaning: &Meaning| !matches!(meaning, Meaning::Fault | Meaning::AttemptOnly);
    found.severity >= Severity::Warning
        && (found.meaning.is_empty() || found.meaning.iter().any(is_other))
}

/// Events of all kinds, less what happens all the time.
fn may_tell(event: &Event) -> bool {
    match event.act {
        Act::Tried
        | Act::CameIn
        | Act::Sudo
        | Act::Account
        | Act::Key
        | Act::Schedule
        | Act::Module
        | Act::Unbanned
        | Act::Hidden => true,
        Act::FileMade | Act::FileChanged | Act::Started => !event.findings.is_empty(),
        _ => false,
    }
}

/// Logins that nobody expected start a story of their own.
fn is_suspicious(scene: &Scene, event: &Event) -> bool {
    event.act == Act::CameIn
        && scene.logins.iter().any(|login| {
            let is_it = event.user.as_deref() == Some(&*login.user)
                && event.address.as_deref() == Some(&*login.address)
                && login.at == event.at;
            let is_new = login.unknown.as_ref().is_some_and(|unknown| !unknown.is_empty());
            is_it && (is_new || login.failures >= GUESSES)
        })
}

/// Marks the events that findings are about.
fn mark(scene: &Scene, findings: &[Finding], events: &mut [Event]) {
    for event in events {
        for found in findings.iter().filter(|found| is_telling(found)) {
            let is_about = match &found.subject {
                Subject::Path(path) => event.path.as_deref() == Some(path),
                Subject::Process { pid, .. } => event.pid == Some(*pid),
                _ => false,
            };
            if is_about {
                event.findings.push(label(found));
            }
        }
        let is_file = matches!(event.act, Act::FileMade | Act::FileChanged);
        if let Some(path) = event.path.as_deref().filter(|_| is_file && !event.findings.is_empty())
        {
            event.act = act_on(scene, path).unwrap_or(event.act);
        }
    }
}

/// What it means that a file was changed, where that is more than a file.
fn act_on(scene: &Scene, path: &str) -> Option<Act> {
    if scene.keys.iter().any(|key| key.file == path) {
        Some(Act::Key)
    } else if scene.startups.iter().any(|startup| startup.path == path) {
        Some(Act::Schedule)
    } else {
        None
    }
}

fn label(found: &Finding) -> String {
    format!("{} {}", found.id, found.subject)
}

/// A finding as a step, with what is known of its time and whose doing it is.
fn of_finding(scene: &Scene, found: &Finding) -> Node {
    let mut at = scene.at;
    let mut event = Event::new(at, Source::Process, Act::Other, &found.sentence);
    event.findings = vec![label(found)];
    match &found.subject {
        Subject::Process { pid, .. } => {
            event.pid = Some(*pid);
            event.act = Act::Started;
            if let Some(process) = scene.process(*pid) {
                at = process.started;
                event.session = process.session;
                event.path = Some(process.path().to_owned());
                event.user = login_name(scene, process.login_uid.unwrap_or(process.uid));
            }
        }
        Subject::Path(path) => {
            (event.source, event.act) = (Source::File, Act::FileChanged);
            event.path = Some(path.clone());
            at = changed(scene, path).unwrap_or(at);
            event.act = act_on(scene, path).unwrap_or(event.act);
        }
        Subject::User(user) => {
            (event.source, event.act) = (Source::Journal, Act::Account);
            event.user = Some(user.clone());
            if let Some(login) = scene.logins.iter().find(|login| login.user == *user) {
                at = login.at;
            }
        }
        Subject::Address(address) => {
            (event.source, event.act) = (Source::Journal, Act::CameIn);
            event.address = Some(address.clone());
            if let Some(login) = scene.logins.iter().find(|login| login.address == *address) {
                at = login.at;
                event.user = Some(login.user.clone());
            }
        }
        Subject::Log(_) => (event.source, event.act) = (Source::Journal, Act::Hidden),
        Subject::Module(_) => event.act = Act::Module,
        Subject::Socket(name) => {
            let of_network = scene.sockets.iter().map(|socket| (socket.name(), &socket.pids));
            let local = scene.unix_sockets.iter().map(|socket| (socket.name(), &socket.pids));
            let held = of_network.chain(local).filter(|(_, pids)| !pids.is_empty());
            let mut pids = held.filter(|(held, _)| held == name).map(|(_, pids)| pids);
            let pid = pids.next().and_then(|pids| pids.first());
            event.pid = pid.copied();
            if let Some(process) = pid.and_then(|&pid| scene.process(pid)) {
                (at, event.session) = (process.started, process.session);
            }
        }
        Subject::Unit(_) | Subject::Host => {}
    }
    if found.meaning.contains(&Meaning::EvidenceDestroyed) {
        event.act = Act::Hidden;
    }
    event.at = at;
    Node { event, is_seed: true }
}

fn login_name(scene: &Scene, uid: u32) -> Option<String> {
    scene.accounts.iter().find(|account| account.uid == uid).map(|account| account.name.clone())
}

/// When a file was last changed, as far as the scene knows.
fn changed(scene: &Scene, path: &str) -> Option<Timestamp> {
    let files = &scene.files;
    let startup = scene.startups.iter().find(|one| one.path == path).map(|one| one.changed);
    let key = || scene.keys.iter().find(|one| one.file == path).map(|one| one.changed);
    let recent = || files.recent.iter().find(|one| one.path == path).map(|one| one.changed);
    let altered = || files.altered.iter().find(|one| one.path == path).map(|one| one.changed);
    let unowned = || files.unowned.iter().find(|one| one.path == path).map(|one| one.changed);
    let rights = || files.privileged.iter().find(|one| one.path == path).map(|one| one.changed);
    startup.or_else(key).or_else(altered).or_else(unowned).or_else(rights).or_else(recent)
}

fn join(scene: &Scene, nodes: &[Node], groups: &mut Groups) {
    // By what both name.
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    for (at, node) in nodes.iter().enumerate() {
        let event = &node.event;
        let session = event.session.map(|session| format!("session {session}"));
        let pid = event.pid.map(|pid| format!("pid {pid}"));
        let path = event
            .path
            .as_ref()
            .filter(|path| !is_everybodys(path))
            .map(|path| format!("path {path}"));
        let guess = matches!(event.act, Act::Tried) || node.is_seed && event.act == Act::CameIn;
        let address =
            event.address.as_ref().filter(|_| guess).map(|address| format!("from {address}"));
        // What was found in one service came through the same hole.
        let process = event.pid.filter(|_| node.is_seed).and_then(|pid| scene.process(pid));
        let unit = process
            .and_then(|process| process.unit.as_deref())
            .filter(|unit| !is_everybodys_unit(unit))
            .map(|unit| format!("unit {unit}"));
        for name in [session, pid, path, address, unit].into_iter().flatten() {
            let first = *named.entry(name).or_insert(at);
            groups.join(first, at);
        }
    }
    families(scene, nodes, &named, groups);
    // What a schedule starts.
    for (at, node) in nodes.iter().enumerate() {
        let Some(path) = node.event.path.as_ref() else { continue };
        let Some(startup) = scene.startups.iter().find(|startup| startup.path == *path) else {
            continue;
        };
        for (other, started) in nodes.iter().enumerate() {
            let starts = |line: &String| {
                started
                    .event
                    .path
                    .as_ref()
                    .is_some_and(|path| path.len() > 4 && line.contains(path.as_str()))
            };
            if other != at && startup.lines.iter().any(starts) {
                groups.join(at, other);
            }
        }
    }
    times(nodes, groups);
}

/// A shell is the program of many; that two run it says nothing.
fn is_everybodys(path: &str) -> bool {
    path.is_empty()
        || path.starts_with("/usr/bin/")
        || path.starts_with("/bin/")
        || path == "/etc/passwd"
        || path == "/etc/shadow"
}

/// Units in which programs of many people run, and scopes of logins.
fn is_everybodys_unit(unit: &str) -> bool {
    !unit.ends_with("service")
        || unit.starts_with("user@")
        || ["ssh.service", "sshd.service", "cron.service", "init.scope"].contains(&unit)
}

/// Processes with those they come from.
fn families(scene: &Scene, nodes: &[Node], named: &BTreeMap<String, usize>, groups: &mut Groups) {
    for (at, node) in nodes.iter().enumerate() {
        let Some(process) = node.event.pid.and_then(|pid| scene.process(pid)) else { continue };
        for parent in scene.ancestors(process) {
            if let Some(&other) = named.get(&format!("pid {}", parent.pid)) {
                groups.join(at, other);
            }
        }
    }
}

/// What happened while exactly one login that is suspicious was open belongs to that, if nothing says
/// otherwise; sudo, if it was by the same user.
fn times(nodes: &[Node], groups: &mut Groups) {
    let is_login =
        |node: &&Node| node.event.act == Act::CameIn && node.event.source != Source::Process;
    let open_at = |when: Timestamp| -> Vec<usize> {
        let is_open = |(_, node): &(usize, &Node)| {
            let begin = node.event.at;
            let end = node.event.until.unwrap_or(begin.checked_add(OPEN).unwrap_or(begin));
            is_login(node)
                && node.is_seed
                && begin <= when
                && when <= end.checked_add(AFTER).unwrap_or(end)
        };
        nodes.iter().enumerate().filter(is_open).map(|(at, _)| at).collect()
    };
    for (at, node) in nodes.iter().enumerate() {
        if is_login(&node) || node.event.act == Act::Tried {
            continue;
        }
        let logins = open_at(node.event.at);
        let chains: BTreeSet<usize> = logins.iter().map(|&login| groups.of(login)).collect();
        let (1, Some(&login)) = (chains.len(), logins.first()) else { continue };
        let other = &nodes[login].event;
        let is_his = match (node.event.session, other.session) {
            (Some(own), Some(his)) => own == his,
            _ => node.is_seed || node.event.user.is_some() && node.event.user == other.user,
        };
        if is_his {
            groups.join(login, at);
        }
    }
}

/// Puts the steps of a chain in order and gives it its name.
fn chain(mut steps: Vec<Event>) -> Chain {
    steps.sort_by_key(|step| (step.at, step.source));
    // A finding and the event it speaks of are one step.
    let mut merged: Vec<Event> = Vec::new();
    for step in steps {
        let is_same = |known: &&mut Event| {
            let file = known.path.is_some() && known.path == step.path;
            let process = known.pid.is_some() && known.pid == step.pid;
            // sudo writes to the journal and to the audit log.
            let is_twice = known.act == Act::Sudo
                && known.source != step.source
                && known.user == step.user
                && known.at.as_second() == step.at.as_second();
            if is_twice && known.act == step.act {
                return true;
            }
            known.act == step.act
                && known.at == step.at
                && (file
                    || process
                    || known.address.is_some()
                        && known.address == step.address
                        && known.user == step.user)
        };
        match merged.iter_mut().rev().find(is_same) {
            Some(known) => {
                for found in step.findings {
                    if !known.findings.contains(&found) {
                        known.findings.push(found);
                    }
                }
            }
            None => merged.push(step),
        }
    }
    let mut words: Vec<&str> = Vec::new();
    for step in &merged {
        let word = word(step.act);
        // Each kind of step once, where it first came.
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let more = merged.len().saturating_sub(STEPS);
    let title = words.join(" → ");
    merged.truncate(STEPS);
    Chain { title, steps: merged, more }
}

fn word(act: Act) -> &'static str {
    match act {
        Act::Tried => "guesses",
        Act::CameIn => "login",
        Act::Left => "logout",
        Act::Sudo => "root",
        Act::Account => "account changed",
        Act::Key => "key changed",
        Act::Schedule => "schedule changed",
        Act::Module => "kernel module",
        Act::FileMade | Act::FileChanged => "file changed",
        Act::Started => "process",
        Act::Hidden => "traces removed",
        Act::Unbanned => "address released",
        _ => "other",
    }
}

/// Sets that are joined (union-find).
struct Groups {
    above: Vec<usize>,
}

impl Groups {
    fn new(count: usize) -> Self {
        Self { above: (0..count).collect() }
    }

    fn of(&mut self, mut at: usize) -> usize {
        while self.above[at] != at {
            self.above[at] = self.above[self.above[at]];
            at = self.above[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.above[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Certainty;
    use crate::scene::process::Program;
    use crate::scene::{Login, Process};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + 60 * minute).unwrap()
    }

    fn finding(id: &str, subject: Subject) -> Finding {
        Finding {
            id: id.to_owned(),
            severity: Severity::Critical,
            certainty: Certainty::Likely,
            subject,
            sentence: format!("{id} was seen"),
            evidence: Vec::new(),
            innocent: String::new(),
            next: String::new(),
            meaning: vec![Meaning::ForeignRoot],
            attack: Vec::new(),
        }
    }

    fn scene() -> Scene {
        let login = |user: &str, address: &str, unknown: &[&str], minute| Login {
            at: at(minute),
            user: user.to_owned(),
            address: address.to_owned(),
            unknown: Some(unknown.iter().map(|&part| part.to_owned()).collect()),
            ended: Some(at(minute + 5)),
            ..Login::default()
        };
        let process = |pid, parent, session, minute| Process {
            pid,
            parent,
            session: Some(session),
            started: at(minute),
            program: Some(Program { path: format!("/tmp/x{pid}"), ..Program::default() }),
            ..Process::default()
        };
        Scene {
            at: at(100),
            since: at(0),
            logins: vec![
                login("ann", "192.0.2.1", &[], 1),
                login("deploy", "198.51.100.7", &["address"], 10),
            ],
            processes: vec![process(50, 1, 7, 11), process(51, 50, 7, 11), process(60, 1, 9, 50)],
            ..Scene::default()
        }
    }

    fn events() -> Vec<Event> {
        let tried =
            Event::new(at(9), Source::Journal, Act::Tried, "40 failed tries").from("198.51.100.7");
        let elsewhere =
            Event::new(at(3), Source::Journal, Act::Tried, "3 failed tries").from("203.0.113.9");
        let login = |user: &str, address: &str, minute| {
            let mut event = Event::new(at(minute), Source::Journal, Act::CameIn, "login")
                .by(user)
                .from(address);
            event.until = Some(at(minute + 5));
            event
        };
        let mut his = login("deploy", "198.51.100.7", 10);
        his.session = Some(7);
        let sudo = Event::new(at(11), Source::Journal, Act::Sudo, "sudo sh").by("deploy");
        let mut key = Event::new(at(12), Source::Audit, Act::Key, "wrote a key")
            .by("deploy")
            .on("/root/.ssh/authorized_keys");
        key.session = Some(7);
        let own = Event::new(at(2), Source::Journal, Act::Sudo, "sudo apt").by("ann");
        vec![login("ann", "192.0.2.1", 1), own, elsewhere, tried, his, sudo, key]
    }

    #[test]
    fn what_runs_in_one_service_is_one_chain() {
        let process = |pid| Subject::Process { pid, name: String::from("x") };
        let findings = [finding("D1", process(50)), finding("D3", process(60))];
        for (unit, chains) in [("app.service", 1), ("cron.service", 2)] {
            let mut scene = scene();
            for process in &mut scene.processes {
                (process.session, process.unit) = (None, Some(unit.to_owned()));
            }
            assert_eq!(tell(&scene, &findings, &mut []).len(), chains, "{unit}");
        }
    }

    #[test]
    fn one_intrusion_is_one_chain_and_the_owner_is_none() {
        let process = Subject::Process { pid: 51, name: String::from("x") };
        let findings = [
            finding("D3", process),
            finding("D12", Subject::Path(String::from("/root/.ssh/authorized_keys"))),
        ];
        let mut events = events();
        let told = tell(&scene(), &findings, &mut events);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(told[0].title, "guesses → login → root → process → key changed");
        let sentences: Vec<&str> = told[0].steps.iter().map(|step| step.message.as_str()).collect();
        assert!(!sentences.contains(&"sudo apt"), "{sentences:?}");
        let key = events.iter().find(|event| event.act == Act::Key).unwrap();
        assert_eq!(key.findings, ["D12 path:/root/.ssh/authorized_keys"]);
    }

    #[test]
    fn what_has_nothing_in_common_is_told_apart() {
        let process = |pid| finding("D3", Subject::Process { pid, name: String::from("x") });
        let told = tell(&scene(), &[process(51), process(60)], &mut events());
        assert_eq!(told.len(), 2);
        assert!(told[0].title.starts_with("guesses → login"));
        assert_eq!(told[1].title, "process");
    }

    #[test]
    fn a_quiet_night_is_no_story() {
        let quiet = Scene { logins: scene().logins.into_iter().take(1).collect(), ..scene() };
        let mut own: Vec<Event> = events().into_iter().take(3).collect();
        assert_eq!(tell(&quiet, &[], &mut own), []);
    }
}
