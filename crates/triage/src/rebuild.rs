//! A draft of the same server anew: an Ansible playbook, its inventory, the files it brings along, and what was
//! left out and why. Plain text; nothing in it is taken for a template.

mod playbook;
mod readme;

use std::collections::BTreeSet;

use crate::finding::{Finding, Subject};
use crate::scene::account::FIRST_PERSON;
use crate::scene::inventory::{Inventory, Kept, Suspects};
use crate::scene::{Account, Scene};
use crate::severity::Severity;
use crate::text::is_plain;

/// A file of the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Below the folder of the draft.
    pub path: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// The first number that is not a person's any more (`UID_MAX` of login.defs on Debian).
const PAST_PERSONS: u32 = 60_000;
/// Numbers below this are the same on each Debian.
const PAST_DEBIANS: u32 = 100;
/// Accounts that every Debian makes for itself.
const OF_DEBIAN: [&str; 5] = ["_apt", "messagebus", "sshd", "polkitd", "uuidd"];

/// What findings are about, which is not brought along.
pub fn suspects(findings: &[Finding]) -> Suspects {
    let mut suspects = Suspects::default();
    for found in told(findings) {
        match &found.subject {
            Subject::Path(path) => suspects.paths.insert(path.clone()),
            Subject::User(name) => suspects.users.insert(name.clone()),
            _ => false,
        };
    }
    suspects
}

fn told(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|found| found.severity > Severity::Info)
}

/// The files of the draft.
pub fn draft(host: &str, scene: &Scene, inventory: &Inventory, findings: &[Finding]) -> Vec<Draft> {
    let people = people(scene, &suspects(findings).users);
    let text =
        |path: &str, text: String| Draft { path: path.to_owned(), content: text.into_bytes() };
    let kept = inventory.files.iter().filter(|kept| is_brought(kept, &people));
    let mut draft = vec![
        text("README.md", readme::readme(host, scene, inventory, &people, findings)),
        text(
            "inventory.ini",
            String::from("[servers]\n# new ansible_host=203.0.113.10 ansible_user=root\n"),
        ),
        text("site.yml", playbook::playbook(host, inventory, &people)),
    ];
    draft.extend(kept.map(|kept| {
        let (path, content) = (format!("files{}", kept.path), kept.content.clone());
        Draft { path, content }
    }));
    draft
}

/// Whose accounts there are.
struct People<'p> {
    /// Of people.
    all: Vec<&'p Account>,
    /// Of services: packages make most of them anew, units of one's own may need the rest.
    services: Vec<&'p Account>,
    /// People who are left out because there is a finding about them.
    suspects: Vec<&'p Account>,
}

fn people<'p>(scene: &'p Scene, suspects: &BTreeSet<String>) -> People<'p> {
    let is_plain = |account: &&Account| {
        let Account { name, home, shell, groups, .. } = account;
        [name, home, shell].into_iter().chain(groups).all(|text| is_plain(text))
    };
    let within = |begin, end| {
        let is_within = move |account: &&Account| (begin..end).contains(&account.uid);
        scene.accounts.iter().filter(is_plain).filter(is_within)
    };
    let (left_out, all) =
        within(FIRST_PERSON, PAST_PERSONS).partition(|account| suspects.contains(&account.name));
    let is_own = |account: &&Account| {
        let name = account.name.as_str();
        !OF_DEBIAN.contains(&name) && !name.starts_with("systemd-")
    };
    let services = within(PAST_DEBIANS, FIRST_PERSON).filter(is_own).collect();
    People { all, services, suspects: left_out }
}

