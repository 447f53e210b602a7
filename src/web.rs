//! The web server: what comes over HTTP, and what is answered. It reads what the other rooms know
//! and changes nothing but through them.
//!
//! The watch listens and spawns; here is what becomes of a connection and of a request.

mod access;
mod answer;
mod api;
pub mod badge;
mod book;
pub mod chart;
mod connection;
mod file;
mod listen;
pub(crate) mod locale;
mod manage;
pub mod metrics;
mod page;
pub mod past;
mod path;
mod ping;
mod public;
mod scrape;
pub mod status;
mod tls;
mod token;
mod xml;

use std::convert::Infallible;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue, STRICT_TRANSPORT_SECURITY};
use hyper::{HeaderMap, Request};
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard, mpsc, oneshot, watch};
use tokio::time::timeout;

pub use connection::{LIMIT, serve};
pub use listen::{CannotListen, Listener, Peer, Stream};

use crate::config::Config;
use crate::control::{self, Asked, Reply};
use crate::heartbeat::Desk;
use crate::store::Store;
use past::Past;

/// What whoever answers may use. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// Where the config is.
    config_path: Arc<Path>,
    /// The config that is in force.
    pub config: watch::Receiver<Arc<Config>>,
    /// The store, while there is one.
    pub store: watch::Receiver<Option<Store>>,
    /// The heartbeats.
    pub desk: Arc<Desk>,
    /// Whoever answers questions to the watch.
    asked: mpsc::Sender<Asked>,
    past: Arc<Mutex<Past>>,
    public: Arc<public::Public>,
    tests: Arc<api::Tests>,
    tried: Arc<page::Tried>,
    processes: Arc<page::Processes>,
    drawn: Arc<page::Drawn>,
    door: Arc<access::Door>,
    tls: Arc<tls::Keeper>,
    security: Arc<page::Kept>,
    config_read: Arc<page::ConfigRead>,
}

/// The watch answers within this, or is stopping.
const ASKED: Duration = Duration::from_secs(5);

/// Whoever came by our own TLS comes by no other way for a year.
const HSTS: &str = "max-age=31536000";

/// Whoever asked, and by which way.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    /// The address it came from, unless it came by a Unix socket; a proxy's own.
    pub peer: Option<IpAddr>,
    /// It is a proxy whose headers are believed.
    pub is_trusted: bool,
    /// It came by a TLS of ours.
    pub is_tls: bool,
}

/// An answer: whole, or what changes from now on.
pub(crate) type Answer = hyper::Response<Either<Full<Bytes>, UnsyncBoxBody<Bytes, Infallible>>>;

impl App {
    /// What is answered out of these.
    pub fn new(
        config_path: &Path,
        config: watch::Receiver<Arc<Config>>,
        store: watch::Receiver<Option<Store>>,
        desk: Arc<Desk>,
        asked: mpsc::Sender<Asked>,
    ) -> Self {
        let past = Past::new(config.borrow().timezone.clone());
        Self {
            config_path: config_path.into(),
            config,
            store,
            desk,
            asked,
            past: Arc::new(Mutex::new(past)),
            public: Arc::default(),
            tests: Arc::default(),
            tried: Arc::default(),
            processes: Arc::default(),
            drawn: Arc::default(),
            door: Arc::default(),
            tls: Arc::default(),
            security: Arc::default(),
            config_read: Arc::default(),
        }
    }

    /// Can it speak HTTPS, where the config wants that?
    ///
    /// # Errors
    /// Says what mends it.
    pub fn has_certificate(&self) -> Result<(), CannotListen> {
        let files = self.config.borrow().web.tls.clone();
        files.map_or(Ok(()), |files| self.tls.acceptor(&files).map(drop))
    }

    /// Asks the watch. None: it does not answer.
    async fn ask(&self, request: control::Request) -> Option<Reply> {
        let (sender, answer) = oneshot::channel();
        let asked = async {
            self.asked.send((request, sender)).await.ok()?;
            answer.await.ok()
        };
        timeout(ASKED, asked).await.ok().flatten()
    }

    /// The watch stops: nobody is kept waiting.
    fn is_stopping(&self) -> bool {
        self.asked.is_closed()
    }

    /// The store for whoever only reads it: the watch's own writes do not wait for that.
    async fn reader(&self) -> Option<Store> {
        let store = self.store.borrow().clone()?;
        Some(store.reader().await)
    }

