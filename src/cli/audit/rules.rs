//! `nightkeep audit rules`: what a set of rules will do, and what the kernel holds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Subcommand;
use nightkeep_audit::netlink::{self, Control, Error, Loaded, Status};
use nightkeep_audit::rules::check::{Checked, Finding, ThisMachine, check};
use nightkeep_audit::rules::diff::difference;
use nightkeep_audit::rules::sentence::sentence;
use nightkeep_audit::rules::{self, Line, Names as _, Order, Rule, recommended, rewrite, write};
use serde_json::json;

use super::super::{FAILED, OK, output};
use super::observe;
use crate::config;
use crate::model::Severity;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// What will these rules really do on this server?
    ///
    /// Exits with 0 if they do what they say, 1 with a warning, 2 if something they are for is
    /// missed now.
    Check {
        /// Rule files, or a directory that augenrules reads.
        #[arg(required = true, value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Print the files in today's form instead.
        #[arg(long, conflicts_with_all = ["json", "observe"])]
        rewrite: bool,
        /// Watch what they write for so long (60s, 5m). Loads those that are not loaded for that
        /// time, so it needs root.
        #[arg(long, value_name = "TIME", value_parser = duration)]
        observe: Option<Duration>,
    },
    /// A set of rules for this server, made from what is there.
    Recommended {
        /// Watch what they write for so long (60s, 5m), and say so of each group. Loads them for that
        /// time, so it needs root.
        #[arg(long, value_name = "TIME", value_parser = duration)]
        observe: Option<Duration>,
    },
    /// Load rules into the kernel. Rules of others stay.
    Load {
        /// The rule file, or a directory that augenrules reads.
        path: PathBuf,
        /// Delete all rules that are not in it.
        #[arg(long)]
        replace: bool,
    },
    /// What the kernel holds, as sentences.
    Show {
        /// As `auditctl -l` and `auditctl -s` do.
        #[arg(long, short)]
        list: bool,
        /// As JSON.
        #[arg(long, conflicts_with = "list")]
        json: bool,
    },
    /// What the kernel holds against a file. Exits with 1 if they differ.
    Diff {
        /// The rule file, or a directory that augenrules reads; without it, the config's.
        path: Option<PathBuf>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// It could not be told (`check`).
const UNKNOWN: u8 = 3;

fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|_| String::from("write 60s or 5m"))?;
    let span = Duration::try_from(span).map_err(|_| String::from("write 60s or 5m"))?;
    let hour = Duration::from_hours(1);
    (Duration::from_secs(1)..=hour)
        .contains(&span)
        .then_some(span)
        .ok_or_else(|| String::from("from 1s to 1h"))
}

pub(super) async fn run(command: &Command, config: &Path) -> anyhow::Result<u8> {
    match command {
        Command::Check { paths, rewrite: true, .. } => rewritten(paths),
        Command::Check { paths, json, observe, .. } => checked(paths, *json, *observe).await,
        Command::Recommended { observe } => recommend(*observe).await,
        Command::Load { path, replace } => load(path, *replace),
        Command::Show { list, json } => show(*list, *json),
        Command::Diff { path, json } => diff(path.as_deref(), *json, config),
    }
}

fn read(path: &Path, machine: &ThisMachine) -> anyhow::Result<(Order, Vec<Line>)> {
    rules::files::read(path, machine).with_context(|| format!("cannot read {}", path.display()))
}

fn rewritten(paths: &[PathBuf]) -> anyhow::Result<u8> {
    let machine = ThisMachine::new();
    for path in paths {
        let text = rules::files::text(path)
            .with_context(|| format!("cannot read {}: --rewrite takes files", path.display()))?;
        output::print(&rewrite::rewrite(&path.display().to_string(), &text, &machine))?;
    }
    Ok(OK)
}

