//! Access: who is let in, the pages of logging in, of one's own account, of all accounts, and the
//! list of changes. Everything here works without a script but passkeys.

mod cookie;
mod door;
mod form;
mod link;
mod login;
mod own;
mod page;
mod people;
mod second;
mod site;
mod visit;

use hyper::body::Incoming;
use hyper::header::{HeaderValue, REFRESH, USER_AGENT};
use hyper::{HeaderMap, Method, Request, StatusCode};
use jiff::SignedDuration;

pub(super) use door::Door;
pub(super) use form::Form;

use self::cookie::Cookie;
use self::site::Forwarded;
use self::visit::{Refused, Visit};
use super::{Answer, App, Asker, answer as answers, public};
use crate::access::limit::Place;
use crate::access::{How, Role, Who, digest};
use crate::clock;
use crate::config::Login;
use crate::model::text;
use crate::store::change::{self, Change};
use crate::store::{StoreError, session};

/// That a session was used is written down at most this often.
const SEEN: SignedDuration = SignedDuration::from_mins(1);
/// Letters of a browser's name, and of a name that a proxy says.
const AGENT: usize = 200;

/// Who asks. None: they have to log in.
pub(super) async fn who(
    app: &App,
    asker: Asker,
    headers: &HeaderMap,
) -> Result<Option<Who>, StoreError> {
    let config = app.config.borrow().clone();
    let is_https = site::origin(&config, asker, headers).starts_with("https");
    let store = app.store.borrow().clone();
    if let (Some(token), Some(store)) = (Cookie::Session.of(headers, is_https), store) {
        let (digest, now) = (digest(token), clock::now());
        if let Some((account, kept)) = session::find(&store, &digest, now).await? {
            if now.duration_since(kept.seen) >= SEEN {
                session::touch(&store, &digest, &remote(asker, headers), now).await?;
            }
            return Ok(Some(Who {
                name: account.name,
                role: account.role,
                csrf: crate::access::csrf(token),
                how: How::Session { account: account.id, digest },
            }));
        }
    }
    let seal = &app.door.seal;
    let said = site::forwarded(&config, asker, headers);
    if said == Forwarded::Elsewhere && app.door.may_warn(clock::now()) {
        let from = asker.peer.map_or_else(|| String::from("unix"), |peer| peer.to_string());
        tracing::warn!(
            "who a request from {from} says it is counts for nothing: [web.forward-auth] from does \
             not name that address"
        );
    }
    if let Forwarded::Name(name) = said {
        let proxy = config.web.forward_auth.as_ref();
        let is_in = |list: &[String]| list.contains(&name);
        let role = match proxy {
            Some(proxy) if is_in(&proxy.owners) => Role::Owner,
            Some(proxy) if is_in(&proxy.editors) => Role::Editor,
            _ => Role::Viewer,
        };
        let csrf = seal.csrf(&format!("proxy {name}"));
        return Ok(Some(Who { name: text::clean(&name, AGENT), role, csrf, how: How::Proxy }));
    }
    if config.web.login == Login::OffLoopback && site::is_here(asker, headers) {
        let csrf = seal.csrf("here");
        return Ok(Some(Who {
            name: String::from("local"),
            role: Role::Owner,
            csrf,
            how: How::Here,
        }));
    }
    Ok(None)
}

/// Sends somebody who has to log in to where that is done; `path` is what they wanted, below
/// `[web] url`, with its query.
///
/// By a link of a mail the browser brings no cookie (SameSite=Strict), though there may be a
/// session: then a page of ours asks again, and with that the cookie comes.
pub(super) fn login_first(app: &App, headers: &HeaderMap, path: &str) -> Answer {
    let base = base(app);
    let to = match site::next(path) {
        Some("/") | None => format!("{base}/login"),
        Some(next) => {
            let query =
                form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
            format!("{base}/login?{query}")
        }
    };
    if site::is_arrival(headers) {
        let refresh = HeaderValue::try_from(format!("0; url={to}"));
        let page = page::Again { base: &base, style: page::style(), to };
        let mut answer = page::show(StatusCode::OK, &page);
        if let Ok(refresh) = refresh {
            answer.headers_mut().insert(REFRESH, refresh);
        }
        return answer;
    }
    answers::redirect(&to)
}

/// May this request change something: is it no other site's, and does it bring what was given to
/// whoever asks?
pub(super) fn may_change(
    app: &App,
    asker: Asker,
    headers: &HeaderMap,
    who: &Who,
    csrf: &str,
) -> bool {
    site::is_own(&app.config.borrow(), asker, headers) && who.takes(csrf)
}

