//! `nightkeep triage`: after the bad night, everything in one command.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use jiff::SignedDuration;
use nightkeep_triage::collect::Window;
use nightkeep_triage::detector;
use nightkeep_triage::finding::ATTACK_VERSION;
use nightkeep_triage::report::{Lines, Report, Style, Tone};
use nightkeep_triage::verdict::Answer;

use super::incident::author;
use super::{OK, alerts, output};
use crate::config::{self, Config};
use crate::model::{KnownLogins, Severity};
use crate::respond::{self, Looked, Question, baseline, incident, timeline};
use crate::{clock, store};

/// What happened, how far did they get, do I patch or rebuild? Looks at everything and changes nothing.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// What happened since this long ago counts as lately (24h, 7d).
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = config::parse_duration)]
    since: SignedDuration,
    /// The disk of another machine, mounted there (read-only if you can).
    #[arg(long, value_name = "FOLDER", default_value = "/")]
    root: PathBuf,
    /// Also what is only good to know.
    #[arg(long)]
    all: bool,
    /// How long the walk through all files may take.
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = config::parse_duration)]
    patience: SignedDuration,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Write nothing into the log book of incidents.
    #[arg(long)]
    no_record: bool,
    /// What a detector looks for, where, and what looks the same and is innocent (D1 to D31).
    #[arg(long, value_name = "ID")]
    explain: Option<String>,
}

/// Decisions of nightkeep that are put on the timeline.
const DECISIONS: usize = 20_000;

/// Exit codes: the worst that was found.
const WARNING: u8 = 1;
const CRITICAL: u8 = 2;
const UNKNOWN: u8 = 3;

pub(super) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    if let Some(id) = &args.explain {
        return explain(id);
    }
    let config = load(path)?;
    let (question, notes) = question(args.since, args.patience, &args.root, &config, path).await?;
    let Looked { mut report, .. } =
        tokio::task::spawn_blocking(move || respond::look(question)).await?;
    report.verdict.unseen.extend(notes);
    if args.json {
        output::print_json(&report)?;
    } else {
        let style = Style { width: output::width(), all: args.all };
        print(report.lines(style))?;
    }
    if !args.no_record && args.root == Path::new("/") {
        match keep(&config.store.path, &report) {
            Ok(Some(id)) if !args.json => output::print(&format!(
                "\nKept in incident {id}. What you do: sudo nightkeep incident note TEXT; the record: \
                 sudo nightkeep incident export\n"
            ))?,
            Ok(_) => {}
            Err(error) => output::complain(&anyhow::anyhow!(
                "not written into the log book of incidents: {error}; run it as root, or with --no-record"
            )),
        }
    }
    Ok(match report.verdict.answer {
        Answer::NothingSeen => OK,
        Answer::CannotTell => UNKNOWN,
        Answer::Patch => WARNING,
        Answer::Rebuild => CRITICAL,
    })
}

/// Adds the report to the incident that is open; opens one if there is a reason to.
fn keep(store: &Path, report: &Report) -> std::io::Result<Option<String>> {
    let open = incident::list(store)?.into_iter().rev().find(|one| one.closed().is_none());
    let author = author();
    let mut kept = match open {
        Some(open) => open,
        None if report.verdict.answer == Answer::NothingSeen => return Ok(None),
        None => {
            let title = report.story.first().map(|chain| chain.title.as_str());
            let title = title.unwrap_or_else(|| report.verdict.answer.as_str());
            incident::open(store, &format!("{}: {title}", report.host), &author, report.at)?
        }
    };
    kept.keep(report, &author)?;
    Ok(Some(kept.id))
}

/// The config, or its defaults where there is none: a suspect machine may never have had one.
pub(super) fn load(path: &Path) -> anyhow::Result<Config> {
    Ok(if path.exists() { config::load(path, &super::environment())? } else { Config::default() })
}

/// What to look at, with what nightkeep knows already, and what of that it could not read.
pub(super) async fn question(
    since: SignedDuration,
    patience: SignedDuration,
    root: &Path,
    config: &Config,
    path: &Path,
) -> anyhow::Result<(Question, Vec<String>)> {
    let now = clock::now();
    let mut notes = Vec::new();
    let begin = now.checked_sub(since)?;
    let (mut known, mut remembered) = (None, Vec::new());
    if let Ok(store) = alerts::open_store(path).await {
        let rows = store::alert::rows(&store).await.ok();
        known = rows.map(|mut rows| KnownLogins::take(&mut rows));
        let decisions = store::decision::list(&store, begin, now, DECISIONS).await;
        remembered = timeline::of_decisions(&decisions.unwrap_or_default());
    }
    let normal = match baseline::read(&config.store.path) {
        Ok(normal) => normal,
        Err(error) => {
            let place = baseline::path(&config.store.path);
            notes.push(format!("the baseline {}: {error}", place.display()));
            None
        }
    };
    let question = Question {
        host: config.host.clone(),
        root: root.to_owned(),
        window: Window { begin, end: now },
        patience: Duration::try_from(patience).unwrap_or(Duration::from_mins(2)),
        known,
        baseline: normal,
        rules: config.audit.file(),
        remembered,
    };
    Ok((question, notes))
}

fn print(lines: Lines) -> anyhow::Result<()> {
    let mut text = String::new();
    for (tone, line) in lines {
        text.push_str(&match tone {
            Tone::Plain | Tone::Faint => line,
            Tone::Heading => output::paint(&line, Some(Severity::Info)),
            Tone::Bad => output::paint(&line, Some(Severity::Critical)),
            Tone::Doubtful => output::paint(&line, Some(Severity::Warning)),
            Tone::Good => output::paint(&line, None),
        });
        text.push('\n');
    }
    output::print(&text)
}

fn explain(id: &str) -> anyhow::Result<u8> {
    let Some(detector) = detector::named(id) else {
        anyhow::bail!("there is no detector {}: they are D1 to D31", output::safe(id));
    };
    let about = detector.about;
    output::print(&format!(
        "{}: {}\n\nHow: {}\n\nMay be innocent: {}\n\nMITRE ATT&CK {ATTACK_VERSION}: {}\n",
        about.id,
        about.title,
        about.logic,
        about.innocent,
        about.attack.join(", ")
    ))?;
    Ok(OK)
}