/// Writes the set; what each group of it wrote goes beside its reason.
async fn recommend(time: Option<Duration>) -> anyhow::Result<u8> {
    let machine = ThisMachine::new();
    let groups = recommended::groups(&machine);
    let seen = match time {
        Some(time) => {
            let parse = |group: &recommended::Group| {
                rules::parse(group.key, group.lines.join("\n").as_bytes(), &machine)
            };
            Some(observe::observe(&groups.iter().flat_map(parse).collect::<Vec<_>>(), time).await?)
        }
        None => None,
    };
    let noise = |group: &recommended::Group| Some(seen.as_ref()?.of_file(group.key));
    output::print(&recommended::file(&groups, &noise))?;
    Ok(OK)
}

async fn checked(paths: &[PathBuf], json: bool, time: Option<Duration>) -> anyhow::Result<u8> {
    let machine = ThisMachine::new();
    let mut order = Order::Augenrules;
    let mut lines = Vec::new();
    for path in paths {
        match read(path, &machine) {
            Ok((known, more)) => {
                if known == Order::AsWritten {
                    order = known;
                }
                lines.extend(more);
            }
            Err(error) => {
                output::complain(&error);
                return Ok(UNKNOWN);
            }
        }
    }
    let checked = check(&lines, order, &machine);
    let seen = match time {
        Some(time) => Some(observe::observe(&lines, time).await?),
        None => None,
    };
    if json {
        let findings: Vec<_> = checked.findings.iter().map(as_json).collect();
        output::print_json(&json!({
            "loaded": checked.loaded,
            "lost": checked.lost,
            "findings": findings,
            "observed": seen.as_ref().map(observe::Observed::as_json),
        }))?;
    } else {
        let mut text = describe(&checked);
        if let Some(seen) = &seen {
            text += "\n";
            text += &seen.describe();
        }
        output::print(&text)?;
    }
    Ok(match checked.findings.first().map(|worst| worst.severity) {
        Some(rules::Severity::Critical) => 2,
        Some(rules::Severity::Warning) => 1,
        _ => OK,
    })
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let places: Vec<_> = finding
        .places
        .iter()
        .map(|place| json!({ "file": place.file, "line": place.line, "column": place.column }))
        .collect();
    json!({
        "severity": finding.severity.as_str(),
        "kind": finding.kind,
        "places": places,
        "what": finding.what,
        "instead": finding.instead,
    })
}

fn describe(checked: &Checked) -> String {
    let mut text = match (checked.loaded, checked.lost) {
        (loaded, 0) => format!("{} will load.\n", rules_said(loaded)),
        (loaded, lost) => format!(
            "{}\n",
            output::paint(
                &format!("{} will load, {lost} will NOT be there.", rules_said(loaded)),
                Some(Severity::Critical)
            )
        ),
    };
    for finding in &checked.findings {
        let severity = match finding.severity {
            rules::Severity::Critical => Severity::Critical,
            rules::Severity::Warning => Severity::Warning,
            rules::Severity::Advice => Severity::Info,
        };
        let word = output::paint(finding.severity.as_str(), Some(severity));
        let _ = write!(
            text,
            "\n{word}  {}\n    {}\n",
            output::safe(&places(finding)),
            output::safe(&finding.what)
        );
        for line in finding.instead.lines() {
            let _ = writeln!(text, "    > {}", output::safe(line));
        }
    }
    text
}

fn rules_said(count: usize) -> String {
    if count == 1 { String::from("1 rule") } else { format!("{count} rules") }
}

/// `file:3`, and the other lines of it that it is about.
fn places(finding: &Finding) -> String {
    let mut text = String::new();
    let mut file = None;
    for place in finding.places.iter().take(12) {
        if file == Some(&place.file) {
            let _ = write!(text, ", {}", place.line);
        } else {
            let gap = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{gap}{}:{}", place.file, place.line);
        }
        if place.column > 1 && finding.places.len() == 1 {
            let _ = write!(text, ":{}", place.column);
        }
        file = Some(&place.file);
    }
    if finding.places.len() > 12 {
        let _ = write!(text, " and {} more", finding.places.len() - 12);
    }
    text
}

