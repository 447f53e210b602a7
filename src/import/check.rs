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

/// Leaves out monitors, heartbeats, channels and windows the config refuses, with its reason.
pub fn leave_wrong(imported: &mut Imported, env: &Environment) {
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
    let heartbeat: Alone = |entry| Imported { heartbeats: vec![entry], ..Imported::default() };
    let channel: Alone = |entry| Imported { channels: vec![entry], ..Imported::default() };
    let window: Alone = |entry| Imported { maintenance: vec![entry], ..Imported::default() };
    let mut left = Vec::new();
    let mut sift = |what: &str, entries: &mut Vec<Entry>, alone: Alone| {
        entries.retain_mut(|entry| {
            let of = format!("{what} {:?} ({})", entry.name, entry.was);
            let Some(why) = wrong(alone(entry.clone())) else { return true };
            // Without these it is worth having all the same.
            for count in 1..=SPARE.len() {
                let mut plain = entry.clone();
                plain.keys.retain(|(key, _)| !SPARE[..count].contains(key));
                if plain.keys.len() < entry.keys.len() && wrong(alone(plain.clone())).is_none() {
                    for key in SPARE[..count].iter().filter(|key| entry.get(key).is_some()) {
                        left.push((of.clone(), Some((*key).to_owned()), why.clone()));
                    }
                    *entry = plain;
                    return true;
                }
            }
            left.push((of, None, why));
            false
        });
    };
    sift("channel", &mut imported.channels, channel);
    sift("heartbeat", &mut imported.heartbeats, heartbeat);
    sift("maintenance", &mut imported.maintenance, window);
    let left = left.into_iter().map(|(of, part, why)| super::LeftOut { of, part, why });
    imported.left_out.extend(left);
}

/// Keys of a heartbeat that may be left out before it is.
const SPARE: [&str; 2] = ["channels", "uuid"];

/// Why the config does not take a text.
fn reason(text: &str, env: &Environment) -> Option<String> {
    config::parse(text, "import", env).err().map(|error| error.first())
}
