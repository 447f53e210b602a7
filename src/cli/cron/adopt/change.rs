//! Crontabs as they are to be, and how they become so: whole or not at all, with what was there
//! kept where cron does not look.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::found::{self, Origin};
use crate::program;

/// What `crontab` may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A crontab before and after.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) origin: Origin,
    pub(super) before: String,
    pub(super) after: String,
}

impl Change {
    /// The lines that differ, as `diff` shows them; no line is ever added or left out.
    pub(super) fn diff(&self) -> String {
        let name = match &self.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::User(user) => format!("crontab of {user}"),
        };
        let pairs = self.before.split('\n').zip(self.after.split('\n')).enumerate();
        let lines = pairs.filter(|(_, (before, after))| before != after);
        let hunks = lines
            .map(|(nth, (before, after))| format!("@@ line {} @@\n-{before}\n+{after}\n", nth + 1));
        format!("--- {name}\n+++ {name}\n{}", hunks.collect::<String>())
    }

    /// Makes it so. The text before is kept in `backups`.
    pub(super) async fn make(&self, backups: &Path) -> anyhow::Result<()> {
        match &self.origin {
            Origin::File(path) => {
                if found::read(path)?.as_deref() != Some(&self.before) {
                    bail!("{} was changed meanwhile: look again", path.display());
                }
                keep(&backups.join(path.strip_prefix("/").unwrap_or(path)), &self.before)?;
                replace(path, &self.after).with_context(|| path.display().to_string())
            }
            Origin::User(user) => {
                if found::crontab(Some(user)).await?.as_deref() != Some(&self.before) {
                    bail!("the crontab of {user} was changed meanwhile: look again");
                }
                keep(&backups.join("crontabs").join(user), &self.before)?;
                install(user, &self.after).await
            }
        }
    }
}

fn keep(place: &Path, text: &str) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    let kept = builder
        .create(place.parent().unwrap_or(place))
        .and_then(|()| fs::write(place, text))
        .and_then(|()| fs::set_permissions(place, Permissions::from_mode(0o600)));
    kept.with_context(|| {
        format!("nothing is changed, for what is there cannot be kept in {}", place.display())
    })
}

/// Replaces a file at once; mode and owner stay. A link stays one.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let was = fs::metadata(&path)?;
    write(&path, text, was.mode() & 0o7777, (was.uid(), was.gid()))
}

/// Writes a file at once.
pub(super) fn write(path: &Path, text: &str, mode: u32, owner: (u32, u32)) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Cron passes over hidden files.
    let draft = path.with_file_name(format!(".{name}.nightkeep-{}", std::process::id()));
    let written = draft_of(&draft, text, mode, owner).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

fn draft_of(draft: &PathBuf, text: &str, mode: u32, (user, group): (u32, u32)) -> io::Result<()> {
    let mut file = File::create_new(draft)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    std::os::unix::fs::fchown(&file, Some(user), Some(group))?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()
}

/// Hands a user's crontab to `crontab`, which looks at it and takes it whole or not at all.
async fn install(user: &str, text: &str) -> anyhow::Result<()> {
    let mut command = Command::new("crontab");
    command.args(["-u", user, "-"]).env("LC_ALL", "C").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("crontab cannot be run")?;
    let stdin = child.stdin.take();
    let given = async {
        if let Some(mut stdin) = stdin {
            stdin.write_all(text.as_bytes()).await?;
        }
        io::Result::Ok(())
    };
    let done = async { tokio::join!(given, program::finish(child, 4096)) };
    let (given, ended) = timeout(PATIENCE, done).await.context("crontab does not end")?;
    let ended = ended.context("crontab")?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.errors).trim().to_owned();
        bail!("the crontab of {user} stays as it was: {said}");
    }
    given.with_context(|| format!("the crontab of {user}"))
}
