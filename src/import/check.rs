//! Leaves out what the config would refuse, before anything is written: the rest loads for sure.

use std::collections::BTreeSet;
use std::path::Path;

use super::write::write;
use super::{Entry, Imported};
use crate::config::{self, Environment};

/// Leaves out every monitor for which `why` knows a reason, and from groups what is no longer
/// there.
pub fn leave(imported: &mut Imported, why: impl Fn(&Entry) -> Option<String>) {
    let mut gone = BTreeSet::new();
    let monitors = std::mem::take(&mut imported.monitors);
    for entry in monitors {
        match why(&entry) {
            Some(why) => {
                imported.leave(format!("monitor {:?} ({})", entry.name, entry.was), why);
                gone.insert(entry.name);
            }
            None => imported.monitors.push(entry),
        }
    }
    without(imported, &gone);
}

/// Takes names out of groups, parents and routes; a group that is empty then goes as well.
fn without(imported: &mut Imported, gone: &BTreeSet<String>) {
    if gone.is_empty() {
        return;
    }
    let mut emptied = BTreeSet::new();
    for entry in &mut imported.monitors {
        for (key, value) in &mut entry.keys {
            if let ("members", super::Value::List(members)) = (*key, value) {
                members.retain(|member| !gone.contains(member));
                if members.is_empty() {
                    emptied.insert(entry.name.clone());
                }
            }
        }
        entry.keys.retain(|(key, value)| {
            !matches!((*key, value), ("parent", super::Value::Text(parent)) if gone.contains(parent))
        });
    }
    for route in &mut imported.routes {
        route.monitors.retain(|name| !gone.contains(name));
    }
    imported.routes.retain(|route| !route.monitors.is_empty());
    imported.history.retain(|history| !gone.contains(&history.monitor));
    for entry in &mut imported.maintenance {
        for (key, value) in &mut entry.keys {
            if let ("subjects", super::Value::List(subjects)) = (*key, value) {
                subjects.retain(|subject| {
                    !subject.strip_prefix("monitor:").is_some_and(|name| gone.contains(name))
                });
            }
        }
    }
    let about_nothing = |entry: &Entry| matches!(entry.get("subjects"), Some(super::Value::List(list)) if list.is_empty());
    let (empty, full): (Vec<Entry>, Vec<Entry>) =
        std::mem::take(&mut imported.maintenance).into_iter().partition(about_nothing);
    imported.maintenance = full;
    for entry in empty {
        imported.leave(entry.was, "no monitor that was taken over is in it");
    }
    if !emptied.is_empty() {
        leave(imported, |entry| {
            emptied
                .contains(&entry.name)
                .then(|| String::from("no monitor that was taken over is in this group"))
        });
    }
}

/// One entry as all there is.
type Alone = fn(Entry) -> Imported;

/// Leaves out monitors, heartbeats, channels and windows the config refuses, with its reason. `channels`
/// are the names of those that are there already.
pub fn leave_wrong(imported: &mut Imported, channels: &[String], env: &Environment) {
    let wrong = |one: Imported| -> Option<String> {
        // A secret's file is not there yet, so secrets stand in the text, which is seen by nobody.
        let written = write(&one, "import", Path::new("/etc/nightkeep/secrets"), true);
        reason(&(written.config + &written.monitors), env)
    };
    let alone = |entry: &Entry| {
        // A group is only what its members are: they are known when all are.
        let of_group = entry.text("type") == Some("group");
        let mut entry = entry.clone();
        entry.keys.retain(|(key, _)| *key != "parent");
        (!of_group).then(|| Imported { monitors: vec![entry], ..Imported::default() })
    };
    leave(imported, |entry| alone(entry).and_then(wrong));
    let heartbeat: Alone = |entry| {
        let channels = named(&entry).iter().map(|name| stand_in(name)).collect();
        Imported { channels, heartbeats: vec![entry], ..Imported::default() }
    };
    let channel: Alone = |entry| Imported { channels: vec![entry], ..Imported::default() };
    let window: Alone = |entry| Imported { maintenance: vec![entry], ..Imported::default() };
    let mut left = Left::new();
    let sift = |what: &str, entries: &mut Vec<Entry>, alone: Alone, left: &mut Left| {
        entries.retain_mut(|entry| {
            let of = format!("{what} {:?} ({})", entry.name, entry.was);
            let Some(why) = wrong(alone(entry.clone())) else { return true };
            let mut plain = entry.clone();
            plain.keys.retain(|(key, _)| *key != SPARE);
            let is_spared =
                plain.keys.len() < entry.keys.len() && wrong(alone(plain.clone())).is_none();
            left.push((of, is_spared.then(|| SPARE.to_owned()), why));
            if is_spared {
                *entry = plain;
            }
            is_spared
        });
    };
    sift("channel", &mut imported.channels, channel, &mut left);
    let there = imported.channels.iter().map(|entry| &entry.name).chain(channels);
    let there: BTreeSet<String> = there.cloned().collect();
    for entry in &mut imported.heartbeats {
        without_channels(entry, &there, &mut left);
    }
    sift("heartbeat", &mut imported.heartbeats, heartbeat, &mut left);
    sift("maintenance", &mut imported.maintenance, window, &mut left);
    let left = left.into_iter().map(|(of, part, why)| super::LeftOut { of, part, why });
    imported.left_out.extend(left);
}

/// A heartbeat without this key is worth having all the same.
const SPARE: &str = "uuid";

/// What is left out: of what, which part of it, and why.
type Left = Vec<(String, Option<String>, String)>;

/// The channels a heartbeat names.
fn named(entry: &Entry) -> &[String] {
    match entry.get("channels") {
        Some(super::Value::List(names)) => names,
        _ => &[],
    }
}

/// A channel of that name.
fn stand_in(name: &str) -> Entry {
    let mut entry = Entry::new(name, "");
    entry.set("type", "syslog");
    entry
}

/// Takes channels that are not there from a heartbeat; without any the routes decide.
fn without_channels(entry: &mut Entry, there: &BTreeSet<String>, left: &mut Left) {
    let (known, unknown): (Vec<_>, Vec<_>) =
        named(entry).iter().cloned().partition(|name| there.contains(name));
    if unknown.is_empty() {
        return;
    }
    let of = format!("heartbeat {:?} ({})", entry.name, entry.was);
    for name in unknown {
        let why = String::from("it was not taken over");
        left.push((of.clone(), Some(format!("channel {name:?}")), why));
    }
    entry.keys.retain(|(key, _)| *key != "channels");
    if !known.is_empty() {
        entry.set("channels", known);
    }
}

/// Why the config does not take a text.
fn reason(text: &str, env: &Environment) -> Option<String> {
    config::parse(text, "import", env).err().map(|error| error.first())
}
