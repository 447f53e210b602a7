//! `nightkeep audit`: the audit trail.

mod observe;
mod rules;
mod sigma;
mod story;
mod tools;
mod watch;

use std::path::Path;

use clap::Subcommand;

pub(super) use tools::Called;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// What happens now, a sentence an event, until Ctrl-C.
    Watch(watch::Args),
    /// The story of one file, person or program: who did what to it, with it, or was it.
    Who(story::Who),
    /// The story of one login session: who came from where, and everything recorded of it.
    Session(story::Session),
    /// Sigma rules over the log, or over what happens: which hit, and what they miss.
    ///
    /// Exits with 0 if none hit, 1 if one did, 3 if no rule could be asked.
    Sigma(sigma::Args),
    /// The kernel's audit rules: check, load, show, compare.
    #[command(subcommand)]
    Rules(rules::Command),
    /// Search the log as ausearch does: its options follow.
    ///
    /// Called by a link of that name, nightkeep is ausearch as well.
    #[command(disable_help_flag = true)]
    Search {
        /// Whose options, events and output: 3 is Debian 12's (3.0.9), 4 is Debian 13's (4.0.2).
        #[arg(long, value_parser = ["3", "4"], required = true)]
        compat: String,
        /// Those of ausearch(8).
        #[arg(value_name = "OPTIONS", trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Report on the log as aureport does: its options follow.
    ///
    /// Called by a link of that name, nightkeep is aureport as well.
    #[command(disable_help_flag = true)]
    Report {
        /// Whose options, events and output: 3 is Debian 12's (3.0.9), 4 is Debian 13's (4.0.2).
        #[arg(long, value_parser = ["3", "4"], required = true)]
        compat: String,
        /// Those of aureport(8).
        #[arg(value_name = "OPTIONS", trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
}

pub(super) async fn run(command: &Command, config: &Path) -> anyhow::Result<u8> {
    match command {
        Command::Watch(args) => watch::run(args).await,
        Command::Who(args) => story::who(args),
        Command::Session(args) => story::session(args),
        Command::Sigma(args) => sigma::run(args).await,
        Command::Rules(command) => rules::run(command, config).await,
        // It is known by its first words, and run before others are read.
        Command::Search { .. } => {
            anyhow::bail!("--compat must come first: nightkeep audit search --compat 4 …")
        }
        Command::Report { .. } => {
            anyhow::bail!("--compat must come first: nightkeep audit report --compat 4 …")
        }
    }
}
