//! What a person reads first: what the draft is, what was left out, and what is to be done.

use std::fmt::Write as _;

use super::{People, is_brought, told};
use crate::blank::BLANK;
use crate::finding::{Finding, Subject};
use crate::scene::Scene;
use crate::scene::account::ROOT_GROUPS;
use crate::scene::inventory::Inventory;
use crate::scene::secret::SecretKind;
use crate::text::visible;

/// Files that were changed lately and that are named.
const RECENT: usize = 100;

pub(super) fn readme(
    host: &str,
    scene: &Scene,
    inventory: &Inventory,
    people: &People<'_>,
    findings: &[Finding],
) -> String {
    let mut out = format!(
        "# {} anew\n\nA draft, made by nightkeep from the server itself. In this order:\n\n\
         1. Take a clean image of the same release (below), and do all of this from a machine you trust, which has \
         ansible; the new server needs python3.\n\
         2. Read what was left out, and every file below `files/`: whoever was in may have written to it.\n\
         3. Make new secrets and put them in place of {BLANK} in `files/`; the playbook does not start before.\n\
         4. Put a hash for everybody who uses sudo under `passwords` in `site.yml`, and keep a session of root open \
         until you have logged in as one of them: ssh lets in whom it let in before, and accounts have no password.\n\
         5. Put the new server's address into `inventory.ini`, and run\n\n        \
         ansible-playbook --syntax-check -i inventory.ini site.yml\n        \
         ansible-playbook -i inventory.ini site.yml\n\n\
         6. Carry the data over (below); the playbook ends with the units that fail without. Run it again: \
         it may be run as often as you like.\n\
         7. What is to be done by hand (below). Then restart the server once, and look: systemctl --failed\n",
        visible(host, 80)
    );
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = write!(out, "\n## {title}\n\n");
            for line in lines {
                let _ = writeln!(out, "- {}", visible(&line, 400));
            }
        }
    };
    section("What it was", inventory.machine.clone());
    let suspects = people.suspects.iter().map(|account| {
        format!("the user `{}`, with all of its files: triage has a finding about it", account.name)
    });
    let powers = people.services.iter().flat_map(|account| {
        let powers = account.groups.iter().skip(1);
        let powers = powers.filter(|group| ROOT_GROUPS.contains(&group.as_str()));
        powers.map(|group| {
            format!(
                "`{}`, an account of a service, in the group `{group}`: it is root by that",
                account.name
            )
        })
    });
    let (suspicious, others_out): (Vec<_>, Vec<_>) =
        inventory.left_out.iter().partition(|(_, why)| why.starts_with("it is suspicious"));
    let is_named = |path: &str| inventory.left_out.iter().any(|(named, _)| named == path);
    let others = told(findings)
        .filter(|found| match &found.subject {
            Subject::Path(path) => !is_named(path),
            Subject::User(name) => !people.suspects.iter().any(|account| account.name == *name),
            _ => true,
        })
        .map(|found| format!("{} {}: {}", found.id, found.subject, found.sentence));
    let line = |(path, why): &(String, String)| format!("`{path}`: {why}");
    let because = |(path, why): &(String, String)| {
        let about = |found: &&Finding| matches!(&found.subject, Subject::Path(it) if it == path);
        match told(findings).find(about) {
            Some(found) => format!("`{path}`: {} {}", found.id, found.sentence),
            None => format!("`{path}`: {why}"),
        }
    };
    section(
        "Left out: suspicious",
        suspects.chain(suspicious.into_iter().map(because)).chain(powers).chain(others).collect(),
    );
    let brought = || inventory.files.iter().filter(|kept| is_brought(kept, people));
    let is_here = |path: &str| brought().any(|kept| kept.path == path);
    // A new server has keys and passwords of its own.
    let is_to_be_told = |kind| !matches!(kind, SecretKind::HostKey | SecretKind::Passwords);
    let secrets = scene.files.secrets.iter().filter(|secret| {
        is_to_be_told(secret.kind) && !is_named(&secret.path) && !is_here(&secret.path)
    });
    let secrets = secrets
        .map(|secret| format!("`{}`: {}: make a new one", secret.path, secret.kind.as_str()));
    section(
        "Left out: secrets and what cannot be copied",
        others_out.into_iter().map(line).chain(secrets).collect(),
    );
    let blanked = brought().filter(|kept| !kept.blanked.is_empty()).map(|kept| {
        let lines: Vec<String> = kept.blanked.iter().map(usize::to_string).collect();
        format!("`files{}`, line {}: {BLANK} stands for a secret", kept.path, lines.join(", "))
    });
    section("Secrets taken out of files: make new ones", blanked.collect());
    let mut recent: Vec<_> = brought().filter(|kept| kept.changed >= scene.since).collect();
    recent.sort_by(|a, b| (b.changed, &a.path).cmp(&(a.changed, &b.path)));
    let more = recent.len().saturating_sub(RECENT);
    let mut recent: Vec<String> = recent
        .iter()
        .take(RECENT)
        .map(|kept| format!("`files{}`: {:.0}", kept.path, kept.changed))
        .collect();
    recent.extend((more > 0).then(|| format!("{more} more")));
    section(&format!("Changed since {:.0}, the last first: read these first", scene.since), recent);
    let local = inventory.local_packages.iter().map(|name| format!("`{name}`"));
    section("Packages that no source has: get them where they are made", local.collect());
    let data = scene.files.data.iter().map(|path| format!("`{path}`"));
    section("Data: from a backup of before, where there is one", data.collect());
    let always = [
        "TLS certificates and their keys: made anew (caddy does so itself)",
        "DNS, and what else knows the old address: other servers' firewalls, monitoring",
        "disks, swap, networks, /etc/hosts: as its image has them; what they were is above",
        "PAM (/etc/pam.d), udev, kernel and boot settings: as the image has them",
        "what was installed past packages: pip, npm, containers, below /usr/local and /opt",
    ];
    let by_hand = inventory.by_hand.iter().cloned();
    section("To do by hand", by_hand.chain(always.map(String::from)).collect());
    out
}
