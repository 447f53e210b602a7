//! `nightkeep cron`: jobs of cron, watched from within.

mod adopt;
mod wrap;

use std::path::Path;

use clap::Subcommand;

use super::OK;

/// Jobs of cron.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Wrap(wrap::Args),
    Adopt(adopt::Args),
    /// Sends what waits, until nothing does: how `wrap` goes on when its job has ended.
    #[command(hide = true)]
    Deliver,
    /// Passes standard input on: for what outlives its job.
    #[command(hide = true)]
    PassOn,
}

pub(super) async fn run(command: Command, config: &Path) -> anyhow::Result<u8> {
    match command {
        Command::Adopt(args) => adopt::run(&args, config).await,
        Command::Wrap(args) => Ok(crate::wrap::run(args.order()).await),
        Command::Deliver => {
            // Whoever started us ends, and its terminal may go with it.
            let _ = rustix::process::setsid();
            crate::wrap::deliver().await?;
            Ok(OK)
        }
        Command::PassOn => {
            crate::wrap::pass_on()?;
            Ok(OK)
        }
    }
}
