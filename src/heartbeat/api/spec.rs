//! What the body of a request says about a check, with the words of Healthchecks for what is wrong.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::heartbeat::schedule::When;

/// What a request says about a check. None: it says nothing about that.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spec {
    /// Names or ids of channels, with commas between them; `*` for all.
    pub channels: Option<String>,
    /// What it is, as people read it.
    pub desc: Option<String>,
    /// Words of a failure.
    pub failure_kw: Option<String>,
    /// Look into the subject of mails.
    pub filter_subject: Option<bool>,
    /// Look into the text of mails.
    pub filter_body: Option<bool>,
    /// Look into what is sent over HTTP.
    pub filter_http_body: Option<bool>,
    /// A call without any of the words is a failure.
    pub filter_default_fail: Option<bool>,
    /// How late a call may be.
    pub grace: Option<SignedDuration>,
    /// A paused one stays so until the owner resumes it.
    pub manual_resume: Option<bool>,
    /// Only POST counts.
    pub only_post: Option<bool>,
    /// Its name, as people read it.
    pub name: Option<String>,
    /// A cron or OnCalendar expression.
    pub schedule: Option<String>,
    /// Its name in addresses.
    pub slug: Option<String>,
    /// Words of a start.
    pub start_kw: Option<String>,
    /// What `success_kw` was called once.
    pub subject: Option<String>,
    /// What `failure_kw` was called once.
    pub subject_fail: Option<String>,
    /// Words of a success.
    pub success_kw: Option<String>,
    /// Words, separated by spaces.
    pub tags: Option<String>,
    /// So long after the call before.
    pub timeout: Option<SignedDuration>,
    /// The zone of the schedule.
    pub tz: Option<String>,
    /// A check that is the same in these is meant.
    pub unique: Vec<Unique>,
}

/// What can be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// Its name.
    Name,
    /// Its slug.
    Slug,
    /// All its tags, as written.
    Tags,
    /// Its period.
    Timeout,
    /// Its grace.
    Grace,
}

/// Seconds of the shortest time that can be said.
const SHORTEST: i64 = 60;
/// Seconds of the longest: a year.
const LONGEST: i64 = 365 * 24 * 60 * 60;
/// Characters of names and schedules.
const NAME: usize = 100;
/// Characters of words that are looked for.
const WORDS: usize = 200;
/// Characters of tags; there, the database's limit.
const TAGS: usize = 500;
/// Characters of a description; there, as many as somebody sends.
const DESC: usize = 10_000;

impl Spec {
    /// Reads it. Of several faults the first is told, by the alphabet; what is not known is left
    /// out.
    ///
    /// # Errors
    /// What is wrong, as Healthchecks says it.
    pub fn read(json: &Map<String, Value>) -> Result<Self, String> {
        let flag = |name| flag(json, name);
        let text = |name, limit| text(json, name, limit);
        Ok(Self {
            channels: text("channels", usize::MAX)?,
            desc: text("desc", DESC)?,
            failure_kw: text("failure_kw", WORDS)?,
            filter_subject: flag("filter_subject")?,
            filter_body: flag("filter_body")?,
            filter_http_body: flag("filter_http_body")?,
            filter_default_fail: flag("filter_default_fail")?,
            grace: seconds(json, "grace")?,
            manual_resume: flag("manual_resume")?,
            only_post: methods(json)?,
            name: text("name", NAME)?.map(|name| clean(&name)),
            schedule: schedule(text("schedule", NAME)?)?,
            slug: slug(text("slug", NAME)?)?,
            start_kw: text("start_kw", WORDS)?,
            subject: text("subject", WORDS)?,
            subject_fail: text("subject_fail", WORDS)?,
            success_kw: text("success_kw", WORDS)?,
            tags: text("tags", TAGS)?.map(|tags| clean(&tags)),
            timeout: seconds(json, "timeout")?,
            tz: zone(text("tz", NAME)?)?,
            unique: unique(json)?,
        })
    }
}

fn invalid(what: &str, why: &str) -> String {
    format!("json validation error: {what} {why}")
}

fn text(json: &Map<String, Value>, name: &str, limit: usize) -> Result<Option<String>, String> {
    match json.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.chars().count() > limit => {
            Err(invalid(name, "is too long"))
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(name, "is not a string")),
    }
}

fn flag(json: &Map<String, Value>, name: &str) -> Result<Option<bool>, String> {
    match json.get(name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(invalid(name, "is not a boolean")),
    }
}

fn seconds(json: &Map<String, Value>, name: &str) -> Result<Option<SignedDuration>, String> {
    let seconds = match json.get(name) {
        None => return Ok(None),
        Some(Value::Number(number)) => match (number.as_i64(), number.as_u64()) {
            (Some(seconds), _) => seconds,
            (None, Some(_)) => i64::MAX,
            (None, None) => return Err(invalid(name, "is not a number")),
        },
        // Python's truth is a number.
        Some(Value::Bool(truth)) => i64::from(*truth),
        Some(_) => return Err(invalid(name, "is not a number")),
    };
    match seconds {
        ..SHORTEST => Err(invalid(name, "is too small")),
        SHORTEST..=LONGEST => Ok(Some(SignedDuration::from_secs(seconds))),
        _ => Err(invalid(name, "is too large")),
    }
}

