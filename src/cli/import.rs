//! `nightkeep import`: what another watcher knew, as this one's config.

mod history;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use super::{OK, output};
use crate::clock;
use crate::config::{self, Config, Origin};
use crate::import::healthchecks::Answers;
use crate::import::save::Readers;
use crate::import::write::{Written, write};
use crate::import::{
    Imported, Place, address, block, check, gatus, healthchecks, name, uptime_kuma,
};
use crate::notify::http;

/// Take over monitors, heartbeats and channels from another watcher.
///
/// What has no equal is listed with the reason; nothing is left out silently. A further import of the same
/// source replaces what the one before it wrote.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    source: Source,
    /// Only show what would be written.
    #[arg(long, global = true)]
    dry_run: bool,
    /// Write secrets into the config itself, not into files of their own under `secrets/`.
    #[arg(long, global = true)]
    with_secrets: bool,
}

#[derive(Debug, Subcommand)]
enum Source {
    /// From Uptime Kuma: its database (versions 1 and 2, SQLite) or a JSON backup of version 1.
    UptimeKuma {
        /// `kuma.db`, or the backup. Copy `kuma.db-wal` along if it is there.
        file: PathBuf,
    },
    /// From Gatus: its config, one file or a folder. `${NAME}` is taken from the environment.
    Gatus {
        /// `config.yaml`, or the folder.
        path: PathBuf,
    },
    /// From Healthchecks, by its API. The key comes from a file or from $HEALTHCHECKS_API_KEY; a
    /// read-only one does not show the UUIDs.
    Healthchecks {
        /// Where it is: `https://healthchecks.io`, or your own.
        url: String,
        /// A file with the project's API key.
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
    /// Write history that comes on standard input into a store.
    #[command(hide = true)]
    LayIn {
        /// The host it is of.
        #[arg(long)]
        host: String,
        /// The store's folder.
        path: PathBuf,
    },
}

impl Source {
    /// Its name, in file names and comments.
    fn name(&self) -> &'static str {
        match self {
            Self::UptimeKuma { .. } => "uptime-kuma",
            Self::Gatus { .. } => "gatus",
            Self::Healthchecks { .. } => "healthchecks",
            Self::LayIn { .. } => "history",
        }
    }
}

/// Bytes of a file or an answer that are read.
const MOST: u64 = 64 << 20;
/// Files of a folder.
const MOST_FILES: usize = 1000;
/// How long Healthchecks may take for an answer.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    if let Source::LayIn { host, path } = &args.source {
        return history::run(path, host).await;
    }
    let source = args.source.name();
    let here = Here::look(path, source)?;
    let mut imported = read(&args.source, &here.place()).await?;
    here.leave_taken(&mut imported);
    let readable = super::environment();
    check::leave_wrong(&mut imported, &here.channels, &readable);
    let secrets = here.folder.join("secrets");
    // What is shown never holds a secret.
    let inline = args.with_secrets && !args.dry_run;
    let written = write(&imported, source, &secrets, inline);
    let whole = block::with(&here.text, source, &written.config);
    let piece = Here::piece(&written.monitors, source);
    here.check(path, &whole, &piece, &readable)?;
    let before = here.names_before();
    if args.dry_run {
        output::print(&report::dry(&here.pieces.join(file_name(source)), path, &written))?;
    } else {
        save(&here, path, &whole, &piece, &written)?;
    }
    output::print(&report::report(&imported, &before, args.dry_run))?;
    if !args.dry_run && !imported.history.is_empty() {
        output::print(&history::keep(&here.config, &imported.history))?;
    }
    if !args.dry_run {
        output::print(&report::next(&imported, args.source_url(), &secrets, &written))?;
    }
    Ok(OK)
}

impl Args {
    fn source_url(&self) -> Option<&str> {
        match &self.source {
            Source::Healthchecks { url, .. } => Some(url),
            _ => None,
        }
    }
}

fn file_name(source: &str) -> String {
    format!("{source}.toml")
}

/// What is there before an import.
struct Here {
    /// The folder of the config.
    folder: PathBuf,
    /// `monitors.d` in it.
    pieces: PathBuf,
    /// The config's text; empty if there is none.
    text: String,
    /// The config, as far as it can be read.
    config: Config,
    /// The file an import before this one wrote.
    ours: PathBuf,
    /// Names of channels that are not of an import before this one.
    channels: Vec<String>,
    /// Slugs of heartbeats that are not of an import before this one.
    heartbeats: Vec<String>,
}

