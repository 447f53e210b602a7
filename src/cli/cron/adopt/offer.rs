//! What is offered for each job: the line that tells the watch of it, and the heartbeat. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::found::{File, Found, Origin, parts_of};
use crate::crontab::{self, Job, Names, When};

/// A job of this server.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// When, as it is written.
    pub(super) when: String,
    /// The next time.
    pub(super) next: Option<Timestamp>,
    /// As whom.
    pub(super) user: String,
    /// What.
    pub(super) command: String,
    /// Where it is written.
    pub(super) place: String,
    /// Whether anybody would notice if it did not run.
    pub(super) watched: Watched,
    /// What can be done about it.
    pub(super) offer: Option<Offer>,
}

/// Whether anybody would notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub(super) enum Watched {
    /// The watch sees the timer without being told.
    Timer,
    /// It tells of itself: the slug, or what else.
    Ping {
        /// To whom.
        by: String,
    },
    /// Nobody would, but it can be had.
    No,
    /// Nobody would, and it is not to be had so simply.
    Not {
        /// Why.
        why: String,
    },
}

/// A wrapped line and its heartbeat.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Offer {
    pub(super) slug: String,
    /// The new command.
    pub(super) line: String,
    /// The heartbeat, as TOML.
    pub(super) heartbeat: String,
    /// Where: the file's number, and the job.
    #[serde(skip)]
    pub(super) file: usize,
    #[serde(skip)]
    pub(super) job: Job,
}

/// What is to be known for it.
pub(super) struct Ground<'a> {
    pub(super) now: Timestamp,
    pub(super) zone: &'a TimeZone,
    /// This program, as cron finds it.
    pub(super) program: &'a str,
    /// Slugs that other heartbeats have.
    pub(super) taken: Vec<String>,
}

/// Every job, and an offer for those that nobody watches.
pub(super) fn rows(found: &Found, ground: &Ground<'_>) -> Vec<Row> {
    let jobs = |file: &File| file.crontab.jobs();
    let ours = found.files.iter().flat_map(jobs).filter_map(|job| watched_by(&job));
    let mut names = Names::taken(ground.taken.iter().cloned().chain(ours));
    let mut rows = Vec::new();
    for (nth, file) in found.files.iter().enumerate() {
        for job in file.crontab.jobs() {
            let folders: Vec<String> =
                parts_of(&job.entry.command).into_iter().map(Into::into).collect();
            let row = row(found, ground, &mut names, (nth, file), job);
            let within: Vec<Row> = folders.iter().flat_map(|of| parts(found, of, &row)).collect();
            rows.push(row);
            rows.extend(within);
        }
    }
    rows.extend(found.timers.iter().map(|(name, timer)| Row {
        when: name.clone(),
        next: timer.next,
        user: String::from("systemd"),
        command: timer.triggers.clone(),
        place: String::from("a timer"),
        watched: Watched::Timer,
        offer: None,
    }));
    rows
}

fn watched_by(job: &Job) -> Option<String> {
    crontab::watched_by(&job.entry.command)
}

