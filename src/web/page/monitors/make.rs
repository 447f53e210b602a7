//! Monitors made and changed by a form.

use askama::Template;
use serde_json::{Map, Value};

use super::change::known;
use crate::config::{
    self, Fault, MonitorConfig, MonitorType, Origin, body, monitor_text, said_json,
};
use crate::monitor::Asked;
use crate::store;
use crate::web::api::monitors::{checked, kept, test};
use crate::web::api::problem::Problem;
use crate::web::locale::{form as forms, layout, monitors as t, word};
use crate::web::page::form::{Form, Of, monitor_about};
use crate::web::page::frame::Frame;
use crate::web::page::line::tick;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, Shown, address, html};
use crate::web::status::latency;

#[derive(Template)]
#[template(path = "page/monitors/types.html")]
struct Types {
    frame: Frame,
    types: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "page/monitors/form.html")]
struct Page {
    frame: Frame,
    clock: Clock,
    title: String,
    kind: &'static str,
    action: String,
    cancel: String,
    form: Form,
    /// Its name, if that stays.
    kept_name: Option<String>,
    asked: Option<Asked>,
    /// As it would stand in a file.
    text: Option<String>,
    /// It could not be done, and why.
    problem: Option<Problem>,
}

/// What a form is for.
struct Purpose {
    kind: MonitorType,
    title: String,
    action: String,
    cancel: String,
    /// The name and the table that are kept, of one that is changed.
    kept: Option<(String, String)>,
}

pub(super) async fn new(visit: &Visit) -> Result {
    if let Some(from) = visit.query.some("from") {
        let monitor = visit.config.monitors.get(from);
        let monitor = monitor.ok_or_else(|| Problem::missing(layout::no_such("monitor", from)))?;
        let mut said = match &monitor.origin {
            Origin::Store => without_secrets(config::kept_json(&table(visit, from).await?)),
            Origin::File { .. } => said_json(monitor),
        };
        said.insert(String::from("name"), Value::from(format!("{from} 2")));
        return page(
            visit,
            Purpose::new(monitor.kind()),
            Form::said(Of::Monitor(monitor.kind()), &said),
        )
        .await;
    }
    match visit.query.some("type") {
        None => {
            let all = MonitorType::ALL.into_iter().filter(|kind| *kind != MonitorType::Command);
            let types = all.map(|kind| (kind.as_str(), monitor_about(kind))).collect();
            html(&Types { frame: visit.frame("m").await?, types })
        }
        Some(word) => {
            let kind = named(word)?;
            page(visit, Purpose::new(kind), Form::said(Of::Monitor(kind), &Map::new())).await
        }
    }
}

pub(super) async fn make(visit: &Visit) -> Result {
    sent(visit, Purpose::new(named(visit.form.text("type"))?)).await
}

pub(super) async fn edit(visit: &Visit) -> Result {
    let purpose = Purpose::edit(visit).await?;
    let said = purpose.kept.as_ref().map(|(_, table)| config::kept_json(table));
    let said = said.unwrap_or_default();
    let form = Form::said(Of::Monitor(purpose.kind), &said);
    page(visit, purpose, form).await
}

pub(super) async fn change(visit: &Visit) -> Result {
    let purpose = Purpose::edit(visit).await?;
    sent(visit, purpose).await
}

impl Purpose {
    fn new(kind: MonitorType) -> Self {
        Self {
            kind,
            title: t::add().to_owned(),
            action: String::from("/monitors/new"),
            cancel: String::from("/monitors"),
            kept: None,
        }
    }

    async fn edit(visit: &Visit) -> Result<Self> {
        let monitor = known(visit)?;
        if let Origin::File { path, line } = &monitor.origin {
            let path = path.display().to_string();
            return Err(Problem::conflict(forms::written_in(&monitor.name, path, *line))
                .instead(forms::change_there("systemctl reload nightkeep")));
        }
        let path = address::monitor(&monitor.name);
        Ok(Self {
            kind: monitor.kind(),
            title: forms::edit_one(&monitor.name),
            action: format!("{path}/edit"),
            cancel: path,
            kept: Some((monitor.name.clone(), table(visit, &monitor.name).await?)),
        })
    }
}

