//! `nightkeep status`: one line that answers "is all well?", then what burns.

use std::path::Path;

use clap::Parser;
use jiff::tz::TimeZone;

use super::{FAILED, OK, alerts, output};
use crate::control::{self, Reply, Request, Status};
use crate::model::Phase;

/// How is it now?
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    let status = match control::ask(socket, &Request::Status).await {
        Ok(Reply::Status(status)) => status,
        Ok(_) => anyhow::bail!("the watch answered something else"),
        Err(error) => return without_watch(args, config, error).await,
    };
    if args.json {
        output::print_json(&status)?;
    } else {
        output::print(&describe(&status, &TimeZone::system()))?;
    }
    Ok(OK)
}

/// What the store remembers, when no watch answers.
async fn without_watch(args: &Args, config: &Path, error: anyhow::Error) -> anyhow::Result<u8> {
    let known = alerts::remembered(config).await.unwrap_or_default();
    if args.json {
        output::print_json(&serde_json::json!({
            "watch": null, "error": format!("{error:#}"), "alerts": known,
        }))?;
        return Ok(FAILED);
    }
    if !known.is_empty() {
        output::print("As remembered, nobody watches now:\n")?;
        output::print(&alerts::describe(&known, &TimeZone::system()))?;
    }
    Err(error)
}

fn describe(status: &Status, zone: &TimeZone) -> String {
    let firing: Vec<_> =
        status.alerts.iter().filter(|alert| alert.phase == Phase::Firing).cloned().collect();
    let worst = firing.iter().map(|alert| alert.severity).max();
    let blind: Vec<_> = status.sources.iter().filter(|source| source.blind.is_some()).collect();
    let verdict = match (firing.len(), blind.len()) {
        (0, 0) => format!("All is well on {}.", status.host),
        (0, _) => format!("Nothing burns on {}, as far as can be seen.", status.host),
        (1, _) => format!("One trouble on {}.", status.host),
        (n, _) => format!("{n} troubles on {}.", status.host),
    };
    let mut text = output::paint(&verdict, worst);
    text.push('\n');
    text += &alerts::describe(&firing, zone);
    for source in blind {
        let why = output::safe(source.blind.as_deref().unwrap_or_default());
        text += &format!("cannot see {}: {why}\n", source.source);
    }
    if !status.store_error.is_empty() {
        text += &format!("cannot remember: {}\n", output::safe(&status.store_error));
    }
    for silence in &status.silences {
        let until = output::local(silence.until, zone);
        let (by, reason) = (output::safe(&silence.by), output::safe(&silence.reason));
        text += &format!("silence {} until {until}, by {by}: {reason}\n", silence.id);
    }
    if status.crashes > 0 {
        text +=
            &format!("{} crashes inside nightkeep; see journalctl -u nightkeep\n", status.crashes);
    }
    let up = output::length(status.at.duration_since(status.started));
    text += &format!("nightkeep {} watches since {up}.\n", status.version);
    text
}
