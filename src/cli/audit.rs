//! `nightkeep audit`: the audit trail.

mod observe;
mod rules;

use std::path::Path;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The kernel's audit rules: check, load, show, compare.
    #[command(subcommand)]
    Rules(rules::Command),
}

pub(super) async fn run(command: &Command, config: &Path) -> anyhow::Result<u8> {
    match command {
        Command::Rules(command) => rules::run(command, config).await,
    }
}
