//! What hangs together between monitors, whichever files they stand in: names, parents, members.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::document::{Document, Part};
use crate::config::error::Problem;
use crate::config::value::{Wrong, nearest, quoted};
use crate::config::{MonitorConfig, MonitorKind, Origin};

/// A monitor, and which one of its file it is.
pub(in crate::config) struct Found {
    pub(in crate::config) index: usize,
    pub(in crate::config) monitor: MonitorConfig,
}

/// Adds monitors to those that are there. Gives back what is wrong between them, with the number
/// of the file it is wrong in.
pub(in crate::config) fn join(
    files: Vec<(&Document<'_>, Vec<Found>)>,
    all: &mut BTreeMap<String, Arc<MonitorConfig>>,
) -> Vec<(usize, Problem)> {
    let mut problems = Vec::new();
    // Where each is, to point at.
    let mut places: Vec<(usize, usize, Arc<MonitorConfig>)> = Vec::new();
    let documents: Vec<&Document<'_>> = files.iter().map(|(document, _)| *document).collect();
    let point = |file: usize, index: usize, key: &str, part, title: String, wrong: Wrong| {
        let path = ["monitor", &index.to_string(), key].map(str::to_owned);
        let span = documents[file].span(&path, part);
        (file, Problem::of(span, title, wrong))
    };
    for (file, (_, found)) in files.into_iter().enumerate() {
        for Found { index, monitor } in found {
            let monitor = Arc::new(monitor);
            if let Some(first) = all.get(&monitor.name) {
                let title = format!("two monitors are called {}", quoted(&monitor.name));
                let help = "monitors are told apart by their names: give one another";
                let wrong = Wrong::with_help(where_is(first), help);
                problems.push(point(file, index, "name", Part::Value, title, wrong));
                continue;
            }
            all.insert(monitor.name.clone(), Arc::clone(&monitor));
            places.push((file, index, monitor));
        }
    }
    let all = &*all;
    for (file, index, monitor) in places {
        let unknown = |name: &str| {
            let names = all.keys().map(String::as_str).filter(|known| *known != monitor.name);
            match nearest(name, names) {
                Some(near) => Wrong::with_help(
                    format!("did you mean \"{near}\"?"),
                    "the name of another monitor goes here",
                ),
                None => Wrong::new("there is no monitor of that name"),
            }
        };
        if let Some(parent) = &monitor.parent {
            let why = if all.contains_key(parent) {
                circle(&monitor.name, all, &parent_of)
                    .map(|way| Wrong::with_help(way, "one of them has to stand for itself"))
            } else {
                Some(unknown(parent))
            };
            let title = format!("{} cannot be the parent", quoted(parent));
            problems
                .extend(why.map(|wrong| point(file, index, "parent", Part::Value, title, wrong)));
        }
        if let MonitorKind::Group { members, .. } = &monitor.kind {
            for member in members.iter().filter(|member| !all.contains_key(*member)) {
                let title = format!("{} cannot be a member", quoted(member));
                problems.push(point(file, index, "members", Part::Value, title, unknown(member)));
            }
            if let Some(way) = circle(&monitor.name, all, &members_of) {
                let wrong = Wrong::with_help(way, "take it out of one of them");
                let title = String::from("a group cannot be a member of itself");
                problems.push(point(file, index, "members", Part::Value, title, wrong));
            }
        }
    }
    problems
}

fn where_is(monitor: &MonitorConfig) -> String {
    match &monitor.origin {
        Origin::File { path, line } => {
            format!("the other one is in {}, line {line}", path.display())
        }
        Origin::Store => String::from("the other one is kept in the store"),
    }
}

fn parent_of(monitor: &MonitorConfig) -> Vec<&str> {
    monitor.parent.as_deref().into_iter().collect()
}

fn members_of(monitor: &MonitorConfig) -> Vec<&str> {
    match &monitor.kind {
        MonitorKind::Group { members, .. } => members.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The way from a monitor back to itself, in words, if there is one.
fn circle(
    name: &str,
    all: &BTreeMap<String, Arc<MonitorConfig>>,
    next: &dyn Fn(&MonitorConfig) -> Vec<&str>,
) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut ways: Vec<Vec<&str>> = vec![vec![name]];
    while let Some(way) = ways.pop() {
        let Some(monitor) = way.last().and_then(|last| all.get(*last)) else { continue };
        for step in next(monitor) {
            if step == name {
                let way: Vec<String> = way.iter().chain([&step]).map(|name| quoted(name)).collect();
                return Some(way.join(" → "));
            }
            if let Some((step, _)) = all.get_key_value(step)
                && seen.insert(step.as_str())
            {
                ways.push(way.iter().copied().chain([step.as_str()]).collect());
            }
        }
    }
    None
}
