//! Pages of ours as answers: their security headers, in one place.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full};
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use super::Answer;
use super::file;

/// A page loads nothing but its own files, goes nowhere else with a form, and is in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; font-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// What is smaller is not worth compressing.
const SMALL: usize = 1024;

/// What every page of ours is sent with.
pub(super) fn page_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Our own pages hear where one comes from, so that a form can be told from a foreign one;
        // nobody else does: the path of a one-time link is a secret.
        (REFERRER_POLICY, "same-origin"),
        (OPENER, "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_TYPE, "text/html; charset=utf-8"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// A page.
pub(super) fn html(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut answer = Answer::new(Either::Left(Full::new(body.into())));
    *answer.status_mut() = status;
    page_headers(answer.headers_mut());
    answer
}

/// Sends somebody on, with GET, to a path of ours.
pub(super) fn redirect(to: &str) -> Answer {
    let mut answer = html(StatusCode::SEE_OTHER, Bytes::new());
    // What cannot stand in a header is no path of ours.
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    answer.headers_mut().insert(LOCATION, to);
    answer
}

/// The page compressed, if whoever asked takes that. Forms in it hold a secret, and what an
/// attacker can have shown beside one could be guessed at by its compressed length (BREACH); but
/// they cannot have it shown: from their site no request comes with a cookie.
pub(super) async fn zip(answer: Answer, asked: &HeaderMap) -> Answer {
    let (mut head, body) = answer.into_parts();
    head.headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    let body = match body {
        Either::Left(body) if file::takes_zip(asked) => body,
        body => return Answer::from_parts(head, body),
    };
    let Ok(body) = body.collect().await;
    let body = body.to_bytes();
    let zipped = (body.len() >= SMALL).then(|| file::zip_fast(&body)).flatten();
    if zipped.is_some() {
        head.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Answer::from_parts(head, Either::Left(Full::new(zipped.unwrap_or(body))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page() {
        let page = html(StatusCode::OK, "x".repeat(4000));
        let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
        let mut asked = HeaderMap::new();
        let plain = zip(page, &asked).await;
        assert_eq!(plain.headers().get(CONTENT_ENCODING), None);
        asked.insert(hyper::header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let zipped = zip(plain, &asked).await;
        assert_eq!(zipped.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(redirect("/a\n").headers()[LOCATION], "/");
    }
}
