//! When: the time that `audit search`, `who`, `session` and `sigma` look at.

use std::path::PathBuf;

use clap::Parser;
use nightkeep_audit::log::Range;
use nightkeep_audit::time::Now;

use crate::trail::ask;

/// The time that is looked at.
#[derive(Debug, Parser)]
#[command(next_help_heading = "When and where")]
pub(super) struct Span {
    /// Not before: 2h, yesterday, "yesterday 14:00", 2026-11-23, 2026-11-23T14:00:00Z (-ts).
    #[arg(long, visible_alias = "start", value_name = "TIME", allow_hyphen_values = true)]
    pub(super) since: Option<String>,
    /// Not after; a day is meant to its end (-te).
    #[arg(long, visible_alias = "end", value_name = "TIME", allow_hyphen_values = true)]
    pub(super) until: Option<String>,
    /// As FILE or DIR (-if).
    #[arg(long, value_name = "PATH", hide = true)]
    pub(super) input: Option<PathBuf>,
    /// Standard input is never read unless - is given: this says nothing new.
    #[arg(long, hide = true)]
    input_logs: bool,
    /// How long an event is waited for, in seconds.
    #[arg(long, value_name = "SECONDS", hide = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) eoe_timeout: Option<u64>,
}

impl Span {
    /// Reads the times. `default` is how far back without one.
    pub(super) fn range_or(&self, default: Option<&str>, now: &Now) -> anyhow::Result<Range> {
        ask::range(self.since.as_deref().or(default), self.until.as_deref(), now)
    }

    pub(super) fn range(&self, now: &Now) -> anyhow::Result<Range> {
        self.range_or(None, now)
    }
}
