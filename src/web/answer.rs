//! Answers for people: pages, and where to go on.

use std::io::Write as _;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue,
    LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{StatusCode, header};

use super::Answer;
use super::file::takes_gzip;

/// A page of ours runs its own script and asks its own server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
/// What is smaller is not worth compressing.
const SMALL: usize = 1024;

/// What every page for people says to the browser.
pub(super) fn page_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// A page. Zipped, if whoever asked takes that.
pub(super) fn html(status: u16, html: String, asked: &HeaderMap) -> Answer {
    body(status, "text/html; charset=utf-8", html.into_bytes(), asked)
}

/// Something of a media type. Zipped, if whoever asked takes that.
pub(super) fn body(status: u16, kind: &'static str, body: Vec<u8>, asked: &HeaderMap) -> Answer {
    let takes = asked.get_all(header::ACCEPT_ENCODING).iter();
    let takes_zip = takes.filter_map(|value| value.to_str().ok()).any(takes_gzip);
    let zipped = if takes_zip && body.len() >= SMALL { zip(&body) } else { None };
    let is_zipped = zipped.is_some();
    let mut answer = Answer::new(Either::Left(Full::new(zipped.unwrap_or_else(|| body.into()))));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = answer.headers_mut();
    page_headers(headers);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding, Cookie"));
    if is_zipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

/// Go on there, with GET.
pub(super) fn redirect(to: &str) -> Answer {
    let mut answer = Answer::new(Either::Left(Full::new(Bytes::new())));
    *answer.status_mut() = StatusCode::SEE_OTHER;
    page_headers(answer.headers_mut());
    if let Ok(to) = HeaderValue::from_str(to) {
        answer.headers_mut().insert(LOCATION, to);
    }
    answer
}

/// Made anew for every answer, so fast rather than small.
fn zip(body: &[u8]) -> Option<Bytes> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(body).ok()?;
    Some(out.finish().ok()?.into())
}
