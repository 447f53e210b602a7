//! What the owner decided about a check.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contract::{Kind, matches};
use super::schedule::When;
use crate::model::Severity;

/// What the owner decided about a check. The names are those of Healthchecks' API where it has
/// the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Its own address, and the secret in it.
    pub uuid: Uuid,
    /// The project whose ping key its slug belongs to.
    pub project: i64,
    /// What alerts call it: unlike any other's, and it stays. The slug if that was free.
    pub subject: String,
    /// Its name, as people read it.
    pub name: String,
    /// Its name in addresses; may be empty, and two may have the same.
    pub slug: String,
    /// Words, separated by spaces.
    pub tags: String,
    /// What it is, as people read it.
    pub desc: String,
    /// When it has to call.
    pub when: When,
    /// How late a call may be.
    pub grace: SignedDuration,
    /// How long a run may take. None: as long as a call may be late.
    pub start_grace: Option<SignedDuration>,
    /// A run that ends sooner did not do its work.
    pub shortest_run: Option<SignedDuration>,
    /// It is down after this many failed or missed calls in a row; at least 1.
    pub failures: u32,
    /// So many of the last failures stay in the log, whatever comes after them.
    pub keep_failures: u32,
    /// How bad it is when it is down.
    pub severity: Severity,
    /// Only POST counts.
    pub only_post: bool,
    /// A paused one stays so until the owner resumes it, whatever calls.
    pub manual_resume: bool,
    /// What is decided by what is said.
    pub filter: Filter,
    /// The channels that hear of it, by name. Empty: as the routes say.
    pub channels: Vec<String>,
    /// The secret in the address of its badge.
    pub badge: Uuid,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was made.
    pub created: Timestamp,
}

/// What a call means by the words in it. Each is a list of words with commas between them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Words of a start.
    pub start: String,
    /// Words of a success.
    pub success: String,
    /// Words of a failure.
    pub failure: String,
    /// Look into the subject of mails.
    pub subject: bool,
    /// Look into the text of mails.
    pub body: bool,
    /// Look into what is sent over HTTP.
    pub http_body: bool,
    /// A call without any of the words is a failure, else it does not count.
    pub default_fail: bool,
}

impl Filter {
    /// What a text means.
    pub fn kind(&self, text: &[u8]) -> Kind {
        let words = [
            (&self.failure, Kind::Fail),
            (&self.success, Kind::Success),
            (&self.start, Kind::Start),
        ];
        let found = words.into_iter().find(|(words, _)| matches(text, words));
        let otherwise = if self.default_fail { Kind::Fail } else { Kind::Ignored };
        found.map_or(otherwise, |(_, kind)| kind)
    }
}

/// Where a check comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "kebab-case")]
#[schemars(rename = "HeartbeatOrigin")]
pub enum Origin {
    /// A config file: changed only there.
    File {
        /// Which.
        path: PathBuf,
        /// The line its table begins at.
        line: usize,
    },
    /// The API, the page or a ping with `create=1`.
    Store,
}

impl Definition {
    /// What `create=1` makes, and what the API begins with: a call a day, an hour late at most.
    pub fn new(uuid: Uuid, badge: Uuid, project: i64, slug: &str, created: Timestamp) -> Self {
        Self {
            uuid,
            project,
            subject: slug.to_owned(),
            name: slug.to_owned(),
            slug: slug.to_owned(),
            tags: String::new(),
            desc: String::new(),
            when: When::every(SignedDuration::from_hours(24)),
            grace: SignedDuration::from_hours(1),
            start_grace: None,
            shortest_run: None,
            failures: 1,
            keep_failures: 20,
            severity: Severity::Warning,
            only_post: false,
            manual_resume: false,
            filter: Filter::default(),
            channels: Vec::new(),
            badge,
            origin: Origin::Store,
            created,
        }
    }

    /// How long a run may take.
    pub fn run_grace(&self) -> SignedDuration {
        self.start_grace.unwrap_or(self.grace)
    }

    /// What a call over HTTP means.
    pub(super) fn kind(&self, said: Kind, method: &str, body: &[u8]) -> Kind {
        if self.only_post && method != "POST" {
            Kind::Ignored
        } else if self.filter.http_body {
            self.filter.kind(body)
        } else {
            said
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_asked_in_order() {
        let filter = |words: [&str; 3], default_fail| Filter {
            start: words[0].to_owned(),
            success: words[1].to_owned(),
            failure: words[2].to_owned(),
            default_fail,
            ..Filter::default()
        };
        let all = filter(["begin", "ok", "bad"], false);
        for (text, kind) in [
            ("begin ok bad", Kind::Fail),
            ("begin ok", Kind::Success),
            ("begin", Kind::Start),
            ("", Kind::Ignored),
        ] {
            assert_eq!(all.kind(text.as_bytes()), kind, "{text}");
        }
        assert_eq!(filter(["begin", "ok", ""], true).kind(b"else"), Kind::Fail);
    }

    #[test]
    fn the_method_comes_before_the_words() {
        let now = Timestamp::UNIX_EPOCH;
        let mut check = Definition::new(Uuid::nil(), Uuid::nil(), 1, "a", now);
        assert_eq!(check.kind(Kind::Start, "PUT", b""), Kind::Start);
        check.filter = Filter { default_fail: true, http_body: true, ..Filter::default() };
        assert_eq!(check.kind(Kind::Start, "GET", b""), Kind::Fail);
        check.only_post = true;
        assert_eq!(check.kind(Kind::Start, "GET", b""), Kind::Ignored);
        assert_eq!(check.kind(Kind::Start, "POST", b""), Kind::Fail);
        // Words of mails are not asked for over HTTP.
        check.filter = Filter { default_fail: true, subject: true, ..Filter::default() };
        assert_eq!(check.kind(Kind::Success, "POST", b""), Kind::Success);
    }
}
