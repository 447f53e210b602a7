//! Monitors: what they have in common, and which kind becomes what.

use std::collections::{BTreeMap, BTreeSet};

use super::common::{self, Of};
use super::notification::Channels;
use super::record::Record;
use super::{Kuma, http, service};
use crate::import::entry::seconds;
use crate::import::name::{Names, slug, tidy};
use crate::import::{Entry, Imported, Told, Value};

/// What became of the monitors, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Taken {
    monitors: BTreeMap<i64, String>,
    heartbeats: BTreeMap<i64, String>,
    parents: BTreeMap<i64, i64>,
}

impl Taken {
    /// The name of the monitor here.
    pub(super) fn monitor(&self, id: i64) -> Option<&str> {
        self.monitors.get(&id).map(String::as_str)
    }

    /// Subjects of alerts of this one, and if it is a group of all that is in it.
    pub(super) fn subjects(&self, id: i64) -> Vec<String> {
        let within = |one: i64| self.above(one).any(|group| group == id);
        let monitors = self.monitors.iter().filter(|(one, _)| **one == id || within(**one));
        let heartbeats = self.heartbeats.iter().filter(|(one, _)| **one == id || within(**one));
        monitors
            .map(|(_, name)| format!("monitor:{name}"))
            .chain(heartbeats.map(|(_, name)| format!("heartbeat:{name}")))
            .collect()
    }

    /// The groups above a monitor, the next one first. A ring ends where it begins.
    fn above(&self, id: i64) -> impl Iterator<Item = i64> + '_ {
        let mut seen = BTreeSet::from([id]);
        let mut at = id;
        std::iter::from_fn(move || {
            at = *self.parents.get(&at)?;
            seen.insert(at).then_some(at)
        })
    }
}

/// What one monitor becomes.
pub(super) enum Made {
    /// A monitor of its own.
    Monitor(Entry),
    /// A job that calls in.
    Heartbeat(Entry),
    /// A group; its members are known when all are.
    Group(Entry),
    /// Nothing, and why.
    Nothing(String),
}

/// Makes monitors and heartbeats of all rows.
pub(super) fn monitors(kuma: &Kuma, channels: &Channels, out: &mut Imported) -> Taken {
    let mut taken = Taken::default();
    let rows = ordered(kuma.rows("monitor"));
    for row in &rows {
        if let (Some(id), Some(parent)) = (row.number("id"), row.number("parent")) {
            taken.parents.insert(id, parent);
        }
    }
    let paused: BTreeSet<i64> =
        rows.iter().filter(|row| !row.flag("active")).filter_map(|row| row.number("id")).collect();
    let (mut names, mut slugs) = (Names::default(), Names::default());
    let mut groups = Vec::new();
    for row in rows {
        let id = row.number("id").unwrap_or_default();
        let of = Of::new(row);
        let path: Vec<String> = taken
            .above(id)
            .filter_map(|group| kuma.row("monitor", group)?.text("name").map(tidy))
            .collect();
        let is_paused = paused.contains(&id) || taken.above(id).any(|up| paused.contains(&up));
        let is_push = row.text("type") == Some("push");
        let heard = heard(kuma, id);
        let name = names.one(row.text("name").unwrap_or_default());
        let mut entry = Entry::new(&name, format!("{} {id}", of.kind));
        if let Some(group) = path.iter().rev().cloned().reduce(|all, one| format!("{all} / {one}"))
        {
            // A heartbeat has no group of its own.
            if is_push {
                out.leave_part(
                    &of.name,
                    format!("group {group:?}"),
                    "heartbeats have tags, no groups",
                );
            } else {
                entry.set("group", group);
            }
        }
        common::tags(kuma, id, &mut entry);
        entry.set_some("note", row.text("description").map(tidy_note));
        if is_paused {
            entry.set("paused", true);
        }
        common::leftovers(row, &of, out);
        match make(kuma, row, &of, entry, out) {
            Made::Nothing(why) => out.leave(&of.name, why),
            Made::Heartbeat(mut entry) => {
                let slug = slugs.word(&slug(&entry.name), 60);
                taken.heartbeats.insert(id, slug.clone());
                entry.set("slug", slug);
                let told: Vec<String> =
                    heard.iter().filter_map(|one| channels.name(*one)).map(str::to_owned).collect();
                if !told.is_empty() {
                    entry.set("channels", told);
                }
                out.heartbeats.push(entry);
            }
            Made::Group(entry) => {
                taken.monitors.insert(id, name.clone());
                groups.push((id, of, out.monitors.len()));
                route(channels, &heard, &name, out);
                out.monitors.push(entry);
            }
            Made::Monitor(entry) => {
                taken.monitors.insert(id, name.clone());
                route(channels, &heard, &name, out);
                out.monitors.push(entry);
            }
        }
    }
    members(&mut taken, &groups, out);
    taken
}