fn methods(json: &Map<String, Value>) -> Result<Option<bool>, String> {
    match json.get("methods").map(Value::as_str) {
        None => Ok(None),
        Some(Some("")) => Ok(Some(false)),
        Some(Some("POST")) => Ok(Some(true)),
        Some(_) => Err(invalid("methods", "has unexpected value")),
    }
}

fn schedule(text: Option<String>) -> Result<Option<String>, String> {
    match text {
        Some(text) if When::guess(&text, "UTC").is_err() => {
            Err(invalid("schedule", "is not a valid cron or OnCalendar expression"))
        }
        text => Ok(text),
    }
}

fn slug(text: Option<String>) -> Result<Option<String>, String> {
    let fine = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    match text {
        Some(text) if !text.bytes().all(fine) => Err(invalid("slug", "does not match pattern")),
        text => Ok(text),
    }
}

fn zone(text: Option<String>) -> Result<Option<String>, String> {
    let is_zone = |name: &str| {
        // `utc` is no name, although it can be looked up.
        TimeZone::get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
    };
    match text {
        Some(text) if !is_zone(&text) => Err(invalid("tz", "is not a valid timezone")),
        text => Ok(text),
    }
}

fn unique(json: &Map<String, Value>) -> Result<Vec<Unique>, String> {
    let Some(list) = json.get("unique") else { return Ok(Vec::new()) };
    let Value::Array(list) = list else { return Err(invalid("unique", "is not an array")) };
    let field = |field: &Value| match field.as_str() {
        Some("name") => Ok(Unique::Name),
        Some("slug") => Ok(Unique::Slug),
        Some("tags") => Ok(Unique::Tags),
        Some("timeout") => Ok(Unique::Timeout),
        Some("grace") => Ok(Unique::Grace),
        _ => Err(invalid("an item in 'unique'", "has unexpected value")),
    };
    list.iter().map(field).collect()
}

/// Without what would move the cursor of whoever reads it on a terminal.
fn clean(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_as_healthchecks_does() {
        let long = "x".repeat(101);
        for (json, why) in [
            (r#"{"timeout":59}"#.to_owned(), "timeout is too small"),
            (r#"{"timeout":-1}"#.to_owned(), "timeout is too small"),
            (r#"{"timeout":true}"#.to_owned(), "timeout is too small"),
            (r#"{"timeout":31536001}"#.to_owned(), "timeout is too large"),
            (r#"{"timeout":18446744073709551615}"#.to_owned(), "timeout is too large"),
            (r#"{"timeout":60.5}"#.to_owned(), "timeout is not a number"),
            (r#"{"grace":"60"}"#.to_owned(), "grace is not a number"),
            (r#"{"grace":null}"#.to_owned(), "grace is not a number"),
            (r#"{"timeout":1,"grace":1}"#.to_owned(), "grace is too small"),
            (format!(r#"{{"name":"{long}"}}"#), "name is too long"),
            (r#"{"name":5}"#.to_owned(), "name is not a string"),
            (r#"{"tags":["a"]}"#.to_owned(), "tags is not a string"),
            (r#"{"slug":"Ab"}"#.to_owned(), "slug does not match pattern"),
            (r#"{"methods":"PUT"}"#.to_owned(), "methods has unexpected value"),
            (r#"{"methods":null}"#.to_owned(), "methods has unexpected value"),
            (r#"{"manual_resume":1}"#.to_owned(), "manual_resume is not a boolean"),
            (
                r#"{"schedule":"bad"}"#.to_owned(),
                "schedule is not a valid cron or OnCalendar expression",
            ),
            (
                r#"{"schedule":""}"#.to_owned(),
                "schedule is not a valid cron or OnCalendar expression",
            ),
            (r#"{"tz":"Mars/Olympus"}"#.to_owned(), "tz is not a valid timezone"),
            (r#"{"tz":"europe/riga"}"#.to_owned(), "tz is not a valid timezone"),
            (r#"{"unique":"name"}"#.to_owned(), "unique is not an array"),
            (r#"{"unique":["uuid"]}"#.to_owned(), "an item in 'unique' has unexpected value"),
        ] {
            let json: Map<String, Value> = serde_json::from_str(&json).unwrap();
            assert_eq!(Spec::read(&json), Err(format!("json validation error: {why}")));
        }
    }

    #[test]
    fn reads_what_is_there_and_nothing_else() {
        let json = r#"{"name":"a\u001b[1m","timeout":60,"unique":["name"],"what":null,"tz":"UTC"}"#;
        let spec = Spec::read(&serde_json::from_str(json).unwrap()).unwrap();
        let expected = Spec {
            name: Some(String::from("a[1m")),
            timeout: Some(SignedDuration::from_mins(1)),
            unique: vec![Unique::Name],
            tz: Some(String::from("UTC")),
            ..Spec::default()
        };
        assert_eq!(spec, expected);
    }
}
