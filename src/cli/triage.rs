//! `nightkeep triage`: after the bad night, everything in one command.

mod for_page;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use jiff::SignedDuration;
use nightkeep_triage::collect::Window;
use nightkeep_triage::detector;
use nightkeep_triage::finding::ATTACK_VERSION;
use nightkeep_triage::report::{Lines, Report, Style, Tone};
use nightkeep_triage::timeline::Event;
use nightkeep_triage::verdict::Answer;

use super::incident::author;
use super::{OK, alerts, output};
use crate::config::{self, Config};
use crate::model::{KnownLogins, Notice, Severity, text};
use crate::notify::{self, message};
use crate::respond::bundle::{Bundle, Taken};
use crate::respond::incident::What;
use crate::respond::{self, Looked, Question, baseline, incident, timeline};
use crate::source::plain;
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
    /// Put the evidence into an archive in this folder, best on another disk: what is gone first comes first.
    #[arg(long, value_name = "FOLDER")]
    bundle: Option<PathBuf>,
    /// Environments of processes and key material as well.
    #[arg(long, requires = "bundle")]
    with_secrets: bool,
    /// Write nothing into the log book of incidents, and tell nobody.
    #[arg(long)]
    no_record: bool,
    /// What a detector looks for, where, and what looks the same and is innocent (D1 to D31).
    #[arg(long, value_name = "ID")]
    explain: Option<String>,
    /// What the page asked for: nightkeep-triage.service does it.
    #[arg(long, hide = true, exclusive = true)]
    for_page: bool,
}

/// Decisions of nightkeep that are put on the timeline.
const DECISIONS: usize = 20_000;

/// How long the walk through all files may take when the page asked.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);

/// Exit codes: the worst that was found.
const WARNING: u8 = 1;
const CRITICAL: u8 = 2;
const UNKNOWN: u8 = 3;

