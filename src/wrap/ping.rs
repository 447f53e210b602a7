//! What is said of a run, as a request and as a file that waits.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The name of a heartbeat in its URL: small letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slug(String);

impl Slug {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if text.is_empty() || text.len() > 100 || !text.chars().all(fits) {
            return Err(String::from("a slug has small letters, digits, - and _, at most 100"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What happened to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Said {
    /// It begins.
    Start,
    /// It ended with this code.
    Exit(u8),
    /// It was not started; changes nothing about the heartbeat.
    Log,
}

/// One thing said of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ping {
    pub(super) slug: Slug,
    pub(super) about: About,
    /// The end of the job's output.
    pub(super) body: Vec<u8>,
}

/// All but name and output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    /// Pairs a start with its end.
    pub(super) rid: String,
    pub(super) said: Said,
    pub(super) at: Timestamp,
}

/// What comes later than this says when it was.
const LATE: SignedDuration = SignedDuration::from_secs(2);

impl Ping {
    /// Its path below the heartbeats, when it is sent at `now`.
    pub(super) fn path(&self, now: Timestamp) -> String {
        let Self { slug, about: About { rid, said, at }, .. } = self;
        let said = match said {
            Said::Start => String::from("start"),
            Said::Exit(code) => code.to_string(),
            Said::Log => String::from("log"),
        };
        let is_late = now.duration_since(*at) > LATE;
        let at = if is_late { format!("&at={at}") } else { String::new() };
        format!("/{slug}/{said}?rid={rid}{at}")
    }

    /// As a file: a line of JSON, then the output as it is.
    pub(super) fn write(&self) -> serde_json::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(&self.about)?;
        text.push(b'\n');
        text.extend_from_slice(&self.body);
        Ok(text)
    }

    /// What was written so.
    pub(super) fn read(slug: &Slug, text: &[u8]) -> Option<Self> {
        let end = text.iter().position(|byte| *byte == b'\n')?;
        let (about, body) = text.split_at(end);
        let about = serde_json::from_slice(about).ok()?;
        Some(Self { slug: slug.clone(), about, body: body.get(1..)?.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping() -> Ping {
        Ping {
            slug: "backup-2".parse().unwrap(),
            about: About {
                rid: String::from("0ba5c1b2-7a1c-4c2f-9d53-4a0a9b9f2b11"),
                said: Said::Exit(143),
                at: "2026-11-23T03:00:00.5Z".parse().unwrap(),
            },
            body: b"one\ntwo\n\xff\0".to_vec(),
        }
    }

    #[test]
    fn a_late_one_says_when_it_was() {
        let path = |now: &str| ping().path(now.parse().unwrap());
        let soon = "/backup-2/143?rid=0ba5c1b2-7a1c-4c2f-9d53-4a0a9b9f2b11";
        assert_eq!(path("2026-11-23T03:00:01Z"), soon);
        assert_eq!(path("2026-11-23T04:00:00Z"), format!("{soon}&at=2026-11-23T03:00:00.5Z"));
        // A clock that was set back.
        assert_eq!(path("2026-11-23T02:00:00Z"), soon);
    }

    #[test]
    fn a_file_says_the_same() {
        let written = ping().write().unwrap();
        assert_eq!(Ping::read(&ping().slug, &written), Some(ping()));
        for cut in 0..written.len() {
            // Cut short by a full disk: nothing, or less of the output.
            let read = Ping::read(&ping().slug, &written[..cut]);
            assert!(read.is_none_or(|read| read.about == ping().about));
        }
    }

    #[test]
    fn slugs_are_those_of_the_contract() {
        for good in ["a", "backup-db_2", "0"] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "Backup", "a/b", "..", "a b", "ä", &"a".repeat(101)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }
}
