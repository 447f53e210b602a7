//! `nightkeep audit sigma`: Sigma rules over the log, or over what happens now.

mod told;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Parser;
use jiff::tz::TimeZone;
use nightkeep_audit::action::{self, Sessions};
use nightkeep_audit::log::Filter;
use nightkeep_audit::netlink::Control;
use nightkeep_audit::rules::Rule;
use nightkeep_audit::search::Reader;
use nightkeep_audit::sigma::{Detector, Left, Level, Need};
use nightkeep_audit::syscall::Arch;
use nightkeep_audit::users::Names;
use nightkeep_audit::{Compat, Event};

use self::told::Told;
use super::shown;
use super::span::Span;
use crate::cli::{FAILED, OK, USAGE, output};
use crate::source::audit::hear::Hear;
use crate::source::audit::sigma;
use crate::trail::ask;
use crate::trail::place::{self, Place};

/// Sigma rules of a single event over the log, or live.
#[derive(Debug, Parser)]
pub(in crate::cli) struct Args {
    /// Rule files (YAML), or folders of them.
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Over what happens now, until Ctrl-C.
    #[arg(long, conflicts_with_all = ["since", "until", "files"])]
    live: bool,
    /// Only rules of this level and above: informational, low, medium, high, critical.
    #[arg(long, value_name = "LEVEL", default_value = "high", value_parser = level)]
    level: Level,
    #[command(flatten)]
    when: Span,
    /// Print only the audit rules that would record what these rules look for and nothing records.
    #[arg(long, conflicts_with = "live")]
    needs: bool,
    /// Name each rule that is not asked as well, and why.
    #[arg(long)]
    left: bool,
    /// A JSON object a line: each hit, at the end a summary.
    #[arg(long)]
    json: bool,
    /// Logs to read instead of this machine's, from their beginning: files, or directories with those
    /// of several machines. May be repeated.
    #[arg(long = "file", value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
}

/// How far back this machine's log is read without `--since`.
const BACK: &str = "7d";
/// No rule could be asked, or no log.
const UNKNOWN: u8 = 3;
/// Room for what waits to be read, in bytes.
const ROOM: usize = 8 << 20;

fn level(word: &str) -> Result<Level, String> {
    let words = || Level::ALL.map(Level::as_str).join(", ");
    Level::parse(word).ok_or_else(|| format!("there are: {}", words()))
}

/// The rules, and what else is to be said of them.
struct Loaded {
    detector: Detector,
    left: Vec<Left>,
    /// How many are below the level.
    milder: usize,
    /// What the kernel records, where it may be asked.
    kernel: Vec<Rule>,
}

impl Loaded {
    /// What nothing records, and how many rules look for it.
    fn unmet(&self) -> Vec<(&Need, usize)> {
        self.detector.unmet().filter(|(need, _)| !need.is_met(&self.kernel, Arch::NATIVE)).collect()
    }
}

pub(super) async fn run(args: &Args) -> anyhow::Result<u8> {
    let (detector, left, milder) = sigma::load(&args.paths, args.level)?;
    let kernel = if args.files.is_empty() { kernel() } else { Vec::new() };
    let mut loaded = Loaded { detector, left, milder, kernel };
    told::broken(&loaded.left);
    if loaded.detector.is_empty() {
        let of_level = format!("none is of level {} or above", args.level);
        let why = if loaded.milder > 0 { of_level } else { told::reasons(&loaded.left).join("; ") };
        output::complain(&anyhow::anyhow!("no rule to ask: {why}"));
        return Ok(UNKNOWN);
    }
    if args.live { live(args, &mut loaded).await } else { past(args, &mut loaded) }
}

/// What the kernel's rules record; nothing is known without root.
fn kernel() -> Vec<Rule> {
    let rules = Control::open().and_then(|mut control| control.rules());
    rules.unwrap_or_default().into_iter().flatten().collect()
}

fn past(args: &Args, loaded: &mut Loaded) -> anyhow::Result<u8> {
    let ground = ask::ground(Compat::V4);
    let back = args.files.is_empty().then_some(BACK);
    let range = match args.when.range_or(back, &ground.now) {
        Ok(range) => range,
        Err(error) => {
            output::complain(&error);
            return Ok(USAGE);
        }
    };
    let place = Place::of(&args.files, args.when.input.as_deref())?;
    let users = Names::users(Path::new("/"));
    let mut reader = if place.is_stdin {
        let stdin = Box::new(std::io::stdin());
        Reader::of_stream(&place.logs, stdin, range, place.timeout, &Filter::All, &users)
    } else {
        Reader::new(&place.logs, range, place.timeout, &Filter::All, &users)
    };
    let (mut told, mut count) = (Told::new(TimeZone::system()), 0_u64);
    while reader.advance() {
        let Some(event) = reader.event() else { break };
        count += 1;
        let action = action::read(event, &users);
        let hits = loaded.detector.hits(event, &action, &users).to_vec();
        // Where its session came from is only looked for of what hit.
        let Some(action) = (!hits.is_empty()).then(|| reader.action()).flatten() else { continue };
        for hit in hits {
            let rule = loaded.detector.rule(hit);
            if let (true, Some(event)) = (args.json && !args.needs, reader.event()) {
                output::print(&told::json(rule, event, &action)?)?;
            }
            told.add(hit, &action);
        }
    }
    let unread: Vec<String> =
        place.logs.unread.iter().chain(&reader.unread()).map(place::unread).collect();
    shown::say(&unread);
    if count == 0 && !unread.is_empty() {
        return Ok(UNKNOWN);
    }
    if args.needs {
        output::print(&told::needs_file(&loaded.unmet()))?;
        return Ok(OK);
    }
    if args.json {
        output::print(&told::json_summary(loaded, count)?)?;
    } else {
        output::print(&told.text(loaded, count))?;
        if args.left {
            output::print(&told::left(&loaded.left))?;
        }
    }
    Ok(if told.is_empty() { OK } else { FAILED })
}

async fn live(args: &Args, loaded: &mut Loaded) -> anyhow::Result<u8> {
    let mut hear = Hear::open(ROOM).context(
        "records cannot be heard: run it as root (sudo nightkeep audit sigma --live …), and see that auditing is on: auditctl -e 1",
    )?;
    let status = Control::open().and_then(|mut control| control.status());
    if status.is_ok_and(|status| status.enabled == 0) {
        let off =
            "auditing is off: nothing is recorded, so nothing can hit; switch it on: auditctl -e 1";
        output::complain(&anyhow::anyhow!(off));
    }
    sigma::parents(&mut loaded.detector);
    let users = Names::users(Path::new("/"));
    let (zone, mut sessions) = (TimeZone::system(), Sessions::default());
    if !args.json {
        output::print(&told::summary(loaded))?;
        if args.left {
            output::print(&told::left(&loaded.left))?;
        }
    }
    let detector = &mut loaded.detector;
    let mut show = |event: &Event| -> anyhow::Result<()> {
        let mut action = action::read(event, &users);
        sessions.place(&mut action);
        for hit in detector.hits(event, &action, &users).to_vec() {
            let rule = detector.rule(hit);
            let text = if args.json {
                told::json(rule, event, &action)?
            } else {
                told::hit(rule, &[told::line(&action, &zone)], "")
            };
            output::print(&text)?;
        }
        Ok(())
    };
    loop {
        let mut shown = Ok(());
        let heard = hear.next(|event| {
            if shown.is_ok() {
                shown = show(event);
            }
        });
        heard.await?;
        shown?;
    }
}
