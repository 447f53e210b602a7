//! nightkeep's own API, at `/api/nightkeep/v1/`: what the page does, for programs. Each action is
//! the one the command line asks for, so that there is one way to do a thing.
//!
//! `route` is the table of all that can be asked; the document (`openapi`) is made of it.

mod alerts;
mod channels;
pub(super) mod heartbeats;
mod history;
mod incidents;
pub(super) mod monitors;
mod openapi;
pub(super) mod problem;
mod query;
mod route;
mod silences;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(super) use monitors::Tests;

use self::problem::Problem;
use self::query::Query;
use self::route::{Call, Found, Need, Route};
use super::{Answer, App, Asker, access, token};
use crate::clock;
use crate::config::Config;
use crate::control::{self, Reply};
use crate::model::text;
use crate::store::{self, Store, StoreError};
use crate::token::{Known, Scope};

/// Everything is below this.
const ROOT: &str = "/api/nightkeep/v1";
/// Bytes of a request's body.
const BODY: usize = 64 * 1024;
/// Letters of what was done, in the list of changes.
const DID: usize = 300;

/// Is this path one of the API's?
pub(super) fn is_here(path: &str) -> bool {
    path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request. `path` is that of the request, unless the latter has more before it.
pub(super) async fn answer(
    app: &App,
    asker: Asker,
    path: Option<&str>,
    request: Request<Incoming>,
) -> Answer {
    let (head, body) = request.into_parts();
    let path = path.unwrap_or(head.uri.path());
    let below = path.strip_prefix(ROOT).unwrap_or_default();
    let method = match head.method.as_str() {
        // Of the answer to HEAD hyper sends the head.
        "HEAD" => "GET",
        method => method,
    };
    let asked = match route::find(method, below) {
        Found::Route(route, parts) => Asked { route, parts, query: head.uri.query() },
        Found::OtherMethods(methods) => {
            let mut answer = reply(Problem::method(head.method.as_str(), &methods).said());
            if let Ok(allow) = HeaderValue::from_str(&methods.join(", ")) {
                answer.headers_mut().insert(ALLOW, allow);
            }
            return answer;
        }
        Found::Nothing => return reply(Problem::no_page(path).said()),
    };
    let said = asked.answer(app, asker, &head.headers, body).await;
    reply(said.unwrap_or_else(|problem| problem.said()))
}

/// A request whose route is known.
struct Asked<'a> {
    route: &'static Route,
    parts: Vec<String>,
    query: Option<&'a str>,
}

impl Asked<'_> {
    async fn answer(
        self,
        app: &App,
        asker: Asker,
        headers: &HeaderMap,
        body: Incoming,
    ) -> Result<Said, Problem> {
        let route = self.route;
        let who = match route.need {
            Need::Nothing => None,
            need => Some(let_in(app, asker, headers, need).await?),
        };
        let config = Arc::clone(&app.config.borrow());
        let asking = Asking {
            app,
            config,
            who,
            query: Query::read(self.query, route.query)?,
            parts: self.parts,
            body: whole(body).await?,
            base: super::origin(app, asker, headers),
            now: clock::now(),
        };
        let said = asking.call(route.call).await;
        if let (true, Ok(_)) = (route.need.is_write(), &said) {
            let did = format!("{}: {}", route.about.trim_end_matches('.'), asking.what());
            let did = text::clean(did.trim_end_matches(": "), DID);
            if let Err(error) = access::note(app, asker, headers, &asking.by(), did).await {
                tracing::warn!("it is not in the list of changes: {error}");
            }
        }
        said
    }
}

/// A request of somebody who may ask it.
struct Asking<'a> {
    app: &'a App,
    config: Arc<Config>,
    /// The token that was shown, where one is needed.
    who: Option<Known>,
    query: Query,
    /// What stands in the path where the route has names.
    parts: Vec<String>,
    body: Bytes,
    /// The server's address outside.
    base: String,
    now: Timestamp,
}

/// Items of a list, and where the next ones are.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
struct Page<T> {
    /// They.
    items: Vec<T>,
    /// What to send as `cursor` for the next ones; null: these were the last.
    next: Option<String>,
}