/// Names what mends it.
pub(super) fn explain(error: Error) -> anyhow::Error {
    let mend = match error {
        Error::NotPermitted => {
            let locked = Control::open().and_then(|mut control| control.status());
            if locked.is_ok_and(|status| status.enabled == 2) {
                "the rules are locked (-e 2) until the next boot: change the file, then reboot"
            } else {
                "run it as root: sudo nightkeep audit rules …"
            }
        }
        Error::NoAudit => {
            "the kernel was started with audit=0 or is without audit, or this is a container, where only \
             the host has it"
        }
        _ => "see: dmesg | tail",
    };
    anyhow::anyhow!("{error}; {mend}")
}

fn held(control: &mut Control) -> anyhow::Result<(Status, Vec<Rule>)> {
    let status = control.status().map_err(explain)?;
    let rules = control.rules().map_err(explain)?;
    let unknown = rules.iter().filter(|rule| rule.is_err()).count();
    if unknown > 0 {
        output::complain(&anyhow::anyhow!(
            "{unknown} rules are of a kind unknown here and left out"
        ));
    }
    Ok((status, rules.into_iter().flatten().collect()))
}

fn load(path: &Path, replace: bool) -> anyhow::Result<u8> {
    let machine = ThisMachine::new();
    let (_, lines) = read(path, &machine)?;
    let mut control = Control::open().map_err(explain)?;
    let loaded = netlink::load(&mut control, &lines, replace).map_err(explain)?;
    output::print(&describe_load(&loaded, &machine, replace))?;
    Ok(if loaded.failed.is_empty() { OK } else { FAILED })
}

fn describe_load(loaded: &Loaded, machine: &ThisMachine, replace: bool) -> String {
    let line = |rule: &Rule| {
        let bytes = write::listing(rule, machine.arch());
        format!("    {}\n", output::safe(&String::from_utf8_lossy(&bytes)))
    };
    let mut text =
        format!("{} added, {} there already.\n", rules_said(loaded.added.len()), loaded.already);
    if loaded.switched_on {
        text += "Audit was off: it is on now.\n";
    }
    if !loaded.deleted.is_empty() {
        let _ = writeln!(text, "{} deleted:", rules_said(loaded.deleted.len()));
        loaded.deleted.iter().for_each(|rule| text += &line(rule));
    }
    if !loaded.kept.is_empty() && !replace {
        let _ = writeln!(
            text,
            "{} loaded by others stay; --replace deletes them:",
            rules_said(loaded.kept.len())
        );
        loaded.kept.iter().for_each(|rule| text += &line(rule));
    }
    for (line, why) in &loaded.failed {
        let said = format!("NOT LOADED {}:{}: {why}", line.file, line.number);
        let _ = writeln!(text, "{}", output::paint(&output::safe(&said), Some(Severity::Critical)));
    }
    if loaded.locked {
        text += "The rules are locked until the next boot (-e 2).\n";
    }
    if loaded.not_locked {
        text += "Not locked (-e 2), since something is missing: a locked set cannot be mended.\n";
    }
    if !loaded.failed.is_empty() {
        text += "Why, and what to write instead: nightkeep audit rules check FILE\n";
    }
    text
}

