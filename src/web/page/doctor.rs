//! The doctor: what the watch cannot see or do here, and the command that mends it.

use askama::Template;

use super::frame::Frame;
use super::visit::Visit;
use super::words::Clock;
use super::{Call, Result, Route, html};
use crate::access::Role;
use crate::config;
use crate::control::{Reply, Request};
use crate::doctor::{Examined, Watch, examine, ill, well};
use crate::web::App;
use crate::web::locale::{doctor as t, layout, word};

pub(super) const ROUTES: &[Route] =
    &[Route { method: "GET", path: "/doctor", need: Role::Editor, call: Call::Doctor }];

impl Watch for App {
    async fn ask(&self, request: Request) -> anyhow::Result<Reply> {
        let answer = Self::ask(self, request).await;
        answer.ok_or_else(|| anyhow::anyhow!(t::no_watch()))
    }
}

#[derive(Template)]
#[template(path = "page/doctor.html")]
struct Doctor {
    frame: Frame,
    said: String,
    ill: Vec<Examined>,
    well: Vec<Examined>,
    warnings: Vec<String>,
}

/// Looked at as the watch, which may do less than root: that is what counts.
pub(super) async fn answer(visit: &Visit) -> Result {
    let path = &visit.app.config_path;
    let read = config::load(path, &config::Environment::of_this_process(config::Secrets::Needed));
    let config = match read {
        Ok(_) => well(t::config(), t::config_right(path.display().to_string())),
        Err(error) => ill(t::config(), error.to_string(), "sudo nightkeep config check"),
    };
    let clock: Clock = visit.clock();
    let mut examined = vec![config];
    examined.extend(examine(&visit.config, &visit.app, |at| clock.at(&at)).await);
    let (ill, well): (Vec<_>, Vec<_>) = examined.into_iter().partition(|one| one.trouble.is_some());
    let said = match ill.len() {
        0 => t::all_seen().to_owned(),
        n => t::ill(n),
    };
    let frame = Frame { live: String::new(), ..visit.frame("d").await? };
    html(&Doctor { frame, said, ill, well, warnings: visit.config.warnings.clone() })
}

impl Doctor {
    fn tone(&self) -> &'static str {
        if self.ill.is_empty() { "up" } else { "degraded" }
    }
}
