//! Where a reply leads (RFC 9110, 15.4).

use bytes::Bytes;
use hyper::Method;
use url::Url;

use super::exchange::Reply;
use super::request::Hop;
use crate::fault::Fault;
use crate::text::clean;

/// Does this status send the client on, given a `Location`?
pub(super) fn leads_on(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The next URL; none if the reply is not a redirect.
pub(super) fn target(reply: &Reply, from: &Url) -> Option<Result<Url, Fault>> {
    if !leads_on(reply.status) {
        return None;
    }
    let location = reply.header("location")?;
    let bad = || Fault::BadRedirect { to: clean(location, 100) };
    let Ok(mut to) = from.join(location) else { return Some(Err(bad())) };
    if !matches!(to.scheme(), "http" | "https") {
        return Some(Err(bad()));
    }
    // A server does not choose whom we log in as.
    let _ = (to.set_username(""), to.set_password(None));
    to.set_fragment(None);
    Some(Ok(to))
}

/// What is sent there: 303, and by old custom 301 and 302 after a POST, ask with GET for what came
/// of it.
pub(super) fn method(status: u16, hop: &Hop) -> (Method, Bytes) {
    match status {
        303 if hop.method != Method::HEAD => (Method::GET, Bytes::new()),
        301 | 302 if hop.method == Method::POST => (Method::GET, Bytes::new()),
        _ => (hop.method.clone(), hop.body.clone()),
    }
}

/// A URL for a message: its query may hold secrets.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    clean(url.as_str(), 150)
}
