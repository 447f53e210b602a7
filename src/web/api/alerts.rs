//! Alerts: what is and was wrong, and what the owner says to it.

use std::fmt::Display;
use std::str::FromStr;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::{Asking, Page, Said, silences};
use crate::alert::AlertView;
use crate::control::{Reply, Request, Status};
use crate::model::{AlertKey, Command, Decision, Match, Phase, RuleName, Subject};
use crate::store;
use crate::store::outbox::Delivery;

/// Back to when history goes if it is not said.
const USUAL: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Changes read at once, and at most for one page: more are on the next.
const CHUNK: usize = 1000;
const MOST_READ: usize = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    List,
    History,
    Show,
    Acknowledge,
    Silence,
}

/// The whole story of an alert.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertStory")]
pub(super) struct Story {
    /// As it is, unless it was over more than a day ago.
    alert: Option<AlertView>,
    /// What was decided about it, oldest first.
    story: Vec<Decision>,
    /// What became of each message about it, oldest first.
    deliveries: Vec<Delivery>,
}

/// Why something is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    /// Why, for whoever reads it later.
    #[serde(default)]
    reason: String,
}

pub(super) async fn answer(asking: &Asking<'_>, call: Call) -> Result<Said, Problem> {
    match call {
        Call::List => list(asking).await,
        Call::History => history(asking).await,
        Call::Show => show(asking).await,
        Call::Acknowledge => {
            let Reason { reason } = asking.read()?;
            let (alert, by) = (asking.number(0, "alert")?, asking.by());
            let command = Command::Acknowledge { alert, by, reason };
            Ok(Said::json(200, &asking.tell(Request::Do { command }).await?))
        }
        Call::Silence => {
            let id = asking.number(0, "alert")?;
            let alert = known(&status(asking).await?, id).ok_or_else(|| no_alert(id))?;
            let matches = Match::of(&alert.key);
            silences::make(asking, matches, asking.read()?).await
        }
    }
}

/// What the watch knows.
pub(super) async fn status(asking: &Asking<'_>) -> Result<Status, Problem> {
    match asking.ask(Request::Status).await? {
        Reply::Status(status) => Ok(*status),
        _ => Err(Problem::no_watch()),
    }
}

fn known(status: &Status, id: u64) -> Option<AlertView> {
    status.alerts.iter().find(|alert| alert.id == Some(id)).cloned()
}

fn no_alert(id: u64) -> Problem {
    Problem::missing(format!("there is no alert {id}"))
}

/// A parameter as what it names.
pub(super) fn parsed<T>(asking: &Asking<'_>, name: &str) -> Result<Option<T>, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    let parse = |text: &str| text.parse().map_err(|why: T::Err| Problem::unread(&why.to_string()));
    asking.query.text(name).map(parse).transpose()
}

/// Of which rule and subject alone.
struct Only {
    rule: Option<RuleName>,
    subject: Option<Subject>,
}

impl Only {
    fn read(asking: &Asking<'_>) -> Result<Self, Problem> {
        Ok(Self { rule: parsed(asking, "rule")?, subject: parsed(asking, "subject")? })
    }

    fn has(&self, key: &AlertKey) -> bool {
        self.rule.is_none_or(|rule| rule == key.rule)
            && self.subject.as_ref().is_none_or(|subject| *subject == key.subject)
    }
}

async fn list(asking: &Asking<'_>) -> Result<Said, Problem> {
    let only = Only::read(asking)?;
    let mut phases = Vec::new();
    for word in asking.query.all("phase") {
        let all = [Phase::Firing, Phase::Pending, Phase::Unknown, Phase::Resolved];
        let phase = all.into_iter().find(|phase| phase.as_str() == word);
        phases.push(phase.ok_or_else(|| {
            Problem::unread(&format!("`{word}` is no phase"))
                .instead("firing, pending, unknown or resolved")
        })?);
    }
    if phases.is_empty() {
        phases = vec![Phase::Firing, Phase::Pending, Phase::Unknown];
    }
    let mut alerts = status(asking).await?.alerts;
    alerts.retain(|alert| phases.contains(&alert.phase) && only.has(&alert.key));
    Ok(Said::json(200, &Page::all(alerts)))
}

async fn history(asking: &Asking<'_>) -> Result<Said, Problem> {
    let (only, limit) = (Only::read(asking)?, asking.query.limit()?);
    let (since, until) = asking.query.span(USUAL, asking.now)?;
    let mut before = match asking.query.text("cursor") {
        None => i64::MAX,
        Some(cursor) => cursor.parse().map_err(|_| Problem::unread("there is no such cursor"))?,
    };
    let store = asking.store().await?;
    let (mut items, mut read) = (Vec::new(), 0);
    loop {
        let chunk = store::decision::changes(&store, since, until, before, CHUNK).await?;
        let is_last = chunk.len() < CHUNK;
        read += chunk.len();
        for (number, decision) in chunk {
            if items.len() == limit {
                return Ok(Said::json(200, &Page { items, next: Some(before.to_string()) }));
            }
            before = number;
            if is_wanted(&decision, &only) {
                items.push(decision);
            }
        }
        if is_last || read >= MOST_READ {
            let next = (!is_last).then(|| before.to_string());
            return Ok(Said::json(200, &Page { items, next }));
        }
    }
}

/// Did an alert of these begin or end?
fn is_wanted(decision: &Decision, only: &Only) -> bool {
    match decision {
        Decision::Change { to: Phase::Firing | Phase::Resolved, id: Some(_), key, .. } => {
            only.has(key)
        }
        _ => false,
    }
}

async fn show(asking: &Asking<'_>) -> Result<Said, Problem> {
    let id = asking.number(0, "alert")?;
    let store = asking.store().await?;
    let story = store::decision::about(&store, id).await?;
    let alert = known(&status(asking).await?, id);
    if story.is_empty() && alert.is_none() {
        return Err(no_alert(id));
    }
    let deliveries = store::outbox::about(&store, id).await?;
    Ok(Said::json(200, &Story { alert, story, deliveries }))
}
