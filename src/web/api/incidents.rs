//! The log book of incidents. What root opened is root's alone: of that only its number is known
//! here.

use std::io;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::{Asking, Said};
use crate::respond::incident::{self, Entry, Incident, Summary, What};

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

/// The log book waits for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let worked = tokio::task::spawn_blocking(work).await;
    let worked = worked.unwrap_or_else(|error| Err(io::Error::other(error)));
    worked.map_err(|error| {
        if error.kind() == io::ErrorKind::PermissionDenied {
            return roots_own();
        }
        tracing::warn!("the log book: {error}");
        Problem::unavailable("the log book cannot be read or written")
    })
}

fn roots_own() -> Problem {
    Problem::conflict("the log book belongs to root, who opened it")
        .instead("on the server: sudo nightkeep incident")
}

async fn find(asking: &Asking<'_>) -> Result<Incident, Problem> {
    let (store, id) = (store(asking), asking.part(0).to_owned());
    let (incidents, unreadable) = blocking(move || incident::readable(&store)).await?;
    if unreadable.contains(&id) {
        return Err(roots_own());
    }
    let found = incidents.into_iter().find(|incident| incident.id == id);
    found.ok_or_else(|| Problem::missing(format!("there is no incident `{id}`")))
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
    let mut incident = find(asking).await?;
    let of_public = matches!(what, What::Update { .. } | What::Withdrawn);
    if of_public && incident::Public::of(&incident).is_none() {
        return Err(Problem::conflict("the public was not told of it yet").instead("publish it"));
    }
    let (store, by, now) = (store(asking), asking.by(), asking.now);
    let written = blocking(move || {
        incident::write(&store, &mut incident, what, &by, now)?;
        Ok(incident)
    });
    Ok(Said::json(status, &Summary::from(&written.await?)))
}
