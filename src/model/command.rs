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
    /// This alert and no other, at any severity.
    pub fn of(key: &AlertKey) -> Self {
        Self { rules: vec![key.rule.to_string()], ..Self::about([&key.subject]) }
    }

    /// Everything about these.
    pub fn about<'a>(subjects: impl IntoIterator<Item = &'a Subject>) -> Self {
        let subjects = subjects.into_iter().map(|subject| exactly(&subject.to_string()));
        Self { subjects: subjects.collect(), ..Self::default() }
    }

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

/// The pattern that means this text and no other.
fn exactly(text: &str) -> String {
    text.replace('*', "\\*")
}

/// `*` stands for any run of characters, `\*` for a star, everything else for itself.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = parts(pattern).into_iter();
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(&part);
        }
        match rest.find(&part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// What stands between the stars.
fn parts(pattern: &str) -> Vec<String> {
    let (mut parts, mut last) = (Vec::new(), String::new());
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => parts.push(std::mem::take(&mut last)),
            '\\' => last.push(letters.next_if_eq(&'*').unwrap_or(letter)),
            _ => last.push(letter),
        }
    }
    parts.push(last);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{exactly, glob};

    proptest! {
        #[test]
        fn a_text_means_itself_alone(text in "[a*\\\\:]{0,6}", other in "[a*\\\\:]{0,6}") {
            prop_assert_eq!(glob(&exactly(&text), &other), text == other);
        }
    }

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
            ("unit:a\\*", "unit:a*", true),
            ("unit:a\\*", "unit:ab", false),
            ("unit:dev\\x2d*", "unit:dev\\x2da", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
