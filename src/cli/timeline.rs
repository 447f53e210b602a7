//! `nightkeep timeline`: what happened, out of all sources in one order.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use jiff::SignedDuration;
use nightkeep_triage::timeline::{Event, write};

use super::triage::{load, question};
use super::{OK, output};
use crate::config;
use crate::respond::{self, Looked};

/// What happened, out of all sources in one order: journal, auth.log, wtmp, audit, fail2ban, packages, files,
/// processes, and what nightkeep remembers. Changes nothing.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// Since this long ago (24h, 7d).
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = config::parse_duration)]
    since: SignedDuration,
    /// The disk of another machine, mounted there (read-only if you can).
    #[arg(long, value_name = "FOLDER", default_value = "/")]
    root: PathBuf,
    /// In the form that another tool reads.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Only lines with this in them: a user, an address, a path, a source.
    #[arg(long, value_name = "TEXT")]
    about: Option<String>,
    /// Into this file, which must not be there yet and nobody else may read.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How long the walk through all files may take.
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = config::parse_duration)]
    patience: SignedDuration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// Timesketch's JSON lines.
    Jsonl,
    /// Timesketch's CSV.
    Csv,
    /// mactime's bodyfile: times of files only.
    Bodyfile,
}

pub(super) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    let config = load(path);
    let (question, _) = question(args.since, args.patience, &args.root, &config, path).await?;
    let Looked { report, scene, mut events } =
        tokio::task::spawn_blocking(move || respond::look(question)).await?;
    if let Some(text) = &args.about {
        events.retain(|event| line(event).contains(text));
    }
    let mut bytes = Vec::new();
    match args.format {
        Format::Text => events.iter().try_for_each(|event| writeln!(bytes, "{}", line(event)))?,
        Format::Jsonl => write::json_lines(&report.host, &events, &mut bytes)?,
        Format::Csv => write::csv(&report.host, &events, &mut bytes)?,
        Format::Bodyfile => write::bodyfile(&scene.files.recent, &mut bytes)?,
    }
    match &args.output {
        None => output::print(&String::from_utf8_lossy(&bytes))?,
        Some(file) => {
            save(file, &bytes).with_context(|| format!("cannot write {}", file.display()))?;
            output::print(&format!("{} events in {}\n", events.len(), file.display()))?;
        }
    }
    for unseen in &report.verdict.unseen {
        output::complain(&anyhow::anyhow!("not seen: {}", output::safe(unseen)));
    }
    Ok(OK)
}

fn save(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    let mut out = BufWriter::new(opened);
    out.write_all(bytes)?;
    out.into_inner()?.sync_all()
}

/// `2026-11-23 20:00:00 audit      ann edited /etc/passwd  [D11 path:/etc/passwd]`, in UTC.
fn line(event: &Event) -> String {
    let at = event.at.strftime("%Y-%m-%d %H:%M:%S");
    let wrong = match event.correction {
        Some(by) => format!("(clock wrong by {by} s) "),
        None => String::new(),
    };
    let session = event.session.map(|session| format!(" (session {session})")).unwrap_or_default();
    let found = if event.findings.is_empty() {
        String::new()
    } else {
        format!("  [{}]", event.findings.join(", "))
    };
    format!("{at} {:<9} {wrong}{}{session}{found}", event.source.as_str(), event.message)
}
