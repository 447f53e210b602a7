//! The addresses of badges: whoever knows one cannot guess those of other tags.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::heartbeat::book::Book;

/// Stands for all checks.
const ALL: &str = "*";
/// Characters of a signature.
const SIGNATURE: usize = 8;
/// What a tag in an address is written with.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The badges of all tags.
pub(super) fn all(book: &Book, base: &str) -> Value {
    let mut badges = Map::new();
    // One project is enough to be shown: there is one unless others were imported.
    if let Some(project) = book.projects().next() {
        let mut tags = BTreeSet::from([ALL]);
        for (_, check) in book.checks() {
            tags.extend(check.definition.tags.split(' ').filter(|tag| !tag.trim().is_empty()));
        }
        for tag in tags {
            badges.insert(tag.to_owned(), addresses(project.ping_key.reveal(), tag, base));
        }
    }
    json!({ "badges": badges })
}

fn addresses(ping_key: &str, tag: &str, base: &str) -> Value {
    let (key, signature) = (key(ping_key), signature(ping_key, tag));
    let name = match tag {
        ALL => String::new(),
        tag => format!("/{}", utf8_percent_encode(tag, IN_PATH)),
    };
    let two = |form| format!("{base}/badge/{key}/{signature}-2{name}.{form}");
    let three = |form| format!("{base}/badge/{key}/{signature}{name}.{form}");
    json!({
        "svg": two("svg"),
        "svg3": three("svg"),
        "json": two("json"),
        "json3": three("json"),
        "shields": two("shields"),
        "shields3": three("shields"),
    })
}

/// The part of an address that names a project, made of its ping key without telling it.
pub fn key(ping_key: &str) -> String {
    digest(ping_key, "badge", 16)
}

/// The signature of a tag.
pub fn signature(ping_key: &str, tag: &str) -> String {
    digest(ping_key, &format!("badge/{tag}"), SIGNATURE)
}

fn digest(secret: &str, what: &str, length: usize) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(what.as_bytes());
    let mut text = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    text.truncate(length);
    text
}
