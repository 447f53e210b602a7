//! What holds notices back: silences of the owner, maintenance of the config.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::{Asking, Page, Said, alerts};
use crate::alert::{next_maintenance, open_maintenance};
use crate::config::parse_duration;
use crate::control::Request;
use crate::model::{Command, Match, Severity, Silence};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    List,
    Make,
    End,
    Maintenance,
}

/// How long a silence lasts, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SilenceLength")]
pub(super) struct Length {
    /// For this long: `30m`, `2h`, `3d`.
    r#for: Option<String>,
    /// Or until then.
    until: Option<Timestamp>,
    /// Why, for whoever reads it later.
    #[serde(default)]
    reason: String,
}

/// A silence to be made. Without rules, subjects and severities it holds everything back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSilence")]
pub(super) struct New {
    /// Only these rules, or globs (`disk-*`).
    #[serde(default)]
    rules: Vec<String>,
    /// Only these subjects, or globs (`unit:caddy.service`, `mount:*`).
    #[serde(default)]
    subjects: Vec<String>,
    /// Only these severities.
    #[serde(default)]
    severities: Vec<Severity>,
    /// For this long: `30m`, `2h`, `3d`.
    r#for: Option<String>,
    /// Or until then.
    until: Option<Timestamp>,
    /// Why, for whoever reads it later.
    #[serde(default)]
    reason: String,
}

/// A maintenance window.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Maintenance {
    /// Its name.
    name: String,
    /// Who set it.
    author: String,
    /// Why.
    reason: String,
    /// What visitors of the status page are told of it.
    public: Option<String>,
    /// Which alerts.
    matches: Match,
    /// It is open now.
    open: bool,
    /// When it is open, or the next time; null: never again.
    from: Option<Timestamp>,
    /// Until when that is.
    until: Option<Timestamp>,
}

pub(super) async fn answer(asking: &Asking<'_>, call: Call) -> Result<Said, Problem> {
    match call {
        Call::List => Ok(Said::json(200, &Page::all(alerts::status(asking).await?.silences))),
        Call::Make => {
            let New { rules, subjects, severities, r#for, until, reason } = asking.read()?;
            let matches = Match { rules, subjects, severities };
            make(asking, matches, Length { r#for, until, reason }).await
        }
        Call::End => {
            let (silence, by) = (asking.number(0, "silence")?, asking.by());
            let command = Command::Unsilence { silence, by };
            Ok(Said::json(200, &asking.tell(Request::Do { command }).await?))
        }
        Call::Maintenance => Ok(Said::json(200, &Page::all(maintenance(asking)))),
    }
}

/// Makes a silence.
pub(super) async fn make(
    asking: &Asking<'_>,
    matches: Match,
    length: Length,
) -> Result<Said, Problem> {
    let until = end(&length, asking.now)?;
    let by = asking.by();
    let silence = Silence { id: 0, matches, from: asking.now, until, by, reason: length.reason };
    let done = asking.tell(Request::Do { command: Command::Silence(silence) }).await?;
    let mut silences = alerts::status(asking).await?.silences;
    silences.retain(|silence| Some(silence.id) == done.id);
    silences.pop().map(|silence| Said::json(201, &silence)).ok_or_else(Problem::no_watch)
}

fn end(length: &Length, now: Timestamp) -> Result<Timestamp, Problem> {
    let write = "write \"for\": \"2h\", or \"until\" with a time as 2026-11-29T13:00:00Z";
    match (&length.r#for, length.until) {
        (Some(_), Some(_)) => {
            Err(Problem::wrong("both `for` and `until` are said").instead("leave one of them out"))
        }
        (None, Some(until)) => Ok(until),
        (Some(lasts), None) => {
            let end = parse_duration(lasts).ok().and_then(|lasts| now.checked_add(lasts).ok());
            end.ok_or_else(|| Problem::wrong(format!("`{lasts}` is no length")).instead(write))
        }
        (None, None) => Err(Problem::wrong("it is not said for how long").instead(write)),
    }
}

fn maintenance(asking: &Asking<'_>) -> Vec<Maintenance> {
    let (config, now) = (&asking.config, asking.now);
    let open = open_maintenance(config, now);
    let windows = config.maintenance.iter().enumerate().map(|(place, it)| {
        let span = next_maintenance(&it.window, &config.timezone, now);
        Maintenance {
            name: it.name.clone(),
            author: it.author.clone(),
            reason: it.reason.clone(),
            public: it.public.clone(),
            matches: it.matches.clone(),
            open: open.contains(&place),
            from: span.map(|(from, _)| from),
            until: span.map(|(_, until)| until),
        }
    });
    windows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_silences_last() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let end = |json: &str| end(&serde_json::from_str(json).unwrap(), now).ok();
        let two: Timestamp = "2026-11-29T14:00:00Z".parse().unwrap();
        assert_eq!(end(r#"{"for":"2h"}"#), Some(two));
        assert_eq!(end(r#"{"until":"2026-11-29T14:00:00Z"}"#), Some(two));
        for wrong in ["{}", r#"{"for":"2h","until":"2026-11-29T14:00:00Z"}"#, r#"{"for":"soon"}"#] {
            assert_eq!(end(wrong), None, "{wrong}");
        }
    }
}
