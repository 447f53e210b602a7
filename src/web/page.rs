//! The page of the owner: what is answered to a browser. Pages are made whole on the server; a
//! form is posted, done, and leads back to a page. Scripts only make it quicker.
//!
//! A visit (`visit`) is somebody's request whose right was looked at. Each page has a file of its
//! own, with its routes, and a template beside it.

mod address;
mod alerts;
mod doctor;
mod events;
mod form;
mod frame;
mod heartbeats;
mod incidents;
mod line;
mod live;
mod monitors;
mod script;
mod security;
mod server;
mod settings;
mod style;
mod tonight;
mod trouble;
mod visit;
mod words;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use hyper::{Method, Request, StatusCode};

pub(super) use self::frame::{Frame, frame};
pub(super) use self::monitors::Tried;
pub(super) use self::script::page_script;
pub(super) use self::security::Kept;
pub(super) use self::server::{Drawn, Processes};
pub(super) use self::settings::ConfigRead;
use self::style::style_file;
pub(super) use self::style::style_path;
use self::tonight::CARDS;
use self::visit::{Fields, Visit};
use super::api::problem::Problem;
use super::locale::layout;
use super::path::parts;
use super::{Answer, App, Asker, access, answer};
use crate::access::Role;
use crate::clock;

/// Bytes of a form: a record may be long.
const BODY: usize = 1 << 20;
/// What was done is said on the next page, and kept so long if that never comes.
const SAID: &str = "nightkeep-said";
const SAID_SECONDS: u32 = 60;

/// One page or action.
#[derive(Debug)]
struct Route {
    method: &'static str,
    /// Below the page's root, with names in `{}`.
    path: &'static str,
    /// Who may.
    need: Role,
    call: Call,
}

/// What answers.
#[derive(Debug, Clone, Copy)]
enum Call {
    Tonight,
    Alerts(alerts::Call),
    Monitors(monitors::Call),
    Heartbeats(heartbeats::Call),
    Server(server::Call),
    Doctor,
    Incidents(incidents::Call),
    Security(security::Call),
    Settings(settings::Call),
}

/// Every page, in the order of the navigation.
const ROUTES: &[&[Route]] = &[
    tonight::ROUTES,
    alerts::ROUTES,
    monitors::ROUTES,
    heartbeats::ROUTES,
    server::ROUTES,
    security::ROUTES,
    incidents::ROUTES,
    doctor::ROUTES,
    settings::ROUTES,
];

fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().flat_map(|routes| routes.iter())
}

/// The route of a path, with what stands where it has names. One that is written out wins over one
/// with names.
fn found(method: &str, path: &str) -> Option<(&'static Route, Vec<String>)> {
    let fitting = routes().filter(|route| route.method == method);
    let fitting = fitting.filter_map(|route| Some((route, parts(route.path, path)?)));
    fitting.min_by_key(|(_, parts)| parts.len())
}

