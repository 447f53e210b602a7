//! Heartbeats: what has to call in, made, changed, paused, and what they said. What is changed here
//! is changed in the book, as the management API of Healthchecks does.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::problem::Problem;
use super::route::Need;
use super::{Asking, Done, Page, Said};
use crate::config::{self, HeartbeatConfig};
use crate::control::Request;
use crate::heartbeat::book::{Book, Id, as_table, as_wanted};
use crate::heartbeat::check::{Check, Flip};
use crate::heartbeat::contract::Whom;
use crate::heartbeat::desk::Unwritten;
use crate::heartbeat::view::{PingView, View};
use crate::heartbeat::{Definition, Origin};
use crate::model::Subject;
use crate::store;
use crate::store::outbox::Delivery;
use crate::web::App;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    List,
    Make,
    Show,
    Replace,
    Remove,
    Pause,
    Resume,
    Body,
}

/// A heartbeat with everything that is known of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "HeartbeatDetail")]
pub(super) struct Detail {
    #[serde(flatten)]
    heartbeat: View,
    /// Its keys that are in force, as they may be sent.
    config: Map<String, Value>,
    /// Where it is written.
    origin: Origin,
    /// Its last calls, newest first.
    calls: Vec<PingView>,
    /// When it changed, newest first.
    changes: Vec<Flip>,
    /// What was told of it, oldest first, and what became of that.
    told: Vec<Delivery>,
}

pub(super) async fn answer(asking: &Asking<'_>, call: Call) -> Result<Said, Problem> {
    let name = asking.part(0).to_owned();
    match call {
        Call::List => list(asking),
        Call::Make => make(asking).await,
        Call::Show => {
            let id =
                asking.app.desk.look(|book| book.named(&name)).ok_or_else(Problem::no_store)?;
            Ok(Said::json(200, &detail(asking, id.ok_or_else(|| none(&name))?).await?))
        }
        Call::Replace => replace(asking, &name).await,
        Call::Remove => {
            removed(asking.app, &name).await?;
            Ok(Said::json(200, &Done { said: format!("{name} is gone"), id: None }))
        }
        Call::Pause => turn(asking, name, true).await,
        Call::Resume => turn(asking, name, false).await,
        Call::Body => body(asking, &name).await,
    }
}

async fn turn(asking: &Asking<'_>, name: String, pause: bool) -> Result<Said, Problem> {
    Ok(Said::json(200, &asking.tell(Request::Heartbeat { name, pause }).await?))
}

pub(in crate::web) fn none(name: &str) -> Problem {
    Problem::missing(format!("there is no heartbeat `{name}`"))
}

/// As whoever asks may see it. `now` is the desk's own time, which is not asked for while the book
/// is open: both are behind one lock.
fn view(asking: &Asking<'_>, book: &Book, check: &Check, now: Timestamp) -> View {
    let mails = asking.config.heartbeat_mail.taken_at();
    let view = View::new(&asking.base, mails, book, check, now);
    if asking.may_write(Need::HeartbeatsWrite) {
        view
    } else {
        View { url: None, email: None, ..view }
    }
}

fn list(asking: &Asking<'_>) -> Result<Said, Problem> {
    let (limit, after) = (asking.query.limit()?, asking.query.text("cursor"));
    let is_asked = |check: &Check| {
        let own = &check.definition;
        let has = |tag: &str| own.tags.split_whitespace().any(|own| own == tag);
        asking.query.all("tag").all(has) && after.is_none_or(|after| own.subject.as_str() > after)
    };
    let now = asking.app.desk.now();
    let listed = asking.app.desk.look(|book| {
        let mut checks: Vec<&Check> =
            book.checks().map(|(_, check)| check).filter(|check| is_asked(check)).collect();
        checks.sort_by_key(|check| &check.definition.subject);
        let more = checks.len() > limit;
        checks.truncate(limit);
        let last = checks.last().filter(|_| more);
        let next = last.map(|last| last.definition.subject.clone());
        let items = checks.into_iter().map(|check| view(asking, book, check, now)).collect();
        Page { items, next }
    });
    Ok(Said::json(200, &listed.ok_or_else(Problem::no_store)?))
}

async fn detail(asking: &Asking<'_>, id: Id) -> Result<Detail, Problem> {
    let store = asking.store().await?;
    let limit = u32::try_from(asking.query.limit()?).unwrap_or(u32::MAX);
    let pings = store::heartbeat::log(&store, id, None, limit).await?;
    let since = asking.now.checked_sub(store::heartbeat::KEEP_FLIPS).unwrap_or(Timestamp::MIN);
    let changes = store::heartbeat::flips(&store, id, since, Timestamp::MAX).await?;
    let now = asking.app.desk.now();
    let name = asking.app.desk.look(|book| Some(book.get(id)?.definition.subject.clone()));
    let name = name.flatten().ok_or_else(Problem::no_store)?;
    let told = store::outbox::of_subject(&store, &Subject::Heartbeat(name)).await?;
    let shown = asking.app.desk.look(|book| {
        let check = book.get(id)?;
        let config = config::heartbeat_json(&as_table(&check.definition));
        Some((view(asking, book, check, now), config, check.definition.origin.clone()))
    });
    let (heartbeat, config, origin) = shown.flatten().ok_or_else(Problem::no_store)?;
    let calls = pings.iter().map(PingView::from).collect();
    Ok(Detail { heartbeat, config, origin, calls, changes, told })
}

