//! The first sentence: how it is, in words of somebody who only wants to use it.

use serde::Serialize;

use super::words::several;
use super::{Page, Service, Status};

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
            let one = "is slow or works only in part";
            (Status::Degraded, say(&degraded, one, "are slow or work only in part"))
        } else if all > 0 && unknown.len() == all {
            (Status::Unknown, String::from("We cannot tell how it is right now"))
        } else if !unknown.is_empty() {
            let names = names(&unknown);
            let are = if unknown.len() == 1 { "is" } else { "are" };
            (Status::Unknown, format!("We cannot tell how {names} {are} right now"))
        } else if !worked_on.is_empty() {
            (Status::Maintenance, is_worked_on(page, &worked_on))
        } else if all == 0 {
            (Status::Unknown, String::from("Nothing is shown here yet"))
        } else {
            (Status::Up, String::from("All is well"))
        };
        Self { status, sentence }
    }
}

fn names(services: &[&Service]) -> String {
    several(&services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>())
}

fn say(services: &[&Service], one: &str, many: &str) -> String {
    format!("{} {}", names(services), if services.len() == 1 { one } else { many })
}

fn is_down(page: &Page, down: &[&Service], all: usize) -> String {
    // Of several, since the first of them.
    let since = down.iter().filter_map(|service| service.since).min();
    let since = since.map(|at| format!(" since {}", page.time(at))).unwrap_or_default();
    if down.len() == all && all > 1 {
        return format!("Everything is down{since}");
    }
    say(down, "is down", "are down") + &since
}

fn is_worked_on(page: &Page, services: &[&Service]) -> String {
    let until = page.work_now().map(|work| work.until).max();
    let until = until.map(|at| format!(" until {}", page.time(at))).unwrap_or_default();
    format!("Planned work on {}{until}", names(services))
}
