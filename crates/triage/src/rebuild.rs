//! A draft of the same server anew: an Ansible playbook, its inventory, the files it brings along, and what was
//! left out and why. Plain text; nothing in it is taken for a template.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::finding::{Finding, Subject};
use crate::scene::account::FIRST_PERSON;
use crate::scene::inventory::{Inventory, Kept, Purpose};
use crate::scene::{Account, Scene};
use crate::severity::Severity;
use crate::text::{is_plain, visible};

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

/// Paths of findings: what they are about is not brought along.
pub fn suspects(findings: &[Finding]) -> BTreeSet<String> {
    let told = findings.iter().filter(|found| found.severity > Severity::Info);
    told.filter_map(|found| match &found.subject {
        Subject::Path(path) => Some(path.clone()),
        _ => None,
    })
    .collect()
}

/// The files of the draft.
pub fn draft(host: &str, scene: &Scene, inventory: &Inventory, findings: &[Finding]) -> Vec<Draft> {
    let people = people(scene, findings);
    let text =
        |path: &str, text: String| Draft { path: path.to_owned(), content: text.into_bytes() };
    let kept = inventory.files.iter().filter(|kept| is_brought(kept, &people));
    let mut draft = vec![
        text("README.md", readme(host, inventory, &people, findings)),
        text(
            "inventory.ini",
            String::from("[servers]\n# new ansible_host=203.0.113.10 ansible_user=root\n"),
        ),
        text("site.yml", playbook(host, inventory, &people)),
    ];
    draft.extend(kept.map(|kept| {
        let (path, content) = (format!("files{}", kept.path), kept.content.clone());
        Draft { path, content }
    }));
    draft
}

/// People with accounts here, and those who are left out because there is a finding about them.
struct People<'p> {
    all: Vec<&'p Account>,
    suspects: Vec<&'p Account>,
}

