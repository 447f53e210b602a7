//! Heartbeats made and changed by a form, and when they would be due.

use askama::Template;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::preview::{Due, from, next, words};
use crate::config::{
    Fault, HeartbeatConfig, body, check_heartbeat, heartbeat_json, heartbeat_text,
};
use crate::heartbeat::Origin;
use crate::heartbeat::book::as_table;
use crate::web::api::heartbeats::{made, none, replaced};
use crate::web::api::problem::Problem;
use crate::web::locale::{form as forms, heartbeats as t, word};
use crate::web::page::form::{Form, Of};
use crate::web::page::frame::Frame;
use crate::web::page::visit::{Fields, Visit};
use crate::web::page::words::Clock;
use crate::web::page::{Result, Shown, address, html};

/// The three ways to say when, of which one counts.
const WAYS: [&str; 3] = ["every", "cron", "calendar"];

#[derive(Template)]
#[template(path = "page/heartbeats/form.html")]
struct Page {
    frame: Frame,
    title: String,
    action: String,
    cancel: String,
    form: Form,
    way: &'static str,
    preview: Preview,
    text: Option<String>,
    problem: Option<Problem>,
}

/// When it would be due.
#[derive(Template, Default)]
#[template(path = "page/heartbeats/preview.html")]
struct Preview {
    words: String,
    times: Vec<Due>,
    faults: Vec<Fault>,
}

/// What a form is for.
struct Purpose {
    title: String,
    action: String,
    cancel: String,
    /// The one that is changed.
    name: Option<String>,
}

pub(super) async fn new(visit: &Visit) -> Result {
    let mut said = Map::new();
    if let Some(other) = visit.query.some("from") {
        said = known(visit, other)?.0;
        said.insert(String::from("name"), Value::from(format!("{other} 2")));
        said.shift_remove("slug");
    }
    let form = Form::said(Of::Heartbeat, &said);
    html(&Page::of(visit, Purpose::new(), form).await?)
}

pub(super) async fn make(visit: &Visit) -> Result {
    sent(visit, Purpose::new()).await
}

pub(super) async fn edit(visit: &Visit) -> Result {
    let (said, purpose) = Purpose::edit(visit)?;
    let form = Form::said(Of::Heartbeat, &said);
    html(&Page::of(visit, purpose, form).await?)
}

pub(super) async fn change(visit: &Visit) -> Result {
    let (_, purpose) = Purpose::edit(visit)?;
    sent(visit, purpose).await
}

/// When what is in the query would be due: a piece for the form that is open.
pub(super) fn preview(visit: &Visit) -> Result {
    html(&Preview::of(visit, &read(&visit.query)))
}

impl Purpose {
    fn new() -> Self {
        Self {
            title: t::add().to_owned(),
            action: String::from("/heartbeats/new"),
            cancel: String::from("/heartbeats"),
            name: None,
        }
    }

    fn edit(visit: &Visit) -> Result<(Map<String, Value>, Self)> {
        let (said, name, origin) = known(visit, visit.part(0))?;
        if let Origin::File { path, line } = origin {
            let path = path.display().to_string();
            return Err(Problem::conflict(forms::written_in(name, path, line))
                .instead(forms::change_there("systemctl reload nightkeep")));
        }
        let path = address::heartbeat(&name);
        let purpose = Self {
            title: forms::edit_one(&name),
            action: format!("{path}/edit"),
            cancel: path,
            name: Some(name),
        };
        Ok((said, purpose))
    }
}

/// What one says, its name in alerts, and where it is written.
fn known(visit: &Visit, name: &str) -> Result<(Map<String, Value>, String, Origin)> {
    let known = visit.app.desk.look(|book| {
        let definition = &book.get(book.named(name)?)?.definition;
        let said = heartbeat_json(&as_table(definition));
        Some((said, definition.subject.clone(), definition.origin.clone()))
    });
    known.ok_or_else(Problem::no_store)?.ok_or_else(|| none(name))
}

