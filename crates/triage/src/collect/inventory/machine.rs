//! What the machine itself is, and what only a person can do for another one.

use std::collections::BTreeSet;

use super::Tree;
use crate::scene::inventory::{Inventory, Purpose};

/// What whoever orders another machine has to know.
pub(super) fn machine(tree: &Tree) -> Vec<String> {
    let release = tree.text("/etc/os-release");
    let mut lines = Vec::new();
    if let Some(name) = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")) {
        lines.push(format!("system: {}", name.trim_matches('"')));
    }
    let arch = tree.text("/var/lib/dpkg/arch");
    let status = tree.text("/var/lib/dpkg/status");
    let own = status.lines().find_map(|line| {
        line.strip_prefix("Architecture: ").filter(|architecture| *architecture != "all")
    });
    if let Some(architecture) = arch.lines().next().or(own) {
        lines.push(format!("architecture: {architecture}"));
    }
    let foreign: Vec<&str> = arch.lines().skip(1).collect();
    if !foreign.is_empty() {
        lines.push(format!("also packages of: {} (dpkg --add-architecture)", foreign.join(", ")));
    }
    let name = tree.text("/etc/hostname");
    if !name.trim().is_empty() {
        lines.push(format!("name: {}", name.trim()));
    }
    for line in tree.text("/etc/fstab").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        // Options may hold a password.
        if let [device, place, kind, ..] = words[..]
            && !device.starts_with('#')
        {
            lines.push(match kind {
                "swap" => format!("swap: {device}"),
                _ => format!("mounted: {device} on {place} ({kind})"),
            });
        }
    }
    for line in tree.text("/etc/hosts").lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let is_usual = ["127.", "::1", "ff0", "fe00"].iter().any(|start| line.starts_with(start));
        if !line.is_empty() && !is_usual {
            lines.push(format!("in /etc/hosts: {line}"));
        }
    }
    lines
}

/// What only a person can do, beside what is to be done in any case.
pub(super) fn by_hand(tree: &Tree, inventory: &Inventory) -> Vec<String> {
    let mut lines = Vec::new();
    let has = |path: &str| inventory.files.iter().any(|kept| kept.path.starts_with(path));
    for (name, _) in tree.list("/etc/letsencrypt/renewal") {
        if let Some(name) = name.strip_suffix(".conf") {
            let text = tree.text(&format!("/etc/letsencrypt/renewal/{name}.conf"));
            let how = text
                .lines()
                .find_map(|line| line.strip_prefix("authenticator = "))
                .unwrap_or("as before");
            lines.push(format!(
                "a new certificate of Let's Encrypt for `{name}` (certbot certonly, {how}), once its name leads to the \
                 new server; until then what needs it does not start"
            ));
        }
    }
    for (name, _) in tree.list("/etc/ssl/private") {
        if name != "ssl-cert-snakeoil.key" {
            lines.push(format!("a new key and certificate instead of `/etc/ssl/private/{name}`"));
        }
    }
    for kept in inventory.files.iter().filter(|kept| kept.what == Purpose::Compose) {
        if kept.path.ends_with("ml") {
            lines.push(format!(
                "`docker compose -f {} up -d`, once its data are there; look first what its images are and where they \
                 come from",
                kept.path
            ));
        }
    }
    for (name, _) in tree.list("/var/lib/dpkg/alternatives") {
        let text = tree.text(&format!("/var/lib/dpkg/alternatives/{name}"));
        if text.starts_with("manual\n")
            && let Some(target) = tree.link(&format!("/etc/alternatives/{name}"))
        {
            lines.push(format!("`update-alternatives --set {name} {target}`"));
        }
    }
    let lingering: BTreeSet<String> =
        tree.list("/var/lib/systemd/linger").into_iter().map(|(name, _)| name).collect();
    for name in lingering {
        lines.push(format!(
            "`loginctl enable-linger {name}`: units of that user run without a login; they are in the home, with its data"
        ));
    }
    if has("/etc/postfix/") {
        lines.push(String::from(
            "tables of postfix: `postmap` and `newaliases`, once they have their secrets",
        ));
    }
    if has("/etc/nightkeep/") {
        lines.push(String::from(
            "nightkeep itself: `packaging/install.sh` on the new server, which keeps the configuration that is brought",
        ));
    }
    lines
}