impl Here {
    fn look(path: &Path, source: &str) -> anyhow::Result<Self> {
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let (text, config) = if path.exists() {
            let text = fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read: use sudo", path.display()))?;
            (text, config::load(path, &super::environment())?)
        } else {
            (String::new(), Config::default())
        };
        let own: toml::Table = block::without(&text, source).parse().unwrap_or_default();
        let channels = own.get("channel").and_then(toml::Value::as_table);
        let channels = channels.map_or_else(Vec::new, |table| table.keys().cloned().collect());
        let heartbeats = own.get("heartbeat").and_then(toml::Value::as_array);
        let slug = |table: &toml::Value| {
            let text = |key| table.get(key).and_then(toml::Value::as_str);
            text("slug").map(str::to_owned).or_else(|| text("name").map(name::slug))
        };
        let elsewhere = config.heartbeats.iter().filter(|one| one.file != path);
        let heartbeats = heartbeats.into_iter().flatten().filter_map(slug);
        let heartbeats =
            heartbeats.chain(elsewhere.map(|one| one.slug.clone())).collect::<Vec<_>>();
        let pieces = folder.join("monitors.d");
        let ours = pieces.join(file_name(source));
        if let Ok(text) = fs::read_to_string(&ours)
            && !text.starts_with(HEAD)
        {
            anyhow::bail!(
                "{} was not written by an import: move it away, or rename it, first",
                ours.display()
            );
        }
        Ok(Self { folder, pieces, text, config, ours, channels, heartbeats })
    }

    fn place(&self) -> Place {
        let zone = self.config.timezone.iana_name().unwrap_or("UTC").to_owned();
        Place { zone, now: clock::now(), channels: self.channels.clone() }
    }

    fn is_ours(&self, origin: &Origin) -> bool {
        matches!(origin, Origin::File { path, .. } if *path == self.ours)
    }

    fn names_before(&self) -> BTreeSet<String> {
        let monitors = self.config.monitors.values();
        monitors.filter(|one| self.is_ours(&one.origin)).map(|one| one.name.clone()).collect()
    }

    /// Leaves out what is there already under the same name.
    fn leave_taken(&self, imported: &mut Imported) {
        let taken: BTreeSet<&str> = self
            .config
            .monitors
            .values()
            .filter(|one| !self.is_ours(&one.origin))
            .map(|one| one.name.as_str())
            .collect();
        check::leave(imported, |entry| {
            taken.contains(entry.name.as_str()).then(|| {
                String::from("there is a monitor of this name already, which stays as it is")
            })
        });
        let channels = std::mem::take(&mut imported.channels);
        for entry in channels {
            if self.channels.contains(&entry.name) {
                let why =
                    format!("there is a [channel.{}] already, which stays as it is", entry.name);
                imported.leave(entry.was, why);
            } else {
                imported.channels.push(entry);
            }
        }
        let heartbeats = std::mem::take(&mut imported.heartbeats);
        for entry in heartbeats {
            let slug = entry.text("slug").map_or_else(|| name::slug(&entry.name), str::to_owned);
            if self.heartbeats.contains(&slug) {
                let why = format!("there is a heartbeat `{slug}` already, which stays as it is");
                imported.leave(entry.was, why);
            } else {
                imported.heartbeats.push(entry);
            }
        }
    }

    /// The text of the file beside the config.
    fn piece(monitors: &str, source: &str) -> String {
        if monitors.is_empty() {
            return String::new();
        }
        format!("{HEAD} from {source}. A further import writes this file anew.\n\n{monitors}")
    }

    /// Nothing is written that would not be read.
    fn check(
        &self,
        path: &Path,
        whole: &str,
        piece: &str,
        env: &config::Environment,
    ) -> anyhow::Result<()> {
        let mut files = vec![(path.display().to_string(), whole.to_owned())];
        let mut pieces: BTreeMap<PathBuf, String> = BTreeMap::new();
        for entry in fs::read_dir(&self.pieces).into_iter().flatten().flatten() {
            let file = entry.path();
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if file.extension().is_some_and(|end| end == "toml") && !hidden && file != self.ours {
                pieces.insert(file.clone(), read_text(&file)?);
            }
        }
        pieces.insert(self.ours.clone(), piece.to_owned());
        files.extend(pieces.into_iter().map(|(file, text)| (file.display().to_string(), text)));
        config::parse_all(&files, env)
            .map(drop)
            .context("what was imported does not fit the config that is there; nothing was written")
    }
}

/// How the file begins.
const HEAD: &str = "# Written by `nightkeep import`";

