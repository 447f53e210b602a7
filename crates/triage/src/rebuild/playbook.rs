//! The playbook. Every name and path in it is plain, texts are JSON's, and files are copied, never rendered.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{People, is_brought};
use crate::blank::BLANK;
use crate::scene::Account;
use crate::scene::account::ROOT_GROUPS;
use crate::scene::inventory::{Inventory, Kept, Purpose};
use crate::text::visible;

/// A text as YAML has it: JSON's texts are.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// A task: its name, its module, and lines below it. What is done for each of `items` has `{{ item }}` in it.
fn task(out: &mut String, name: &str, module: &str, lines: &[&str], items: &[Value]) {
    let _ = writeln!(out, "    - name: {}\n      ansible.builtin.{module}:", quoted(name));
    for line in lines {
        let _ = writeln!(out, "        {line}");
    }
    if !items.is_empty() {
        let _ = writeln!(out, "      loop:");
        for item in items {
            let _ = writeln!(out, "        - {item}");
        }
    }
}

/// The same, left out where there is nothing to do it for.
fn each(out: &mut String, name: &str, module: &str, lines: &[&str], items: &[Value]) {
    if !items.is_empty() {
        task(out, name, module, lines, items);
    }
}

fn values(texts: &[String]) -> Vec<Value> {
    texts.iter().map(|text| Value::from(text.as_str())).collect()
}

pub(super) fn playbook(host: &str, inventory: &Inventory, people: &People<'_>) -> String {
    let host = visible(host, 80);
    let mut out = format!(
        "# A draft of {host} anew, made by nightkeep. Read README.md before you run it.\n---\n- name: {}\n  \
         hosts: servers\n  become: true\n",
        quoted(&format!("What {host} was set up to be"))
    );
    let _ = writeln!(
        out,
        "  vars:\n    # Passwords of people, as hashes: openssl passwd -6. With \"!\" there is none, and sudo that asks \
         for one lets\n    # nobody through.\n    passwords:"
    );
    for account in &people.all {
        let _ = writeln!(out, "      {}: \"!\"", quoted(&account.name));
    }
    if people.all.is_empty() {
        out.truncate(out.trim_end().len());
        out.push_str(" {}\n");
    }
    out.push_str("  tasks:\n");
    let of = |what: Purpose| -> Vec<&Kept> {
        let files = inventory.files.iter();
        files.filter(|kept| kept.what == what && is_brought(kept, people)).collect()
    };
    unfinished(&mut out, inventory, people);
    copy(&mut out, inventory, "Sources of packages and their keys", &of(Purpose::Source));
    task(&mut out, "Lists of packages", "apt", &["update_cache: true"], &[]);
    if !inventory.packages.is_empty() {
        let names = format!("name: {}", list(&inventory.packages));
        task(&mut out, "Packages", "apt", &["state: present", &names], &[]);
    }
    accounts(&mut out, inventory, people);
    for (name, what) in [
        ("Keys of people", Purpose::Keys),
        ("Units", Purpose::Unit),
        ("Configuration", Purpose::Config),
        ("Scripts", Purpose::Script),
        ("Crontabs", Purpose::Crontab),
        ("What docker compose runs", Purpose::Compose),
    ] {
        copy(&mut out, inventory, name, &of(what));
    }
    switches(&mut out, inventory);
    made_of_files(&mut out, inventory, people);
    units(&mut out, inventory);
    out
}

/// Nothing is set up with `CHANGE_ME` for a password.
fn unfinished(out: &mut String, inventory: &Inventory, people: &People<'_>) {
    let blanked = inventory.files.iter().filter(|kept| is_brought(kept, people));
    let items: Vec<Value> = blanked
        .filter(|kept| !kept.blanked.is_empty())
        .map(|kept| Value::from(format!("files{}", kept.path)))
        .collect();
    let that = format!("that: \"'{BLANK}' not in lookup('ansible.builtin.file', item)\"");
    let message = format!(
        "fail_msg: \"Put new secrets in place of {BLANK} into {{{{ item }}}} first (README.md).\""
    );
    each(out, "New secrets are there", "assert", &[&that, &message, "quiet: true"], &items);
}

