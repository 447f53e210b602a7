//! What the owner says to the watch.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AlertKey, RuleName, Severity, Subject};

/// A word of the owner. It reaches the judge as an observation, so replay hears it too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Stop reminding of this firing alert.
    Acknowledge {
        /// The number of the firing alert.
        alert: u64,
        /// Who says so.
        by: String,
        /// Why; may be empty.
        reason: String,
    },
    /// Hold notices back for a time.
    Silence(Silence),
    /// End a silence early.
    Unsilence {
        /// The number of the silence.
        silence: u64,
        /// Who says so.
        by: String,
    },
}

/// Notices held back for a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Silence {
    /// Its number, given by the judge; 0 in a command not yet heard.
    pub id: u64,
    /// What it holds back.
    pub matches: Match,
    /// From when.
    pub from: Timestamp,
    /// Until when (exclusive).
    pub until: Timestamp,
    /// Who set it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Which alerts are meant. Empty lists match everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Match {
    /// Rule names or globs (`disk-*`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Subject texts or globs (`unit:caddy.service`, `mount:*`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// Severities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<Severity>,
}

impl Match {
    /// Does it mean that this monitor is down, at any severity?
    pub fn means_monitor(&self, subject: &Subject) -> bool {
        let any = |globs: &[String], text: &str| {
            globs.is_empty() || globs.iter().any(|pattern| glob(pattern, text))
        };
        any(&self.rules, RuleName::MonitorDown.as_str())
            && any(&self.subjects, &subject.to_string())
    }

    /// Does it mean this alert at this severity?
    pub fn means(&self, key: &AlertKey, severity: Severity) -> bool {
        let any = |globs: &[String], text: &str| {
            globs.is_empty() || globs.iter().any(|pattern| glob(pattern, text))
        };
        any(&self.rules, key.rule.as_str())
            && any(&self.subjects, &key.subject.to_string())
            && (self.severities.is_empty() || self.severities.contains(&severity))
    }
}

/// `*` stands for any run of characters, everything else for itself.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn star_stands_for_any_run() {
        for (pattern, text, expected) in [
            ("disk-used", "disk-used", true),
            ("disk-used", "disk-used2", false),
            ("disk-*", "disk-used", true),
            ("*", "", true),
            ("unit:*.service", "unit:caddy.service", true),
            ("unit:*.service", "unit:caddy.timer", false),
            ("a*b*b", "ab", false),
            ("a*b*b", "abxb", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