fn people<'p>(scene: &'p Scene, findings: &[Finding]) -> People<'p> {
    let told = findings.iter().filter(|found| found.severity > Severity::Info);
    let named: BTreeSet<&str> = told
        .filter_map(|found| match &found.subject {
            Subject::User(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let is_person = |account: &&Account| {
        let Account { name, uid, home, shell, groups, .. } = account;
        let texts = [name, home, shell].into_iter().chain(groups);
        (FIRST_PERSON..PAST_PERSONS).contains(uid) && texts.into_iter().all(|text| is_plain(text))
    };
    let persons = scene.accounts.iter().filter(is_person);
    let (suspects, all) = persons.partition(|account| named.contains(account.name.as_str()));
    People { all, suspects }
}

/// Files of accounts that are left out stay behind as well.
fn is_brought(kept: &Kept, people: &People<'_>) -> bool {
    !people.suspects.iter().any(|account| account.name == kept.owner)
}

/// A text as YAML has it: JSON's texts are.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

fn playbook(host: &str, inventory: &Inventory, people: &People<'_>) -> String {
    let host = visible(host, 80);
    let mut out = format!(
        "# A draft of {host} anew, made by nightkeep. Read it before you run it:\n\
         #   ansible-playbook --syntax-check -i inventory.ini site.yml\n\
         #   ansible-playbook -i inventory.ini site.yml\n---\n- name: {}\n  hosts: servers\n  become: true\n  tasks:\n",
        quoted(&format!("What {host} was set up to be"))
    );
    let of = |what: Purpose| {
        inventory.files.iter().filter(move |kept| kept.what == what && is_brought(kept, people))
    };
    copy(&mut out, "Sources of packages and their keys", of(Purpose::Source));
    let _ = write!(
        out,
        "    - name: Lists of packages\n      ansible.builtin.apt:\n        update_cache: true\n"
    );
    if !inventory.packages.is_empty() {
        let _ = write!(
            out,
            "    - name: Packages\n      ansible.builtin.apt:\n        state: present\n        name: {}\n",
            list(&inventory.packages)
        );
    }
    for (name, gid) in &inventory.groups {
        let _ = write!(
            out,
            "    - name: {}\n      ansible.builtin.group:\n        name: {}\n        gid: {gid}\n",
            quoted(&format!("Group {name}")),
            quoted(name)
        );
    }
    for account in &people.all {
        let Account { name, uid, home, shell, groups, .. } = account;
        let own = groups.first().map_or(name, |group| group);
        let others: Vec<&String> = groups.iter().skip(1).collect();
        let _ = write!(
            out,
            "    - name: {}\n      ansible.builtin.user:\n        name: {}\n        uid: {uid}\n        group: {}\n        \
             groups: {}\n        home: {}\n        shell: {}\n        password: \"!\"\n        update_password: on_create\n",
            quoted(&format!("User {name}")),
            quoted(name),
            quoted(own),
            list(others),
            quoted(home),
            quoted(shell)
        );
    }
    copy(&mut out, "Keys of people", of(Purpose::Keys));
    copy(&mut out, "Units", of(Purpose::Unit));
    copy(&mut out, "Configuration", of(Purpose::Config));
    copy(&mut out, "Crontabs", of(Purpose::Crontab));
    copy(&mut out, "What docker compose runs", of(Purpose::Compose));
    let _ = write!(
        out,
        "    - name: Units as they are now\n      ansible.builtin.systemd_service:\n        daemon_reload: true\n"
    );
    if !inventory.units.is_empty() {
        let _ = write!(
            out,
            "    - name: Enabled units\n      ansible.builtin.systemd_service:\n        name: \"{{{{ item }}}}\"\n        \
             enabled: true\n        state: restarted\n      loop: {}\n",
            list(&inventory.units)
        );
    }
    out
}

/// Tasks that bring files along: their folders first.
fn copy<'k>(out: &mut String, name: &str, files: impl Iterator<Item = &'k Kept>) {
    let files: Vec<&Kept> = files.collect();
    if files.is_empty() {
        return;
    }
    let folder =
        |kept: &&Kept| kept.path.rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned();
    let folders: BTreeSet<String> = files.iter().map(folder).collect();
    let _ = write!(
        out,
        "    - name: {}\n      ansible.builtin.file:\n        path: \"{{{{ item }}}}\"\n        state: directory\n      loop: {}\n",
        quoted(&format!("{name}: folders")),
        list(&folders)
    );
    let _ = write!(
        out,
        "    - name: {}\n      ansible.builtin.copy:\n        src: \"files{{{{ item.path }}}}\"\n        dest: \"{{{{ item.path }}}}\"\n        \
         owner: \"{{{{ item.owner }}}}\"\n        group: \"{{{{ item.group }}}}\"\n        mode: \"{{{{ item.mode }}}}\"\n      loop:\n",
        quoted(name)
    );
    for kept in files {
        let Kept { path, owner, group, mode, .. } = kept;
        let [path, owner, group] = [path, owner, group].map(|text| quoted(text));
        let _ = writeln!(
            out,
            "        - {{path: {path}, owner: {owner}, group: {group}, mode: \"{mode:04o}\"}}"
        );
    }
}

fn readme(host: &str, inventory: &Inventory, people: &People<'_>, findings: &[Finding]) -> String {
    let mut out = format!(
        "# {} anew\n\nA draft, made by nightkeep from the server itself. Build from a clean image of the same release, \
         from a machine you trust:\n\n    ansible-playbook --syntax-check -i inventory.ini site.yml\n    \
         ansible-playbook -i inventory.ini site.yml\n\nRead every file below `files/` before: whoever was in may have \
         written to it. Data is not in it.\n",
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
    let suspects = people.suspects.iter().map(|account| {
        format!("the user `{}`, with all of its files: triage has a finding about it", account.name)
    });
    let told = findings.iter().filter(|found| found.severity > Severity::Info);
    let others = told
        .filter(|found| !matches!(found.subject, Subject::Path(_) | Subject::User(_)))
        .map(|found| format!("{} {}: {}", found.id, found.subject, found.sentence));
    let (suspicious, others_out): (Vec<_>, Vec<_>) =
        inventory.left_out.iter().partition(|(_, why)| why.starts_with("it is suspicious"));
    let line = |(path, why): &(String, String)| format!("`{path}`: {why}");
    section(
        "Left out: suspicious",
        suspects.chain(suspicious.into_iter().map(line)).chain(others).collect(),
    );
    section(
        "Left out: secrets and what cannot be copied",
        others_out.into_iter().map(line).collect(),
    );
    let blanked = inventory.files.iter().filter(|kept| !kept.blanked.is_empty()).map(|kept| {
        let lines: Vec<String> = kept.blanked.iter().map(usize::to_string).collect();
        format!("`files{}`, line {}: CHANGE_ME stands for a secret", kept.path, lines.join(", "))
    });
    section("Secrets taken out of files: make new ones", blanked.collect());
    let local = inventory.local_packages.iter().map(|name| format!("`{name}`"));
    section("Packages that no source has: get them where they are made", local.collect());
    section(
        "To do by hand",
        vec![
            String::from("passwords: every account is locked until it gets one, or a key"),
            String::from("TLS certificates and their keys: made anew"),
            String::from("names, addresses and disks of the machine: as its image has them"),
            String::from("data: as triage says under \"Data to carry over\""),
            String::from("PAM (/etc/pam.d), kernel and boot settings: as the image has them"),
        ],
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector;
    use crate::finding::Certainty;

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
            accounts: vec![account("ann", 1000), account("eve", 1001)],
            ..Scene::default()
        };
        let kept = |path: &str, what, owner: &str| Kept {
            path: path.to_owned(),
            what,
            mode: 0o644,
            owner: owner.to_owned(),
            group: String::from("root"),
            content: b"x {{ y }}".to_vec(),
            blanked: vec![3],
        };
        let inventory = Inventory {
            packages: vec![String::from("caddy")],
            local_packages: vec![String::from("mine")],
            units: vec![String::from("caddy.service")],
            groups: vec![(String::from("ann"), 1000)],
            files: vec![
                kept("/etc/caddy/Caddyfile", Purpose::Config, "root"),
                kept("/home/eve/.ssh/authorized_keys", Purpose::Keys, "eve"),
            ],
            left_out: vec![(String::from("/etc/cron.d/x"), String::from("it is suspicious: x"))],
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
        for expected in ["user `eve`", "`/etc/cron.d/x`", "`mine`", "Caddyfile`, line 3"] {
            assert!(readme.contains(expected), "{expected} is not in\n{readme}");
        }
        for expected in
            ["\"User ann\"", "name: [\"caddy\"]", "loop: [\"caddy.service\"]", "mode: \"0644\""]
        {
            assert!(playbook.contains(expected), "{expected} is not in\n{playbook}");
        }
        assert!(!playbook.contains("eve"), "{playbook}");
        let paths: Vec<&str> = draft.iter().map(|one| one.path.as_str()).collect();
        let all = ["README.md", "inventory.ini", "site.yml", "files/etc/caddy/Caddyfile"];
        assert_eq!(paths, all);
    }
}
