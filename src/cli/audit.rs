//! `nightkeep audit`: the audit trail.

mod observe;
mod rules;
mod search;
mod shown;
mod sigma;
mod span;
mod story;
mod tools;
mod watch;
mod words;

use std::path::Path;

use clap::Subcommand;

pub(super) use tools::Called;
pub(super) use words::spelled_out;

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
    /// Exits with 0 if none hit, 1 if one did, 3 if no rule or no log could be looked at.
    Sigma(sigma::Args),
    /// The kernel's audit rules: check, load, show, compare.
    #[command(subcommand)]
    Rules(rules::Command),
    Search(Box<search::Args>),
    /// Report on the log as aureport does: its options follow, its tables come out.
    ///
    /// Called by a link of that name, nightkeep is aureport as well. To ask who did what, in
    /// sentences: `nightkeep audit search`, `nightkeep audit who`.
    #[command(disable_help_flag = true)]
    Report {
        /// Whose options, events and output: 3 is Debian 12's (3.0.9), 4 is Debian 13's (4.0.2).
        #[arg(long, value_parser = ["3", "4"])]
        compat: Option<String>,
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
        Command::Search(args) => search::run(args),
        // It is known by its first words, and run before others are read.
        Command::Report { .. } => {
            anyhow::bail!(
                "it is called nightkeep audit report [--compat 3|4] …, with nothing between"
            )
        }
    }
}
