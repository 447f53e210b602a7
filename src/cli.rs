//! The command line: one file per command.

mod account;
mod alerts;
mod audit;
mod bans;
mod baseline;
mod certs;
mod check;
mod config;
mod cron;
mod digest;
mod doctor;
mod drill;
mod generate;
mod heartbeats;
mod import;
mod incident;
mod init;
mod logins;
mod mark;
mod monitors;
mod output;
mod rebuild;
mod replay;
mod status;
mod timeline;
mod token;
mod triage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::config::{Environment, Secrets};
use crate::control;

/// Everything was well.
const OK: u8 = 0;
/// It could not be done.
const FAILED: u8 = 1;
/// The command line or the config is wrong (`EX_USAGE`, so that no usage error looks like a
/// verdict of `check`).
const USAGE: u8 = 64;

/// Keeps watch over one or two Linux servers for the person who runs them alone.
#[derive(Debug, Parser)]
#[command(name = "nightkeep", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// The config file.
    #[arg(
        long,
        short,
        global = true,
        value_name = "FILE",
        default_value = "/etc/nightkeep/nightkeep.toml"
    )]
    config: PathBuf,
    /// The control socket of the running watch.
    #[arg(long, global = true, value_name = "PATH", default_value = control::SOCKET, hide = true)]
    socket: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at this server and write a config for it.
    Init(init::Args),
    /// Look at everything once, without daemon, config or database.
    ///
    /// Exits with 0 if all is well, 1 with a warning, 2 if something is critical, 3 if it could
    /// not be told.
    Check(check::Args),
    /// Which certificates end when, and is anything wrong with them? Asks the servers itself.
    ///
    /// Exits as `check` does.
    Certs(certs::Args),
    /// Keep watch (the daemon).
    Run,
    /// How is it now?
    Status(status::Args),
    /// What is or was wrong; acknowledge, silence, test a channel.
    Alerts(alerts::Args),
    /// How are the watched services? Ask one now, pause one, see its last answers.
    Monitors(monitors::Args),
    /// Who may log in to the page; a link for a first account, or back into one's own.
    Account(account::Args),
    /// Programs that are let in over HTTP: give a token out, take it back.
    Token(token::Args),
    /// Who came in, from where, by which key; what is known, and what is new.
    Logins(logins::Args),
    /// Note that something was deployed or done: it stands on the charts and in the timeline.
    Mark(mark::Args),
    /// Whom fail2ban bans now, and whether one of them got in.
    Bans(bans::Args),
    /// Jobs of cron, watched from within.
    #[command(subcommand)]
    Cron(cron::Command),
    /// The kernel's audit trail: who did what.
    #[command(subcommand)]
    Audit(audit::Command),
    /// What happened, how far did they get, do I patch or rebuild? Looks at everything, changes nothing.
    ///
    /// Exits with 0 if no compromise is seen, 1 for "patch in place", 2 for "rebuild from scratch", 3 if it
    /// cannot be told.
    Triage(triage::Args),
    Timeline(timeline::Args),
    /// The log book of bad nights, and the record of each.
    #[command(subcommand)]
    Incident(incident::Command),
    /// What is normal on this machine: taken down, compared, accepted.
    Baseline(baseline::Args),
    /// The same server anew, after "rebuild from scratch".
    #[command(subcommand)]
    Rebuild(rebuild::Command),
    Drill(drill::Args),
    Heartbeats(heartbeats::Args),
    /// What a day or a week was like: what happened, what was quiet, what grows.
    Digest(digest::Args),
    Import(import::Args),
    /// Check, show or describe the config.
    Config(config::Args),
    /// What nightkeep cannot see or do here, why, and the command that mends it.
    Doctor(doctor::Args),
    /// What would this config have told in the past?
    Replay(replay::Args),
    /// Print shell completions.
    Completions {
        /// For this shell.
        shell: clap_complete::Shell,
    },
    /// Write the man pages.
    Man {
        /// Into this directory.
        directory: PathBuf,
    },
}

