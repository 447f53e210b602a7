//! What is done with heartbeats: paused, given another address, deleted; one or several.

use uuid::Uuid;

use crate::control::{Reply, Request};
use crate::heartbeat::{Book, Definition};
use crate::web::api::heartbeats::{changed, none, removed};
use crate::web::api::problem::Problem;
use crate::web::locale::{form as forms, heartbeats as t};
use crate::web::page::monitors::AskRemove;
use crate::web::page::visit::Visit;
use crate::web::page::{Result, Shown, address, html};

pub(super) async fn turn(visit: &Visit, pause: bool) -> Result {
    let name = visit.part(0).to_owned();
    let to = address::heartbeat(&name);
    let said = visit.tell(Request::Heartbeat { name, pause }).await?;
    visit.done(to, said)
}

/// The old one is nobody's any more.
pub(super) async fn new_address(visit: &Visit) -> Result {
    let name = visit.part(0);
    let change = |book: &mut Book, id, now| {
        if let Some(old) = book.get(id).map(|check| check.definition.clone()) {
            book.define(id, Definition { uuid: Uuid::new_v4(), ..old }, now);
        }
        Ok(())
    };
    changed(&visit.app, name, change).await?;
    visit.note(&t::noted_address(name)).await?;
    visit.done(address::heartbeat(name), t::has_new_address(name))
}

pub(super) async fn ask_remove(visit: &Visit) -> Result {
    let name = visit.part(0);
    let known = visit.app.desk.look(|book| {
        let id = book.named(name)?;
        book.get(id).map(|check| check.definition.subject.clone())
    });
    let name = known.ok_or_else(Problem::no_store)?.ok_or_else(|| none(name))?;
    let path = address::heartbeat(&name);
    html(&AskRemove {
        frame: visit.frame("h").await?,
        what: "heartbeats",
        names: vec![name],
        stay: 0,
        lost: t::lost(),
        action: format!("{path}/delete"),
        cancel: path,
    })
}

pub(super) async fn remove(visit: &Visit) -> Result {
    let name = visit.part(0);
    removed(&visit.app, name).await?;
    visit.note(&t::noted_gone(name)).await?;
    // Where the form was is nothing any more.
    Ok(Shown::Done { to: String::from("/heartbeats"), said: t::gone(name) })
}

/// Does something with all that were chosen.
pub(super) async fn several(visit: &Visit) -> Result {
    let names: Vec<&str> = visit.form.all("name").collect();
    if names.is_empty() {
        return Err(Problem::wrong(t::none_chosen()).instead(forms::choose_first()));
    }
    let word = visit.form.text("do");
    if word == "remove" && visit.form.text("sure") != "yes" {
        return html(&AskRemove {
            frame: visit.frame("h").await?,
            what: "heartbeats",
            names: names.into_iter().map(str::to_owned).collect(),
            stay: 0,
            lost: t::lost(),
            action: String::from("/heartbeats"),
            cancel: String::from("/heartbeats"),
        });
    }
    let (mut done, mut refused) = (0, Vec::new());
    for name in names {
        let pause = match word {
            "pause" => true,
            "resume" => false,
            "remove" => {
                match removed(&visit.app, name).await {
                    Ok(_) => done += 1,
                    Err(problem) => refused.push(problem.detail),
                }
                continue;
            }
            _ => return Err(Problem::wrong(forms::do_what())),
        };
        match visit.app.ask(Request::Heartbeat { name: name.to_owned(), pause }).await {
            Some(Reply::Done { .. }) => done += 1,
            Some(Reply::Refused { why, .. }) => refused.push(why),
            _ => return Err(Problem::no_watch()),
        }
    }
    let mut said = match word {
        "pause" => t::several_paused(done),
        "resume" => t::several_resumed(done),
        _ => t::several_deleted(done),
    };
    if let Some(first) = refused.first() {
        said = format!("{said} {}", forms::refused(refused.len(), first));
    }
    visit.note(&said).await?;
    visit.done("/heartbeats", said)
}
