//! The page's scripts, as build.rs bundled them, under names that change with what is in them, so
//! that browsers may keep them for good. Built without npm they are empty.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use crate::model::text::hex;
use crate::web::file::{File, Keep};

/// A bundle under its name.
struct Bundle {
    name: String,
    is_empty: bool,
    file: File,
}

static BUNDLES: LazyLock<[Bundle; 3]> = LazyLock::new(|| {
    let js = "text/javascript; charset=utf-8";
    [
        bundle("page", "js", js, include_bytes!(concat!(env!("OUT_DIR"), "/page.js"))),
        bundle("chart", "js", js, include_bytes!(concat!(env!("OUT_DIR"), "/chart.js"))),
        bundle(
            "chart",
            "css",
            "text/css; charset=utf-8",
            include_bytes!(concat!(env!("OUT_DIR"), "/chart.css")),
        ),
    ]
});

fn bundle(stem: &str, ending: &str, kind: &'static str, content: &'static [u8]) -> Bundle {
    let digest = &hex(&Sha256::digest(content))[..12];
    let name = format!("{stem}-{digest}.{ending}");
    Bundle { name, is_empty: content.is_empty(), file: File::new(kind, Keep::Forever, content) }
}

/// The address of the script of every page; nothing if nightkeep was built without.
pub(in crate::web) fn script_path(base: &str) -> String {
    path(base, 0)
}

/// The address of the script of charts.
pub(super) fn chart_script_path(base: &str) -> String {
    path(base, 1)
}

/// The address of the style of charts.
pub(super) fn chart_style_path(base: &str) -> String {
    path(base, 2)
}

fn path(base: &str, which: usize) -> String {
    let bundle = &BUNDLES[which];
    if bundle.is_empty { String::new() } else { format!("{base}/{}", bundle.name) }
}

/// The file of that name.
pub(super) fn find(name: &str) -> Option<&'static File> {
    BUNDLES.iter().find(|bundle| bundle.name == name).map(|bundle| &bundle.file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::ACCEPT_ENCODING;
    use hyper::{HeaderMap, Method};

    /// What whoever loads a page has to fetch, in bytes.
    fn zipped(name: &str) -> usize {
        let mut asked = HeaderMap::new();
        asked.insert(ACCEPT_ENCODING, "gzip".parse().unwrap());
        let answer = find(name).unwrap().answer(&Method::HEAD, &asked);
        answer.headers()["content-length"].to_str().unwrap().parse().unwrap()
    }

    #[test]
    fn scripts_are_small() {
        for (path, most) in [(script_path("/x"), 12 << 10), (chart_script_path("/x"), 40 << 10)] {
            let Some(name) = path.strip_prefix("/x/") else { continue };
            let size = zipped(name);
            assert!(size < most, "{name} has {size} bytes zipped");
        }
        assert!(find("page-.js").is_none());
    }

    #[test]
    fn the_licence_goes_along() {
        let script = include_str!(concat!(env!("OUT_DIR"), "/chart.js"));
        assert!(script.is_empty() || script.contains("Copyright (c) 2022 Leon Sorokin"));
    }
}
