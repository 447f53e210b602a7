//! What was measured and what happened: series, and logins.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alerts::parsed;
use super::problem::Problem;
use super::{Asking, Page, Said};
use crate::control::Request;
use crate::model::{self, Event, LoginPart, Metric, NoteKind, Subject};
use crate::store;
use crate::store::sample::Point;

/// Steps of a range, unless it is said, and at most.
const USUAL_POINTS: usize = 200;
pub(super) const MOST_POINTS: usize = 2000;
/// Of when a series is if it is not said.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Back to when logins go if it is not said.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Series,
    Range,
    Logins,
    Mark,
}

/// What was done. It is shown on charts and in the timeline, at the moment it is sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewMark")]
pub(super) struct NewMark {
    /// What kind of thing.
    kind: NoteKind,
    /// What, in a line: `shop v1.2.3`.
    text: String,
}

/// Something that is measured.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Series {
    /// What is measured.
    metric: Metric,
    /// Of what.
    subject: Subject,
}

/// A series over a time.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Range {
    /// What is measured.
    metric: Metric,
    /// Of what.
    subject: Subject,
    /// From when.
    since: Timestamp,
    /// Until when, exclusive.
    until: Timestamp,
    /// Its steps, oldest first. One in which nothing was measured is left out.
    points: Vec<Point>,
}

/// Somebody logged in.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Login")]
pub(super) struct Entered {
    /// When sshd logged it.
    at: Timestamp,
    /// The account.
    user: String,
    /// From which address.
    address: String,
    /// The port on the other side.
    port: u16,
    /// `publickey`, `password` ...
    method: String,
    /// The kind of key, if by key.
    key_kind: Option<String>,
    /// The key's fingerprint, if by key.
    fingerprint: Option<String>,
    /// What of it was not known here.
    unknown: Vec<LoginPart>,
    /// Failed tries from the same address within the day before.
    failures_before: u32,
}

pub(super) async fn answer(asking: &Asking<'_>, call: Call) -> Result<Said, Problem> {
    match call {
        Call::Series => series(asking).await,
        Call::Range => range(asking).await,
        Call::Logins => logins(asking).await,
        Call::Mark => mark(asking).await,
    }
}

/// How many steps.
pub(super) fn points(asking: &Asking<'_>) -> Result<usize, Problem> {
    asking.query.count("points", USUAL_POINTS, MOST_POINTS)
}

fn metric(asking: &Asking<'_>) -> Result<Option<Metric>, Problem> {
    let Some(name) = asking.query.text("metric") else { return Ok(None) };
    Metric::from_name(name).map(Some).ok_or_else(|| {
        Problem::unread(&format!("there is no metric `{name}`"))
            .instead(format!("those there are: {}/series", super::ROOT))
    })
}

async fn series(asking: &Asking<'_>) -> Result<Said, Problem> {
    let (limit, metric) = (asking.query.limit()?, metric(asking)?);
    let subject: Option<Subject> = parsed(asking, "subject")?;
    let skip = asking.query.skip()?;
    let mut all = store::sample::series(&asking.store().await?).await?;
    all.retain(|series| {
        metric.is_none_or(|metric| metric == series.metric)
            && subject.as_ref().is_none_or(|subject| *subject == series.subject)
    });
    let next = (all.len() > limit.saturating_add(skip)).then(|| (skip + limit).to_string());
    let shown = |model::Series { subject, metric }| Series { metric, subject };
    let items = all.into_iter().skip(skip).take(limit).map(shown).collect();
    Ok(Said::json(200, &Page { items, next }))
}

async fn range(asking: &Asking<'_>) -> Result<Said, Problem> {
    let metric = metric(asking)?.ok_or_else(|| Problem::unread("`metric` is needed"))?;
    let subject: Subject = parsed(asking, "subject")?.unwrap_or(Subject::Host);
    let (since, until) = asking.query.span(DAY, asking.now)?;
    let points = points(asking)?;
    let store = asking.store().await?;
    let series = model::Series { subject: subject.clone(), metric };
    let points = store::sample::range(&store, &series, since, until, points).await?;
    Ok(Said::json(200, &Range { metric, subject, since, until, points }))
}

async fn mark(asking: &Asking<'_>) -> Result<Said, Problem> {
    let NewMark { kind, text } = asking.read()?;
    let request = Request::Note { kind, text, by: asking.by() };
    Ok(Said::json(201, &asking.tell(request).await?))
}

async fn logins(asking: &Asking<'_>) -> Result<Said, Problem> {
    let limit = asking.query.limit()?;
    let (since, until) = asking.query.span(WEEK, asking.now)?;
    let skip = asking.query.skip()?;
    let events = store::history::events(&asking.store().await?, since, until).await?;
    let entered = |(_, event)| match event {
        Event::Login { login, unknown, failures, logged } => Some(Entered {
            at: logged,
            user: login.user,
            address: login.address,
            port: login.port,
            method: login.method,
            key_kind: login.key_kind,
            fingerprint: login.fingerprint,
            unknown,
            failures_before: failures,
        }),
        _ => None,
    };
    let mut items: Vec<Entered> = events.into_iter().rev().filter_map(entered).skip(skip).collect();
    let next = (items.len() > limit).then(|| (skip + limit).to_string());
    items.truncate(limit);
    Ok(Said::json(200, &Page { items, next }))
}