/// Files of accounts that are left out stay behind as well.
fn is_brought(kept: &Kept, people: &People<'_>) -> bool {
    !people.suspects.iter().any(|account| account.name == kept.owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector;
    use crate::finding::Certainty;
    use crate::scene::inventory::{Folder, Purpose};

    #[test]
    fn a_draft_names_what_it_leaves_out_and_quotes_what_it_takes() {
        let account = |name: &str, uid| Account {
            name: name.to_owned(),
            uid,
            groups: vec![name.to_owned(), String::from("sudo")],
            home: format!("/home/{name}"),
            shell: String::from("/bin/bash"),
            ..Account::default()
        };
        let scene = Scene {
            accounts: vec![account("ann", 1000), account("eve", 1001), account("app", 990)],
            ..Scene::default()
        };
        let kept = |path: &str, what, owner: &str| Kept {
            path: path.to_owned(),
            what,
            mode: 0o644,
            owner: owner.to_owned(),
            group: String::from("root"),
            changed: jiff::Timestamp::UNIX_EPOCH,
            content: b"x {{ y }}".to_vec(),
            blanked: vec![3],
        };
        let inventory = Inventory {
            packages: vec![String::from("caddy")],
            local_packages: vec![String::from("mine")],
            units: vec![String::from("caddy.service")],
            groups: vec![(String::from("ann"), Some(1000)), (String::from("app"), None)],
            off: vec![String::from("apache2.service")],
            links: vec![(String::from("/etc/x/sites-enabled/a"), String::from("../a"))],
            switches: vec![String::from("/etc/x/sites-enabled")],
            removed: vec![String::from("/etc/x/default.conf")],
            by_hand: vec![String::from("a certificate for `a.example`")],
            machine: vec![String::from("system: Debian 12")],
            folders: vec![Folder {
                path: String::from("/etc/caddy"),
                mode: 0o750,
                owner: String::from("root"),
                group: String::from("app"),
            }],
            files: vec![
                kept("/etc/caddy/Caddyfile", Purpose::Config, "root"),
                kept("/home/eve/.ssh/authorized_keys", Purpose::Keys, "eve"),
            ],
            left_out: vec![(String::from("/etc/cron.d/x"), String::from("it is suspicious: x"))],
            masked: Vec::new(),
        };
        let about = detector::named("D11").unwrap().about;
        let subject = Subject::User(String::from("eve"));
        let found =
            Finding::new(about, Severity::Critical, Certainty::Sure, subject, "a second root");
        let draft = draft("web1", &scene, &inventory, &[found]);
        let text = |path: &str| {
            let found = draft.iter().find(|one| one.path == path);
            String::from_utf8_lossy(&found.unwrap().content).into_owned()
        };
        let (readme, playbook) = (text("README.md"), text("site.yml"));
        for expected in [
            "user `eve`",
            "`/etc/cron.d/x`",
            "`mine`",
            "Caddyfile`, line 3",
            "`app`, an account of a service, in the group `sudo`",
            "certificate for `a.example`",
        ] {
            assert!(readme.contains(expected), "{expected} is not in\n{readme}");
        }
        for expected in [
            "\"User ann\"",
            "name: [\"caddy\"]",
            "- \"caddy.service\"",
            "\"mode\":\"0644\"",
            "- \"apache2.service\"",
            "--state=failed,auto-restart caddy.service\n",
            "\"path\":\"/etc/x/sites-enabled/a\",\"target\":\"../a\"",
            "kept: [\"/etc/x/sites-enabled/a\"]",
            "- \"/etc/x/default.conf\"",
            "\"ann\": \"!\"",
            "password: \"{{ passwords['ann'] }}\"",
            "- \"files/etc/caddy/Caddyfile\"",
            "\"mode\":\"0750\"",
            // Nobody gets the rights of root by a service.
            "\"group\":\"app\",\"groups\":[]",
        ] {
            assert!(playbook.contains(expected), "{expected} is not in\n{playbook}");
        }
        assert!(!playbook.contains("eve"), "{playbook}");
        let paths: Vec<&str> = draft.iter().map(|one| one.path.as_str()).collect();
        let all = ["README.md", "inventory.ini", "site.yml", "files/etc/caddy/Caddyfile"];
        assert_eq!(paths, all);
    }
}