/// Kuma orders by weight, the heaviest first, then by name; without weights as they were made.
fn ordered(rows: &[Record]) -> Vec<&Record> {
    let mut rows: Vec<&Record> = rows.iter().collect();
    rows.sort_by_key(|row| (-row.number("weight").unwrap_or(2000), row.number("id")));
    rows
}

fn make(kuma: &Kuma, row: &Record, of: &Of, mut entry: Entry, out: &mut Imported) -> Made {
    match of.kind.as_str() {
        "http" | "keyword" | "json-query" => http::page(kuma, row, of, entry, out),
        "websocket-upgrade" => http::websocket(kuma, row, of, entry, out),
        "push" => push(row, of, entry, out),
        "group" => {
            entry.set("type", "group");
            common::rhythm(row, of, &mut entry, out);
            Made::Group(entry)
        }
        _ => service::service(kuma, row, of, entry, out),
    }
}

/// A push monitor expects a call in every interval, and some retries later calls it down.
fn push(row: &Record, of: &Of, mut entry: Entry, out: &mut Imported) -> Made {
    if row.flag("upside_down") {
        return Made::Nothing(String::from(
            "a push monitor upside down is well as long as nobody calls; heartbeats know no such thing",
        ));
    }
    let interval = row.number("interval").unwrap_or(60);
    let every = interval.clamp(60, 365 * 86_400);
    if every != interval {
        let why = format!("a heartbeat's period is at least a minute, so `every` is {every} s");
        out.leave_part(&of.name, format!("interval of {interval} s"), why);
    }
    entry.set("every", seconds(every));
    let retries = row.number("maxretries").unwrap_or(0).clamp(0, 100_000);
    let retry = match row.number("retry_interval").unwrap_or(0) {
        0 => interval,
        retry => retry,
    };
    entry.set("grace", seconds(retries.saturating_mul(retry).clamp(60, 365 * 86_400)));
    out.leave_part(
        &of.name,
        "its address /api/push/…",
        "the job has to call nightkeep's: `…/ping/PING-KEY/SLUG`, with `/fail` for `status=down`; \
         `nightkeep cron wrap SLUG -- command` does both",
    );
    Made::Heartbeat(entry)
}

/// Which notifications a monitor has, by their numbers.
fn heard(kuma: &Kuma, id: i64) -> Vec<i64> {
    let rows = kuma.rows("monitor_notification").iter();
    let mut heard: Vec<i64> = rows
        .filter(|row| row.number("monitor_id") == Some(id))
        .filter_map(|row| row.number("notification_id"))
        .collect();
    heard.sort_unstable();
    heard.dedup();
    heard
}

fn route(channels: &Channels, heard: &[i64], name: &str, out: &mut Imported) {
    let told: Vec<String> =
        heard.iter().filter_map(|one| channels.name(*one)).map(str::to_owned).collect();
    match out.routes.iter_mut().find(|route| route.channels == told) {
        Some(route) => route.monitors.push(name.to_owned()),
        None => out.routes.push(Told { channels: told, monitors: vec![name.to_owned()] }),
    }
}

/// What is in each group. A group nothing is left of is none, and then a group of groups may be
/// none either.
fn members(taken: &mut Taken, groups: &[(i64, Of, usize)], out: &mut Imported) {
    let mut gone = BTreeSet::new();
    loop {
        let before = gone.len();
        for (id, of, _) in groups {
            if gone.contains(id) {
                continue;
            }
            let has_member = taken
                .parents
                .iter()
                .any(|(one, group)| group == id && taken.monitors.contains_key(one));
            if !has_member {
                gone.insert(*id);
                taken.monitors.remove(id);
                out.leave(&of.name, "no monitor that was taken over is in this group");
            }
        }
        if gone.len() == before {
            break;
        }
    }
    for (id, of, index) in groups.iter().filter(|(id, ..)| !gone.contains(id)) {
        let within = taken.parents.iter().filter(|(_, group)| *group == id).map(|(one, _)| one);
        let mut members = Vec::new();
        for one in within {
            match (taken.monitors.get(one), taken.heartbeats.get(one)) {
                (Some(name), _) => members.push(name.clone()),
                (None, Some(slug)) => out.left_out.push(crate::import::LeftOut {
                    of: of.name.clone(),
                    part: Some(format!("member {slug:?}")),
                    why: String::from("it became a heartbeat; a group has monitors only"),
                }),
                // That it was left out is said with itself.
                (None, None) => {}
            }
        }
        out.monitors[*index].set("members", Value::List(members));
    }
    let lost: Vec<usize> =
        groups.iter().filter(|(id, ..)| gone.contains(id)).map(|(.., index)| *index).collect();
    let names: BTreeSet<String> =
        lost.iter().map(|index| out.monitors[*index].name.clone()).collect();
    out.monitors.retain(|entry| !names.contains(&entry.name));
    for route in &mut out.routes {
        route.monitors.retain(|name| !names.contains(name));
    }
    out.routes.retain(|route| !route.monitors.is_empty());
}

/// A description may have lines; a note is one.
fn tidy_note(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    crate::model::text::clean(text.trim(), 500)
}
