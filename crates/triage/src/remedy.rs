//! What to do about it: the steps, the secrets that have to be taken for known, and what data may come along.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Meaning, Subject};
use crate::scene::secret::SecretKind;
use crate::scene::{Account, Scene, Secret};
use crate::severity::Severity;
use crate::text::visible;
use crate::verdict::Answer;

/// What to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// In this order.
    pub steps: Vec<String>,
    /// Secrets that were within reach.
    pub secrets: Vec<Renewal>,
    /// Data to carry over to a new server.
    pub data: Vec<Carry>,
}

/// A kind of secret that has to be renewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// What it is.
    pub what: String,
    /// How it is renewed.
    pub how: String,
    /// The files, escaped.
    pub paths: Vec<String>,
}

/// Data to carry over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carry {
    /// Where it is.
    pub path: String,
    /// How to carry it, and how to look at it before.
    pub how: String,
}

/// What to do after this answer.
pub fn remedy(scene: &Scene, findings: &[Finding], answer: Answer) -> Remedy {
    let has_signs = findings.iter().any(|found| found.severity > Severity::Info);
    let first = match answer {
        // Nobody is to be frightened by what was only not looked at.
        Answer::CannotTell if !has_signs => &BLIND[..],
        _ => first(answer),
    };
    let mut steps: Vec<String> = first.iter().map(|&step| step.to_owned()).collect();
    if answer == Answer::Patch {
        let at = steps.len() - 2;
        steps.splice(at..at, mending(findings));
    }
    let within = within_reach(scene, findings, answer);
    let mut kinds: Vec<SecretKind> = within.iter().map(|secret| secret.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let renewal = |kind: SecretKind| {
        let of_kind = within.iter().filter(|secret| secret.kind == kind);
        Renewal {
            what: kind.as_str().to_owned(),
            how: kind.renewal().to_owned(),
            paths: of_kind.map(|secret| visible(&secret.path, PATH)).collect(),
        }
    };
    let data = if answer == Answer::Rebuild { &scene.files.data[..] } else { &[] };
    let carry = |path: &String| Carry { path: path.clone(), how: carrying(path).to_owned() };
    Remedy {
        steps,
        secrets: kinds.into_iter().map(renewal).collect(),
        data: data.iter().map(carry).collect(),
    }
}

/// The longest path, in characters.
const PATH: usize = 300;

/// What to do where nothing was found, and too little seen.
const BLIND: [&str; 1] = [
    "Mend what could not be seen (run it as root, first of all), and look again: sudo nightkeep triage",
];

/// The steps that are the same for all who got this answer.
fn first(answer: Answer) -> &'static [&'static str] {
    match answer {
        Answer::NothingSeen => &[],
        Answer::CannotTell => &[
            "Don't restart and don't delete: what runs is evidence.",
            "Take a snapshot of the disk at your hoster.",
            "Go through the findings below: is each yours? sudo nightkeep baseline accept NAME --reason WHY",
            "Mend what could not be seen, and look again: sudo nightkeep triage",
        ],
        Answer::Patch => &[
            "Take a snapshot of the disk at your hoster, and the evidence (sudo nightkeep triage --bundle FOLDER), \
             before you change anything.",
            "Change every secret that account could read: they are listed below.",
            "Look again: sudo nightkeep triage",
        ],
        Answer::Rebuild => &[
            "Take the machine off the network at your hoster; don't restart it and don't delete anything.",
            "Take the evidence (sudo nightkeep triage --bundle FOLDER) and a snapshot of the disk before the new \
             one overwrites it.",
            "Build a new server from a clean image: nightkeep rebuild plan FOLDER drafts it from this one.",
            "Carry over data only, no programs, and look at it before: it is listed below.",
            "Change every secret that was on this machine, from another one: they are listed below.",
        ],
    }
}

