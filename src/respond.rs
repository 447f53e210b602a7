//! After the bad night: `nightkeep-triage` looks at the machine and judges; here it is given what
//! nightkeep's own sources know of logs and logins, and the steps of the checklist are put together.

pub mod baseline;
pub mod bundle;
mod clock;
mod dpkg;
pub mod drill;
pub mod incident;
mod journal;
mod record;
pub mod snapshot;
pub mod step;
pub mod timeline;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightkeep_triage::collect::{self, Window, file::Limit};
use nightkeep_triage::report::Report;
use nightkeep_triage::scene::login::{Login, Sudo, Tries};
use nightkeep_triage::scene::{Scene, Unseen};
use nightkeep_triage::timeline::Event;
use nightkeep_triage::{detector, remedy, story, verdict};

use crate::model::KnownLogins;
use crate::source::sshd::{self, Seen};
use crate::source::{fail2ban, sudo};

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

/// Looks, judges, and puts it all together; blocks.
pub fn look(question: Question) -> Looked {
    let begin = tokio::time::Instant::now();
    let Question { host, root, window, known, .. } = question;
    let limit = Limit { time: question.patience };
    let mut scene = collect::machine(&root, window, limit, &|| begin.elapsed());
    scene.baseline = question.baseline;
    logins(&root, &mut scene, known.as_ref());
    records(&root, &mut scene, &question.rules);
    if !scene.is_live {
        scene.unseen.push(Unseen {
            what: String::from("processes, sockets, the kernel and its audit rules"),
            why: String::from("a disk does not run"),
            mend: String::new(),
            detectors: vec!["D1", "D5", "D7", "D21"],
        });
    }
    let (events, unread) = timeline::events(&root, &scene, question.remembered);
    let mut events = nightkeep_triage::timeline::timeline(&scene, events);
    let steps = step::all(&root, &scene);
    let mut findings = detector::detect(&scene);
    findings.extend(step::faults(&root, &scene));
    let mut verdict = verdict::judge(&scene, &findings);
    verdict.unseen.extend(unread);
    let story = story::tell(&scene, &findings, &mut events);
    let Window { begin: since, end: at } = window;
    let remedy = remedy::remedy(&scene, &findings, verdict.answer);
    let report = Report { host, at, since, verdict, remedy, story, findings, steps };
    Looked { report, scene, events }
}

/// Who came in, who tried, and who became root.
fn logins(root: &Path, scene: &mut Scene, known: Option<&KnownLogins>) {
    let mut failed: BTreeMap<String, Tries> = BTreeMap::new();
    let since = scene.since;
    let (mut logins, mut ends) = (Vec::<Login>::new(), Vec::new());
    let read = sshd::history_below(root, since, |seen| match seen {
        Seen::Login(logged) if logins.len() < MOST => {
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
        Seen::Failure(failure) => {
            let tries = failed.entry(failure.address.clone()).or_insert_with(|| Tries {
                address: failure.address,
                first: second(failure.at),
                ..Tries::default()
            });
            tries.count = tries.count.saturating_add(failure.count);
            tries.last = second(failure.at);
        }
        Seen::Ended { at, address, port } => ends.push((second(at), address, port)),
        Seen::Login(_) => {}
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
        scene.unseen.push(Unseen {
            what: String::from("logins by ssh"),
            why: blind.why,
            mend: blind.mend,
            detectors: vec!["D24", "D26", "D27"],
        });
    } else if known.is_none() && !logins.is_empty() {
        scene.unseen.push(Unseen {
            what: String::from("which of the logins are yours"),
            why: String::from("nightkeep's store cannot be read, or it never ran here"),
            mend: String::from("nightkeep logins; nightkeep logins trust USER@ADDRESS"),
            detectors: vec!["D26"],
        });
    }
    scene.logins = logins;
    scene.tries = failed.into_values().collect();
    let earlier = since.checked_sub(BEFORE).unwrap_or(since);
    let Ok(sudos) = sudo::history(root, earlier) else { return };
    let (before, within): (Vec<_>, Vec<_>) = sudos.into_iter().partition(|one| one.at < since);
    scene.sudos = within
        .into_iter()
        .map(|one| Sudo {
            // Without any past there is no first time.
            is_first: !before.is_empty() && !before.iter().any(|old| old.user == one.user),
            at: second(one.at),
            user: one.user,
            target: one.target,
            command: one.command,
        })
        .collect();
}

/// Without its fraction: times are for people to read.
fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The logs themselves.
fn records(root: &Path, scene: &mut Scene, rules: &Path) {
    let booted = if scene.is_live { booted(scene.at) } else { None };
    match journal::heads(root, booted) {
        Ok(journal) => {
            if journal.is_volatile {
                scene.unseen.push(Unseen {
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
            scene.logs.journal = Some(journal);
        }
        Err(why) => scene.unseen.push(Unseen {
            what: String::from("whether the journal is whole"),
            why,
            mend: String::from("sudo nightkeep triage"),
            detectors: vec!["D22"],
        }),
    }
    scene.logs.missing_in_auth_log = record::missing_in_auth_log(root, &scene.logins);
    scene.logs.faults = record::faults(root);
    let bans = fail2ban::history(root).ok();
    scene.logs.fail2ban = bans.map(|lines| timeline::fail2ban(&lines, scene.since));
    if scene.is_live {
        match record::audit(rules) {
            Ok(audit) => scene.logs.audit = Some(audit),
            Err(unseen) => scene.unseen.push(unseen),
        }
    }
}

fn booted(now: Timestamp) -> Option<Timestamp> {
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = uptime.split(' ').next()?.parse().ok()?;
    now.checked_sub(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}