fn row(
    found: &Found,
    ground: &Ground<'_>,
    names: &mut Names,
    (nth, file): (usize, &File),
    job: Job,
) -> Row {
    let place = match &file.origin {
        Origin::File(path) => format!("{}:{}", path.display(), job.line + 1),
        Origin::User(user) => format!("crontab of {user}:{}", job.line + 1),
    };
    let user = match &file.origin {
        Origin::User(user) => user.clone(),
        Origin::File(_) => job.entry.user.clone().unwrap_or_else(|| String::from("root")),
    };
    // Debian's cron runs all by the machine's clock.
    let zone =
        job.zone.as_deref().filter(|_| found.cronie).and_then(|name| TimeZone::get(name).ok());
    let zone = zone.as_ref().unwrap_or(ground.zone);
    let next = job.entry.when.next(ground.now, zone).filter(|_| file.unread.is_none());
    let watched = match (watched_by(&job), why_not(found, file, &job)) {
        (Some(by), _) => Watched::Ping { by },
        (None, Some(why)) => Watched::Not { why },
        (None, None) => Watched::No,
    };
    let mut row = Row {
        when: job.entry.when.to_string(),
        next,
        user,
        command: job.entry.command.clone(),
        place,
        watched,
        offer: None,
    };
    if row.watched == Watched::No {
        let percent = job.entry.name.is_none();
        let otherwise = match (&job.entry.name, &file.origin) {
            (Some(name), _) => name.as_str(),
            (None, Origin::File(path)) => {
                path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
            }
            (None, Origin::User(user)) => user,
        };
        let slug = names.give(&job.entry.command, otherwise, &row.user);
        match crontab::wrap(&job.entry.command, &slug, &job.shell, ground.program, percent) {
            Ok(line) => {
                let heartbeat = heartbeat(&row, &job, &slug, (ground.now, zone));
                row.offer = Some(Offer { slug, line, heartbeat, file: nth, job });
            }
            Err(why) => row.watched = Watched::Not { why },
        }
    }
    row
}

/// Why a line is better left as it is.
fn why_not(found: &Found, file: &File, job: &Job) -> Option<String> {
    let command = &job.entry.command;
    let why = if let Some(why) = &file.unread {
        why
    } else if job.entry.when == When::Reboot {
        "it has no time by which it is due"
    } else if found.systemd && command.contains("/run/systemd/system") {
        "it does nothing under systemd, where a timer does it"
    } else if found.anacron && command.contains("/anacron") {
        "it is for anacron"
    } else if parts_of(command).iter().any(|of| found.parts.get(*of).is_none_or(Vec::is_empty)) {
        "there is nothing for it to run"
    } else {
        return None;
    };
    Some(why.to_owned())
}

/// The scripts of a folder, below the line that runs them.
fn parts<'a>(found: &'a Found, folder: &'a str, of: &'a Row) -> impl Iterator<Item = Row> + 'a {
    let idle = matches!(of.watched, Watched::Not { .. });
    let scripts = found.parts.get(folder).into_iter().flatten();
    scripts.filter(move |_| !idle).map(move |script| Row {
        when: String::from("  \""),
        next: of.next,
        user: of.user.clone(),
        command: format!("{folder}/{script}"),
        place: format!("  run-parts in {}", of.place),
        watched: match &of.watched {
            Watched::Ping { by } => Watched::Ping { by: by.clone() },
            _ => Watched::No,
        },
        offer: None,
    })
}

fn heartbeat(row: &Row, job: &Job, slug: &str, (now, zone): (Timestamp, &TimeZone)) -> String {
    let when = match &job.entry.when {
        When::Days(days) => format!("every = \"{days}d\"\n"),
        other => {
            let zone = zone.iana_name().map(|name| format!("timezone = \"{name}\"\n"));
            format!("cron = \"{other}\"\n{}", zone.unwrap_or_default())
        }
    };
    let grace = crontab::grace(&job.entry.when, now, zone);
    let place = row.place.rsplit_once(':').map_or("", |(place, _)| place);
    // Not the command: it may hold a password.
    let note = toml::Value::String(format!("{} in {place}", row.user));
    format!("[[heartbeat]]\nname = \"{slug}\"\n{when}grace = \"{grace}\"\nnote = {note}\n")
}

/// The heartbeats of a file without those of these slugs.
pub(super) fn without(text: &str, slugs: &[String]) -> String {
    const HEAD: &str = "[[heartbeat]]\n";
    let mut parts = text.split(HEAD);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_named =
            |slug: &String| part.lines().any(|line| line == format!("name = \"{slug}\""));
        if !slugs.iter().any(is_named) {
            kept += HEAD;
            kept += part;
        }
    }
    kept
}