/// The table that was sent. `name` stands in for a slug that is not said.
fn table(asking: &Asking<'_>, name: Option<&str>) -> Result<HeartbeatConfig, Problem> {
    let mut body = asking.object()?;
    if let Some(name) = name {
        body.entry("name").or_insert_with(|| Value::from(name));
        body.entry("slug").or_insert_with(|| Value::from(name));
    }
    let table = config::body(&body).map_err(Problem::faults)?;
    let checked = config::check_heartbeat(&asking.config, &table);
    checked.map_err(|error| Problem::faults(error.faults()))
}

async fn make(asking: &Asking<'_>) -> Result<Said, Problem> {
    let id = made(asking.app, &table(asking, None)?).await?;
    Ok(Said::json(201, &detail(asking, id).await?))
}

/// Makes the heartbeat that is wanted.
pub(in crate::web) async fn made(app: &App, wanted: &HeartbeatConfig) -> Result<Id, Problem> {
    let made = app.desk.change(|book, now| {
        if book.named(&wanted.slug).is_some() {
            return Err(Problem::conflict(format!("there is a heartbeat `{}`", wanted.slug))
                .instead("give this one another `slug`, or PUT that one"));
        }
        own_address(book, wanted, None)?;
        let project = book.projects().next().map(|project| project.id);
        let Some(project) = project.filter(|_| book.has_room()) else {
            return Err(Problem::conflict("there are too many heartbeats"));
        };
        let new = Definition::new(Uuid::new_v4(), Uuid::new_v4(), project, &wanted.slug, now);
        let id = book.add(as_wanted(wanted, new));
        pause(book, id, wanted, now);
        Ok(id)
    });
    made.await?
}

async fn replace(asking: &Asking<'_>, name: &str) -> Result<Said, Problem> {
    let id = replaced(asking.app, name, &table(asking, Some(name))?).await?;
    Ok(Said::json(200, &detail(asking, id).await?))
}

/// Has a heartbeat as it is wanted from now on.
pub(in crate::web) async fn replaced(
    app: &App,
    name: &str,
    wanted: &HeartbeatConfig,
) -> Result<Id, Problem> {
    let change = |book: &mut Book, id, now| {
        own_address(book, wanted, Some(id))?;
        if let Some(old) = book.get(id).map(|check| check.definition.clone()) {
            book.define(id, as_wanted(wanted, old), now);
            pause(book, id, wanted, now);
        }
        Ok(())
    };
    changed(app, name, change).await
}

/// An address belongs to one of them.
fn own_address(book: &Book, wanted: &HeartbeatConfig, own: Option<Id>) -> Result<(), Problem> {
    let Some(uuid) = wanted.uuid else { return Ok(()) };
    match book.find(&Whom::Uuid(uuid)) {
        Ok(id) if Some(id) != own => Err(Problem::conflict("another heartbeat has this `uuid`")
            .instead("leave it out: a new one is made")),
        _ => Ok(()),
    }
}

fn pause(book: &mut Book, id: Id, wanted: &HeartbeatConfig, now: Timestamp) {
    match wanted.paused {
        Some(true) => _ = book.pause(id, now),
        Some(false) => _ = book.resume(id, now),
        None => {}
    }
}

/// Removes a heartbeat.
pub(in crate::web) async fn removed(app: &App, name: &str) -> Result<Id, Problem> {
    let change = |book: &mut Book, id, _| {
        book.remove(id);
        Ok(())
    };
    changed(app, name, change).await
}

/// Changes a heartbeat that no file decides.
pub(in crate::web) async fn changed(
    app: &App,
    name: &str,
    change: impl FnOnce(&mut Book, Id, Timestamp) -> Result<(), Problem>,
) -> Result<Id, Problem> {
    let changed = app.desk.change(|book, now| {
        let id = book.named(name).ok_or_else(|| none(name))?;
        if let Some(Origin::File { path, line }) =
            book.get(id).map(|check| &check.definition.origin)
        {
            let place = format!("{}, line {line}", path.display());
            return Err(Problem::conflict(format!("`{name}` is written in {place}"))
                .instead("change it there"));
        }
        change(book, id, now)?;
        Ok(id)
    });
    changed.await?
}

impl From<Unwritten> for Problem {
    fn from(error: Unwritten) -> Self {
        tracing::warn!("a change of heartbeats was not acknowledged: {error}");
        Self::no_store()
    }
}

async fn body(asking: &Asking<'_>, name: &str) -> Result<Said, Problem> {
    let n = asking.number(1, "call")?;
    let id = asking.app.desk.look(|book| book.named(name)).ok_or_else(Problem::no_store)?;
    let id = id.ok_or_else(|| none(name))?;
    let body = store::heartbeat::body(&asking.store().await?, id, n).await?;
    let body = body.ok_or_else(|| Problem::missing("nothing was sent with that call"))?;
    Ok(Said::text("text/plain; charset=utf-8", body))
}
