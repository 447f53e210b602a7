//! Paths of routes.

use percent_encoding::percent_decode_str;

/// What a path has where the route's has names in `{}`. None: it is another path.
pub(super) fn parts(route: &str, path: &str) -> Option<Vec<String>> {
    if route.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut parts = Vec::new();
    for (wanted, is) in route.split('/').zip(path.split('/')) {
        if wanted.starts_with('{') {
            let part = percent_decode_str(is).decode_utf8().ok()?;
            parts.push(Some(part.into_owned()).filter(|part| !part.is_empty())?);
        } else if wanted != is {
            return None;
        }
    }
    Some(parts)
}