/// Parses the command line, runs one command, and gives its exit code.
pub fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    if let Some(tool) = audit::Called::of(&args) {
        return tool.run();
    }
    let cli = match Cli::try_parse_from(audit::spelled_out(args)) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { OK };
            // A closed pipe is no reason to fail.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    // A job's end waits for no name server that does not answer.
    let in_a_hurry = matches!(cli.command, Command::Cron(_));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(8).build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(cli));
            if in_a_hurry {
                runtime.shutdown_background();
            }
            outcome
        }
        Err(error) => Err(error.into()),
    };
    ExitCode::from(match outcome {
        Ok(code) => code,
        Err(error) if output::is_broken_pipe(&error) => OK,
        Err(error) => {
            output::complain(&error);
            if error.is::<crate::config::ConfigError>() { USAGE } else { FAILED }
        }
    })
}

async fn run(cli: Cli) -> anyhow::Result<u8> {
    match cli.command {
        Command::Init(args) => init::run(&args, &cli.config, &cli.socket).await,
        Command::Certs(args) => certs::run(&args, &cli.config).await,
        Command::Check(args) => Box::pin(check::run(&args, &cli.config)).await,
        Command::Run => {
            output::log_to_journal();
            crate::watch::run(&cli.config, &cli.socket).await.map(|()| OK)
        }
        Command::Status(args) => status::run(&args, &cli.config, &cli.socket).await,
        Command::Alerts(args) => alerts::run(&args, &cli.config, &cli.socket).await,
        Command::Monitors(args) => monitors::run(&args, &cli.config, &cli.socket).await,
        Command::Account(args) => account::run(&args, &cli.config, &cli.socket).await,
        Command::Token(args) => token::run(&args, &cli.config, &cli.socket).await,
        Command::Logins(args) => logins::run(&args, &cli.config, &cli.socket).await,
        Command::Mark(args) => mark::run(&args, &cli.socket).await,
        Command::Bans(args) => bans::run(&args).await,
        Command::Triage(args) => triage::run(&args, &cli.config).await,
        Command::Incident(command) => incident::run(&command, &cli.config),
        Command::Timeline(args) => timeline::run(&args, &cli.config).await,
        Command::Baseline(args) => baseline::run(&args, &cli.config).await,
        Command::Rebuild(command) => rebuild::run(&command, &cli.config).await,
        Command::Drill(args) => drill::run(&args, &cli.config, &cli.socket).await,
        Command::Heartbeats(args) => heartbeats::run(&args, &cli.config, &cli.socket).await,
        Command::Digest(args) => digest::run(&args, &cli.config, &cli.socket).await,
        Command::Cron(command) => cron::run(command, &cli.config).await,
        Command::Audit(command) => audit::run(&command, &cli.config).await,
        Command::Import(args) => Box::pin(import::run(&args, &cli.config)).await,
        Command::Config(args) => config::run(&args, &cli.config).await,
        Command::Doctor(args) => doctor::run(&args, &cli.config, &cli.socket).await,
        Command::Replay(args) => replay::run(&args, &cli.config).await,
        Command::Completions { shell } => generate::completions(Cli::command(), shell),
        Command::Man { directory } => generate::man_pages(Cli::command(), &directory),
    }
}

/// The monitors that are kept in the store of this config, as far as they can be read.
async fn kept_monitors(config: &std::path::Path) -> Vec<(String, String)> {
    let Ok(config) = crate::config::load(config, &environment()) else { return Vec::new() };
    kept_in(&config).await
}

async fn kept_in(config: &crate::config::Config) -> Vec<(String, String)> {
    match crate::store::Store::open_read_only(&config.store.path).await {
        Ok(store) => crate::store::monitor::tables(&store).await.unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

/// For everything that only looks: a secret that cannot be read is a warning.
fn environment() -> Environment {
    Environment::of_this_process(Secrets::Optional)
}
