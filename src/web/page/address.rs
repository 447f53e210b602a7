//! Where things are on the page.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use crate::model::text::hex;

/// The page of a monitor.
pub(super) fn monitor(name: &str) -> String {
    format!("/monitors/{}", step(name))
}

/// The page of a heartbeat.
pub(super) fn heartbeat(name: &str) -> String {
    format!("/heartbeats/{}", step(name))
}

/// A name in a path. Pages of the same depth have names of their own, so a thing that is called as
/// one of them is written otherwise.
fn step(name: &str) -> String {
    let rest = utf8_percent_encode(name, NON_ALPHANUMERIC).to_string();
    match name {
        "new" => rest.replacen('n', "%6E", 1),
        _ => rest,
    }
}

/// An id for the element of a thing, whatever it is called.
pub(super) fn id(prefix: char, name: &str) -> String {
    format!("{prefix}{}", &hex(&Sha256::digest(name))[..10])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::found;

    #[test]
    fn every_name_has_a_page() {
        for name in ["shop", "new", "a/b?c#d", "<b>", "ü"] {
            for path in [monitor(name), heartbeat(name)] {
                let (_, parts) = found("GET", &path).unwrap();
                assert_eq!(parts, [name], "{path}");
            }
        }
    }
}
