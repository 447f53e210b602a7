//! `nightkeep token`: who else is let in, and to what.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};

use super::alerts::whoami;
use super::{OK, output};
use crate::config;
use crate::control::{self, Reply, Request};
use crate::store::{self, Store};
use crate::token::{self, Scope};

/// Tokens of programs: for the API, as `X-Api-Key` or `Authorization: Bearer`.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make one. It is shown once, and only its digest is kept.
    Add {
        /// What you call it.
        name: String,
        /// What it is good for.
        #[arg(long, value_parser = scope, default_value = "heartbeats-write")]
        scope: Scope,
    },
    /// Let in whoever has it no more.
    Remove {
        /// Its name.
        name: String,
    },
    /// List them (what `nightkeep token` does by itself).
    List,
}

fn scope(text: &str) -> Result<Scope, String> {
    let names = Scope::ALL.map(Scope::as_str).join(", ");
    Scope::named(text).ok_or_else(|| format!("one of: {names}"))
}

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    match &args.what {
        None | Some(What::List) => list(config).await,
        Some(What::Add { name, scope }) => add(name, *scope, socket).await,
        Some(What::Remove { name }) => {
            let (name, by) = (name.clone(), whoami());
            let said = tell(&Request::Token { name, let_in: None, by }, socket).await?;
            output::print(&format!("{}\n", output::safe(&said)))?;
            Ok(OK)
        }
    }
}

async fn list(config: &Path) -> anyhow::Result<u8> {
    let config = config::load(config, &super::environment())?;
    let store = Store::open_read_only(&config.store.path).await?;
    let known = store::token::all(&store).await?;
    if known.is_empty() {
        output::print("No tokens. Make one: nightkeep token add NAME --scope heartbeats-write\n")?;
        return Ok(OK);
    }
    let rows =
        known.iter().map(|known| vec![output::safe(&known.name), known.scope.as_str().to_owned()]);
    output::print(&output::table(&["NAME", "SCOPE"], rows))?;
    Ok(OK)
}

async fn add(name: &str, scope: Scope, socket: &Path) -> anyhow::Result<u8> {
    let name = token::name(name).map_err(anyhow::Error::msg)?;
    let mut random = [0; 24];
    getrandom::fill(&mut random).context("the kernel gives no random numbers")?;
    let token = token::new(random);
    let let_in = Some((scope, token::digest(&token)));
    let (name, by) = (name.to_owned(), whoami());
    let said = tell(&Request::Token { name, let_in, by }, socket).await?;
    // The token alone on the standard output, so that a script can take it.
    let _ = writeln!(std::io::stderr(), "{} It is shown only now:", output::safe(&said));
    output::print(&format!("{token}\n"))?;
    Ok(OK)
}

async fn tell(request: &Request, socket: &Path) -> anyhow::Result<String> {
    match control::ask(socket, request).await? {
        Reply::Done { said, .. } => Ok(said),
        Reply::Refused { why, .. } => bail!(why),
        _ => bail!("the watch answered something else"),
    }
}
