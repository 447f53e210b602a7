//! The management API over HTTP: from the request to the book and back.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{HeaderMap, Request};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Answer, App, Asker, access};
use crate::clock;
use crate::config::ChannelKind;
use crate::heartbeat::api::{self, Answer as Said, Channel, Place, Right, View, Which};
use crate::heartbeat::book::{Id, LOG_LIMIT};
use crate::model::text;
use crate::store::{self, Store};
use crate::token::{self, Scope};

/// Is this path one of the API's?
pub(super) fn is_here(path: &str) -> bool {
    ["/api/v1/", "/api/v2/", "/api/v3/"].iter().any(|version| path.starts_with(version))
}

/// Answers a request. `path` is that of the request, unless the latter has more before it.
pub(super) async fn answer(
    app: &App,
    asker: Asker,
    path: Option<&str>,
    request: Request<Incoming>,
) -> Answer {
    let (head, body) = request.into_parts();
    let (path, query) = (path.unwrap_or(head.uri.path()), head.uri.query());
    let method = head.method.as_str();
    let Some((version, place)) = api::read(path) else {
        return match api::read(&format!("{path}/")) {
            Some(_) => with_slash(head.uri.path(), query),
            None => reply(Said::no_page(), &[]),
        };
    };
    let methods = place.methods();
    if matches!(place, Place::Status | Place::Metrics) {
        return reply(Said { is_open: false, ..of_server(app, &place) }, methods);
    }
    if method == "OPTIONS" {
        return reply(Said::text(204, ""), methods);
    }
    if !methods.contains(&method) {
        return reply(Said::text(405, ""), methods);
    }
    let asking = Asking { app, asker, headers: &head.headers, version, place, method, query };
    let said = asking.answer(body).await.unwrap_or_else(|refused| refused);
    reply(said, methods)
}

/// Answers a request for a badge.
pub(super) fn badge(app: &App, method: &str, path: &str) -> Answer {
    let said = match method {
        "OPTIONS" => Said::text(204, ""),
        "GET" => {
            let now = app.desk.now();
            let answer = app.desk.look(|book| super::badge::asked::answer(book, path, now));
            answer.unwrap_or_else(unavailable)
        }
        _ => Said::text(405, ""),
    };
    reply(said, &["GET"])
}

/// A request whose place and method are known.
struct Asking<'a> {
    app: &'a App,
    asker: Asker,
    headers: &'a HeaderMap,
    version: u8,
    place: Place,
    method: &'a str,
    query: Option<&'a str>,
}

impl Asking<'_> {
    async fn answer(&self, body: Incoming) -> Result<Said, Said> {
        let json = match self.method {
            "POST" => api::json(&whole(body).await?)?,
            _ => serde_json::Map::new(),
        };
        let needs_write = self.place.needs_write(self.method);
        // Header bytes that are no text are no token either.
        let shown = self.headers.get("x-api-key").map(|key| key.to_str().unwrap_or_default());
        let key = api::key(shown, &json, needs_write)?;
        let store = self.app.store.borrow().clone().ok_or_else(unavailable)?;
        let known = store::token::all(&store).await.map_err(|_| unavailable())?;
        let found = token::find(&known, &key);
        if found.is_none() {
            let place = access::place(self.asker, self.headers);
            let wait = self.app.door.wrong_token(place, clock::now());
            wait.map_err(|_| Said::error(429, "too many wrong api keys, try again later"))?;
        }
        let right = right(found.map(|known| known.scope), needs_write)
            .ok_or_else(|| Said::error(401, "wrong api key"))?;

        let base = super::origin(self.app, self.asker, self.headers);
        let channels = self.channels();
        let config = self.app.config.borrow().clone();
        let view = |now| View {
            version: self.version,
            right,
            base: &base,
            mail_domain: config.heartbeat_mail.taken_at(),
            channels: &channels,
            now,
        };
        let desk = &self.app.desk;
        match &self.place {
            Place::Pings(_) | Place::Body(..) | Place::Flips(_) => {
                self.of_store(&store, &base).await
            }
            Place::Checks | Place::Check(_) if self.method == "GET" => {
                let view = view(desk.now());
                desk.look(|book| api::look(book, &self.place, self.query, &view))
                    .ok_or_else(unavailable)
            }
            Place::Channels | Place::Badges => {
                let view = view(desk.now());
                desk.look(|book| api::look(book, &self.place, self.query, &view))
                    .ok_or_else(unavailable)
            }
            _ => {
                let changed = desk.change(|book, now| {
                    let (place, method) = (&self.place, self.method);
                    api::change(book, place, method, &json, &view(now), &mut Uuid::new_v4)
                });
                let said = changed.await.map_err(|error| {
                    tracing::warn!("a change of heartbeats was not acknowledged: {error}");
                    unavailable()
                })?;
                if said.status < 300 {
                    let name = json.get("name").and_then(Value::as_str).unwrap_or_default();
                    self.note(found.map_or("", |known| known.name.as_str()), name).await;
                }
                Ok(said)
            }
        }
    }

    /// Writes down who changed which heartbeat.
    async fn note(&self, token: &str, name: &str) {
        // Of the address of its pings only the beginning.
        let of = |uuid: &Uuid| uuid.to_string().chars().take(8).collect::<String>();
        let what = match (&self.place, self.method) {
            (Place::Checks, _) => format!("made or changed the heartbeat {name}"),
            (Place::Check(Which::Uuid(uuid)), "DELETE") => {
                format!("removed the heartbeat {}…", of(uuid))
            }
            (Place::Check(Which::Uuid(uuid)), _) => format!("changed the heartbeat {}…", of(uuid)),
            (Place::Pause(uuid), _) => format!("paused the heartbeat {}…", of(uuid)),
            (Place::Resume(uuid), _) => format!("resumed the heartbeat {}…", of(uuid)),
            _ => String::from("changed a heartbeat"),
        };
        let what = text::clean(&what, 300);
        let by = format!("token {token}");
        let noted = access::note(self.app, self.asker, self.headers, &by, what).await;
        if let Err(error) = noted {
            tracing::warn!("it is not in the list of changes: {error}");
        }
    }

    /// What is not in the book: the logs.
    async fn of_store(&self, store: &Store, base: &str) -> Result<Said, Said> {
        let unread = |_| unavailable();
        match &self.place {
            Place::Pings(uuid) => {
                let id = self.check(&Which::Uuid(*uuid))?;
                let limit = u32::try_from(LOG_LIMIT).unwrap_or(u32::MAX);
                let log = store::heartbeat::log(store, id, None, limit).await.map_err(unread)?;
                Ok(Said::json(200, &api::pings(*uuid, &log, base)))
            }
            Place::Body(uuid, n) => {
                let id = self.check(&Which::Uuid(*uuid))?;
                let body = store::heartbeat::body(store, id, *n).await.map_err(unread)?;
                Ok(body.map_or_else(Said::no_page, Said::sent))
            }
            Place::Flips(which) => {
                let id = self.check(which)?;
                let (from, until) = api::span(self.query, self.app.desk.now())?;
                let flips =
                    store::heartbeat::flips(store, id, from, until).await.map_err(unread)?;
                Ok(Said::json(200, &api::flips(&flips)))
            }
            _ => Err(Said::no_page()),
        }
    }

    fn check(&self, which: &Which) -> Result<Id, Said> {
        let found = self.app.desk.look(|book| api::find(book, which));
        found.ok_or_else(unavailable)?.ok_or_else(|| api::missing(which))
    }

    fn channels(&self) -> Vec<Channel> {
        let config = self.app.config.borrow();
        let channel = |(name, channel): (&String, &crate::config::ChannelConfig)| Channel {
            id: id_of(name),
            name: name.clone(),
            kind: kind(&channel.kind),
        };
        config.channels.iter().map(channel).collect()
    }
}