/// What comes of a visit.
enum Shown {
    /// A page.
    Html(String),
    /// It is done: go on there, where this is said.
    Done { to: String, said: String },
    /// A file to be kept or read by a program: its media type, the name it is saved under, what is
    /// in it.
    File { kind: &'static str, name: Option<String>, body: Vec<u8> },
}

/// A page as its template writes it.
fn html(page: &impl askama::Template) -> Result {
    let html = page.render().map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(Shown::Html(html))
}

/// What a call comes to.
type Result<T = Shown> = std::result::Result<T, Problem>;

/// Answers whatever nobody else does.
pub(super) async fn answer(
    app: &App,
    asker: Asker,
    path: &str,
    request: Request<Incoming>,
) -> Answer {
    let (head, body) = request.into_parts();
    let headers = &head.headers;
    let method = if head.method == Method::HEAD { Method::GET } else { head.method.clone() };
    let script = path.strip_prefix('/').and_then(script::find).cloned();
    if let Some(file) = style_file(path).or(script) {
        return file.answer(&head.method, headers);
    }
    let base = access::base(app);
    let who = match access::who(app, asker, headers).await {
        Ok(Some(who)) => who,
        Ok(None) => {
            // What was posted is lost; the page that led to it is not known.
            let asked = match head.uri.query() {
                _ if method != Method::GET => String::from("/"),
                Some(query) => format!("{path}?{query}"),
                None => path.to_owned(),
            };
            return answer::zip(access::login_first(app, headers, &asked), headers).await;
        }
        Err(_) => {
            return answer::html(
                StatusCode::SERVICE_UNAVAILABLE,
                trouble::bare(&base, &Problem::no_store()),
            );
        }
    };
    let mut visit = Visit {
        app: app.clone(),
        config: Arc::clone(&app.config.borrow()),
        who,
        base,
        origin: super::origin(app, asker, headers),
        path: path.to_owned(),
        query: Fields::read(head.uri.query().unwrap_or_default().as_bytes()),
        form: Fields::default(),
        parts: Vec::new(),
        asker,
        headers: headers.clone(),
        now: clock::now(),
        theme: frame::Theme::named(cookie(headers, "theme").as_deref()),
        said: cookie(headers, SAID).and_then(|said| unpack(&said)),
    };
    if path == live::PATH && method == Method::GET {
        return live::answer(visit);
    }
    let had_said = visit.said.is_some();
    let shown = visit.open(&method, headers, body).await;
    let mut answer = match shown {
        Ok(Shown::Html(html)) => answer::html(StatusCode::OK, html),
        Ok(Shown::Done { to, said }) => {
            let to = if is_own_path(&to) { to } else { String::from("/") };
            let mut answer = answer::redirect(&format!("{}{to}", visit.base));
            if !said.is_empty() {
                set_said(answer.headers_mut(), &pack(&said), SAID_SECONDS);
            }
            return answer;
        }
        Ok(Shown::File { kind, name, body }) => {
            let mut answer = answer::html(StatusCode::OK, body);
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            if let Some(name) = name
                && let Ok(value) =
                    HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
            {
                answer.headers_mut().insert(hyper::header::CONTENT_DISPOSITION, value);
            }
            return answer::zip(answer, headers).await;
        }
        Err(problem) => {
            let html = match visit.frame("").await {
                Ok(frame) if problem.status != 503 => trouble::html(frame, &problem),
                _ => trouble::bare(&visit.base, &problem),
            };
            answer::html(problem.code(), html)
        }
    };
    if had_said {
        set_said(answer.headers_mut(), "", 0);
    }
    answer::zip(answer, headers).await
}

impl Visit {
    /// Finds what is asked for, looks whether it may be, and does it.
    async fn open(&mut self, method: &Method, headers: &HeaderMap, body: Incoming) -> Result {
        let Some((route, parts)) = found(method.as_str(), &self.path) else {
            let is_here = routes().any(|route| parts(route.path, &self.path).is_some());
            return Err(if is_here {
                Problem::method(method.as_str(), &[layout::back_page()])
            } else {
                Problem::missing(layout::no_page()).instead(layout::start_from_tonight())
            });
        };
        if !self.who.may(route.need) {
            return Err(Problem::small_role(self.who.role.as_str(), route.need.as_str()));
        }
        self.parts = parts;
        if method == Method::POST {
            self.form = Fields::read(&whole(body).await?);
            let csrf = self.form.text("csrf");
            if !access::may_change(&self.app, self.asker, headers, &self.who, csrf) {
                return Err(Problem::stale_form());
            }
        }
        self.call(route.call).await
    }

    async fn call(&self, call: Call) -> Result {
        match call {
            Call::Tonight => tonight::answer(self).await,
            Call::Alerts(call) => alerts::answer(self, call).await,
            Call::Server(call) => server::answer(self, call).await,
            Call::Monitors(call) => monitors::answer(self, call).await,
            Call::Heartbeats(call) => heartbeats::answer(self, call).await,
            Call::Incidents(call) => incidents::answer(self, call).await,
            Call::Security(call) => security::answer(self, call).await,
            Call::Doctor => doctor::answer(self).await,
            Call::Settings(call) => settings::answer(self, call).await,
        }
    }
}

/// Is it a path here, whatever a browser makes of it?
fn is_own_path(to: &str) -> bool {
    to.starts_with('/') && !to.starts_with("//") && !to.contains('\\')
}

async fn whole(body: Incoming) -> Result<Bytes> {
    match Limited::new(body, BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(_) => Err(Problem::too_long(BODY)),
    }
}

/// The value of a cookie.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|all| all.split(';')).filter_map(|one| one.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// A sentence as a cookie can hold it.
fn pack(said: &str) -> String {
    form_urlencoded::byte_serialize(said.as_bytes()).collect()
}

fn unpack(packed: &str) -> Option<String> {
    let pair = format!("x={packed}");
    let said = form_urlencoded::parse(pair.as_bytes()).next()?.1.into_owned();
    Some(said).filter(|said| !said.is_empty())
}

fn set_said(headers: &mut HeaderMap, said: &str, seconds: u32) {
    let cookie = format!("{SAID}={said}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_nowhere_else() {
        for (to, is_own) in [
            ("/alerts?q=x", true),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_own_path(to), is_own, "{to}");
        }
        let said = "“shop” is 100 % down; <b>";
        assert_eq!(unpack(&pack(said)).as_deref(), Some(said));
    }
}
