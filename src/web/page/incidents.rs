//! Incidents: run triage and watch it, read what it found, write down what was done, close it.

mod list;
mod markdown;
mod one;
mod record;
mod timeline;

use jiff::Timestamp;

use super::visit::Visit;
use super::{Result, Route, Shown};
use crate::access::Role;
use crate::model::Severity;
use crate::respond::incident::{Incident, What};
use crate::web::api::problem::Problem;
use crate::web::book;
use crate::web::locale::incidents as t;

#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    List,
    Triage,
    Open,
    Show,
    Timeline,
    Record,
    WriteRecord,
    Markdown,
    Html,
    Json,
    Evidence,
    Note,
    Publish,
    Update,
    Withdraw,
    Close,
}

const fn route(method: &'static str, path: &'static str, need: Role, call: Call) -> Route {
    Route { method, path, need, call: super::Call::Incidents(call) }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/incidents", Role::Viewer, Call::List),
    route("POST", "/incidents/triage", Role::Editor, Call::Triage),
    route("POST", "/incidents/open", Role::Editor, Call::Open),
    route("GET", "/incidents/{id}", Role::Viewer, Call::Show),
    route("GET", "/incidents/{id}/timeline", Role::Viewer, Call::Timeline),
    route("GET", "/incidents/{id}/record", Role::Viewer, Call::Record),
    route("POST", "/incidents/{id}/record", Role::Editor, Call::WriteRecord),
    route("GET", "/incidents/{id}/record.md", Role::Viewer, Call::Markdown),
    route("GET", "/incidents/{id}/record.html", Role::Viewer, Call::Html),
    route("GET", "/incidents/{id}/all.json", Role::Viewer, Call::Json),
    route("GET", "/incidents/{id}/evidence/{n}", Role::Owner, Call::Evidence),
    route("POST", "/incidents/{id}/note", Role::Editor, Call::Note),
    route("POST", "/incidents/{id}/publish", Role::Editor, Call::Publish),
    route("POST", "/incidents/{id}/update", Role::Editor, Call::Update),
    route("POST", "/incidents/{id}/withdraw", Role::Editor, Call::Withdraw),
    route("POST", "/incidents/{id}/close", Role::Editor, Call::Close),
];

pub(super) async fn answer(visit: &Visit, call: Call) -> Result {
    let text = |name: &str| visit.form.text(name).to_owned();
    match call {
        Call::List => list::show(visit).await,
        Call::Triage => list::triage(visit).await,
        Call::Open => list::open(visit).await,
        Call::Show => one::show(visit).await,
        Call::Timeline => timeline::show(visit).await,
        Call::Record => record::show(visit).await,
        Call::WriteRecord => record::write(visit).await,
        Call::Markdown => record::markdown(visit).await,
        Call::Html => record::html(visit).await,
        Call::Json => record::json(visit).await,
        Call::Evidence => one::evidence(visit).await,
        Call::Note => write(visit, What::Note { text: said(visit, "text")? }, "note").await,
        Call::Publish => {
            let (title, text) = (said(visit, "title")?, text("text"));
            write(visit, What::Published { title, text }, "publish").await
        }
        Call::Update => {
            let text = said(visit, "text")?;
            write(visit, What::Update { text }, "update").await
        }
        Call::Withdraw => write(visit, What::Withdrawn, "withdraw").await,
        Call::Close => {
            let (text, public) = (text("text"), text("public"));
            write(visit, What::Closed { text, public }, "close").await
        }
    }
}

/// The incident that is asked for.
async fn found(visit: &Visit) -> Result<Incident> {
    book::find(visit.config.store.path.clone(), visit.part(0).to_owned()).await
}

/// Writes something down in the incident, and in the list of changes.
async fn write(visit: &Visit, what: What, act: &str) -> Result {
    let id = visit.part(0).to_owned();
    let store = visit.config.store.path.clone();
    book::write(store, id.clone(), what, visit.by(), visit.now).await?;
    visit.note(&t::changed(act, &id)).await?;
    Ok(Shown::Done { to: format!("/incidents/{id}"), said: t::done(act, &id) })
}

/// A field that says something.
fn said(visit: &Visit, name: &str) -> Result<String> {
    let text = visit.form.some(name).map(str::to_owned);
    text.ok_or_else(|| Problem::wrong(t::says_nothing(name)))
}

/// The answer of the last triage.
fn answer_of(incident: &Incident) -> Option<String> {
    incident.entries.iter().rev().find_map(|entry| match &entry.what {
        What::Triage { answer, .. } => Some(answer.clone()),
        _ => None,
    })
}

/// The class of an answer.
fn tone(answer: &str) -> &'static str {
    match answer {
        "no compromise seen" => "up",
        "patch in place" => "degraded",
        "rebuild from scratch" => "down",
        _ => "unknown",
    }
}

/// The class of how bad a finding is.
fn severity(severity: nightkeep_triage::severity::Severity) -> Severity {
    use nightkeep_triage::severity::Severity as Found;
    match severity {
        Found::Info => Severity::Info,
        Found::Warning => Severity::Warning,
        Found::Critical => Severity::Critical,
    }
}

/// How long something took, in words.
fn took(from: Timestamp, until: Timestamp) -> String {
    let seconds = until.duration_since(from).as_secs_f64();
    if seconds < 1.0 { t::under_a_second().to_owned() } else { super::words::seconds(seconds) }
}