fn right(scope: Option<Scope>, needs_write: bool) -> Option<Right> {
    match scope? {
        Scope::Write | Scope::HeartbeatsWrite => Some(Right::Write),
        Scope::Read | Scope::HeartbeatsRead if !needs_write => Some(Right::Read),
        Scope::Read | Scope::HeartbeatsRead | Scope::Metrics => None,
    }
}

fn of_server(app: &App, place: &Place) -> Said {
    match place {
        Place::Status if app.desk.look(|_| ()).is_some() => Said::text(200, "OK"),
        Place::Status => unavailable(),
        // As Healthchecks answers as long as it was given no key for it.
        _ => Said::text(403, ""),
    }
}

async fn whole(body: Incoming) -> Result<Bytes, Said> {
    match Limited::new(body, api::BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(_) => Err(Said::error(400, "could not read request body")),
    }
}

fn unavailable() -> Said {
    Said::error(503, "the store cannot be used; try again")
}

/// A number of its own for each name of a channel.
fn id_of(name: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(format!("channel/{name}")).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The service, as Healthchecks calls it where it has the same.
fn kind(kind: &ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Smtp(_) | ChannelKind::Sendmail { .. } => "email",
        ChannelKind::Ntfy { .. } => "ntfy",
        ChannelKind::Slack { .. } => "slack",
        ChannelKind::Telegram { .. } => "telegram",
        ChannelKind::Webhook { .. } => "webhook",
        ChannelKind::Discord { .. } => "discord",
        ChannelKind::Gotify { .. } => "gotify",
        ChannelKind::Pushover(_) => "po",
        ChannelKind::Matrix { .. } => "matrix",
        ChannelKind::Teams { .. } => "msteamsw",
        ChannelKind::Pagerduty { .. } => "pd",
        ChannelKind::Apprise { .. } | ChannelKind::AppriseApi { .. } => "apprise",
        ChannelKind::Syslog { .. } => "syslog",
        ChannelKind::Command { .. } => "shell",
    }
}

/// As Django answers whoever left out the slash at the end.
fn with_slash(path: &str, query: Option<&str>) -> Answer {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let said = Said { is_open: false, ..Said::text(301, "") };
    let mut answer = reply(said, &[]);
    // A path that begins with two slashes would lead to another server.
    if let Ok(place) = HeaderValue::try_from(format!("/{}/{query}", path.trim_start_matches('/'))) {
        answer.headers_mut().insert(LOCATION, place);
    }
    answer
}

fn reply(said: Said, methods: &[&str]) -> Answer {
    let is_late = matches!(said.status, 429 | 503);
    let mut answer = Answer::new(Either::Left(Full::new(Bytes::from(said.body))));
    *answer.status_mut() = hyper::StatusCode::from_u16(said.status).unwrap_or_default();
    let headers = answer.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("content-type", said.kind);
    // There is a secret in nearly every answer.
    set("cache-control", "no-store");
    if said.is_open {
        set("access-control-allow-origin", "*");
        set("access-control-allow-headers", "X-Api-Key");
        set("access-control-allow-methods", &format!("{}, OPTIONS", methods.join(", ")));
        set("access-control-max-age", "600");
    }
    if is_late {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    answer
}
