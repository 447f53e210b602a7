//! What runs by itself on this server, as it is written down.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use rustix::process::geteuid;
use tokio::process::Command;
use tokio::time::timeout;

use crate::config::UnitsConfig;
use crate::crontab::{Crontab, Form};
use crate::model::{Observation, State, Subject, TimerState};
use crate::program;
use crate::source::systemd;

/// More than any crontab has.
const LONGEST: u64 = 1 << 20;
/// What `crontab` may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A crontab and where it is.
#[derive(Debug)]
pub(super) struct File {
    pub(super) origin: Origin,
    pub(super) crontab: Crontab,
    /// Why cron does not read it.
    pub(super) unread: Option<String>,
}

/// Where a crontab is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// A file.
    File(PathBuf),
    /// A user's own.
    User(String),
}

/// All that runs by itself.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<File>,
    /// The scripts of each folder that `run-parts` is called with.
    pub(super) parts: BTreeMap<String, Vec<String>>,
    pub(super) timers: Vec<(String, TimerState)>,
    /// The machine is started by systemd.
    pub(super) systemd: bool,
    /// Its days and weeks are anacron's.
    pub(super) anacron: bool,
    /// Its cron is cronie, which knows `CRON_TZ`.
    pub(super) cronie: bool,
    /// What could not be seen, and why.
    pub(super) unseen: Vec<String>,
}

/// Looks, below this root.
pub(super) async fn look(root: &Path, units: &UnitsConfig) -> Found {
    let has = |path: &str| root.join(path).exists();
    let mut found = Found {
        systemd: has("run/systemd/system"),
        anacron: has("usr/sbin/anacron"),
        cronie: has("usr/sbin/crond") && !has("usr/sbin/cron"),
        ..Found::default()
    };
    let mut files = vec![(root.join("etc/crontab"), Form::System)];
    files.extend(folder(&root.join("etc/cron.d")).into_iter().map(|file| (file, Form::System)));
    files.push((root.join("etc/anacrontab"), Form::Anacron));
    for (path, form) in files {
        match read(&path) {
            Ok(None) => {}
            Ok(Some(text)) => {
                let unread = unread(&path, root);
                let crontab = Crontab::read(form, &text);
                found.files.push(File { origin: Origin::File(path), crontab, unread });
            }
            Err(error) => found.unseen.push(format!("{error:#}")),
        }
    }
    if root == Path::new("/") {
        users(&mut found).await;
        match systemd::once(units).await {
            Ok(said) => found.timers = timers(said),
            Err(blind) if found.systemd => {
                found.unseen.push(format!("systemd's timers: {}", blind.why));
            }
            Err(_) => {}
        }
    }
    for file in &found.files {
        for job in file.crontab.jobs() {
            for folder in parts_of(&job.entry.command) {
                let scripts = scripts(&root.join(folder.trim_start_matches('/')));
                found.parts.insert(folder.to_owned(), scripts);
            }
        }
    }
    found
}

/// The users' own crontabs: all of them for root, else one's own.
async fn users(found: &mut Found) {
    let names = if geteuid().is_root() {
        let folders = ["/var/spool/cron/crontabs", "/var/spool/cron"];
        let folder_of_all = folders.into_iter().find(|folder| Path::new(folder).is_dir());
        let files = folder_of_all.map(|place| folder(Path::new(place))).unwrap_or_default();
        let name = |file: PathBuf| file.file_name()?.to_str().map(str::to_owned);
        files.into_iter().filter(|file| file.is_file()).filter_map(name).map(Some).collect()
    } else {
        found.unseen.push(String::from("crontabs of other users: only root may read them"));
        vec![None]
    };
    for name in names {
        match crontab(name.as_deref()).await {
            Ok(None) => {}
            Ok(Some(text)) => {
                let name = name.unwrap_or_else(|| std::env::var("USER").unwrap_or_default());
                let crontab = Crontab::read(Form::User, &text);
                found.files.push(File { origin: Origin::User(name), crontab, unread: None });
            }
            Err(error) => found.unseen.push(format!("{error:#}")),
        }
    }
}

