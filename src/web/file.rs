//! Something that is sent as it is: a page, a picture, a style.

use std::io::Write as _;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{Method, StatusCode};
use sha2::{Digest as _, Sha256};

use super::Answer;
use crate::model::text::hex;

/// What is smaller is not worth compressing.
const SMALL: usize = 1024;
/// A page of ours needs no more than its own style and pictures.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A picture needs nothing.
const PICTURE_POLICY: &str = "default-src 'none'; sandbox";

/// How long whoever gets it may keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// For good: under its name there will never be anything else.
    Forever,
    /// For so many seconds.
    Seconds(u16),
    /// Not at all, as Healthchecks has it.
    Never,
}

/// Something to be sent.
#[derive(Debug, Clone)]
pub(super) struct File {
    kind: &'static str,
    keep: Keep,
    body: Bytes,
    zipped: Option<Bytes>,
    tag: String,
}

impl File {
    /// A file of a media type.
    pub(super) fn new(kind: &'static str, keep: Keep, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let tag = format!("W/\"{}\"", &hex(&Sha256::digest(&body))[..16]);
        let zipped = Some(&body).filter(|body| body.len() >= SMALL).and_then(|body| zip(body));
        Self { kind, keep, body, zipped, tag }
    }

    /// The answer to whoever asked with these headers.
    pub(super) fn answer(&self, method: &Method, asked: &HeaderMap) -> Answer {
        let named =
            |name: &HeaderName| asked.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let takes_zip = takes_zip(asked);
        let has_it = named(&IF_NONE_MATCH)
            .flat_map(|tags| tags.split(','))
            .any(|tag| tag.trim() == self.tag || tag.trim() == "*");
        let zipped = self.zipped.as_ref().filter(|_| takes_zip);
        let body = match zipped {
            _ if has_it || *method == Method::HEAD => Bytes::new(),
            Some(zipped) => zipped.clone(),
            None => self.body.clone(),
        };
        let length = zipped.unwrap_or(&self.body).len();
        let mut answer = Answer::new(Either::Left(Full::new(body)));
        let headers = answer.headers_mut();
        for (name, value) in self.headers() {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let mut text = |name: HeaderName, value: &str| {
            // Digits, letters and quotes only: these cannot fail.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        text(ETAG, &self.tag);
        if let Keep::Seconds(seconds) = self.keep {
            text(CACHE_CONTROL, &format!("public, max-age={seconds}"));
        }
        if zipped.is_some() && !has_it {
            text(CONTENT_ENCODING, "gzip");
        }
        if *method == Method::HEAD && !has_it {
            text(hyper::header::CONTENT_LENGTH, &length.to_string());
        }
        if has_it {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        answer
    }

    fn headers(&self) -> Vec<(HeaderName, &'static str)> {
        let mut headers = vec![
            (CONTENT_TYPE, self.kind),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (VARY, "Accept-Encoding"),
        ];
        match self.keep {
            Keep::Forever => headers.push((CACHE_CONTROL, "public, max-age=31536000, immutable")),
            Keep::Never => headers
                .push((CACHE_CONTROL, "max-age=0, no-cache, no-store, must-revalidate, private")),
            Keep::Seconds(_) => {}
        }
        match self.kind {
            kind if kind.starts_with("text/html") => headers.extend([
                (CONTENT_SECURITY_POLICY, POLICY),
                (X_FRAME_OPTIONS, "DENY"),
                (REFERRER_POLICY, "no-referrer"),
            ]),
            "image/svg+xml" => headers.extend([
                (CONTENT_SECURITY_POLICY, PICTURE_POLICY),
                (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            ]),
            // Public for programs as well as for people, wherever they run.
            "application/json" => headers.push((ACCESS_CONTROL_ALLOW_ORIGIN, "*")),
            _ => {}
        }
        headers
    }
}

/// Only what is read is asked for here.
pub(super) fn only_read() -> Answer {
    let mut answer =
        Answer::new(Either::Left(Full::new(Bytes::from_static(b"only GET and HEAD\n"))));
    *answer.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    answer
}

/// Does whoever asked with these headers take gzip?
pub(super) fn takes_zip(asked: &HeaderMap) -> bool {
    let accepted = asked.get_all(ACCEPT_ENCODING);
    accepted.iter().filter_map(|value| value.to_str().ok()).any(takes_gzip)
}

/// Does whoever sends this `Accept-Encoding` take gzip?
pub(super) fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|one| {
        let (name, quality) = one.split_once(';').unwrap_or((one, ""));
        let refused = quality.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32));
        matches!(name.trim(), "gzip" | "*") && !refused
    })
}

/// As small as it gets: of what is made once.
pub(super) fn zip(body: &[u8]) -> Option<Bytes> {
    zip_with(body, flate2::Compression::default())
}

/// Of what is made anew for everyone: half the time of the above for a page that is hardly larger.
/// (Level 1 makes it half as large again.)
pub(super) fn zip_fast(body: &[u8]) -> Option<Bytes> {
    zip_with(body, flate2::Compression::new(4))
}

fn zip_with(body: &[u8], how: flate2::Compression) -> Option<Bytes> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), how);
    out.write_all(body).ok()?;
    Some(out.finish().ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
        answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn what_somebody_has_is_not_sent_again() {
        let file = File::new("text/html; charset=utf-8", Keep::Seconds(15), "x".repeat(4000));
        let mut asked = HeaderMap::new();
        let answer = file.answer(&Method::GET, &asked);
        assert_eq!((answer.status(), header(&answer, "content-encoding")), (StatusCode::OK, ""));
        assert_eq!(header(&answer, "cache-control"), "public, max-age=15");
        assert!(!header(&answer, "content-security-policy").contains("unsafe"));
        asked.insert(ACCEPT_ENCODING, HeaderValue::from_static("br, gzip;q=0.5"));
        let answer = file.answer(&Method::GET, &asked);
        assert_eq!(header(&answer, "content-encoding"), "gzip");
        let head = file.answer(&Method::HEAD, &asked);
        assert!(header(&head, "content-length").parse::<usize>().unwrap() < 100);
        asked.insert(IF_NONE_MATCH, answer.headers()[ETAG].clone());
        assert_eq!(file.answer(&Method::GET, &asked).status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn who_takes_gzip() {
        for (accepted, takes) in [
            ("gzip", true),
            ("br, gzip;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("br", false),
            ("", false),
        ] {
            assert_eq!(takes_gzip(accepted), takes, "{accepted}");
        }
    }
}
