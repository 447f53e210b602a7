//! What is done with heartbeats: paused, given another address, deleted; one or several.

use uuid::Uuid;

use crate::control::{Reply, Request};
use crate::heartbeat::{Book, Definition};
use crate::web::api::heartbeats::{changed, none, removed};
use crate::web::api::problem::Problem;
use crate::web::page::monitors::AskRemove;
use crate::web::page::visit::Visit;
use crate::web::page::words::count;
use crate::web::page::{Result, Shown, address, html};

const LOST: &str = "Its address is gone for good: a job that still calls it hears that there is no such check. \
                    Its log goes with it.";

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
    visit.note(&format!("gave the heartbeat {name} a new address")).await?;
    let said = format!("{name} has a new address. Its job has to call it there.");
    visit.done(address::heartbeat(name), said)
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
        what: "heartbeat",
        names: vec![name],
        stay: 0,
        lost: LOST,
        action: format!("{path}/delete"),
        cancel: path,
    })
}

pub(super) async fn remove(visit: &Visit) -> Result {
    let name = visit.part(0);
    removed(&visit.app, name).await?;
    let said = format!("{name} is gone.");
    visit.note(&format!("heartbeat {said}")).await?;
    // Where the form was is nothing any more.
    Ok(Shown::Done { to: String::from("/heartbeats"), said })
}

/// Does something with all that were chosen.
pub(super) async fn several(visit: &Visit) -> Result {
    let names: Vec<&str> = visit.form.all("name").collect();
    if names.is_empty() {
        return Err(Problem::wrong("no heartbeat was chosen")
            .instead("press Choose several, and choose some"));
    }
    let word = visit.form.text("do");
    if word == "remove" && visit.form.text("sure") != "yes" {
        return html(&AskRemove {
            frame: visit.frame("h").await?,
            what: "heartbeats",
            names: names.into_iter().map(str::to_owned).collect(),
            stay: 0,
            lost: LOST,
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
            _ => return Err(Problem::wrong("it is not said what to do with them")),
        };
        match visit.app.ask(Request::Heartbeat { name: name.to_owned(), pause }).await {
            Some(Reply::Done { .. }) => done += 1,
            Some(Reply::Refused { why, .. }) => refused.push(why),
            _ => return Err(Problem::no_watch()),
        }
    }
    let verb = match word {
        "pause" => "paused",
        "resume" => "resumed",
        _ => "deleted",
    };
    let mut said = format!("{} {verb}.", count(done, "heartbeat", "heartbeats"));
    if let Some(first) = refused.first() {
        said += &format!(" {} not: {first}", refused.len());
    }
    visit.note(&said).await?;
    visit.done("/heartbeats", said)
}
