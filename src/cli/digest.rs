//! `nightkeep digest`: what a day or a week was like, as the digest would tell it.

use std::path::Path;

use clap::Parser;
use jiff::SignedDuration;

use super::{OK, output};
use crate::control::{self, Reply, Request};
use crate::model::SourceName;
use crate::notify::message::plain;
use crate::store::Store;
use crate::{clock, config, digest};

/// What a day or a week was like: what happened, what was quiet, what grows.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// Back to this long ago (24h, 7d).
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = config::parse_duration)]
    since: SignedDuration,
    /// As JSON: the message as channels get it.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    let config = config::load(config, &super::environment())?;
    let store = Store::open_read_only(&config.store.path).await?;
    let until = clock::now();
    let from = until.checked_sub(args.since)?;
    // Without a watch nobody sees, and nothing can be called quiet.
    let seen: Vec<SourceName> = match control::ask(socket, &Request::Status).await {
        Ok(Reply::Status(status)) => {
            let sees = status.sources.iter().filter(|source| source.blind.is_none());
            sees.map(|source| source.source).collect()
        }
        _ => Vec::new(),
    };
    let gathered = digest::gather(&store, &seen, from, until).await?;
    let message = digest::message(&gathered, &config.host, from, until, &config.timezone);
    if args.json {
        output::print(&format!("{}\n", serde_json::to_string(&message)?))?;
    } else {
        let text = plain(&message, until, &config.timezone);
        output::print(&format!("{}\n\n{text}", message.title))?;
    }
    Ok(OK)
}
