//! The log book of incidents. Of those that root opened and the watch may not read, only the number
//! is known here.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::{Asking, Said};
use crate::respond::incident::{self, Entry, Incident, Summary, What};
use crate::web::book::{self, blocking};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    List,
    Open,
    Show,
    Record,
    Note,
    Publish,
    Update,
    Withdraw,
    Close,
}

/// The log book.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Incidents")]
pub(super) struct Listed {
    /// Newest first.
    items: Vec<Summary>,
    /// The numbers of those that root opened, and only root may read: `sudo nightkeep incident
    /// show ID`.
    unreadable: Vec<String>,
}

/// An incident with its log.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "IncidentDetail")]
pub(super) struct Detail {
    #[serde(flatten)]
    incident: Summary,
    /// Its log, oldest first.
    log: Vec<Entry>,
}

/// What an incident is called.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IncidentTitle")]
pub(super) struct Title {
    /// What you saw.
    title: String,
}

/// What is written down.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IncidentText")]
pub(super) struct Text {
    /// It.
    text: String,
}

/// What the public is told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IncidentPublished")]
pub(super) struct Public {
    /// What it is called there, in words of a visitor.
    title: String,
    /// What is so, and what you do about it.
    text: String,
}

/// That it is over.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IncidentClosed")]
pub(super) struct Close {
    /// Why.
    #[serde(default)]
    text: String,
    /// What the public is told with it.
    #[serde(default)]
    public: String,
}

pub(super) async fn answer(asking: &Asking<'_>, call: Call) -> Result<Said, Problem> {
    match call {
        Call::List => {
            let store = store(asking);
            let (incidents, mut unreadable) = blocking(move || incident::readable(&store)).await?;
            unreadable.reverse();
            let items = incidents.iter().rev().map(Summary::from).collect();
            Ok(Said::json(200, &Listed { items, unreadable }))
        }
        Call::Open => {
            let title = said("title", &asking.read::<Title>()?.title)?;
            let (store, by, now) = (store(asking), asking.by(), asking.now);
            let opened = blocking(move || incident::open(&store, &title, &by, now)).await?;
            Ok(Said::json(201, &Summary::from(&opened)))
        }
        Call::Show => {
            let incident = find(asking).await?;
            Ok(Said::json(200, &Detail { incident: (&incident).into(), log: incident.entries }))
        }
        Call::Record => record(find(asking).await?).await,
        Call::Note => {
            let text = said("text", &asking.read::<Text>()?.text)?;
            write(asking, 201, What::Note { text }).await
        }
        Call::Publish => {
            let Public { title, text } = asking.read()?;
            let title = said("title", &title)?;
            write(asking, 200, What::Published { title, text }).await
        }
        Call::Update => {
            let text = said("text", &asking.read::<Text>()?.text)?;
            write(asking, 201, What::Update { text }).await
        }
        Call::Withdraw => write(asking, 200, What::Withdrawn).await,
        Call::Close => {
            let Close { text, public } = asking.read()?;
            write(asking, 200, What::Closed { text, public }).await
        }
    }
}

fn store(asking: &Asking<'_>) -> PathBuf {
    asking.config.store.path.clone()
}

/// A text that says something.
fn said(key: &str, text: &str) -> Result<String, Problem> {
    match text.trim() {
        "" => Err(Problem::wrong(format!("`{key}` says nothing"))),
        text => Ok(text.to_owned()),
    }
}

async fn find(asking: &Asking<'_>) -> Result<Incident, Problem> {
    book::find(store(asking), asking.part(0).to_owned()).await
}

async fn record(incident: Incident) -> Result<Said, Problem> {
    let text = blocking(move || {
        let (record, altered) = incident.record();
        let mut text = String::new();
        for file in altered {
            text += &format!("> {file:?} is not as it was kept, and left out.\n\n");
        }
        Ok(text + &record)
    });
    Ok(Said::text("text/markdown; charset=utf-8", text.await?))
}

async fn write(asking: &Asking<'_>, status: u16, what: What) -> Result<Said, Problem> {
    let (store, id) = (store(asking), asking.part(0).to_owned());
    let written = book::write(store, id, what, asking.by(), asking.now).await?;
    Ok(Said::json(status, &Summary::from(&written)))
}
