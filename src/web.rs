//! The web server: what comes over HTTP, and what is answered. It reads what the other rooms know
//! and changes nothing but through them.
//!
//! The watch listens and spawns; here is what becomes of a connection and of a request.

pub mod badge;
mod connection;
mod listen;
mod manage;
pub mod metrics;
mod ping;
pub mod status;
mod xml;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tokio::sync::watch;

pub use connection::{LIMIT, serve};
pub use listen::{CannotListen, Listener, Peer, Stream};

use crate::config::Config;
use crate::heartbeat::Desk;
use crate::heartbeat::contract::Reply;
use crate::store::Store;

/// What whoever answers may use. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The config that is in force.
    pub config: watch::Receiver<Arc<Config>>,
    /// The store, while there is one.
    pub store: watch::Receiver<Option<Store>>,
    /// The heartbeats.
    pub desk: Arc<Desk>,
    router: Router,
}

/// Whoever asked, as an extension of every request that goes through the router.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    /// The address it came from, unless it came by a Unix socket; a proxy's own.
    pub peer: Option<IpAddr>,
    /// It is a proxy whose headers are believed.
    pub is_trusted: bool,
}

/// An answer: small and fixed, or of the router.
pub(crate) type Answer = hyper::Response<Either<Full<Bytes>, Body>>;

impl App {
    /// What is answered out of these.
    pub fn new(
        config: watch::Receiver<Arc<Config>>,
        store: watch::Receiver<Option<Store>>,
        desk: Arc<Desk>,
    ) -> Self {
        Self { config, store, desk, router: Router::new().fallback(no_page) }
    }

    /// Answers a request. Pings go past the router: they are the many.
    pub(crate) async fn answer(&self, peer: Peer, request: Request<Incoming>) -> Answer {
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
        let asker = Asker { peer, is_trusted };
        let asked = path.as_deref().unwrap_or(request.uri().path());
        if asked.starts_with("/ping/") {
            return ping::answer(self, asker, path.as_deref(), request).await;
        }
        if manage::is_here(asked) {
            return manage::answer(self, asker, path.as_deref(), request).await;
        }
        if badge::asked::is_here(asked) {
            return manage::badge(self, request.method().as_str(), asked);
        }
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(asker);
        let mut router = self.router.clone();
        let answered = tower_service::Service::call(&mut router, request).await;
        match answered {
            Ok(response) => response.map(Either::Right),
            Err(never) => match never {},
        }
    }
}

/// The part of a path below the one in `url`, if there is one and a proxy left it in.
fn below<'a>(url: &str, path: &'a str) -> Option<&'a str> {
    let (_, place) = url.split_once("://")?;
    let (_, prefix) = place.split_once('/')?;
    let rest = path.strip_prefix('/')?.strip_prefix(prefix)?;
    rest.starts_with('/').then_some(rest)
}

async fn no_page() -> Response {
    let html = [("content-type", "text/html; charset=utf-8")];
    (StatusCode::NOT_FOUND, html, Reply::NoPage.body()).into_response()
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