/// What `crontab -l` says; none if there is no crontab.
pub(super) async fn crontab(user: Option<&str>) -> anyhow::Result<Option<String>> {
    let mut command = Command::new("crontab");
    if let Some(user) = user {
        command.args(["-u", user]);
    }
    // As it is, not in the user's language.
    command.arg("-l").env("LC_ALL", "C").process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = match command.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        child => child.context("crontab cannot be run")?,
    };
    let ended = timeout(PATIENCE, program::finish(child, LONGEST as usize)).await;
    let ended = ended.context("crontab -l does not end")?.context("crontab -l")?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.errors).trim().to_owned();
        if said.contains("no crontab for") {
            return Ok(None);
        }
        bail!("the crontab of {}: {said}", user.unwrap_or("yours"));
    }
    if ended.output.len() >= LONGEST as usize {
        bail!("the crontab of {} is too long to be one", user.unwrap_or("yours"));
    }
    let text = String::from_utf8(ended.output);
    Ok(Some(
        text.with_context(|| format!("the crontab of {} is no UTF-8", user.unwrap_or("yours")))?,
    ))
}

/// The text of a file; none if there is none.
pub(super) fn read(path: &Path) -> anyhow::Result<Option<String>> {
    let name = path.display();
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        metadata => metadata.with_context(|| name.to_string())?,
    };
    if !metadata.is_file() {
        return Ok(None);
    }
    if metadata.len() > LONGEST {
        bail!("{name} is too long to be a crontab");
    }
    let bytes = fs::read(path).with_context(|| name.to_string())?;
    Ok(Some(String::from_utf8(bytes).with_context(|| format!("{name} is no UTF-8"))?))
}

/// Files by their names, without hidden ones.
fn folder(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let hidden = |path: &Path| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().first() == Some(&b'.'))
    };
    let mut files: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| !hidden(path)).collect();
    files.sort();
    files
}

/// Why cron passes over a file (Debian's `load_database`).
fn unread(path: &Path, root: &Path) -> Option<String> {
    let name = path.file_name()?.to_str().unwrap_or(".");
    if path.parent()? == root.join("etc/cron.d") && !is_part(name) {
        return Some(String::from(
            "cron passes over names with other signs than letters, digits, _ and -",
        ));
    }
    let metadata = fs::metadata(path).ok()?;
    let owned = metadata.uid() == fs::metadata(root.join("etc")).map_or(0, |etc| etc.uid());
    match metadata.mode() & 0o022 {
        _ if !owned => Some(String::from("cron passes over files that are not root's")),
        0 => None,
        _ => Some(String::from("cron passes over files that others than root may change")),
    }
}

/// Names that `run-parts` takes.
fn is_part(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// What `run-parts` would run there.
fn scripts(directory: &Path) -> Vec<String> {
    let runs = |path: &PathBuf| {
        fs::metadata(path)
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let name = |path: PathBuf| Some(path.file_name()?.to_str()?.to_owned());
    let files = folder(directory).into_iter().filter(runs).filter_map(name);
    files.filter(|name| is_part(name)).collect()
}

/// The folders a command calls `run-parts` with.
pub(super) fn parts_of(command: &str) -> Vec<&str> {
    let calls = command.split("run-parts").skip(1);
    calls
        .filter_map(|call| {
            let mut words = call.split([' ', '\t', ';', '&', '|', ')', '}', '\'']);
            words.find(|word| word.starts_with('/'))
        })
        .collect()
}

fn timers(said: Vec<Observation>) -> Vec<(String, TimerState)> {
    let timer = |one| match one {
        Observation::State { subject: Subject::Unit(name), state: State::Timer(timer) } => {
            Some((name, timer))
        }
        _ => None,
    };
    let mut timers: Vec<_> = said.into_iter().filter_map(timer).collect();
    timers.sort_by_key(|(_, timer)| timer.next.map_or(i64::MAX, Timestamp::as_second));
    timers
}