    /// How monitors were, until now.
    async fn past(&self, now: Timestamp) -> MutexGuard<'_, Past> {
        let zone = self.config.borrow().timezone.clone();
        let store = self.reader().await;
        let mut past = self.past.lock().await;
        if !past.is_of(&zone) {
            *past = Past::new(zone);
        }
        if !past.is_fresh(now)
            && let Some(store) = store
            && let Err(error) = past.refresh(&store, now).await
        {
            tracing::warn!("how monitors were cannot be read: {error}");
        }
        past
    }

    /// Reads the past before anybody asks: the year of thousands of monitors takes seconds.
    pub(crate) async fn look_back(&self) {
        drop(self.past(crate::clock::now()).await);
    }

    /// Answers a request. Pings come first: they are the many.
    pub(crate) async fn answer(
        &self,
        peer: Peer,
        is_tls: bool,
        request: Request<Incoming>,
    ) -> Answer {
        let mut answer = self.answer_any(peer, is_tls, request).await;
        if is_tls {
            answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
        }
        answer
    }

    async fn answer_any(&self, peer: Peer, is_tls: bool, request: Request<Incoming>) -> Answer {
        if let Peer::User(user) = peer {
            return ping::answer_user(self, user, request).await;
        }
        let peer = peer.address();
        let (is_trusted, path) = {
            let config = self.config.borrow();
            let path = request.uri().path();
            let below = config.web.url.as_deref().and_then(|url| below(url, path));
            (config.web.trusts(peer), below.map(str::to_owned))
        };
        let asker = Asker { peer, is_trusted, is_tls };
        let asked = path.as_deref().unwrap_or(request.uri().path());
        if asked.starts_with("/ping/") {
            return ping::answer(self, asker, path.as_deref(), request).await;
        }
        if api::is_here(asked) {
            return api::answer(self, asker, path.as_deref(), request).await;
        }
        if manage::is_here(asked) {
            return manage::answer(self, asker, path.as_deref(), request).await;
        }
        if badge::asked::is_here(asked) {
            return manage::badge(self, request.method().as_str(), asked);
        }
        if let Some(answer) = self.public(asker, path.as_deref(), &request).await {
            return answer;
        }
        let asked = asked.to_owned();
        match access::answer(self, asker, &asked, request).await {
            Ok(answer) => answer,
            Err(request) => page::answer(self, asker, &asked, request).await,
        }
    }
}

impl App {
    /// Answers what needs no login. None: it is something else.
    async fn public(
        &self,
        asker: Asker,
        path: Option<&str>,
        request: &Request<Incoming>,
    ) -> Option<Answer> {
        let config = Arc::clone(&self.config.borrow());
        let (method, headers) = (request.method(), request.headers());
        let path = path.unwrap_or(request.uri().path());
        if let Some(root) = public::root(&config, asker, headers, path)
            && let Some(answer) = public::answer(self, &root, method, headers).await
        {
            return Some(answer);
        }
        if path == "/metrics" {
            let nearest = public::nearest(asker, headers);
            return Some(scrape::answer(self, &config, nearest, method, headers).await);
        }
        None
    }
}

/// What the server is called outside: as the config says, or as whoever asks calls it.
fn origin(app: &App, asker: Asker, headers: &HeaderMap) -> String {
    if let Some(url) = &app.config.borrow().web.url {
        return url.clone();
    }
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.filter(|_| asker.is_trusted)
    };
    let is_host = |host: &&str| {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
        !host.is_empty() && host.bytes().all(fine)
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(is_host);
    let is_https = asker.is_tls || header("x-forwarded-proto") == Some("https");
    let scheme = if is_https { "https" } else { "http" };
    format!("{scheme}://{}", host.unwrap_or("localhost"))
}

/// The part of a path below the one in `url`, if there is one and a proxy left it in.
fn below<'a>(url: &str, path: &'a str) -> Option<&'a str> {
    let (_, place) = url.split_once("://")?;
    let (_, prefix) = place.split_once('/')?;
    let rest = path.strip_prefix('/')?.strip_prefix(prefix)?;
    rest.starts_with('/').then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_the_own_one() {
        for (url, path, rest) in [
            ("https://a.example", "/ping/x", None),
            ("https://a.example/watch", "/watch/ping/x", Some("/ping/x")),
            ("https://a.example/watch", "/ping/x", None),
            ("https://a.example/watch", "/watching", None),
            ("https://a.example/watch", "/watch", None),
        ] {
            assert_eq!(below(url, path), rest, "{url} {path}");
        }
    }
}
