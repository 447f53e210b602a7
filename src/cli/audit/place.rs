//! Where and when: the logs and the time that `audit search`, `who` and `session` look at.

use std::path::{Path, PathBuf};

use clap::Parser;
use nightkeep_audit::log::{self, Range};
use nightkeep_audit::search::{self, Logs, Unread, Why};
use nightkeep_audit::time::{Bound, Now};

use crate::cli::output;
use crate::model::text::bytes;
use crate::source::audit::keep;

/// Where nightkeep keeps its own log below, where no auditd keeps one; another `store.path` is named.
const STORE: &str = "/var/lib/nightkeep";

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
        let read = |text: Option<&str>, bound| {
            let at = text.map(|text| search::moment(text, bound, now)).transpose();
            at.map_err(anyhow::Error::msg)
        };
        let start = read(self.since.as_deref().or(default), Bound::Start)?;
        let end = read(self.until.as_deref(), Bound::End)?;
        if let (Some(since), Some(until)) = (start, end)
            && until < since
        {
            anyhow::bail!("--until is before --since: nothing can be between");
        }
        Ok(Range { start, end })
    }

    pub(super) fn range(&self, now: &Now) -> anyhow::Result<Range> {
        self.range_or(None, now)
    }
}

/// The logs to look at.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) logs: Logs,
    pub(super) is_stdin: bool,
    /// They are this machine's, not files that were named.
    pub(super) is_here: bool,
    /// How long an event is waited for, in seconds.
    pub(super) timeout: u64,
}

impl Place {
    /// The files and directories that were named, or this machine's logs.
    pub(super) fn of(paths: &[PathBuf], input: Option<&Path>) -> anyhow::Result<Self> {
        let config = log::Config::read(Path::new(log::CONFIG)).unwrap_or_default();
        let timeout = config.timeout;
        let mut paths = paths.to_vec();
        paths.extend(input.map(Path::to_owned));
        if paths.iter().any(|path| path == Path::new("-")) {
            if paths.len() > 1 {
                anyhow::bail!("- is standard input alone: name files, or pipe all of it");
            }
            return Ok(Self { logs: Logs::default(), is_stdin: true, is_here: false, timeout });
        }
        let is_here = paths.is_empty();
        let logs = if is_here {
            Logs::of_machine(&[config.log_file, keep::path(Path::new(STORE))])
        } else {
            Logs::at(&paths)
        };
        Ok(Self { logs, is_stdin: false, is_here, timeout })
    }

    /// `/var/log/audit/audit.log and 3 older files`.
    pub(super) fn name(&self) -> String {
        if self.is_stdin {
            return String::from("standard input");
        }
        let name = |chain: &search::Chain| {
            let newest = chain.files.last()?;
            let name = output::safe(&newest.path.display().to_string());
            Some(match chain.files.len() {
                1 => name,
                2 => format!("{name} and an older file"),
                n => format!("{name} and {} older files", n - 1),
            })
        };
        let names: Vec<String> = self.logs.chains.iter().filter_map(name).collect();
        match names.len() {
            0..=3 => names.join(", "),
            n => format!("{}, and {} logs more", names[..2].join(", "), n - 2),
        }
    }
}

/// What was not looked at, why, and what mends it.
pub(super) fn unread(unread: &Unread) -> String {
    let path = output::safe(&unread.path.display().to_string());
    let is_denied = |error: &std::io::Error| error.kind() == std::io::ErrorKind::PermissionDenied;
    match &unread.why {
        Why::Io(error) if is_denied(error) => {
            format!(
                "Not looked at: {path} may not be read: run it as root (sudo nightkeep audit …)"
            )
        }
        Why::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            format!(
                "Not looked at: {path} is not there. Without auditd (apt install auditd) and without the watch (nightkeep doctor) nobody keeps a log."
            )
        }
        Why::Io(error) => format!("Not looked at: {path}: {error}"),
        Why::Damaged(read, error) => format!(
            "Not looked at: the rest of {path}, which is damaged after {} ({error})",
            bytes(*read as f64)
        ),
        Why::Packed(program) => {
            format!("Not looked at: {path}: {program} -dc {path} | nightkeep audit search … -")
        }
        Why::Missing => format!("Not looked at: {path} is missing, though older ones are there"),
        Why::NoLog => {
            format!("Not looked at: {path} has no log (audit.log, audit.log.1.gz, HOST/audit.log)")
        }
        Why::TooMany => format!("Not looked at: {path} has too many files: name some of them"),
    }
}
