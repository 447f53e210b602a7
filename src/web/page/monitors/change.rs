//! What is done with monitors: paused, silenced, deleted; one or several.

use askama::Template;

use crate::config::{MonitorConfig, Origin};
use crate::control::{Reply, Request};
use crate::model::{Match, Subject};
use crate::web::api::problem::Problem;
use crate::web::locale::{form as forms, layout, monitors as t, word};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::{Result, Shown, address, alerts, html};

#[derive(Template)]
#[template(path = "page/remove.html")]
pub(in crate::web::page) struct AskRemove {
    pub(in crate::web::page) frame: Frame,
    /// What several are: `monitors`, `heartbeats`.
    pub(in crate::web::page) what: &'static str,
    pub(in crate::web::page) names: Vec<String>,
    /// Those of files, which stay.
    pub(in crate::web::page) stay: usize,
    /// What goes with them.
    pub(in crate::web::page) lost: &'static str,
    pub(in crate::web::page) action: String,
    pub(in crate::web::page) cancel: String,
}

pub(super) async fn turn(visit: &Visit, paused: bool) -> Result {
    let name = visit.part(0).to_owned();
    let to = address::monitor(&name);
    let said = visit.tell(Request::PauseMonitor { name, paused, by: visit.by() }).await?;
    visit.done(to, said)
}

pub(super) async fn silence(visit: &Visit) -> Result {
    let monitor = known(visit)?;
    let said = alerts::silence(visit, silenced(&[monitor.name.as_str()])).await?;
    visit.done(address::monitor(&monitor.name), said)
}

/// Everything about these monitors.
fn silenced(names: &[&str]) -> Match {
    let subjects: Vec<_> = names.iter().map(|name| Subject::Monitor((*name).to_owned())).collect();
    Match::about(&subjects)
}

pub(super) async fn ask_remove(visit: &Visit) -> Result {
    let monitor = known(visit)?;
    let path = address::monitor(&monitor.name);
    html(&AskRemove {
        frame: visit.frame("m").await?,
        what: "monitors",
        names: vec![monitor.name.clone()],
        stay: 0,
        lost: t::lost_one(),
        action: format!("{path}/delete"),
        cancel: path,
    })
}

pub(super) async fn remove(visit: &Visit) -> Result {
    let name = visit.part(0).to_owned();
    let said = visit.tell(Request::ForgetMonitor { name }).await?;
    // Where the form was is nothing any more.
    Ok(Shown::Done { to: String::from("/monitors"), said })
}

/// Does something with all that were chosen.
pub(super) async fn several(visit: &Visit) -> Result {
    let names: Vec<&str> = visit.form.all("name").collect();
    if names.is_empty() {
        return Err(Problem::wrong(t::none_chosen()).instead(forms::choose_first()));
    }
    let by = visit.by();
    match visit.form.text("do") {
        word @ ("pause" | "resume") => {
            let paused = word == "pause";
            let turn = |name: &str| Request::PauseMonitor {
                name: name.to_owned(),
                paused,
                by: by.clone(),
            };
            let done: fn(usize) -> String =
                if paused { t::several_paused } else { t::several_resumed };
            each(visit, &names, done, turn).await
        }
        "silence" => {
            let said = alerts::silence(visit, silenced(&names)).await?;
            visit.done("/monitors", t::several_silenced(names.len(), said))
        }
        "remove" => {
            let is_of_store = |name: &&str| {
                let monitor = visit.config.monitors.get(*name);
                monitor.is_some_and(|monitor| monitor.origin == Origin::Store)
            };
            let own: Vec<&str> = names.iter().copied().filter(is_of_store).collect();
            if own.is_empty() {
                return Err(Problem::conflict(t::all_of_files()).instead(t::delete_there()));
            }
            if visit.form.text("sure") == "yes" {
                let forget = |name: &str| Request::ForgetMonitor { name: name.to_owned() };
                return each(visit, &own, t::several_deleted, forget).await;
            }
            html(&AskRemove {
                frame: visit.frame("m").await?,
                what: "monitors",
                names: own.iter().map(|name| (*name).to_owned()).collect(),
                stay: names.len() - own.len(),
                lost: t::lost_several(),
                action: String::from("/monitors"),
                cancel: String::from("/monitors"),
            })
        }
        _ => Err(Problem::wrong(forms::do_what())),
    }
}

/// Asks the watch for each. What it refuses is said, and hinders no other.
async fn each(
    visit: &Visit,
    names: &[&str],
    said: fn(usize) -> String,
    request: impl Fn(&str) -> Request,
) -> Result {
    let (mut done, mut refused) = (0, Vec::new());
    for name in names {
        match visit.app.ask(request(name)).await {
            Some(Reply::Done { .. }) => done += 1,
            Some(Reply::Refused { why, .. }) => refused.push(why),
            _ => return Err(Problem::no_watch()),
        }
    }
    let mut said = said(done);
    if let Some(first) = refused.first() {
        said = format!("{said} {}", forms::refused(refused.len(), first));
    }
    visit.note(&said).await?;
    visit.done("/monitors", said)
}

/// The monitor that is asked for.
pub(super) fn known(visit: &Visit) -> Result<std::sync::Arc<MonitorConfig>> {
    let name = visit.part(0);
    let monitor = visit.config.monitors.get(name).cloned();
    monitor.ok_or_else(|| {
        Problem::missing(layout::no_such("monitor", name)).instead(t::may_be_deleted())
    })
}