/// Does what the button of a sent form says.
async fn sent(visit: &Visit, purpose: Purpose) -> Result {
    let mut form = Form::sent(Of::Monitor(purpose.kind), &visit.form);
    let shown = shown(&purpose, form.table());
    let json = match meant(&purpose, &shown) {
        Ok(json) => json,
        Err(faults) => {
            form.blame(faults);
            return page(visit, purpose, form).await;
        }
    };
    if visit.form.text("do") == "text" {
        let mut page = Page::of(visit, purpose, form).await?;
        page.text = Some(monitor_text(&shown));
        return html(&page);
    }
    let table = match body(&json) {
        Ok(table) => table,
        Err(faults) => {
            form.blame(faults);
            return page(visit, purpose, form).await;
        }
    };
    if visit.form.text("do") == "test" {
        let asked = match checked(&visit.config, &table) {
            Ok(monitor) => test(&visit.app, &visit.config, &monitor).await,
            Err(problem) => Err(problem),
        };
        let mut page = Page::of(visit, purpose, form).await?;
        match asked {
            Ok(asked) => page.asked = Some(asked),
            Err(problem) => page.refuse(problem),
        }
        return html(&page);
    }
    let replace = purpose.kept.is_some();
    match kept(&visit.app, &visit.config, table, replace, visit.by()).await {
        Ok(name) => {
            let (said, noted) = if replace {
                (forms::changed(&name), t::noted_changed(&name))
            } else {
                (t::added(&name), t::noted_added(&name))
            };
            visit.note(&noted).await?;
            Ok(Shown::Done { to: address::monitor(&name), said })
        }
        Err(problem) => {
            let mut page = Page::of(visit, purpose, form).await?;
            page.refuse(problem);
            html(&page)
        }
    }
}

/// The table a sent form means, kept secrets put in.
fn meant(
    purpose: &Purpose,
    shown: &Map<String, Value>,
) -> std::result::Result<Map<String, Value>, Vec<Fault>> {
    let mut json = shown.clone();
    if let Some((_, table)) = &purpose.kept {
        config::with_kept_secrets(&mut json, table)?;
    }
    Ok(json)
}

/// The same as it may be shown: the name, which stays if it has one, the type, and the rest.
fn shown(purpose: &Purpose, mut fields: Map<String, Value>) -> Map<String, Value> {
    let kept = purpose.kept.as_ref().map(|(name, _)| Value::from(name.as_str()));
    let sent = fields.shift_remove("name");
    let mut json = Map::new();
    if let Some(name) = kept.or(sent) {
        json.insert(String::from("name"), name);
    }
    json.insert(String::from("type"), Value::from(purpose.kind.as_str()));
    json.extend(fields);
    json
}

async fn page(visit: &Visit, purpose: Purpose, form: Form) -> Result {
    html(&Page::of(visit, purpose, form).await?)
}

impl Page {
    async fn of(visit: &Visit, purpose: Purpose, form: Form) -> Result<Self> {
        Ok(Self {
            frame: visit.frame("m").await?,
            clock: visit.clock(),
            title: purpose.title,
            kind: purpose.kind.as_str(),
            action: purpose.action,
            cancel: purpose.cancel,
            kept_name: purpose.kept.map(|(name, _)| name),
            form,
            asked: None,
            text: None,
            problem: None,
        })
    }

    /// Says why it could not be done, beside what it is about.
    fn refuse(&mut self, problem: Problem) {
        if problem.errors.is_empty() {
            self.problem = Some(problem);
        } else {
            self.form.blame(problem.errors);
        }
    }
}

/// The phases of an answer, with their names.
pub(super) fn phases(asked: &Asked) -> Vec<(&'static str, String)> {
    let phases = [
        (t::dns(), asked.phases.dns_seconds),
        (t::connect(), asked.phases.connect_seconds),
        (t::tls(), asked.phases.tls_seconds),
        (t::first_byte(), asked.phases.first_byte_seconds),
        (t::all_of_it(), Some(asked.latency_seconds)),
    ];
    phases.into_iter().filter_map(|(name, took)| Some((name, latency(took?)))).collect()
}

fn named(word: &str) -> Result<MonitorType> {
    let kind = MonitorType::ALL.into_iter().find(|kind| kind.as_str() == word);
    match kind {
        Some(MonitorType::Command) => {
            Err(Problem::wrong(t::no_command()).instead(t::command_in_file()))
        }
        Some(kind) => Ok(kind),
        None => Err(Problem::missing(t::no_type()).instead(t::choose_type())),
    }
}

fn without_secrets(mut json: Map<String, Value>) -> Map<String, Value> {
    json.retain(|_, value| {
        let hides = |value: &Value| value == "…";
        !hides(value) && !value.as_object().is_some_and(|fields| fields.values().any(hides))
    });
    json
}

/// The table of a monitor as it is kept.
async fn table(visit: &Visit, name: &str) -> Result<String> {
    let kept = store::monitor::list(&visit.store().await?).await?;
    let kept = kept.into_iter().find(|kept| kept.name == name);
    kept.map(|kept| kept.table).ok_or_else(|| Problem::missing(t::not_in_store(name)))
}

/// One as it would stand in a file; nothing if a file has it.
pub(super) async fn text(visit: &Visit, monitor: &MonitorConfig) -> Result<Option<String>> {
    match monitor.origin {
        Origin::File { .. } => Ok(None),
        Origin::Store if visit.app.store.borrow().is_none() => Ok(None),
        Origin::Store => {
            let table = table(visit, &monitor.name).await?;
            Ok(Some(monitor_text(&config::kept_json(&table))))
        }
    }
}
