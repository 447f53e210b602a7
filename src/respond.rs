//! After the bad night: `nightkeep-triage` looks at the machine and judges; here it is given what
//! nightkeep's own sources know of logs and logins, and the steps of the checklist are put together.

mod apt;
pub mod asked;
pub mod baseline;
pub mod bundle;
mod clock;
mod dpkg;
pub mod drill;
pub mod incident;
mod journal;
mod record;
mod services;
pub mod snapshot;
mod step;
pub mod timeline;
mod told;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightkeep_triage::collect::{self, Elapsed, PATIENCE, Window, file::Limit, within};
use nightkeep_triage::report::Report;
use nightkeep_triage::scene::login::{Login, Sudo, Tries};
use nightkeep_triage::scene::{Logs, Scene, Unseen};
use nightkeep_triage::timeline::Event;
use nightkeep_triage::{detector, remedy, story, verdict};

use self::told::{Told, in_words};
use crate::model::KnownLogins;
use crate::source::su::Su;
use crate::source::{sshd, sudo};

/// sudo of a user is first if there is none in so long a time before.
const BEFORE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Logins kept.
const MOST: usize = 20_000;

/// What is looked at.
#[derive(Debug)]
pub struct Question {
    /// The machine's name.
    pub host: String,
    /// Its files: `/`, or a disk of another machine.
    pub root: PathBuf,
    /// The time that is looked at.
    pub window: Window,
    /// How long the walk through the files may take.
    pub patience: Duration,
    /// What is known of logins; none if nobody could say.
    pub known: Option<KnownLogins>,
    /// What is normal.
    pub baseline: Option<nightkeep_triage::baseline::Baseline>,
    /// Where the audit rules are written down.
    pub rules: PathBuf,
    /// What nightkeep said at the time.
    pub remembered: Vec<Event>,
    /// Units the owner watches.
    pub watched: Vec<String>,
}

/// What there is to say of a machine.
#[derive(Debug)]
pub struct Looked {
    /// The answer, with what it rests on.
    pub report: Report,
    /// What was seen.
    pub scene: Scene,
    /// Everything that happened within the window, in order.
    pub events: Vec<Event>,
}

/// Looks, judges, and puts it all together; blocks. No part of it hangs for ever.
pub fn look(question: Question) -> Looked {
    look_and_tell(question, |_| {})
}