/// Groups first, then who is in them.
fn accounts(out: &mut String, inventory: &Inventory, people: &People<'_>) {
    let (persons, services): (Vec<_>, Vec<_>) =
        inventory.groups.iter().partition(|(_, gid)| gid.is_some());
    let item = |(name, gid): &&(String, Option<u32>)| match gid {
        Some(gid) => json!({ "name": name, "gid": gid }),
        None => json!(name),
    };
    // Those that nothing here is in are of packages.
    let is_needed = |(name, _): &&&(String, Option<u32>)| {
        let members = people.services.iter().chain(&people.all);
        let mut members = members.flat_map(|account| &account.groups);
        let mut owners = inventory
            .files
            .iter()
            .map(|kept| &kept.group)
            .chain(inventory.folders.iter().map(|folder| &folder.group));
        members.any(|group| group == name) || owners.any(|group| group == name)
    };
    let items: Vec<Value> = services.iter().filter(is_needed).map(item).collect();
    each(out, "Groups of services", "group", &["name: \"{{ item }}\"", "system: true"], &items);
    let items: Vec<Value> = persons.iter().map(item).collect();
    let lines = ["name: \"{{ item.name }}\"", "gid: \"{{ item.gid }}\""];
    each(out, "Groups of people", "group", &lines, &items);
    let own = |account: &Account| account.groups.first().unwrap_or(&account.name).clone();
    let item = |account: &&Account| {
        let Account { name, home, shell, groups, .. } = account;
        // Those that make root of it are told of, and not given.
        let others = groups.iter().skip(1).filter(|group| !ROOT_GROUPS.contains(&group.as_str()));
        let others: Vec<&String> = others.collect();
        json!({ "name": name, "group": own(account), "groups": others, "home": home, "shell": shell })
    };
    let items: Vec<Value> = people.services.iter().map(item).collect();
    let lines = [
        "name: \"{{ item.name }}\"",
        "group: \"{{ item.group }}\"",
        "groups: \"{{ item.groups }}\"",
        "append: true",
        "home: \"{{ item.home }}\"",
        "shell: \"{{ item.shell }}\"",
        "system: true",
        "create_home: false",
    ];
    each(out, "Accounts of services", "user", &lines, &items);
    for account in &people.all {
        let Account { name, uid, home, shell, groups, .. } = account;
        let lines = [
            format!("name: {}", quoted(name)),
            format!("uid: {uid}"),
            format!("group: {}", quoted(&own(account))),
            format!("groups: {}", list(groups.iter().skip(1))),
            format!("home: {}", quoted(home)),
            format!("shell: {}", quoted(shell)),
            format!("password: \"{{{{ passwords[{}] }}}}\"", quoted(name).replace('"', "'")),
            String::from("update_password: on_create"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        task(out, &format!("User {name}"), "user", &lines, &[]);
    }
}

/// Tasks that bring files along: their folders first.
fn copy(out: &mut String, inventory: &Inventory, name: &str, files: &[&Kept]) {
    let holds = |folder: &str| {
        files
            .iter()
            .any(|kept| kept.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    };
    let folders: Vec<Value> = inventory
        .folders
        .iter()
        .filter(|folder| holds(&folder.path))
        .map(|folder| {
            let mode = format!("{:04o}", folder.mode);
            json!({ "path": folder.path, "owner": folder.owner, "group": folder.group, "mode": mode })
        })
        .collect();
    let rights =
        ["owner: \"{{ item.owner }}\"", "group: \"{{ item.group }}\"", "mode: \"{{ item.mode }}\""];
    let lines = [&["path: \"{{ item.path }}\"", "state: directory"], &rights[..]].concat();
    each(out, &format!("{name}: folders"), "file", &lines, &folders);
    let items: Vec<Value> = files
        .iter()
        .map(|kept| {
            let Kept { path, owner, group, .. } = kept;
            let mode = format!("{:04o}", kept.mode);
            json!({ "path": path, "owner": owner, "group": group, "mode": mode })
        })
        .collect();
    let lines =
        [&["src: \"files{{ item.path }}\"", "dest: \"{{ item.path }}\""], &rights[..]].concat();
    each(out, name, "copy", &lines, &items);
}

/// Links, what is switched on by them, and what was removed.
fn switches(out: &mut String, inventory: &Inventory) {
    if !inventory.switches.is_empty() {
        let lines =
            [format!("paths: {}", list(&inventory.switches)), String::from("file_type: link")];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        task(out, "What packages switched on", "find", &lines, &[]);
        let is_kept = |path: &&str| {
            inventory.switches.iter().any(|folder| path.starts_with(&format!("{folder}/")))
        };
        let kept = inventory.links.iter().map(|(path, _)| path.as_str()).filter(is_kept);
        let _ = write!(
            out,
            "      register: switched_on\n    - name: \"And is not on\"\n      ansible.builtin.file:\n        path: \
             \"{{{{ item }}}}\"\n        state: absent\n      loop: \"{{{{ switched_on.files | map(attribute='path') | \
             reject('in', kept) | list }}}}\"\n      vars:\n        kept: {}\n",
            list(kept)
        );
    }
    let items: Vec<Value> = inventory
        .links
        .iter()
        .map(|(path, target)| json!({ "path": path, "target": target }))
        .collect();
    let lines = [
        "path: \"{{ item.path }}\"",
        "src: \"{{ item.target }}\"",
        "state: link",
        "force: true",
        "follow: false",
    ];
    each(out, "Links", "file", &lines, &items);
    let lines = ["path: \"{{ item }}\"", "state: absent"];
    each(out, "Files of packages that were removed", "file", &lines, &values(&inventory.removed));
}

/// What is read or made of these files only when it is asked to.
fn made_of_files(out: &mut String, inventory: &Inventory, people: &People<'_>) {
    let has = |start: &str| {
        inventory.files.iter().any(|kept| kept.path.starts_with(start) && is_brought(kept, people))
    };
    for (start, name, command) in [
        ("/etc/sysctl", "Settings of the kernel", "sysctl --system"),
        ("/usr/local/share/ca-certificates/", "Certificate authorities", "update-ca-certificates"),
        ("/etc/locale.gen", "Languages", "locale-gen"),
    ] {
        if has(start) {
            task(out, name, "command", &[&format!("cmd: {command}")], &[]);
            // A setting that this kernel does not have stops nothing.
            out.push_str("      changed_when: false\n      failed_when: false\n");
        }
    }
}

fn units(out: &mut String, inventory: &Inventory) {
    task(out, "Units as they are now", "systemd", &["daemon_reload: true"], &[]);
    let lines = ["name: \"{{ item }}\"", "masked: true", "state: stopped"];
    each(out, "Units that must not run", "systemd", &lines, &values(&inventory.masked));
    let lines = ["name: \"{{ item }}\"", "enabled: false", "state: stopped"];
    each(out, "Units that do not run", "systemd", &lines, &values(&inventory.off));
    let lines = ["name: \"{{ item }}\"", "enabled: true", "state: restarted"];
    each(out, "Units that run", "systemd", &lines, &values(&inventory.units));
    if inventory.units.is_empty() {
        return;
    }
    // A unit counts as started before its program has found out that something is missing.
    task(out, "A while for them to fail", "pause", &["seconds: 10"], &[]);
    let command = format!(
        "cmd: systemctl list-units --all --plain --no-legend --state=failed,auto-restart {}",
        inventory.units.join(" ")
    );
    let name = "None of them failed (one that did misses its data or a secret: README.md)";
    task(out, name, "command", &[&command], &[]);
    out.push_str(
        "      register: failed\n      changed_when: false\n      failed_when: failed.stdout != ''\n",
    );
}
