//! What is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderName,
    HeaderValue, PROXY_AUTHORIZATION, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use hyper::{HeaderMap, Method, Request};
use url::{Position, Url};

use crate::fault::Fault;
use crate::probe::{Auth, Http, Proxy};
use crate::text::clean;

pub(super) const AGENT: &str = concat!("nightkeep/", env!("CARGO_PKG_VERSION"));

/// One request of a chain of redirects.
pub(super) struct Hop {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) body: Bytes,
    /// It goes to whom the probe is meant for. Whoever else it was sent on to is not shown any
    /// password, certificate or header that was given.
    pub(super) same_origin: bool,
}

/// For HTTP/1.1. Through a proxy without a tunnel the proxy needs the whole URL (RFC 9112, 3.2.2).
pub(super) fn http1(
    http: &Http,
    hop: &Hop,
    via: Option<&Proxy>,
) -> Result<Request<Full<Bytes>>, Fault> {
    let mut headers = headers(http, hop)?;
    if !headers.contains_key(HOST) {
        headers.insert(HOST, value(authority(&hop.url))?);
    }
    headers.entry(CONNECTION).or_insert(HeaderValue::from_static("close"));
    if let Some(proxy) = via
        && let Some(login) = authorization(&proxy.auth)?
    {
        headers.insert(PROXY_AUTHORIZATION, login);
    }
    let from = if via.is_some() { Position::BeforeScheme } else { Position::BeforePath };
    let target = &hop.url[from..Position::AfterQuery];
    build(hop, target, headers, Full::new(hop.body.clone()))
}

/// For HTTP/2, and what is sent with it. What speaks of a connection has no place there
/// (RFC 9113, 8.2.2).
pub(super) fn http2(http: &Http, hop: &Hop) -> Result<(Request<()>, Bytes), Fault> {
    let mut headers = headers(http, hop)?;
    let host = headers.remove(HOST);
    let host = host.as_ref().and_then(|host| host.to_str().ok());
    for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
    if !hop.body.is_empty() {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(hop.body.len()));
    }
    let target = format!(
        "{}://{}{}",
        hop.url.scheme(),
        host.unwrap_or(authority(&hop.url)),
        &hop.url[Position::BeforePath..Position::AfterQuery]
    );
    Ok((build(hop, &target, headers, ())?, hop.body.clone()))
}

fn build<B>(hop: &Hop, target: &str, headers: HeaderMap, body: B) -> Result<Request<B>, Fault> {
    let mut request = Request::new(body);
    *request.method_mut() = hop.method.clone();
    *request.uri_mut() = target
        .parse()
        .map_err(|_| Fault::Invalid { what: String::from("the URL cannot be asked for") })?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// The usual ones, and those that were given.
pub(super) fn headers(http: &Http, hop: &Hop) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    // The body is compared with words: it must not come packed.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if !hop.same_origin {
        return Ok(headers);
    }
    if let Some(login) = authorization(&http.auth)? {
        headers.insert(AUTHORIZATION, login);
    }
    let mut given = HeaderMap::new();
    for (name, text) in &http.headers {
        let invalid = |_| Fault::Invalid { what: format!("{} is no header", clean(name, 60)) };
        let parsed: HeaderName = name.parse().map_err(invalid)?;
        given.append(parsed, value(text)?);
    }
    headers.extend(given);
    Ok(headers)
}

/// `Basic` (RFC 7617) or `Bearer` (RFC 6750).
pub(super) fn authorization(auth: &Auth) -> Result<Option<HeaderValue>, Fault> {
    let text = match auth {
        Auth::None => return Ok(None),
        Auth::Basic(user, password) => {
            format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
        }
        Auth::Bearer(token) => format!("Bearer {token}"),
    };
    let mut value = value(&text)?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Never shown: it may be a secret.
pub(super) fn value(text: &str) -> Result<HeaderValue, Fault> {
    let invalid = |_| Fault::Invalid {
        what: String::from("a header's value has characters that cannot be sent"),
    };
    HeaderValue::from_str(text).map_err(invalid)
}

/// Host and port, without a port that goes without saying.
fn authority(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}
