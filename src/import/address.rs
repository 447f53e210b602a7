//! Addresses of pages, with whom they are asked for.

use super::{Entry, Value};

/// The address; a user in it is said apart, where its password can be a secret.
pub fn target(url: &str, entry: &mut Entry) {
    let url = url.trim();
    let (plain, user, password) = apart(url);
    entry.set("target", ascii(&plain));
    entry.set_some("user", user);
    entry.set_some("password", password.map(Value::Secret));
}

/// What a path holds only encoded, beside letters beyond ASCII.
const ODD: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b' ');

/// Blanks and letters beyond ASCII in a path as it is asked for. A host stays as it is.
fn ascii(url: &str) -> String {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url[begin..].find(['/', '?', '#']).map_or(url.len(), |at| begin + at);
    let (host, path) = url.split_at(end);
    format!("{host}{}", percent_encoding::utf8_percent_encode(path, ODD))
}

/// An address without its user, the user and the password.
pub fn apart(url: &str) -> (String, Option<String>, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None, None) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((who, place)) = authority.rsplit_once('@') else {
        return (url.to_owned(), None, None);
    };
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = match who.split_once(':') {
        Some((user, password)) => (user, Some(decoded(password))),
        None => (who, None),
    };
    let user = Some(decoded(user)).filter(|user| !user.is_empty());
    (format!("{scheme}://{place}{path}"), user, password.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn a_user_is_taken_out_of_the_address() {
        let (url, user, password) = apart("https://a%40b:s%3Ae@c.example:8443/x?y=@z");
        assert_eq!(url, "https://c.example:8443/x?y=@z");
        assert_eq!((user.as_deref(), password.as_deref()), (Some("a@b"), Some("s:e")));
        assert_eq!(apart("https://c.example/@x").1, None);
        assert_eq!(apart("c.example").0, "c.example");
        assert_eq!(
            super::ascii("https://a.example/ü b?c=ö"),
            "https://a.example/%C3%BC%20b?c=%C3%B6"
        );
    }
}