/// How the cause that was found is mended, a step for each kind of it.
fn mending(findings: &[Finding]) -> Vec<String> {
    let told = || findings.iter().filter(|found| found.severity > Severity::Info);
    let mut steps = Vec::new();
    let running: BTreeSet<String> = told()
        .filter_map(|found| match &found.subject {
            Subject::Process { pid, .. } => Some(pid.to_string()),
            _ => None,
        })
        .collect();
    if !running.is_empty() {
        let pids: Vec<String> = running.into_iter().collect();
        steps.push(format!(
            "Freeze what runs and should not, so that it can still be looked at: sudo kill -STOP {}; end it after \
             the snapshot (kill -KILL).",
            pids.join(" ")
        ));
    }
    for found in told() {
        let step = match (found.id.as_str(), &found.subject) {
            ("D1" | "D2" | "D3" | "D4" | "D6" | "D7" | "D8" | "D9", Subject::Process { .. }) => {
                String::from(
                    "Close the way in: update or take down the application whose user it ran as; its log \
                              of that minute names the request.",
                )
            }
            ("D26" | "D27", Subject::Address(address)) => format!(
                "Close the way in: lock the passwords and take out the keys of the account that came from {address}; \
                 sudo fail2ban-client set sshd banip {address}; then PasswordAuthentication no in sshd_config."
            ),
            ("D12", Subject::Path(path)) => {
                format!("Take the key that is not yours out of {path}.")
            }
            (_, Subject::User(user)) => {
                format!("Lock the account if it is not yours: sudo usermod -L -e 1 {user}.")
            }
            (_, Subject::Path(path)) if found.meaning.contains(&Meaning::Persistence) => {
                format!("Move away what makes it stay (keep a copy): {path}.")
            }
            (_, Subject::Path(path)) => {
                format!("Move away what was left behind (keep a copy): {path}.")
            }
            _ => continue,
        };
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    steps
}

/// Secrets that somebody who was in could read.
fn within_reach<'s>(scene: &'s Scene, findings: &[Finding], answer: Answer) -> Vec<&'s Secret> {
    let secrets = scene.files.secrets.iter();
    match answer {
        Answer::NothingSeen | Answer::CannotTell => Vec::new(),
        Answer::Rebuild => secrets.collect(),
        Answer::Patch => {
            let users = foreign(scene, findings);
            secrets.filter(|secret| users.iter().any(|user| may_read(*user, secret))).collect()
        }
    }
}

/// The users as whom somebody was in: number, and account where there is one.
fn foreign<'s>(scene: &'s Scene, findings: &[Finding]) -> Vec<(u32, Option<&'s Account>)> {
    let mut uids = BTreeSet::new();
    let by_name = |name: &str| scene.accounts.iter().find(|account| account.name == name);
    for found in findings.iter().filter(|found| found.severity > Severity::Info) {
        match &found.subject {
            Subject::Process { pid, .. } => uids.extend(
                scene.processes.iter().filter(|one| one.pid == *pid).map(|one| one.effective_uid),
            ),
            Subject::User(name) => uids.extend(by_name(name).map(|account| account.uid)),
            Subject::Address(address) => {
                let from = scene.logins.iter().filter(|login| login.address == *address);
                uids.extend(from.filter_map(|login| Some(by_name(&login.user)?.uid)));
            }
            Subject::Path(path) => {
                let owner = scene.files.recent.iter().find(|file| file.path == *path);
                uids.extend(owner.map(|file| file.uid));
                let key = scene.keys.iter().find(|key| key.file == *path);
                uids.extend(key.and_then(|key| Some(by_name(&key.user)?.uid)));
            }
            _ => {}
        }
    }
    let account = |uid: u32| scene.accounts.iter().find(|account| account.uid == uid);
    uids.into_iter().map(|uid| (uid, account(uid))).collect()
}

/// May this user read it, by its own permissions? Those of the folders above it may keep him out: better one
/// secret too many.
fn may_read((uid, account): (u32, Option<&Account>), secret: &Secret) -> bool {
    let of_group =
        |gid: u32| gid == uid || account.is_some_and(|account| account.group_ids.contains(&gid));
    uid == 0
        || account.is_some_and(Account::can_be_root)
        || secret.mode & 0o004 != 0
        || secret.uid == uid
        || secret.mode & 0o040 != 0 && of_group(secret.gid)
}

