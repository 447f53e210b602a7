//! What the config takes from around it, handed in so that reading one is repeatable.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

/// What the process and the machine say, where the config leaves it to them.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Environment variables, for `…-env` keys and `$CREDENTIALS_DIRECTORY`.
    pub variables: BTreeMap<String, String>,
    /// The machine's own name.
    pub hostname: String,
    /// The machine's own time zone.
    pub timezone: TimeZone,
    /// Whether a secret that cannot be read is an error.
    pub secrets: Secrets,
}

/// What becomes of a secret that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// An error: the daemon needs it.
    Needed,
    /// A warning, and the secret is empty: a command that only looks (`status`, `config check`)
    /// often runs as somebody who must not read it.
    Optional,
}

impl Environment {
    /// The environment this process runs in.
    pub fn of_this_process(secrets: Secrets) -> Self {
        let text = |value: std::ffi::OsString| value.into_string().ok();
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
                .collect(),
            hostname: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            timezone: TimeZone::system(),
            secrets,
        }
    }
}