fn show(list: bool, json: bool) -> anyhow::Result<u8> {
    let mut control = Control::open().map_err(explain)?;
    let (status, held) = held(&mut control)?;
    let arch = ThisMachine::new().arch();
    if list {
        let mut out = Vec::new();
        for rule in &held {
            out.extend(write::listing(rule, arch));
            out.push(b'\n');
        }
        let mut text = String::from_utf8_lossy(&out).into_owned();
        if held.is_empty() {
            text = String::from("No rules\n");
        }
        text += &status.to_string();
        if let Ok(loginuid) = control.loginuid() {
            text += &loginuid.to_string();
        }
        let shown: Vec<String> = text.lines().map(output::safe).collect();
        output::print(&(shown.join("\n") + "\n"))?;
        return Ok(OK);
    }
    if json {
        let rules: Vec<_> = held
            .iter()
            .map(|rule| {
                let keys: Vec<_> = rule.keys().map(String::from_utf8_lossy).collect();
                json!({
                    "rule": String::from_utf8_lossy(&write::listing(rule, arch)),
                    "sentence": sentence(rule, arch),
                    "keys": keys,
                })
            })
            .collect();
        output::print_json(&json!({
            "enabled": status.enabled,
            "failure": status.failure,
            "pid": status.pid,
            "rate_limit": status.rate_limit,
            "backlog_limit": status.backlog_limit,
            "lost": status.lost,
            "backlog": status.backlog,
            "rules": rules,
        }))?;
        return Ok(OK);
    }
    let mut text = describe_status(&status);
    text += &match held.len() {
        0 => String::from("There are no rules: nightkeep audit rules recommended\n"),
        n => format!("{}:\n", rules_said(n)),
    };
    let sentences: Vec<String> = held.iter().map(|rule| sentence(rule, arch)).collect();
    for said in &sentences {
        // The twin of one that is shown says nothing new.
        let base = said.strip_suffix(" (32-bit programs)");
        if !base.is_some_and(|base| sentences.iter().any(|other| other == base)) {
            let _ = writeln!(text, "  {}", output::safe(said));
        }
    }
    output::print(&text)?;
    Ok(OK)
}

fn describe_status(status: &Status) -> String {
    let mut text = String::from(match status.enabled {
        0 => "Audit is OFF: nothing is logged (auditctl -e 1).\n",
        2 => "Audit is on, and locked until the next boot.\n",
        _ => "Audit is on.\n",
    });
    if status.pid == 0 {
        text += "No auditd takes the records: they go to the kernel's log and the journal.\n";
    }
    if status.lost > 0 {
        let _ =
            writeln!(text, "{} records were LOST since the count began: raise -b.", status.lost);
    }
    text
}

fn diff(path: Option<&Path>, json: bool, config_path: &Path) -> anyhow::Result<u8> {
    let path = match path {
        Some(path) => path.to_owned(),
        None if config_path.exists() => {
            config::load(config_path, &super::super::environment())?.audit.file()
        }
        None => config::Config::default().audit.file(),
    };
    let machine = ThisMachine::new();
    let (_, lines) = read(&path, &machine)?;
    let mut control = Control::open().map_err(explain)?;
    let (_, held) = held(&mut control)?;
    let different = difference(&held, &rules::written(&lines));
    let line =
        |rule: &Rule| String::from_utf8_lossy(&write::listing(rule, machine.arch())).into_owned();
    let unread = lines.iter().filter(|line| line.said.is_err()).count();
    if json {
        output::print_json(&json!({
            "file": path,
            "missing": different.missing.iter().map(line).collect::<Vec<_>>(),
            "extra": different.extra.iter().map(line).collect::<Vec<_>>(),
            "unread": unread,
        }))?;
    } else {
        let mut text = String::new();
        for rule in &different.missing {
            let said = format!("missing  {}", output::safe(&line(rule)));
            let _ = writeln!(text, "{}", output::paint(&said, Some(Severity::Critical)));
        }
        for rule in &different.extra {
            let _ = writeln!(text, "extra    {}", output::safe(&line(rule)));
        }
        if unread > 0 {
            let _ = writeln!(
                text,
                "{unread} lines cannot be read: nightkeep audit rules check {}",
                path.display()
            );
        }
        if text.is_empty() {
            let _ = writeln!(
                text,
                "The kernel holds what {} says: {}.",
                path.display(),
                rules_said(held.len())
            );
        } else if !different.missing.is_empty() {
            let _ = writeln!(text, "Put them back: nightkeep audit rules load {}", path.display());
        }
        output::print(&text)?;
    }
    Ok(if different.is_none() && unread == 0 { OK } else { FAILED })
}
