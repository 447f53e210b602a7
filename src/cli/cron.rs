//! `nightkeep cron`: jobs of cron, watched from within.

mod wrap;

use clap::Subcommand;

use super::OK;

/// Jobs of cron.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Wrap(wrap::Args),
    /// Sends what waits, until nothing does: how `wrap` goes on when its job has ended.
    #[command(hide = true)]
    Deliver,
    /// Passes standard input on: for what outlives its job.
    #[command(hide = true)]
    PassOn,
}

pub(super) async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
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