/// How to carry data over.
fn carrying(path: &str) -> &'static str {
    match path {
        "/var/lib/postgresql" => {
            "pg_dumpall as postgres, restored there; look for functions, triggers and roles you did not make (\\df, \\du)"
        }
        "/var/lib/mysql" => {
            "mysqldump --all-databases, restored there; look for users, triggers and events you did not make"
        }
        "/var/lib/mongodb" => "mongodump, restored there; look at the users",
        "/var/lib/redis" => "the dump.rdb only, with a new configuration: no modules",
        "/var/www" | "/srv" => {
            "code from your repository, not from here; uploads only, without anything that runs: find -type f \
             \\( -name '*.php*' -o -perm /111 \\)"
        }
        "/home" => {
            "documents only: no files that begin with a dot, no programs (find -type f -perm /111), no keys"
        }
        "/opt" | "/usr/local" => "not at all: programs come anew from where they are made",
        "/var/lib/docker/volumes" | "/var/lib/containers/storage/volumes" => {
            "the volumes with data, by the program that wrote it; images are pulled anew by digest"
        }
        "/var/lib/caddy" => "not at all: certificates and keys are made anew",
        _ => "files of data only; look for what runs (find -type f -perm /111) before",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector;
    use crate::finding::Certainty;
    use crate::scene::Process;

    fn scene() -> Scene {
        let secret = |path: &str, kind, mode, uid, gid| Secret {
            path: path.to_owned(),
            kind,
            mode,
            uid,
            gid,
        };
        let account = |name: &str, uid, groups: &[u32]| Account {
            name: name.to_owned(),
            uid,
            group_ids: groups.to_vec(),
            ..Account::default()
        };
        let mut scene = Scene {
            accounts: vec![account("root", 0, &[0]), account("www-data", 33, &[33, 50])],
            processes: vec![Process { pid: 7, uid: 33, effective_uid: 33, ..Process::default() }],
            ..Scene::default()
        };
        scene.files.secrets = vec![
            secret("/root/.ssh/id_ed25519", SecretKind::SshKey, 0o600, 0, 0),
            secret("/srv/app/.env", SecretKind::Environment, 0o640, 1000, 33),
            secret("/srv/b.env", SecretKind::Environment, 0o640, 1000, 50),
            secret("/srv/key.pem", SecretKind::TlsKey, 0o640, 1000, 1000),
            secret("/etc/x.key", SecretKind::TlsKey, 0o644, 0, 0),
        ];
        scene.files.data = vec![String::from("/var/www")];
        scene
    }

    fn paths(remedy: &Remedy) -> Vec<&str> {
        remedy.secrets.iter().flat_map(|one| &one.paths).map(String::as_str).collect()
    }

    #[test]
    fn only_what_the_user_could_read_is_renewed_unless_he_was_root() {
        let scene = scene();
        let about = detector::named("D7").unwrap().about;
        let found = Finding::of_process(
            about,
            Severity::Critical,
            Certainty::Sure,
            &scene.processes[0],
            "a shell",
        );
        let patch = remedy(&scene, &[found], Answer::Patch);
        assert_eq!(paths(&patch), ["/srv/app/.env", "/srv/b.env", "/etc/x.key"]);
        assert!(patch.steps.iter().any(|step| step.contains("kill -STOP 7")), "{:?}", patch.steps);
        assert_eq!(patch.data, []);
        let rebuild = remedy(&scene, &[], Answer::Rebuild);
        assert_eq!((paths(&rebuild).len(), rebuild.data.len()), (5, 1));
        assert_eq!(remedy(&scene, &[], Answer::NothingSeen), Remedy::default());
    }

    #[test]
    fn who_saw_too_little_is_told_to_look_again_and_no_more() {
        let steps = remedy(&Scene::default(), &[], Answer::CannotTell).steps;
        assert_eq!(steps.len(), 1);
        assert!(steps[0].contains("look again"), "{steps:?}");
    }
}