impl<T> Page<T> {
    /// All there is.
    fn all(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// It is done, and durable.
#[derive(Debug, Serialize, JsonSchema)]
struct Done {
    /// What was done, in a sentence.
    said: String,
    /// The number of what was made by it, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
}

/// What is answered.
struct Said {
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
    /// Seconds after which it is of use to ask again, where that is known.
    again: Option<i64>,
}

impl Said {
    fn json(status: u16, value: &impl Serialize) -> Self {
        // Our own types have only text keys and finite numbers, so this cannot fail.
        let mut body = serde_json::to_vec(value).unwrap_or_default();
        body.push(b'\n');
        Self { status, kind: "application/json", body, again: None }
    }

    fn text(kind: &'static str, text: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, kind, body: text.into(), again: None }
    }
}

impl Asking<'_> {
    async fn call(&self, call: Call) -> Result<Said, Problem> {
        match call {
            Call::Document => Ok(Said::json(200, &openapi::document(&self.base))),
            Call::Status => match self.ask(control::Request::Status).await? {
                Reply::Status(status) => Ok(Said::json(200, &status)),
                _ => Err(Problem::no_watch()),
            },
            Call::Alerts(call) => alerts::answer(self, call).await,
            Call::Silences(call) => silences::answer(self, call).await,
            Call::Monitors(call) => monitors::answer(self, call).await,
            Call::Heartbeats(call) => heartbeats::answer(self, call).await,
            Call::Incidents(call) => incidents::answer(self, call).await,
            Call::History(call) => history::answer(self, call).await,
            Call::Channels(call) => channels::answer(self, call).await,
        }
    }

    /// What it is about, for the log: what the path names, or what is made.
    fn what(&self) -> String {
        if !self.parts.is_empty() {
            return self.parts.join(" ");
        }
        let body = self.object().unwrap_or_default();
        let name = body.get("name").or_else(|| body.get("title"));
        name.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// What stands at a place in the path.
    fn part(&self, place: usize) -> &str {
        self.parts.get(place).map_or("", String::as_str)
    }

    /// The number that stands there.
    fn number(&self, place: usize, what: &str) -> Result<u64, Problem> {
        let text = self.part(place);
        text.parse().map_err(|_| Problem::missing(format!("there is no {what} `{text}`")))
    }

    /// Who asks, as it is written down: no token can pass for a user of this machine.
    fn by(&self) -> String {
        let name = self.who.as_ref().map_or("", |who| who.name.as_str());
        format!("token {name}")
    }

    /// May whoever asks change what this is about?
    fn may_write(&self, need: Need) -> bool {
        self.who.as_ref().is_some_and(|who| need.is_met_by(who.scope))
    }

    /// Asks the watch. What it refuses is a problem.
    async fn ask(&self, request: control::Request) -> Result<Reply, Problem> {
        match self.app.ask(request).await {
            Some(Reply::Refused { why, kind }) => Err(Problem::refused(kind, why)),
            Some(reply) => Ok(reply),
            None => Err(Problem::no_watch()),
        }
    }

    /// Has the watch do something.
    async fn tell(&self, request: control::Request) -> Result<Done, Problem> {
        match self.ask(request).await? {
            Reply::Done { said, id } => Ok(Done { said, id }),
            _ => Err(Problem::no_watch()),
        }
    }

    /// The store, to be read.
    async fn store(&self) -> Result<Store, Problem> {
        self.app.reader().await.ok_or_else(Problem::no_store)
    }

    /// The body as what it should be. None at all is as `{}`.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_value(Value::Object(self.object()?)).map_err(|error| {
            let is = format!("the body is not what it should be: {error}");
            Problem::wrong(is).instead(format!("its schema is in {}{ROOT}/openapi.json", self.base))
        })
    }

    /// The body as a JSON object.
    fn object(&self) -> Result<Map<String, Value>, Problem> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(Problem::unread("the body is no JSON object")),
            Err(error) => Err(Problem::unread(&format!("the body is no JSON: {error}"))),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!("the API cannot read the store: {error}");
        Self::no_store()
    }
}

/// Whoever asks, if its token is good for this.
async fn let_in(
    app: &App,
    asker: Asker,
    headers: &HeaderMap,
    need: Need,
) -> Result<Known, Problem> {
    let shown = token::shown(headers).ok_or_else(Problem::no_token)?;
    let store = app.store.borrow().clone().ok_or_else(Problem::no_store)?;
    let known = store::token::all(&store).await?;
    let Some(who) = crate::token::find(&known, shown) else {
        let place = access::place(asker, headers);
        return Err(match app.door.wrong_token(place, clock::now()) {
            Ok(()) => Problem::wrong_token(),
            Err(wait) => Problem::wait(wait),
        });
    };
    if need.is_met_by(who.scope) {
        Ok(who.clone())
    } else {
        let enough = Scope::ALL.into_iter().filter(|scope| need.is_met_by(*scope));
        Err(Problem::small_scope(&who.name, who.scope, enough))
    }
}

async fn whole(body: Incoming) -> Result<Bytes, Problem> {
    match Limited::new(body, BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(_) => Err(Problem::too_long(BODY)),
    }
}

fn reply(said: Said) -> Answer {
    let mut answer = Answer::new(Either::Left(Full::new(Bytes::from(said.body))));
    *answer.status_mut() = StatusCode::from_u16(said.status).unwrap_or_default();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(said.kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    match said.status {
        401 => {
            let bearer = HeaderValue::from_static("Bearer realm=\"nightkeep\"");
            headers.insert(WWW_AUTHENTICATE, bearer);
        }
        429 | 503 => {
            _ = headers.insert(RETRY_AFTER, HeaderValue::from(said.again.unwrap_or(5)));
        }
        _ => {}
    }
    answer
}
