//! One ping over HTTP.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use jiff::Timestamp;
use rustls::pki_types::ServerName;
use tokio::net::UnixStream;

use super::ping::Ping;
use super::place::Place;
use crate::{clock, http};

/// Why it was not taken. The texts hold no key.
#[derive(Debug)]
pub(super) enum Untaken {
    /// It may be taken later.
    Later(String),
    /// It will never be taken.
    Never(String),
}

/// Sends a ping; the caller sets the deadline.
pub(super) async fn post(place: &Place, ping: &Ping) -> Result<(), Untaken> {
    let reply = exchange(place, ping, clock::now()).await?;
    let said = crate::model::text::clean(&reply.body, 160);
    let why = format!("{place} answered {}: {said}", reply.status.as_u16());
    match reply.status {
        status if status.is_success() => Ok(()),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Err(Untaken::Later(why))
        }
        StatusCode::NOT_FOUND => Err(Untaken::Never(format!(
            "{place} knows no heartbeat {}: write a [[heartbeat]] with this slug into its config",
            ping.slug
        ))),
        status if status.is_client_error() => Err(Untaken::Never(why)),
        _ => Err(Untaken::Later(why)),
    }
}

async fn exchange(place: &Place, ping: &Ping, now: Timestamp) -> Result<http::Reply, Untaken> {
    let failed = |why: String| Untaken::Later(format!("{place} cannot be reached: {why}"));
    let host = match place {
        Place::Socket(_) => "localhost",
        Place::Url(url) => url.authority().map_or("", |authority| {
            // A user and password are none of a Host header.
            authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, place)| place)
        }),
    };
    let request = Request::post(format!("{}{}", place.base(), ping.path(now)))
        .header(HOST, host)
        .header(USER_AGENT, concat!("nightkeep/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .body(Full::new(Bytes::from(ping.body.clone())))
        .map_err(|_| Untaken::Never(String::from("the ping URL is not valid")))?;
    let url = match place {
        Place::Socket(path) => {
            let stream = UnixStream::connect(path).await.map_err(|e| failed(e.to_string()))?;
            return http::exchange(stream, request, http::REPLY).await.map_err(failed);
        }
        Place::Url(url) => url,
    };
    let name = url.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let encrypted = url.scheme_str() == Some("https");
    let port = url.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
    let stream = http::connect(&name, port).await.map_err(failed)?;
    if !encrypted {
        return http::exchange(stream, request, http::REPLY).await.map_err(failed);
    }
    let name = ServerName::try_from(name)
        .map_err(|_| failed(String::from("its name is none a certificate can have")))?;
    let stream = http::encrypt(name, stream).await.map_err(failed)?;
    http::exchange(stream, request, http::REPLY).await.map_err(failed)
}
