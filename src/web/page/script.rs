//! The page's scripts, as the build bundled them, under names that change with what is in them, so
//! that browsers may keep them for good. Built without npm the scripts are empty.

use std::sync::LazyLock;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::model::text::hex;
use crate::web::file::{File, Keep};
use crate::web::locale;

/// A bundle under its name.
struct Bundle {
    name: String,
    file: File,
}

static BUNDLES: LazyLock<[Bundle; 3]> = LazyLock::new(|| {
    let js = "text/javascript; charset=utf-8";
    // Pictures of charts have their style without npm as well.
    let uplot = include_str!(concat!(env!("OUT_DIR"), "/chart.css"));
    let style = [include_str!("../chart/chart.css"), uplot].concat();
    [
        bundle("page", "js", js, with_words(include_str!(concat!(env!("OUT_DIR"), "/page.js")))),
        bundle("chart", "js", js, include_str!(concat!(env!("OUT_DIR"), "/chart.js"))),
        bundle("chart", "css", "text/css; charset=utf-8", style),
    ]
});

fn bundle(stem: &str, ending: &str, kind: &'static str, content: impl Into<Bytes>) -> Bundle {
    let content = content.into();
    let digest = &hex(&Sha256::digest(&content))[..12];
    let name = format!("{stem}-{digest}.{ending}");
    Bundle { name, file: File::new(kind, Keep::Forever, content) }
}

/// The script with what it says. Those of charts come after it.
fn with_words(script: &str) -> String {
    if script.is_empty() {
        return String::new();
    }
    format!("globalThis.words={};\n{script}", locale::script())
}

/// The name of the script of every page.
pub(in crate::web) fn page_script() -> &'static str {
    &BUNDLES[0].name
}

/// The name of the script of pages with charts.
pub(super) fn chart_script() -> &'static str {
    &BUNDLES[1].name
}

/// The name of the style of charts.
pub(super) fn chart_style() -> &'static str {
    &BUNDLES[2].name
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
        for (name, most) in [(page_script(), 12 << 10), (chart_script(), 40 << 10)] {
            let size = zipped(name);
            assert!(size < most, "{name} has {size} bytes zipped");
        }
        assert!(zipped(chart_style()) < 4 << 10 && find("page-.js").is_none());
    }

    #[test]
    fn the_licence_goes_along() {
        let script = include_str!(concat!(env!("OUT_DIR"), "/chart.js"));
        assert!(script.is_empty() || script.contains("Copyright (c) 2022 Leon Sorokin"));
    }
}