/// Writes down what somebody did over the web.
///
/// # Errors
/// When the store cannot be written.
pub(super) async fn note(
    app: &App,
    asker: Asker,
    headers: &HeaderMap,
    by: &str,
    what: impl Into<String>,
) -> Result<(), StoreError> {
    let what = what.into();
    tracing::info!("{by} from {}: {what}", remote(asker, headers));
    let Some(store) = app.store.borrow().clone() else { return Ok(()) };
    let (by, from) = (by.to_owned(), remote(asker, headers));
    change::add(&store, &Change { at: clock::now(), by, from, what }).await
}

/// The address that asks, as it is written down: the nearest that is no proxy of ours.
fn remote(asker: Asker, headers: &HeaderMap) -> String {
    public::nearest(asker, headers).map_or_else(|| String::from("unix"), |from| from.to_string())
}

/// Where attempts from there are counted.
pub(super) fn place(asker: Asker, headers: &HeaderMap) -> Place {
    Place::of(public::nearest(asker, headers))
}

/// What the browser calls itself.
fn agent(headers: &HeaderMap) -> String {
    let said = headers.get(USER_AGENT).map(|said| String::from_utf8_lossy(said.as_bytes()));
    text::clean(&said.unwrap_or_default(), AGENT)
}

/// The path of `[web] url`, with which every address of ours begins.
pub(super) fn base(app: &App) -> String {
    let config = app.config.borrow();
    let url = config.web.url.as_deref().and_then(|url| url.split_once("://"));
    let path = url.and_then(|(_, place)| place.split_once('/')).map_or("", |(_, path)| path);
    if path.is_empty() { String::new() } else { format!("/{path}") }
}

/// What can be asked here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ask {
    Login,
    Code,
    Passkey,
    Logout,
    Link(String),
    Own(own::Ask),
    People(people::Ask),
}

fn find(path: &str) -> Option<Ask> {
    match path {
        "/login" => Some(Ask::Login),
        "/login/code" => Some(Ask::Code),
        "/login/passkey" => Some(Ask::Passkey),
        "/logout" => Some(Ask::Logout),
        _ => None,
    }
    .or_else(|| path.strip_prefix("/link/").map(|token| Ask::Link(token.to_owned())))
    .or_else(|| own::find(path).map(Ask::Own))
    .or_else(|| people::find(path).map(Ask::People))
}

/// Answers what is asked here; `path` is below that of `[web] url`. Err: it is something else.
pub(super) async fn answer(
    app: &App,
    asker: Asker,
    path: &str,
    request: Request<Incoming>,
) -> Result<Answer, Request<Incoming>> {
    let Some(ask) = find(path) else { return Err(request) };
    let (head, body) = request.into_parts();
    let method = if head.method == Method::HEAD { Method::GET } else { head.method.clone() };
    let answered = async {
        let query = Form::of(head.uri.query().unwrap_or_default().as_bytes());
        let form = Form::read(body).await.ok_or(Refused::Long)?;
        let asked = (head.headers.clone(), query, form);
        let mut visit = Visit::new(app, asker, asked).await?;
        match (&method, ask) {
            (&Method::GET, Ask::Login) => login::show(&visit).await,
            (&Method::GET, Ask::Link(token)) => link::show(&visit, &token).await,
            (&Method::GET, Ask::Own(ask)) if ask.is_page() => own::show(&visit, path, ask).await,
            (&Method::GET, Ask::People(ask)) if ask.is_page() => {
                people::show(&visit, path, ask).await
            }
            (&Method::POST, ask) => {
                if !site::is_own(&visit.config, asker, &visit.headers) {
                    return Err(Refused::Foreign);
                }
                match ask {
                    Ask::Login => login::password(&mut visit).await,
                    Ask::Code => login::code(&mut visit).await,
                    Ask::Passkey => login::passkey(&mut visit).await,
                    Ask::Logout => login::logout(&visit).await,
                    Ask::Link(token) => link::redeem(&mut visit, &token).await,
                    Ask::Own(ask) => own::change(&mut visit, ask).await,
                    Ask::People(ask) => people::change(&visit, ask).await,
                }
            }
            _ => Err(Refused::Method),
        }
    };
    let answer = match answered.await {
        Ok(answer) => answer,
        Err(refused) => {
            // A form that came too late is not sent again: its page is shown anew.
            let query = head.uri.query().filter(|_| method == Method::GET);
            let wanted = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
            let wanted = if method == Method::GET { wanted.as_str() } else { "/" };
            refused.answer(app, &head.headers, wanted)
        }
    };
    Ok(answers::zip(answer, &head.headers).await)
}
