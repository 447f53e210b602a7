//! Where: the logs that are looked at.

use std::path::{Path, PathBuf};

use nightkeep_audit::log;
use nightkeep_audit::search::{self, Logs, Unread, Why};

use crate::model::text::{bytes, safe};
use crate::source::audit::keep;

/// Where nightkeep keeps its own log below, where no auditd keeps one; another `store.path` is named.
const STORE: &str = "/var/lib/nightkeep";

/// The logs to look at.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) logs: Logs,
    pub(crate) is_stdin: bool,
    /// They are this machine's, not files that were named.
    pub(crate) is_here: bool,
    /// How long an event is waited for, in seconds.
    pub(crate) timeout: u64,
}

impl Place {
    /// The files and directories that were named, or this machine's logs.
    pub(crate) fn of(paths: &[PathBuf], input: Option<&Path>) -> anyhow::Result<Self> {
        let timeout = log::Config::read(Path::new(log::CONFIG)).unwrap_or_default().timeout;
        let mut paths = paths.to_vec();
        paths.extend(input.map(Path::to_owned));
        if paths.iter().any(|path| path == Path::new("-")) {
            if paths.len() > 1 {
                anyhow::bail!("- is standard input alone: name files, or pipe all of it");
            }
            return Ok(Self { logs: Logs::default(), is_stdin: true, is_here: false, timeout });
        }
        if paths.is_empty() {
            return Ok(Self::here(Path::new(STORE)));
        }
        Ok(Self { logs: Logs::at(&paths), is_stdin: false, is_here: false, timeout })
    }

    /// This machine's logs: auditd's, and the one nightkeep keeps below its store.
    pub(crate) fn here(store: &Path) -> Self {
        let config = log::Config::read(Path::new(log::CONFIG)).unwrap_or_default();
        let logs = Logs::of_machine(&[config.log_file, keep::path(store)]);
        Self { logs, is_stdin: false, is_here: true, timeout: config.timeout }
    }

    /// `/var/log/audit/audit.log and 3 older files`.
    pub(crate) fn name(&self) -> String {
        if self.is_stdin {
            return String::from("standard input");
        }
        let name = |chain: &search::Chain| {
            let newest = chain.files.last()?;
            let name = safe(&newest.path.display().to_string());
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
pub(crate) fn unread(unread: &Unread) -> String {
    let path = safe(&unread.path.display().to_string());
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