fn save(
    here: &Here,
    path: &Path,
    whole: &str,
    piece: &str,
    written: &Written,
) -> anyhow::Result<()> {
    let denied = |path: &Path| format!("cannot write {}: use sudo", path.display());
    let readers = Readers::new(super::init::group_id("nightkeep"));
    for (file, text) in &written.files {
        if let Some(folder) = file.parent() {
            readers.directory(folder).with_context(|| denied(folder))?;
        }
        readers.file(file, text).with_context(|| denied(file))?;
    }
    if !piece.is_empty() {
        readers.directory(&here.pieces).with_context(|| denied(&here.pieces))?;
        readers.file(&here.ours, piece).with_context(|| denied(&here.ours))?;
    } else if here.ours.exists() {
        fs::remove_file(&here.ours).with_context(|| denied(&here.ours))?;
    }
    if *whole != here.text {
        readers.file(path, whole).with_context(|| denied(path))?;
    }
    Ok(())
}

async fn read(source: &Source, place: &Place) -> anyhow::Result<Imported> {
    match source {
        Source::UptimeKuma { file } => {
            let mut begin = [0_u8; 16];
            let opened = File::open(file);
            let count = opened
                .and_then(|mut opened| opened.read(&mut begin))
                .with_context(|| format!("{} cannot be read", file.display()))?;
            let kuma = if begin[..count].starts_with(b"SQLite format 3") {
                uptime_kuma::from_database(file)?
            } else {
                uptime_kuma::from_backup(&read_text(file)?)?
            };
            Ok(kuma.import(place))
        }
        Source::Gatus { path } => {
            let mut files = Vec::new();
            for file in yaml_files(path)? {
                files.push((file.display().to_string(), read_text(&file)?));
            }
            let variables: BTreeMap<String, String> = std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect();
            Ok(gatus::import(&files, &variables, place)?)
        }
        Source::Healthchecks { url, key_file } => {
            let key = match key_file {
                Some(file) => read_text(file)?,
                None => std::env::var("HEALTHCHECKS_API_KEY").map_err(|_| {
                    anyhow::anyhow!(
                        "no API key: --key-file FILE, or HEALTHCHECKS_API_KEY in the environment"
                    )
                })?,
            };
            Ok(healthchecks::import(&ask(url, key.trim()).await?, place)?)
        }
        Source::LayIn { .. } => Ok(Imported::default()),
    }
}

/// Asks Healthchecks for checks and integrations.
async fn ask(url: &str, key: &str) -> anyhow::Result<Answers> {
    let base = url.trim_end_matches('/');
    // Errors name the place, never who asks.
    let shown = output::safe(&address::apart(base).0);
    let get = async |path: &str| -> anyhow::Result<(u16, serde_json::Value)> {
        let url = format!("{base}/api/v3/{path}/");
        let headers = [("X-Api-Key", key), ("Accept", "application/json")];
        let asked = http::document(&url, &headers, MOST as usize, clock::now());
        let (status, text) = tokio::time::timeout(PATIENCE, asked)
            .await
            .map_err(|_| anyhow::anyhow!("{shown} did not answer within a minute"))?
            .map_err(|why| anyhow::anyhow!("{}", output::safe(&why)))?;
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    };
    let (status, checks) = get("checks").await?;
    match status {
        200 => {}
        401 => anyhow::bail!("{shown} does not know this key"),
        status => anyhow::bail!(
            "{shown} answered {status} for its checks: is it a Healthchecks, and is this its address?"
        ),
    }
    // A read-only key may not.
    let (status, channels) = get("channels").await?;
    Ok(Answers { checks, channels: (status == 200).then_some(channels) })
}

/// A file, or the files of a folder as Gatus reads them: by their names, folders within included.
fn yaml_files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let (mut files, mut folders) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        for entry in entries.take(MOST_FILES) {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && folders.len() < MOST_FILES {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|end| end == "yaml" || end == "yml") {
                files.push(entry.path());
            }
        }
        anyhow::ensure!(files.len() <= MOST_FILES, "{} has too many files", path.display());
    }
    files.sort();
    anyhow::ensure!(!files.is_empty(), "there is no .yaml or .yml in {}", path.display());
    Ok(files)
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let unreadable = || format!("{} cannot be read", path.display());
    // Looked at before it is opened: to open a pipe is to wait for its other end.
    let meta = fs::metadata(path).with_context(unreadable)?;
    anyhow::ensure!(meta.is_file(), "{} is no regular file", path.display());
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_string(&mut text))
        .with_context(unreadable)?;
    anyhow::ensure!(text.len() as u64 <= MOST, "{} is longer than 64 MiB", path.display());
    Ok(text)
}
