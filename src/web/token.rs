//! The token that a request shows.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

/// As a bearer or as an API key: what no browser sends by itself.
pub(super) fn shown(headers: &HeaderMap) -> Option<&str> {
    let bearer = authorization(headers)
        .and_then(|(kind, token)| kind.eq_ignore_ascii_case("bearer").then_some(token.trim()));
    bearer.or_else(|| headers.get("x-api-key")?.to_str().ok())
}

/// The scheme and the rest of `Authorization`.
pub(super) fn authorization(headers: &HeaderMap) -> Option<(&str, &str)> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')
}
