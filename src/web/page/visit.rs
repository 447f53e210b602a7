//! Somebody's request to the page: who, what for, and what may be asked on the way.

use std::sync::Arc;

use hyper::HeaderMap;
use jiff::Timestamp;

use super::frame::Theme;
use super::words::Clock;
use super::{Result, Shown};
use crate::access::Who;
use crate::config::Config;
use crate::control::{Reply, Request, Status};
use crate::monitor::MonitorView;
use crate::store::Store;
use crate::web::api::problem::Problem;
use crate::web::locale::layout;
use crate::web::{App, Asker, access};

/// Somebody's request.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) app: App,
    pub(super) config: Arc<Config>,
    pub(super) who: Who,
    /// What stands before every path: nothing, or the path in `web.url`.
    pub(super) base: String,
    /// The server's address outside.
    pub(super) origin: String,
    /// What is asked for, below `base`.
    pub(super) path: String,
    pub(super) query: Fields,
    pub(super) form: Fields,
    /// What stands in the path where the route has names.
    pub(super) parts: Vec<String>,
    pub(super) asker: Asker,
    pub(super) headers: HeaderMap,
    pub(super) now: Timestamp,
    pub(super) theme: Theme,
    /// What was done before, to be said now.
    pub(super) said: Option<String>,
}

/// Fields of a form or a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The value of a field without blanks around it; nothing if it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// The value of a field that says something.
    pub(super) fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// All values of a field.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// The value as it was sent: of a text in which blanks may matter.
    pub(super) fn raw(&self, name: &str) -> &str {
        let mut all = self.0.iter().filter(|(known, _)| known == name);
        all.next().map_or("", |(_, value)| value.as_str())
    }

    /// Every name with its value, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Visit {
    /// What stands at a place in the path.
    pub(super) fn part(&self, place: usize) -> &str {
        self.parts.get(place).map_or("", String::as_str)
    }

    /// The number that stands there.
    pub(super) fn number(&self, place: usize, what: &str) -> Result<u64> {
        let text = self.part(place);
        text.parse().map_err(|_| Problem::missing(layout::no_such(what, text)))
    }

    /// Who does it, as it is written down.
    pub(super) fn by(&self) -> String {
        self.who.name.clone()
    }

    /// The store, to be read.
    pub(super) async fn store(&self) -> Result<Store> {
        self.app.reader().await.ok_or_else(Problem::no_store)
    }

    /// Asks the watch. What it refuses is a problem.
    pub(super) async fn ask(&self, request: Request) -> Result<Reply> {
        match self.app.ask(request).await {
            Some(Reply::Refused { why, kind }) => Err(Problem::refused(kind, why)),
            Some(reply) => Ok(reply),
            None => Err(Problem::no_watch()),
        }
    }

    /// What the watch knows.
    pub(super) async fn status(&self) -> Result<Status> {
        match self.ask(Request::Status).await? {
            Reply::Status(status) => Ok(*status),
            _ => Err(Problem::no_watch()),
        }
    }

    /// All monitors, or one with its last answers.
    pub(super) async fn monitors(&self, name: Option<&str>) -> Result<Vec<MonitorView>> {
        match self.ask(Request::Monitors { name: name.map(str::to_owned) }).await? {
            Reply::Monitors { monitors } => Ok(monitors),
            _ => Err(Problem::no_watch()),
        }
    }

    /// Has the watch do something, writes it down, and gives what it says of it.
    pub(super) async fn tell(&self, request: Request) -> Result<String> {
        let said = self.tell_it(request).await?;
        self.note(&said).await?;
        Ok(said)
    }

    /// The same of what the watch writes down itself.
    pub(super) async fn tell_it(&self, request: Request) -> Result<String> {
        match self.ask(request).await? {
            Reply::Done { said, .. } => Ok(sentence(&said)),
            _ => Err(Problem::no_watch()),
        }
    }

    /// Writes down that something was changed.
    pub(super) async fn note(&self, what: &str) -> Result<()> {
        access::note(&self.app, self.asker, &self.headers, &self.who.name, what).await?;
        Ok(())
    }

    /// Times as this owner reads them.
    pub(super) fn clock(&self) -> Clock {
        Clock { now: self.now, zone: self.config.timezone.clone() }
    }

    /// It is done: on to another page, or back to where the form said.
    #[expect(clippy::unnecessary_wraps, reason = "it is what a page answers with")]
    pub(super) fn done(&self, to: impl Into<String>, said: impl Into<String>) -> Result {
        let to = self.form.some("back").map_or_else(|| to.into(), str::to_owned);
        Ok(Shown::Done { to, said: said.into() })
    }
}

/// With a capital and a full stop.
fn sentence(said: &str) -> String {
    let mut letters = said.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if said.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_as_they_were_sent() {
        let fields = Fields::read(b"a=1&b=+x%0A&a=2&c=");
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((fields.text("b"), fields.raw("b")), ("x", " x\n"));
        assert_eq!((fields.some("c"), fields.some("d"), fields.text("d")), (None, None, ""));
        assert_eq!(sentence("silence set"), "Silence set.");
    }
}