/// The same, and says what it is about to do.
pub fn look_and_tell(question: Question, mut tell: impl FnMut(&'static str)) -> Looked {
    tell("Files, processes, sockets and the kernel");
    let begin = tokio::time::Instant::now();
    let Question { host, root, window, known, rules, remembered, baseline, patience, watched } =
        question;
    let limit = Limit { time: patience };
    let elapsed: Elapsed = Arc::new(move || begin.elapsed());
    let mut scene = collect::machine(&root, window, limit, &elapsed);
    scene.baseline = baseline;
    tell("The logs: services, bans, packages, audit");
    let told = Told::read(&root, scene.since);
    tell("Who came in, who tried, who became root");
    let (of, since, su) = (root.clone(), scene.since, told.su.clone());
    let ids = ["D24", "D26", "D27", "D28"];
    match within(PATIENCE, "logins", &ids, move || logins(&of, since, known.as_ref(), &su)) {
        Ok(Seen { logins, tries, sudos, unseen }) => {
            (scene.logins, scene.tries, scene.sudos) = (logins, tries, sudos);
            scene.unseen.extend(unseen);
        }
        Err(unseen) => scene.unseen.push(unseen),
    }
    scene.know_logins();
    if scene.logins.iter().any(|login| login.unknown.is_none()) {
        scene.unseen.push(Unseen {
            what: String::from("which of the logins are yours"),
            why: String::from(
                "nightkeep's store cannot be read, or it never ran here, and there is no baseline",
            ),
            mend: String::from("nightkeep logins; nightkeep logins trust USER@ADDRESS"),
            detectors: vec!["D26"],
        });
    }
    let (of, is_live, at, came) = (root.clone(), scene.is_live, scene.at, scene.logins.clone());
    tell("Whether the logs themselves are whole");
    let ids = ["D21", "D22", "D23", "D24", "D30"];
    match within(PATIENCE, "the logs themselves", &ids, move || {
        records(&of, is_live.then_some(at), since, &came, &rules)
    }) {
        Ok((logs, unseen)) => {
            scene.logs = logs;
            scene.unseen.extend(unseen);
        }
        Err(unseen) => scene.unseen.push(unseen),
    }
    scene.logs.faults.extend(record::missing_in_wtmp(&told.history));
    if let Some(Ok(lines)) = &told.bans {
        scene.logs.fail2ban = Some(timeline::fail2ban(lines, since));
    }
    if !scene.is_live {
        scene.unseen.push(Unseen {
            what: String::from("processes, sockets, the kernel and its audit rules"),
            why: String::from("a disk does not run"),
            mend: String::new(),
            detectors: vec!["D1", "D5", "D7", "D21"],
        });
    }
    tell("The timeline");
    let (scene, told) = (Arc::new(scene), Arc::new(told));
    let (of, seen, read) = (root, Arc::clone(&scene), Arc::clone(&told));
    let read = within(PATIENCE, "the timeline", &[], move || {
        timeline::events(&of, &seen, &read, remembered)
    });
    let (events, unread) = read.unwrap_or_else(|unseen| (Vec::new(), vec![in_words(&unseen)]));
    let scene = Arc::unwrap_or_clone(scene);
    let mut events = nightkeep_triage::timeline::timeline(&scene, events);
    tell("The detectors, the story and the verdict");
    let mut findings = detector::detect(&scene);
    findings.extend(step::faults(&told));
    let mut verdict = verdict::judge(&scene, &findings);
    verdict.unseen.extend(unread);
    let story = story::tell(&scene, &findings, &mut events);
    let Window { begin: since, end: at } = window;
    let remedy = remedy::remedy(&scene, &findings, verdict.answer);
    let steps = step::all(&scene, &told, &watched);
    let is_disk = !scene.is_live;
    let report = Report { host, is_disk, at, since, verdict, remedy, story, findings, steps };
    Looked { report, scene, events }
}

/// Who came in, who tried, and who became root.
#[derive(Default)]
struct Seen {
    logins: Vec<Login>,
    tries: Vec<Tries>,
    sudos: Vec<Sudo>,
    unseen: Vec<Unseen>,
}

/// Names of one address that are kept: whoever knocks chooses them.
const NAMES: usize = 1000;

fn logins(root: &Path, since: Timestamp, known: Option<&KnownLogins>, su: &[Su]) -> Seen {
    let mut all = Seen::default();
    let mut failed: BTreeMap<String, Tries> = BTreeMap::new();
    let (mut logins, mut ends) = (Vec::<Login>::new(), Vec::new());
    let read = sshd::history_below(root, since, |seen| match seen {
        sshd::Seen::Login(logged) if logins.len() < MOST => {
            let unknown = known.map(|known| {
                known.unknown(&logged.login).iter().map(|part| part.as_str().to_owned()).collect()
            });
            let login = logged.login;
            logins.push(Login {
                at: second(logged.at),
                user: login.user,
                address: login.address,
                port: login.port,
                method: login.method,
                fingerprint: login.fingerprint,
                unknown,
                failures: logged.failures,
                ended: None,
            });
        }
        sshd::Seen::Failure(failure) => {
            let tries = failed.entry(failure.address.clone()).or_insert_with(|| Tries {
                address: failure.address,
                first: second(failure.at),
                ..Tries::default()
            });
            tries.count = tries.count.saturating_add(failure.count);
            tries.last = second(failure.at);
            if tries.users.len() < NAMES || tries.users.contains_key(&failure.user) {
                let times = tries.users.entry(failure.user).or_default();
                *times = times.saturating_add(failure.count);
            }
        }
        sshd::Seen::Ended { at, address, port } => ends.push((second(at), address, port)),
        sshd::Seen::Login(_) => {}
    });
    for (at, address, port) in ends {
        let open = |login: &&mut Login| {
            login.ended.is_none()
                && login.port == port
                && login.address == address
                && login.at <= at
        };
        if let Some(login) = logins.iter_mut().rev().find(open) {
            login.ended = Some(at);
        }
    }
    if let Err(blind) = read {
        all.unseen.push(Unseen {
            what: String::from("logins by ssh"),
            why: blind.why,
            mend: blind.mend,
            detectors: vec!["D24", "D26", "D27"],
        });
    }
    all.logins = logins;
    all.tries = failed.into_values().collect();
    let earlier = since.checked_sub(BEFORE).unwrap_or(since);
    // What was refused is told in the steps; of su from before the window nobody read.
    let by_su = su.iter().filter(|one| !one.is_refused).map(|one| Sudo {
        at: second(one.at),
        user: one.user.clone(),
        target: one.target.clone(),
        ..Sudo::default()
    });
    all.sudos.extend(by_su);
    let Ok(sudos) = sudo::history(root, earlier) else { return all };
    let (before, within): (Vec<_>, Vec<_>) = sudos.into_iter().partition(|one| one.at < since);
    all.sudos.extend(within.into_iter().map(|one| Sudo {
        // Without any past there is no first time.
        is_first: !before.is_empty() && !before.iter().any(|old| old.user == one.user),
        at: second(one.at),
        user: one.user,
        target: one.target,
        command: one.command,
    }));
    all.sudos.sort_by_key(|one| one.at);
    all
}

/// Without its fraction: times are for people to read.
fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The logs themselves.
fn records(
    root: &Path,
    live: Option<Timestamp>,
    since: Timestamp,
    came: &[Login],
    rules: &Path,
) -> (Logs, Vec<Unseen>) {
    let (mut logs, mut unseen) = (Logs::default(), Vec::new());
    let booted = live.and_then(booted);
    match journal::heads(root, booted) {
        Ok(journal) => {
            if journal.is_volatile {
                unseen.push(Unseen {
                    what: String::from("the journal of before the last start"),
                    why: String::from(
                        "it is kept in memory only (Storage=volatile, or no /var/log/journal)",
                    ),
                    mend: String::from(
                        "sudo mkdir -p /var/log/journal; sudo systemctl restart systemd-journald",
                    ),
                    detectors: Vec::new(),
                });
            }
            logs.journal = Some(journal);
        }
        Err(why) => unseen.push(Unseen {
            what: String::from("whether the journal is whole"),
            why,
            mend: String::from("sudo nightkeep triage"),
            detectors: vec!["D22"],
        }),
    }
    let oldest = logs.journal.as_ref().map(|journal| journal.oldest);
    logs.auth_log = record::auth_log(root, since, oldest, came);
    logs.faults = record::faults(root);
    if live.is_some() {
        match record::audit(rules) {
            Ok(audit) => logs.audit = Some(audit),
            Err(blind) => unseen.push(blind),
        }
    }
    (logs, unseen)
}

fn booted(now: Timestamp) -> Option<Timestamp> {
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = uptime.split(' ').next()?.parse().ok()?;
    now.checked_sub(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}
