//! What keeps the rooms apart: who may import whom, who may spawn, how long a file may get.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.into_iter().map(|(path, text)| (path.strip_prefix(&root).unwrap().into(), text)).collect()
}

/// The code of a file without its tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

/// Files of a room: `room.rs` and everything in `room/`.
fn in_room(path: &Path, room: &str) -> bool {
    path.starts_with(room) || path == Path::new(&format!("{room}.rs"))
}

#[test]
fn rooms_know_only_what_they_may() {
    let io = ["tokio::", "std::fs", "std::net", "std::process", "rusqlite::", "hyper::", "zbus::"];
    let outside = ["crate::source", "crate::notify", "crate::store", "crate::watch", "crate::cli"];
    let pure = [&io[..], &outside[..], &["crate::clock", "crate::control"]].concat();
    let words: Vec<_> = pure.iter().copied().filter(|room| *room != "crate::notify").collect();
    // Where a call came from is an address.
    let address_only: Vec<_> = pure.iter().copied().filter(|word| *word != "std::net").collect();
    let not_up = |rooms: &[&'static str]| rooms.to_vec();
    let fences = [
        ("model", [&pure[..], &["crate::config", "crate::rule", "crate::alert"]].concat()),
        ("rule", pure.clone()),
        ("alert", pure.clone()),
        ("replay", pure.clone()),
        ("notify/message", words.clone()),
        ("notify/outbox", words.clone()),
        ("web/status", pure.clone()),
        ("web/badge", pure.clone()),
        ("web/chart", pure.clone()),
        ("web/locale/when", pure.clone()),
        ("web/locale/variables", pure.clone()),
        ("web/metrics", pure.clone()),
        ("web/public/fill", pure.clone()),
        ("web/api/openapi", pure.clone()),
        ("web/api/query", pure.clone()),
        ("config/json", pure.clone()),
        ("config/form", pure.clone()),
        ("web/page/form", pure.clone()),
        ("web/page/address", pure.clone()),
        ("web/page/line", pure.clone()),
        ("web/page/monitors/phases", pure.clone()),
        ("web/page/heartbeats/past", pure.clone()),
        ("web/page/heartbeats/preview", pure.clone()),
        ("web/page/heartbeats/snippet", pure.clone()),
        ("store/block", [&pure[..], &["crate::config"]].concat()),
        ("token", pure.clone()),
        ("access", address_only.clone()),
        ("heartbeat/api", pure.clone()),
        ("heartbeat/contract", pure.clone()),
        ("heartbeat/check", pure.clone()),
        ("heartbeat/book", pure.clone()),
        ("heartbeat/schedule", pure.clone()),
        ("heartbeat/definition", pure.clone()),
        ("heartbeat/flood", pure.clone()),
        ("heartbeat/mail", address_only),
        ("smtp/dialogue", pure.clone()),
        ("heartbeat/view", pure.clone()),
        (
            "heartbeat/desk",
            not_up(&["crate::alert", "crate::rule", "crate::watch", "crate::cli", "crate::web"]),
        ),
        ("smtp", not_up(&["crate::alert", "crate::rule", "crate::watch", "crate::cli"])),
        ("trail", not_up(&["crate::watch", "crate::cli", "crate::web", "crate::store"])),
        (
            "web/page/security/tally",
            not_up(&["tokio::", "std::fs", "std::time::Instant", "crate::store"]),
        ),
        ("web", not_up(&["crate::watch", "crate::cli", "crate::rule"])),
        (
            "source",
            not_up(&[
                "crate::alert",
                "crate::rule",
                "crate::notify",
                "crate::store",
                "crate::watch",
                "crate::cli",
            ]),
        ),
        (
            "notify",
            not_up(&[
                "crate::alert",
                "crate::rule",
                "crate::source::Sampler",
                "crate::watch",
                "crate::cli",
            ]),
        ),
        (
            "import",
            not_up(&[
                "crate::alert",
                "crate::rule",
                "crate::source",
                "crate::store",
                "crate::watch",
                "crate::cli",
                "crate::notify",
            ]),
        ),
        (
            "store",
            not_up(&[
                "crate::alert",
                "crate::rule",
                "crate::source",
                "crate::watch",
                "crate::cli",
                "crate::notify",
            ]),
        ),
    ];
    let mut broken = Vec::new();
    for (path, text) in sources() {
        for (room, forbidden) in &fences {
            for word in forbidden.iter().filter(|_| in_room(&path, room)) {
                let breaks =
                    |line: &&str| !line.trim_start().starts_with("//") && line.contains(word);
                if let Some(line) = code(&text).lines().find(breaks) {
                    broken.push(format!("{} knows {word}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_watch_spawns_tasks() {
    for (path, text) in sources() {
        if !in_room(&path, "watch") {
            assert!(!code(&text).contains("tokio::spawn("), "{} spawns", path.display());
            assert!(!code(&text).contains("JoinSet"), "{} spawns", path.display());
        }
    }
}

#[test]
fn files_stay_short() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > 800)
        .collect();
    assert!(long.is_empty(), "over 800 lines: {long:?}");
}
