//! The page for people: HTML that needs no script, with the style in a file of its own.

use askama::Template;

use super::bars::{BadDay, Bars, bad_days};
use super::words::{day_status, latency, percent, several, status};
use super::{Banner, DayStatus, Group, Page, Public, Service, Status, Work, style_name};
use crate::respond::incident::UpdateKind;
use crate::web::locale::{status as t, time};

/// Incidents that are over are shown up to this many.
const PAST: usize = 20;

#[derive(Template)]
#[template(path = "status/page.html")]
struct Html<'a> {
    page: &'a Page,
    banner: Banner,
    style: &'static str,
    base: &'a str,
    groups: Vec<GroupView<'a>>,
    open: Vec<IncidentView<'a>>,
    past: Vec<IncidentView<'a>>,
    /// Work that goes on or comes, and whether it goes on.
    work: Vec<WorkView<'a>>,
    legend: Vec<(&'static str, String, &'static str)>,
}

struct GroupView<'a> {
    name: Option<&'a str>,
    services: Vec<ServiceView<'a>>,
}

struct ServiceView<'a> {
    service: &'a Service,
    status: Status,
    word: &'static str,
    since: Option<String>,
    uptime: Option<String>,
    uptime_24h: Option<String>,
    latency: Option<String>,
    bars: Bars,
    bad_days: Vec<BadDay>,
}

struct IncidentView<'a> {
    incident: &'a Public,
    /// The newest first, as visitors look for the last word.
    updates: Vec<UpdateView<'a>>,
}

struct UpdateView<'a> {
    at: String,
    stamp: String,
    kind: &'static str,
    text: &'a str,
}

struct WorkView<'a> {
    work: &'a Work,
    when: String,
    now: bool,
    concerns: String,
}

/// The page as HTML.
///
/// # Errors
/// Never; the template writes into memory.
pub fn html(page: &Page) -> askama::Result<String> {
    let incident = |incident| IncidentView { incident, updates: updates(page, incident) };
    let (open, past): (Vec<&Public>, Vec<&Public>) =
        page.incidents.iter().partition(|incident| incident.ended.is_none());
    let legend = [DayStatus::Up, DayStatus::Trouble, DayStatus::Down, DayStatus::NoData]
        .map(|status| (status.class(), status.draw(2), day_status(status)));
    let html = Html {
        page,
        banner: Banner::of(page),
        style: style_name(),
        base: &page.place.path,
        groups: page.groups.iter().map(|group| group_view(page, group)).collect(),
        open: open.into_iter().map(incident).collect(),
        past: past.into_iter().take(PAST).map(incident).collect(),
        work: page.maintenance.iter().map(|work| work_view(page, work)).collect(),
        legend: legend.to_vec(),
    };
    html.render()
}

fn group_view<'a>(page: &Page, group: &'a Group) -> GroupView<'a> {
    let service = |service: &'a Service| ServiceView {
        service,
        status: service.status,
        word: status(service.status),
        since: service.since.map(|since| page.time(since)),
        uptime: service.uptime.map(percent),
        uptime_24h: service.uptime_24h.map(percent),
        latency: service.latency_seconds.map(latency),
        bars: Bars::of(service),
        bad_days: bad_days(service),
    };
    GroupView {
        name: group.name.as_deref(),
        services: group.services.iter().map(service).collect(),
    }
}

fn updates<'a>(page: &Page, incident: &'a Public) -> Vec<UpdateView<'a>> {
    let update = |update: &'a crate::respond::incident::Update| UpdateView {
        at: page.time(update.at),
        stamp: update.at.to_string(),
        kind: match update.kind {
            UpdateKind::Published => t::found(),
            UpdateKind::Update => t::update(),
            UpdateKind::Closed => t::over(),
            UpdateKind::Reopened => t::back(),
        },
        text: &update.text,
    };
    incident.updates.iter().rev().map(update).collect()
}

fn work_view<'a>(page: &Page, work: &'a Work) -> WorkView<'a> {
    let names: Vec<&str> = work.services.iter().map(String::as_str).collect();
    WorkView {
        work,
        when: page.span(work.from, work.until),
        now: work.from <= page.updated,
        concerns: several(&names),
    }
}
