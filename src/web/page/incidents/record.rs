//! The record of an incident: read, written with a preview, and taken along.

use askama::Template;
use nightkeep_triage::postmortem;

use super::{found, markdown as markdown_of};
use crate::respond::incident::Incident;
use crate::web::api::problem::Problem;
use crate::web::book;
use crate::web::locale::incidents as t;
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::{Result, Shown};

#[derive(Template)]
#[template(path = "page/incidents/record.html")]
struct Record {
    frame: Frame,
    id: String,
    title: String,
    text: String,
    /// The version the text was made from.
    version: usize,
    preview: String,
    is_preview: bool,
    /// Somebody wrote another meanwhile: that one.
    other: Option<String>,
    altered: Vec<String>,
}

async fn page(visit: &Visit, incident: Incident, written: Option<Written>) -> Result {
    let version = incident.version();
    let (record, altered) = incident.record();
    let is_preview = written.is_some();
    let is_stale = written.as_ref().is_some_and(|written| written.version != version);
    let (text, from) =
        written.map_or((record.clone(), version), |written| (written.text, written.version));
    crate::web::page::html(&Record {
        frame: Frame { live: String::new(), ..visit.frame("i").await? },
        title: incident.title().to_owned(),
        id: incident.id,
        preview: markdown_of::html(&text),
        text,
        version: if is_stale { version } else { from },
        is_preview,
        other: is_stale.then_some(record),
        altered,
    })
}

/// What the form has.
struct Written {
    text: String,
    version: usize,
}

pub(super) async fn show(visit: &Visit) -> Result {
    page(visit, found(visit).await?, None).await
}

/// Shows what would be written, or writes it. What somebody else wrote meanwhile is shown beside.
pub(super) async fn write(visit: &Visit) -> Result {
    let mut incident = found(visit).await?;
    let text = visit.form.raw("text").replace("\r\n", "\n");
    let version = visit.form.text("version").parse().unwrap_or(usize::MAX);
    let is_stale = version != incident.version();
    if visit.form.text("do") != "save" || is_stale {
        return page(visit, incident, Some(Written { text, version })).await;
    }
    let (id, by, now) = (incident.id.clone(), visit.by(), visit.now);
    book::blocking(move || incident.write_record(&text, version, &by, now)).await?;
    visit.note(&t::changed_record(&id)).await?;
    Ok(Shown::Done { to: format!("/incidents/{id}/record"), said: t::saved(&id) })
}

pub(super) async fn markdown(visit: &Visit) -> Result {
    let incident = found(visit).await?;
    let name = format!("incident-{}.md", incident.id);
    let (record, _) = incident.record();
    let kind = "text/markdown; charset=utf-8";
    Ok(Shown::File { kind, name: Some(name), body: record.into_bytes() })
}

pub(super) async fn html(visit: &Visit) -> Result {
    let incident = found(visit).await?;
    let (reports, _) = incident.reports();
    let body = postmortem::record(&incident.case(&reports)).html().into_bytes();
    let name = format!("incident-{}.html", incident.id);
    Ok(Shown::File { kind: "text/html; charset=utf-8", name: Some(name), body })
}

/// All there is: the log, the reports, the record.
pub(super) async fn json(visit: &Visit) -> Result {
    let incident = found(visit).await?;
    let (reports, altered) = incident.reports();
    let (record, _) = incident.record();
    let all = serde_json::json!({
        "id": incident.id,
        "title": incident.title(),
        "opened": incident.opened(),
        "closed": incident.closed(),
        "intact": incident.broken.is_none() && altered.is_empty(),
        "log": incident.entries,
        "reports": reports,
        "record": record,
    });
    let body =
        serde_json::to_vec_pretty(&all).map_err(|error| Problem::unavailable(error.to_string()))?;
    let name = format!("incident-{}.json", incident.id);
    Ok(Shown::File { kind: "application/json", name: Some(name), body })
}
