//! What lies on the disk: what was found, what starts by itself, the logs.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

use nightkeep_triage::collect::tree::Tree;
use nightkeep_triage::finding::Subject;
use nightkeep_triage::report::Style;
use nightkeep_triage::scene::Scene;
use nightkeep_triage::severity::Severity;
use nightkeep_triage::timeline::write;
use rustix::fs::FileType;

use super::super::Looked;
use super::Bundle;

/// Files that say who may get in and what runs.
const FILES: [&str; 12] = [
    "/etc/passwd",
    "/etc/group",
    "/etc/hostname",
    "/etc/os-release",
    "/etc/fstab",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/ld.so.preload",
    "/etc/login.defs",
    "/var/lib/dpkg/status",
    "/var/lib/dpkg/diversions",
    "/etc/fail2ban/jail.local",
];
/// Logs, all that is in there, how deep, and how many.
const LOGS: [&str; 3] = ["/var/log", "/run/log/journal", "/var/lib/nightkeep/audit"];
const DEPTH: usize = 5;
const MOST_LOGS: usize = 5000;

pub(super) fn take(
    bundle: &mut Bundle,
    root: &Path,
    looked: &Looked,
    with_secrets: bool,
) -> io::Result<()> {
    let Looked { report, scene, events } = looked;
    let tree = Tree::open(root)?;
    suspects(bundle, &tree, looked)?;
    let lines = report.lines(Style { width: 100, all: true });
    let text: String = lines.into_iter().map(|(_, line)| line + "\n").collect();
    bundle.add("report.txt", "nightkeep", text.as_bytes())?;
    bundle.add("report.json", "nightkeep", &serde_json::to_vec_pretty(report)?)?;
    let mut bytes = Vec::new();
    write::json_lines(&report.host, events, &mut bytes)?;
    bundle.add("timeline.jsonl", "nightkeep", &bytes)?;
    bytes.clear();
    write::bodyfile(&scene.files.recent, &mut bytes)?;
    bundle.add("files.bodyfile", "nightkeep", &bytes)?;
    let secret = secrets(scene, with_secrets);
    let startups = scene.startups.iter().map(|startup| startup.path.as_str());
    let keys = scene.keys.iter().map(|key| key.file.as_str());
    let shadow = with_secrets.then_some("/etc/shadow");
    let wanted: BTreeSet<&str> =
        FILES.into_iter().chain(startups).chain(keys).chain(shadow).collect();
    for path in wanted.into_iter().filter(|path| !secret.contains(path)) {
        file(bundle, &tree, path)?;
    }
    if with_secrets {
        for path in scene.files.secrets.iter().map(|secret| secret.path.as_str()) {
            file(bundle, &tree, path)?;
        }
    } else if !scene.files.secrets.is_empty() {
        let count = scene.files.secrets.len();
        bundle.note(&format!("{count} files with secrets: --with-secrets takes them"));
    }
    let mut logs = Logs { tree: &tree, secret, left: MOST_LOGS };
    LOGS.iter().try_for_each(|folder| logs.folder(bundle, folder, 0))
}

/// The files that findings are about, and the programs of processes they are about.
fn suspects(bundle: &mut Bundle, tree: &Tree, looked: &Looked) -> io::Result<()> {
    let Looked { report, scene, .. } = looked;
    let secret = secrets(scene, false);
    let told = report.findings.iter().filter(|found| found.severity > Severity::Info);
    let mut seen = BTreeSet::new();
    for found in told.filter(|found| seen.insert(&found.subject)) {
        match &found.subject {
            Subject::Path(path) if !secret.contains(path.as_str()) => {
                file(bundle, tree, path)?;
            }
            Subject::Process { pid, .. } => {
                let from = format!("/proc/{pid}/exe");
                if let Ok(program) = File::open(&from) {
                    bundle.add_file(&format!("suspects/{pid}-exe"), &from, program)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn secrets(scene: &Scene, with_secrets: bool) -> BTreeSet<&str> {
    let secrets = scene.files.secrets.iter().map(|secret| secret.path.as_str());
    if with_secrets { BTreeSet::new() } else { secrets.collect() }
}

/// Adds a plain file, if it is there.
fn file(bundle: &mut Bundle, tree: &Tree, path: &str) -> io::Result<()> {
    match tree.file(path) {
        Ok(file) => bundle.add_file(&format!("disk{path}"), path, file),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            bundle.note(&format!("{path}: {error}"));
            Ok(())
        }
        // Gone, or no plain file.
        Err(_) => Ok(()),
    }
}

struct Logs<'l> {
    tree: &'l Tree,
    secret: BTreeSet<&'l str>,
    left: usize,
}

impl Logs<'_> {
    fn folder(&mut self, bundle: &mut Bundle, folder: &str, depth: usize) -> io::Result<()> {
        for (name, kind) in self.tree.list(folder) {
            let path = format!("{folder}/{name}");
            if self.left == 0 {
                bundle.note(&format!("{path} and what follows: too many files"));
                return Ok(());
            }
            match kind {
                FileType::Directory if depth < DEPTH => self.folder(bundle, &path, depth + 1)?,
                FileType::RegularFile if !self.secret.contains(path.as_str()) => {
                    self.left -= 1;
                    file(bundle, self.tree, &path)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
