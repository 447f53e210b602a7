//! What an import did, on the screen. Nothing of it holds a secret.

use std::collections::BTreeSet;
use std::path::Path;

use super::output;
use crate::import::write::Written;
use crate::import::{Imported, LeftOut};

/// What would be written.
pub(super) fn dry(file: &Path, config: &Path, written: &Written) -> String {
    let mut text = String::new();
    for (path, content) in [(file, &written.monitors), (config, &written.config)] {
        if !content.is_empty() {
            text += &format!("── {}\n{content}\n", path.display());
        }
    }
    for (path, _) in &written.files {
        text += &format!("── {} (a secret)\n", path.display());
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// What was taken over, and what was not.
pub(super) fn report(imported: &Imported, before: &BTreeSet<String>, dry: bool) -> String {
    let mut text = String::new();
    let verb = if dry { "would be taken over" } else { "taken over" };
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    };
    let steps: usize = imported.history.iter().map(|history| history.steps.len()).sum();
    let parts = [
        count(imported.monitors.len(), "monitor", "monitors"),
        count(imported.heartbeats.len(), "heartbeat", "heartbeats"),
        count(imported.channels.len(), "channel", "channels"),
        count(imported.maintenance.len(), "maintenance window", "maintenance windows"),
    ];
    text += &format!("{verb}: {}", parts.join(", "));
    if steps > 0 {
        text += &format!(", {} of history", count(steps, "step", "steps"));
    }
    text.push('\n');
    let now: BTreeSet<String> = imported.monitors.iter().map(|entry| entry.name.clone()).collect();
    if !before.is_empty() {
        let again = now.intersection(before).count();
        let gone: Vec<String> =
            before.difference(&now).map(|name| format!("{:?}", output::safe(name))).collect();
        text += &format!("  {again} of them replace those of the import before\n");
        if !gone.is_empty() {
            text += &format!("  no longer there: {}\n", gone.join(", "));
        }
    }
    let (whole, parts): (Vec<&LeftOut>, Vec<&LeftOut>) =
        imported.left_out.iter().partition(|left| left.part.is_none());
    if !whole.is_empty() {
        text += &format!("\nnot taken over ({}):\n", whole.len());
        for left in whole {
            text += &format!("  {}\n      {}\n", output::safe(&left.of), output::safe(&left.why));
        }
    }
    if !parts.is_empty() {
        text += &format!("\ntaken over without this ({}):\n", parts.len());
        let mut of = "";
        for left in parts {
            if left.of != of {
                of = &left.of;
                text += &format!("  {}\n", output::safe(of));
            }
            let part = left.part.as_deref().unwrap_or_default();
            text += &format!("    - {}: {}\n", output::safe(part), output::safe(&left.why));
        }
    }
    text
}

/// What is left to do.
pub(super) fn next(
    imported: &Imported,
    url: Option<&str>,
    secrets: &Path,
    written: &Written,
) -> String {
    let mut text = String::from("\n");
    if !written.files.is_empty() {
        text += &format!(
            "{} secrets and certificates are in {}, readable for root and the group nightkeep only.\n",
            written.files.len(),
            secrets.display()
        );
    }
    if let Some(url) = url.filter(|_| !imported.heartbeats.is_empty()) {
        let base = output::safe(crate::import::address::apart(url).0.trim_end_matches('/'));
        let path = if base.contains("healthchecks.io") {
            String::from("https://hc-ping.com/UUID becomes https://YOUR-HOST/ping/UUID")
        } else {
            format!("{base}/ping/UUID becomes https://YOUR-HOST/ping/UUID")
        };
        text += &format!("The UUIDs stay: {path}.\n");
    }
    text + "See it with `nightkeep config check`, and let the watch read it: systemctl reload nightkeep\n"
}
