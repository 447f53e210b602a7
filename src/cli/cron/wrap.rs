//! `nightkeep cron wrap`: a job as cron would run it, and the watch hears of it.

use std::ffi::OsString;

use clap::Parser;
use jiff::SignedDuration;

use crate::config;
use crate::wrap::{Order, Slug};

/// Run a job; the watch hears of its start, its end and the end of its output.
///
/// The job keeps its standard input, output and errors, gets the signals sent to nightkeep, and its
/// exit code is nightkeep's (128 + the signal that ended it, 127 or 126 if it cannot be run, 124 if
/// its time was up). It never waits for a watch that is away: what could not be told is kept and
/// told later.
///
/// Pings go to --url, else to $NIGHTKEEP_PING_URL, else to the URL in the file
/// ~/.config/nightkeep/ping-url or /etc/nightkeep/ping-url, else to the watch on this machine. The
/// job has the name of its run in $NIGHTKEEP_RID.
#[derive(Debug, Parser)]
pub(in crate::cli) struct Args {
    /// The heartbeat's name, as in `[[heartbeat]]`.
    #[arg(value_name = "SLUG")]
    slug: Slug,
    /// Send no output; the job writes to where nightkeep would.
    #[arg(long)]
    no_output: bool,
    /// Show the job's output only if it failed, so that cron sends no mail of runs that went well.
    #[arg(long, short, conflicts_with = "no_output")]
    quiet: bool,
    /// End the job and all it started if it takes longer, as 2h.
    #[arg(long, value_name = "TIME", value_parser = config::parse_duration)]
    timeout: Option<SignedDuration>,
    /// Don't start while the run before still goes on; the exit code is 75 then.
    #[arg(long)]
    lock: bool,
    /// Where pings go: https://HOST/ping/KEY or unix:SOCKET. A key is better kept in a file, where
    /// no list of processes shows it.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The job.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Args {
    pub(super) fn order(self) -> Order {
        Order {
            slug: self.slug,
            command: self.command,
            url: self.url,
            output: !self.no_output,
            quiet: self.quiet,
            limit: self.timeout.map(SignedDuration::unsigned_abs),
            alone: self.lock,
        }
    }
}