/// A sent form. Of the ways to say when, only the chosen one counts.
fn read(sent: &Fields) -> Form {
    let mut form = Form::sent(Of::Heartbeat, sent);
    if let Some(way) = WAYS.into_iter().find(|way| *way == sent.text("way")) {
        form.keep(&WAYS, way);
    }
    form
}

/// Does what the button of a sent form says.
async fn sent(visit: &Visit, purpose: Purpose) -> Result {
    let mut form = read(&visit.form);
    if purpose.name.is_some() && form.get("slug").is_some_and(|slug| slug.value.is_empty()) {
        // Its address stays, whatever it is called.
        let (said, ..) = known(visit, visit.part(0))?;
        let slug = said.get("slug").and_then(Value::as_str).unwrap_or_default();
        form.set("slug", slug);
    }
    match visit.form.text("do") {
        "preview" => return html(&Page::of(visit, purpose, form).await?),
        "text" => {
            let text = heartbeat_text(&form.table());
            let page = Page { text: Some(text), ..Page::of(visit, purpose, form).await? };
            return html(&page);
        }
        _ => {}
    }
    let wanted = match checked(visit, &form.table()) {
        Ok(wanted) => wanted,
        Err(faults) => {
            form.blame(faults);
            return html(&Page::of(visit, purpose, form).await?);
        }
    };
    let kept = match &purpose.name {
        Some(name) => replaced(&visit.app, name, &wanted).await,
        None => made(&visit.app, &wanted).await,
    };
    match kept {
        Ok(id) => {
            let name = visit.app.desk.look(|book| Some(book.get(id)?.definition.subject.clone()));
            let name = name.flatten().unwrap_or(wanted.slug);
            let (said, noted) = match purpose.name {
                Some(_) => (forms::changed(wanted.name), t::noted_changed(&name)),
                None => (t::added(wanted.name), t::noted_added(&name)),
            };
            visit.note(&noted).await?;
            Ok(Shown::Done { to: address::heartbeat(&name), said })
        }
        Err(problem) => {
            let page = Page { problem: Some(problem), ..Page::of(visit, purpose, form).await? };
            html(&page)
        }
    }
}

fn checked(
    visit: &Visit,
    table: &Map<String, Value>,
) -> std::result::Result<HeartbeatConfig, Vec<Fault>> {
    let table = body(table)?;
    check_heartbeat(&visit.config, &table).map_err(|error| error.faults())
}

impl Page {
    async fn of(visit: &Visit, purpose: Purpose, form: Form) -> Result<Self> {
        let has = |way: &&&str| form.get(way).is_some_and(|filled| !filled.value.is_empty());
        let chosen = WAYS.iter().find(|way| **way == visit.form.text("way"));
        let way = chosen.or_else(|| WAYS.iter().find(has)).copied().unwrap_or("every");
        Ok(Self {
            frame: visit.frame("h").await?,
            title: purpose.title,
            action: purpose.action,
            cancel: purpose.cancel,
            preview: Preview::of(visit, &form),
            form: {
                let mut form = form;
                form.offer("channels", visit.config.channels.keys().cloned().collect());
                form
            },
            way,
            text: None,
            problem: None,
        })
    }
}

impl Preview {
    /// Of the schedule alone: the rest may not be written yet.
    fn of(visit: &Visit, form: &Form) -> Self {
        let table = form.table();
        let mut asked: Map<String, Value> = WAYS
            .into_iter()
            .chain(["timezone"])
            .filter_map(|key| Some((key.to_owned(), table.get(key)?.clone())))
            .collect();
        asked.insert(String::from("name"), Value::from("preview"));
        match checked(visit, &asked) {
            Ok(wanted) => Self::next(&wanted, visit.now, &visit.clock()),
            Err(faults) => Self { faults, ..Self::default() },
        }
    }

    fn next(wanted: &HeartbeatConfig, now: Timestamp, clock: &Clock) -> Self {
        let times = next(&wanted.when, from(&wanted.when, None, now), clock);
        Self { words: words(&wanted.when), times, faults: Vec::new() }
    }
}
