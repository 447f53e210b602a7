//! `nightkeep cron adopt`: what runs by itself on this server, and how the watch hears of it.

mod change;
mod found;
mod offer;
mod shown;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Parser;
use jiff::tz::TimeZone;

use self::change::Change;
use self::found::Found;
use self::offer::{Ground, Offer, Row};
use crate::cli::{FAILED, OK, output};
use crate::config::{self, Config};
use crate::{clock, crontab};

/// Which jobs run by themselves here, when, and would anybody notice if they did not?
///
/// Shows crontabs, anacron and systemd's timers. The watch sees timers without being told; for the
/// others it offers lines that tell it, and their heartbeats.
#[derive(Debug, Parser)]
pub(in crate::cli) struct Args {
    /// Only these, by their slugs.
    #[arg(value_name = "SLUG")]
    slugs: Vec<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Change the crontabs as offered, and write the heartbeats to monitors.d/cron.toml beside the
    /// config. What was there is kept in /var/backups/nightkeep.
    #[arg(long, conflicts_with = "json")]
    apply: bool,
    /// Put the lines back as they were, and take the heartbeats out again.
    #[arg(long, conflicts_with_all = ["apply", "json"])]
    undo: bool,
    /// Don't ask.
    #[arg(long)]
    yes: bool,
    /// Below this directory.
    #[arg(long, value_name = "DIRECTORY", default_value = "/", hide = true)]
    root: PathBuf,
}

/// Where the heartbeats are written, beside the config.
const HEARTBEATS: &str = "monitors.d/cron.toml";

pub(in crate::cli) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    let config = if path.exists() {
        config::load(path, &crate::cli::environment())?
    } else {
        Config::default()
    };
    let found = found::look(&args.root, &config.units).await;
    let zone = TimeZone::system();
    let heartbeats = path.with_file_name(HEARTBEATS);
    let program = std::env::current_exe().context("this program's own path is not known")?;
    let program = program.to_str().context("this program's own path is no UTF-8")?;
    let ground = Ground { now: clock::now(), zone: &zone, program, taken: Vec::new() };
    let rows = offer::rows(&found, &ground);
    let wanted = |slug: &str| args.slugs.is_empty() || args.slugs.iter().any(|one| one == slug);
    let offers: Vec<&Offer> = rows
        .iter()
        .filter_map(|row| row.offer.as_ref())
        .filter(|offer| wanted(&offer.slug))
        .collect();
    if args.undo {
        return undo(args, &found, &heartbeats, wanted).await;
    }
    unknown(&args.slugs, &rows)?;
    if args.apply {
        return apply(args, &found, &offers, &heartbeats).await;
    }
    if args.json {
        output::print_json(&rows)?;
    } else {
        output::print(&(shown::table(&rows, &zone) + &shown::offers(&offers, &rows)))?;
    }
    for unseen in &found.unseen {
        warn(&format!("not seen: {}", output::safe(unseen)));
    }
    Ok(OK)
}

/// A slug that is not there is a slip of the pen.
fn unknown(slugs: &[String], rows: &[Row]) -> anyhow::Result<()> {
    let offered = |slug: &String| {
        rows.iter().filter_map(|row| row.offer.as_ref()).any(|offer| offer.slug == *slug)
    };
    match slugs.iter().find(|slug| !offered(slug)) {
        Some(slug) => bail!("nothing is offered by the name {slug}"),
        None => Ok(()),
    }
}

async fn apply(
    args: &Args,
    found: &Found,
    offers: &[&Offer],
    heartbeats: &Path,
) -> anyhow::Result<u8> {
    let mut changes = Vec::new();
    for (nth, file) in found.files.iter().enumerate() {
        let mut crontab = file.crontab.clone();
        for offer in offers.iter().filter(|offer| offer.file == nth) {
            crontab.replace(&offer.job, &offer.line);
        }
        let (before, after) = (file.crontab.write(), crontab.write());
        changes.push(Change { origin: file.origin.clone(), before, after });
    }
    let slugs: Vec<String> = offers.iter().map(|offer| offer.slug.clone()).collect();
    let written = found::read(heartbeats)?.unwrap_or_default();
    let mut text = offer::without(&written, &slugs);
    for offer in offers {
        if !text.is_empty() && !text.ends_with("\n\n") {
            text.push('\n');
        }
        text += &offer.heartbeat;
    }
    make(args, changes, (heartbeats, &written, &text)).await
}

async fn undo(
    args: &Args,
    found: &Found,
    heartbeats: &Path,
    wanted: impl Fn(&str) -> bool,
) -> anyhow::Result<u8> {
    let mut changes = Vec::new();
    let mut slugs = BTreeSet::new();
    for file in &found.files {
        let mut crontab = file.crontab.clone();
        for job in file.crontab.jobs() {
            let was = crontab::unwrap(&job.entry.command, job.entry.name.is_none());
            if let Some(was) = was.filter(|was| wanted(&was.slug)) {
                crontab.replace(&job, &was.command);
                slugs.insert(was.slug);
            }
        }
        let (before, after) = (file.crontab.write(), crontab.write());
        changes.push(Change { origin: file.origin.clone(), before, after });
    }
    let written = found::read(heartbeats)?.unwrap_or_default();
    let text = offer::without(&written, &slugs.into_iter().collect::<Vec<_>>());
    make(args, changes, (heartbeats, &written, &text)).await
}

/// Shows what would change, asks, and changes it: heartbeats first, so that no ping comes to none.
async fn make(
    args: &Args,
    mut changes: Vec<Change>,
    (heartbeats, written, text): (&Path, &str, &str),
) -> anyhow::Result<u8> {
    changes.retain(|change| change.before != change.after);
    if changes.is_empty() {
        output::print("There is nothing to change.\n")?;
        return Ok(OK);
    }
    for change in &changes {
        output::print(&lines_safe(&change.diff()))?;
    }
    if !args.yes && !agreed()? {
        output::print("Nothing was changed.\n")?;
        return Ok(FAILED);
    }
    let begun = clock::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let backups = args.root.join("var/backups/nightkeep").join(format!("cron-{begun}"));
    if text != written {
        note(heartbeats, text).with_context(|| heartbeats.display().to_string())?;
    }
    for change in &changes {
        change.make(&backups).await?;
    }
    output::print(&format!(
        "Done. What was there is kept in {}; the heartbeats are in {}.\nnext: sudo systemctl reload nightkeep\n",
        backups.display(),
        heartbeats.display(),
    ))?;
    Ok(OK)
}

/// Text of others, line by line and with its tabs.
fn lines_safe(text: &str) -> String {
    let safe = |line: &str| line.split('\t').map(output::safe).collect::<Vec<_>>().join("\t");
    text.lines().map(|line| safe(line) + "\n").collect()
}

/// Asks on a terminal.
fn agreed() -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("nobody is there to ask: --yes changes it without asking");
    }
    output::print("Change it? [y/N] ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Writes the heartbeats where the watch may read them.
fn note(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(file);
    std::fs::create_dir_all(folder)?;
    let owner = std::fs::metadata(folder.parent().unwrap_or(folder))?;
    rustix::fs::chown(folder, None, rustix::process::Gid::from_raw(owner.gid()).into())?;
    change::write(file, text, 0o640, (owner.uid(), owner.gid()))
}

fn warn(what: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = io::stderr().write_all(format!("{what}\n").as_bytes());
}
