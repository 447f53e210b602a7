//! One HTTP request for a message, and what its reply means. The caller sets the deadline.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT,
};
use hyper::{HeaderMap, Method, Request, Uri};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::ServerName;

use super::{SendError, words};
use crate::http;

/// What a server answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// `Retry-After`, as seconds from now.
    pub(super) after: Option<SignedDuration>,
    headers: HeaderMap,
    /// The body as text, as far as it was read.
    pub(super) body: String,
}

impl Reply {
    /// A header's text; its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// The body as JSON; null if it is none.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The body's beginning on one line, for an error.
    pub(super) fn said(&self) -> String {
        words::clean(&self.body, 160)
    }

    /// What a reply that is no success means, by RFC 9110: 408, 425, 429 and 5xx may pass,
    /// other 4xx do not. `token` says what to mend when the credentials were refused.
    pub(super) fn error(&self, token: &str) -> SendError {
        let said = match self.said() {
            said if said.is_empty() => String::new(),
            said => format!(": {said}"),
        };
        let why = format!("HTTP {}{said}", self.status);
        match self.status {
            // Another answers in the service's place: a proxy, a hotel's network.
            200..300 => SendError::later(why),
            401 | 403 | 407 => SendError::refused(format!("{why}; check {token}")),
            408 | 425 | 429 | 500.. => SendError::Later { why, after: self.after },
            300..=399 => SendError::never(format!("{why}; redirects are not followed")),
            _ => SendError::never(why),
        }
    }
}

const JSON: &str = "application/json; charset=utf-8";
const FORM: &str = "application/x-www-form-urlencoded";

/// Posts JSON. Errors name the host, never the rest of the URL.
pub(super) async fn post(
    url: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
    now: Timestamp,
) -> Result<Reply, SendError> {
    ask(Method::POST, url, headers, Some((JSON, body)), now).await
}

/// Puts JSON.
pub(super) async fn put(
    url: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
    now: Timestamp,
) -> Result<Reply, SendError> {
    ask(Method::PUT, url, headers, Some((JSON, body)), now).await
}

/// Posts a form.
pub(super) async fn form(
    url: &str,
    fields: &[(&str, &str)],
    now: Timestamp,
) -> Result<Reply, SendError> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    ask(Method::POST, url, &[], Some((FORM, body.into_bytes())), now).await
}

/// Gets a page.
pub(super) async fn get(url: &str, now: Timestamp) -> Result<Reply, SendError> {
    ask(Method::GET, url, &[], None, now).await
}

/// Gets a document of at most `most` bytes for another room: its status and text.
///
/// # Errors
/// When there was no answer. They name the host, never the rest of the URL.
pub(crate) async fn document(
    url: &str,
    headers: &[(&str, &str)],
    most: usize,
    now: Timestamp,
) -> Result<(u16, String), String> {
    let reply = ask_for(Method::GET, url, headers, None, most, now).await;
    reply.map(|reply| (reply.status, reply.body)).map_err(|error| error.to_string())
}

async fn ask(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<(&'static str, Vec<u8>)>,
    now: Timestamp,
) -> Result<Reply, SendError> {
    ask_for(method, url, headers, body, http::REPLY, now).await
}

async fn ask_for(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<(&'static str, Vec<u8>)>,
    most: usize,
    now: Timestamp,
) -> Result<Reply, SendError> {
    let uri: Uri = url.parse().map_err(|_| SendError::never("the URL is not valid"))?;
    let authority = uri.authority().ok_or_else(|| SendError::never("the URL has no host"))?;
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(SendError::never("the URL is neither http nor https")),
    };
    let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });

    let (user, place) = match authority.as_str().rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority.as_str()),
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, place)
        .header(USER_AGENT, concat!("nightkeep/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close");
    let body = body.map_or_else(Vec::new, |(kind, body)| {
        if let Some(headers) = request.headers_mut() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        body
    });
    if let Some(user) = user {
        request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(user)));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| SendError::never("a header of the channel is not valid"))?;

    let failed = |why: String| SendError::later(format!("{host}: {why}"));
    let tcp = http::connect(&host, port).await.map_err(&failed)?;
    let reply = if tls {
        let name = ServerName::try_from(host.clone())
            .map_err(|_| SendError::never(format!("{host} is no name a certificate can have")))?;
        let stream = http::encrypt(name, tcp).await.map_err(&failed)?;
        http::exchange(stream, request, most).await
    } else {
        http::exchange(tcp, request, most).await
    };
    let http::Reply { status, headers, body } = reply.map_err(failed)?;
    let after = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| retry_after(value, now));
    Ok(Reply { status: status.as_u16(), after, headers, body })
}

/// Seconds or an HTTP date (RFC 9110, 10.2.3).
fn retry_after(value: &str, now: Timestamp) -> Option<SignedDuration> {
    if let Ok(seconds) = value.trim().parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(value.trim()).ok()?;
    Some(at.duration_since(now).max(SignedDuration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-23T01:14:00Z".parse().unwrap();
        let seconds = |value| retry_after(value, now).map(|after| after.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("Mon, 23 Nov 2026 01:15:30 GMT"), Some(90));
        assert_eq!(seconds("Mon, 23 Nov 2026 01:00:00 GMT"), Some(0));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-5"), None);
    }
}
