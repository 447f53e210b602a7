//! The first sentence: how it is, in words of somebody who only wants to use it.

use serde::Serialize;

use super::words::several;
use super::{Page, Service, Status};
use crate::web::locale::status as t;

/// How everything is together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Banner {
    /// The worst there is.
    pub status: Status,
    /// In a sentence.
    pub sentence: String,
}

impl Banner {
    /// What is true of a page.
    pub fn of(page: &Page) -> Self {
        let of = |status| -> Vec<&Service> {
            page.services().filter(|service| service.status == status).collect()
        };
        let all = page.services().count();
        let open = page.incidents.iter().find(|incident| incident.ended.is_none());
        let (down, degraded) = (of(Status::Down), of(Status::Degraded));
        let (unknown, worked_on) = (of(Status::Unknown), of(Status::Maintenance));
        let (status, sentence) = if !down.is_empty() {
            (Status::Down, is_down(page, &down, all))
        } else if let Some(incident) = open {
            (Status::Degraded, incident.title.clone())
        } else if !degraded.is_empty() {
            (Status::Degraded, t::degraded(degraded.len(), names(&degraded)))
        } else if all > 0 && unknown.len() == all {
            (Status::Unknown, t::unknown().to_owned())
        } else if !unknown.is_empty() {
            (Status::Unknown, t::unknown_of(unknown.len(), names(&unknown)))
        } else if !worked_on.is_empty() {
            (Status::Maintenance, is_worked_on(page, &worked_on))
        } else if all == 0 {
            (Status::Unknown, t::nothing().to_owned())
        } else {
            (Status::Up, t::well().to_owned())
        };
        Self { status, sentence }
    }
}

fn names(services: &[&Service]) -> String {
    several(&services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>())
}

fn is_down(page: &Page, down: &[&Service], all: usize) -> String {
    // Of several, since the first of them.
    let since = down.iter().filter_map(|service| service.since).min();
    let since = since.map(|at| page.time(at));
    match (down.len() == all && all > 1, since) {
        (true, Some(since)) => t::all_down_since(since),
        (true, None) => t::all_down().to_owned(),
        (false, Some(since)) => t::down_since(down.len(), names(down), since),
        (false, None) => t::down(down.len(), names(down)),
    }
}

fn is_worked_on(page: &Page, services: &[&Service]) -> String {
    let until = page.work_now().map(|work| work.until).max();
    match until {
        Some(until) => t::worked_on_until(names(services), page.time(until)),
        None => t::worked_on(names(services)),
    }
}
