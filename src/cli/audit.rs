//! `nightkeep audit`: the audit trail.

mod observe;
mod rules;
mod story;
mod watch;

use std::path::Path;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// What happens now, a sentence an event, until Ctrl-C.
    Watch(watch::Args),
    /// The story of one file, person or program: who did what to it, with it, or was it.
    Who(story::Who),
    /// The story of one login session: who came from where, and everything recorded of it.
    Session(story::Session),
    /// The kernel's audit rules: check, load, show, compare.
    #[command(subcommand)]
    Rules(rules::Command),
}

pub(super) async fn run(command: &Command, config: &Path) -> anyhow::Result<u8> {
    match command {
        Command::Watch(args) => watch::run(args).await,
        Command::Who(args) => story::who(args),
        Command::Session(args) => story::session(args),
        Command::Rules(command) => rules::run(command, config).await,
    }
}
