//! Where the logs are.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::assemble::TIMEOUT;
use crate::ausearch::reason;

/// Where auditd's configuration is.
pub const CONFIG: &str = "/etc/audit/auditd.conf";

/// More of a configuration is not read, in bytes.
const MOST: u64 = 1 << 20;

/// What a reader of logs needs to know of `auditd.conf(5)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The log that is written now.
    pub log_file: PathBuf,
    /// How long an event is waited for, in seconds.
    pub timeout: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { log_file: PathBuf::from("/var/log/audit/audit.log"), timeout: TIMEOUT }
    }
}

/// Why a configuration was not read, in the words of auditd's tools.
#[derive(Debug)]
pub enum ConfigError {
    /// There is none: the default holds.
    Missing,
    /// It could not be opened or read.
    Io(io::Error),
    /// It is no file.
    NotAFile,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "Config file {CONFIG} doesn't exist, skipping"),
            Self::Io(error) => write!(f, "Error opening config file ({})", reason(error)),
            Self::NotAFile => write!(f, "Error - {CONFIG} is not a regular file"),
        }
    }
}

impl Config {
    /// Reads that of the machine whose files are below `root`, usually `/`.
    pub fn of(root: &Path) -> Result<Self, ConfigError> {
        let path = below(root, Path::new(CONFIG));
        if !path.exists() {
            return Err(ConfigError::Missing);
        }
        Self::read(&path).map(|config| config.below(root))
    }

    /// With the log of the machine whose files are below `root`.
    #[must_use]
    pub fn below(self, root: &Path) -> Self {
        Self { log_file: below(root, &self.log_file), ..self }
    }

    /// Reads a configuration. One that does not exist is the default; what is unknown is skipped.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        use std::io::Read as _;
        let mut config = Self::default();
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(config),
            Err(error) => return Err(ConfigError::Io(error)),
        };
        if !file.metadata().map_err(ConfigError::Io)?.is_file() {
            return Err(ConfigError::NotAFile);
        }
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes).map_err(ConfigError::Io)?;
        for line in String::from_utf8_lossy(&bytes).lines() {
            let Some((name, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            match name.trim() {
                "log_file" if !value.is_empty() => config.log_file = PathBuf::from(value),
                "end_of_event_timeout" => {
                    config.timeout = value.parse().unwrap_or(config.timeout);
                }
                _ => {}
            }
        }
        Ok(config)
    }
}

fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// The log and what was rotated away of it, oldest first: `audit.log.2`, `audit.log.1`,
/// `audit.log`. As for auditd's tools, they end before the first one that cannot be read; if it is
/// the log itself, it is named all the same, for the error to be met.
pub fn rotated(log_file: &Path) -> Vec<PathBuf> {
    let mut files = vec![log_file.to_owned()];
    if fs::File::open(log_file).is_ok() {
        for number in 1_u32.. {
            let mut name = log_file.as_os_str().to_owned();
            name.push(format!(".{number}"));
            let path = PathBuf::from(name);
            if fs::File::open(&path).is_err() {
                break;
            }
            files.push(path);
        }
    }
    files.reverse();
    files
}

/// The log in a directory.
pub fn in_directory(directory: &Path) -> PathBuf {
    directory.join("audit.log")
}