pub(super) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    if let Some(id) = &args.explain {
        return explain(id);
    }
    if args.for_page {
        return for_page::run(path).await;
    }
    let config = load(path);
    let (question, notes) = question(args.since, args.patience, &args.root, &config, path).await?;
    let bundle = match &args.bundle {
        Some(folder) => Some(begin(folder, args, &config)?),
        None => None,
    };
    let mut looked = tokio::task::spawn_blocking(move || respond::look(question)).await?;
    looked.report.verdict.unseen.extend(notes);
    let taken = match bundle {
        Some(bundle) => {
            Some(bundle.finish(&args.root, &looked, args.with_secrets).with_context(
                || "the bundle could not be written to its end; is there room? df -h",
            )?)
        }
        None => None,
    };
    let Looked { report, events, .. } = looked;
    if args.json {
        output::print_json(&report)?;
    } else {
        let style = Style { width: output::width(), all: args.all };
        print(report.lines(style))?;
    }
    if let Some(taken) = &taken {
        bundled(taken, args.json)?;
    }
    if !args.no_record && args.root == Path::new("/") {
        if let Some(taken) = &taken {
            witness(taken, &config, args.json).await?;
        }
        let (taken, author) = (taken.as_ref(), author());
        let kept = Kept { report: &report, events: &events, taken, author: &author };
        match keep(&config.store.path, &kept, "", false) {
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

/// Begins the bundle with what passes, before the disk is walked through.
fn begin(folder: &Path, args: &Args, config: &Config) -> anyhow::Result<Bundle> {
    let cannot = || format!("the bundle cannot be written into {}", folder.display());
    let mut bundle = Bundle::begin(folder, &config.host, clock::now()).with_context(cannot)?;
    if args.root == Path::new("/") {
        bundle.volatile(args.with_secrets).with_context(cannot)?;
    }
    Ok(bundle)
}

/// Says where the bundle is and how to verify it; with `--json`, on standard error.
fn bundled(taken: &Taken, is_json: bool) -> anyhow::Result<()> {
    let Taken { path, folder, manifest, files, bytes, notes } = taken;
    let size = text::bytes(*bytes as f64);
    let mut said = format!("\nEvidence: {}, {files} files, {size}\n", path.display());
    for note in notes {
        said += &format!("  not in it: {}\n", output::safe(note));
    }
    said += &format!(
        "SHA-256 of its manifest: {manifest}\n\
         Write it down elsewhere. To verify: tar --zstd -xf {} && cd {folder} && sha256sum -c SHA256SUMS\n\
         It has what this server knows of people: keep it as such. Copy it off this disk.\n",
        path.display()
    );
    if is_json {
        output::complain(&anyhow::anyhow!("{said}"));
        return Ok(());
    }
    output::print(&said)
}

/// Tells every channel the hash of the manifest, so that somebody else than this server knows it.
async fn witness(taken: &Taken, config: &Config, is_json: bool) -> anyhow::Result<()> {
    let now = clock::now();
    let message = message::evidence(&config.host, now, &taken.path, &taken.manifest);
    for (name, channel) in &config.channels {
        let key = format!("evidence-{}-{name}", now.as_microsecond());
        let notice = Notice { key, channel: name.clone(), message: message.clone() };
        let said = match notify::send(channel, &notice, now, &config.timezone).await {
            Ok(_) if is_json => continue,
            Ok(_) => format!("{name} knows the hash\n"),
            Err(error) => {
                let error = output::safe(&error.to_string());
                output::complain(&anyhow::anyhow!("{name} was not told the hash: {error}"));
                continue;
            }
        };
        output::print(&said)?;
    }
    Ok(())
}

/// What is kept of a triage.
struct Kept<'k> {
    report: &'k Report,
    events: &'k [Event],
    taken: Option<&'k Taken>,
    author: &'k str,
}

/// Adds it to the incident that is open; opens one if there is a reason to, or `always`. With a title
/// it is a new one of that name.
fn keep(
    store: &Path,
    kept: &Kept<'_>,
    title: &str,
    always: bool,
) -> std::io::Result<Option<String>> {
    let Kept { report, events, taken, author } = *kept;
    let all = if title.is_empty() { incident::list(store)? } else { Vec::new() };
    let open = all.into_iter().rev().find(|one| one.closed().is_none());
    let is_reason = always || report.verdict.answer != Answer::NothingSeen || taken.is_some();
    let mut into = match open {
        Some(open) => open,
        None if !is_reason => return Ok(None),
        None if !title.is_empty() => incident::open(store, title, author, report.at)?,
        None => {
            let what = report.story.first().map(|chain| format!(" ({})", chain.title));
            let (host, answer) = (&report.host, report.verdict.answer.as_str());
            let title = format!("{host}: {answer}{}", what.unwrap_or_default());
            incident::open(store, &title, author, report.at)?
        }
    };
    into.keep(report, events, author)?;
    if let Some(taken) = taken {
        let (place, sha256) = (taken.path.display().to_string(), taken.manifest.clone());
        into.append(What::Evidence { place, sha256 }, author, report.at)?;
    }
    Ok(Some(into.id))
}

/// The config, or its defaults where there is none or it is broken: a suspect machine may never have had one,
/// and whoever was in may have broken it.
pub(super) fn load(path: &Path) -> Config {
    let environment = super::environment();
    let without = || Config { host: environment.hostname.clone(), ..Config::default() };
    if !path.exists() {
        return without();
    }
    config::load(path, &environment).unwrap_or_else(|error| {
        output::complain(&anyhow::Error::from(error).context("going on without the config"));
        without()
    })
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
    // A disk of another machine has its own name, and what is known of this one says nothing of it.
    let is_live = root == Path::new("/");
    let (mut known, mut remembered) = (None, Vec::new());
    if is_live && let Ok(store) = alerts::open_store(path).await {
        let rows = store::alert::rows(&store).await.ok();
        known = rows.map(|mut rows| KnownLogins::take(&mut rows));
        let decisions = store::decision::list(&store, begin, now, DECISIONS).await;
        remembered = timeline::of_decisions(&decisions.unwrap_or_default());
        let notes = store::history::named(&store, begin, now, &["noted"], DECISIONS).await;
        remembered.extend(timeline::of_notes(&notes.unwrap_or_default()));
    }
    let store = plain::below(root, &config.store.path.to_string_lossy());
    let normal = match baseline::read(&store) {
        Ok(normal) => normal,
        Err(error) => {
            let place = baseline::path(&store);
            notes.push(format!("the baseline {}: {error}", place.display()));
            None
        }
    };
    let question = Question {
        host: if is_live { config.host.clone() } else { name(root) },
        root: root.to_owned(),
        window: Window { begin, end: now },
        patience: Duration::try_from(patience).unwrap_or(Duration::from_mins(2)),
        known,
        baseline: normal,
        rules: config.audit.file(),
        remembered,
        watched: if is_live { config.units.must_be_active.clone() } else { Vec::new() },
    };
    Ok((question, notes))
}

/// The name of the machine a disk is of.
fn name(root: &Path) -> String {
    let name = plain::text(&plain::below(root, "etc/hostname"), 256);
    let name = text::visible(name.trim(), 80);
    if name.is_empty() { root.display().to_string() } else { name }
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
