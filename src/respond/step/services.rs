//! Step 1: units that broke or are watched, with their last words and what changed just before.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use nightkeep_triage::finding::{Certainty, Finding, Meaning, Subject};
use nightkeep_triage::report::Step;
use nightkeep_triage::scene::Scene;
use nightkeep_triage::scene::file::Recent;
use nightkeep_triage::severity::Severity;

use super::super::services::{Broken, Services};
use super::super::told::Told;
use super::{LINES, count, step as titled, when};
use crate::model::text::clean;

/// What changed so long before a unit broke may be its cause.
const JUST_BEFORE: SignedDuration = SignedDuration::from_hours(2);
/// Changes shown of a kind.
const CHANGES: usize = 3;
/// Where applications are put. A change there is told as a deploy, by the folder below.
const APPLICATIONS: [&str; 5] = ["/srv/", "/opt/", "/var/www/", "/usr/local/", "/home/"];

pub(super) fn step(scene: &Scene, told: &Told, watched: &[String]) -> Step {
    let mut step = titled("Service logs");
    let services = match &told.services {
        Ok(services) => services,
        Err(why) => {
            step.unseen.push(format!("units that broke: {why}"));
            return step;
        }
    };
    if services.broken.is_empty() {
        step.found.push(String::from("no unit failed"));
    }
    let mut order: Vec<(&String, &Broken)> = services.broken.iter().collect();
    // Those the owner watches, then those that are still down, then the worst.
    order.sort_by_key(|(name, unit)| {
        (!watched.contains(*name), unit.is_back(), std::cmp::Reverse(unit.failed))
    });
    for (at, (name, unit)) in order.into_iter().enumerate() {
        let lines = broken(scene, told, services, name, unit);
        if at < LINES { step.found.extend(lines) } else { step.more.extend(lines) }
    }
    let left = services.broken.len().saturating_sub(LINES);
    if left > 0 {
        step.found.push(format!("and {left} more units: --all"));
    }
    let well: Vec<&str> = watched
        .iter()
        .filter(|name| !services.broken.contains_key(*name))
        .map(String::as_str)
        .collect();
    if !well.is_empty() {
        step.found.push(format!("watched, and did not break: {}", well.join(", ")));
    }
    for (at, process, unit) in services.kills.iter().take(LINES) {
        let of = unit.as_deref().map(|unit| format!(" of {unit}")).unwrap_or_default();
        step.found.push(format!("{} {process}{of} was killed for want of memory", when(*at)));
    }
    let left = services.kills.len().saturating_sub(LINES);
    if left > 0 {
        step.found.push(format!("and {left} more were killed for want of memory"));
    }
    step.unseen
        .extend(services.unseen.iter().map(|why| format!("kills for want of memory: {why}")));
    step
}

fn broken(
    scene: &Scene,
    told: &Told,
    services: &Services,
    name: &str,
    unit: &Broken,
) -> Vec<String> {
    let now = match unit.started {
        Some(at) if unit.is_back() => format!("started again {}", when(at)),
        _ => String::from("it did not start since"),
    };
    let between = if unit.first == unit.last {
        when(unit.last)
    } else {
        format!("{} to {}", when(unit.first), when(unit.last))
    };
    let mut lines = vec![format!("{name} {}, {between}; {now}", unit.how())];
    lines.extend(
        unit.words.iter().map(|(at, text)| format!("  {} {}", when(*at), clean(text, 200))),
    );
    lines.extend(before(scene, told, services, name, unit.first));
    lines
}

/// What changed within two hours before: packages, configuration, applications, starts of the machine.
fn before(
    scene: &Scene,
    told: &Told,
    services: &Services,
    unit: &str,
    broke: Timestamp,
) -> Vec<String> {
    let since = broke.checked_sub(JUST_BEFORE).unwrap_or(broke);
    let is_before = |at: Timestamp| since <= at && at <= broke;
    let mut lines = Vec::new();
    let packages = told.packages.iter().filter(|event| is_before(event.at)).rev();
    lines.extend(
        packages.take(CHANGES).map(|event| format!("{} {}", when(event.at), event.message)),
    );
    let recent = || scene.files.recent.iter().filter(|file| is_before(file.changed));
    // A file that bears the unit's name is more likely its own.
    let stem = unit.split(['.', '@']).next().unwrap_or(unit);
    let mut config: Vec<&Recent> = recent().filter(|file| file.path.starts_with("/etc/")).collect();
    config.sort_by_key(|file| (!file.path.contains(stem), std::cmp::Reverse(file.changed)));
    lines.extend(
        config
            .iter()
            .take(CHANGES)
            .map(|file| format!("{} {} changed", when(file.changed), file.path)),
    );
    let mut folders: BTreeMap<&str, (usize, Timestamp)> = BTreeMap::new();
    for (folder, file) in recent().filter_map(|file| Some((application(&file.path)?, file))) {
        let known = folders.entry(folder).or_insert((0, file.changed));
        *known = (known.0 + 1, known.1.max(file.changed));
    }
    let mut folders: Vec<_> = folders.into_iter().collect();
    folders.sort_by_key(|(_, (_, last))| std::cmp::Reverse(*last));
    lines.extend(folders.iter().take(CHANGES).map(|(folder, (files, last))| {
        format!(
            "{} {} changed below {folder} (a deploy?)",
            when(*last),
            count(*files, "file", "files")
        )
    }));
    let starts = services.boots.iter().filter(|(at, is_up)| *is_up && is_before(*at));
    lines.extend(starts.map(|(at, _)| format!("{} the machine was started", when(*at))));
    lines.into_iter().map(|line| format!("  just before: {line}")).collect()
}

/// The folder of an application: `/srv/app` of `/srv/app/lib/x.py`. What people leave in their homes by living there
/// is none.
fn application(path: &str) -> Option<&str> {
    let rest = APPLICATIONS.iter().find_map(|folder| path.strip_prefix(folder))?;
    let is_home = path.starts_with("/home/");
    let mut parts = rest.split('/');
    let first = parts.next()?;
    let last = if is_home { parts.next().filter(|part| !part.starts_with('.'))? } else { first };
    // A file right in there is no application.
    parts.next()?;
    let end = path.len() - rest.len() + first.len() + if is_home { 1 + last.len() } else { 0 };
    path.get(..end)
}

/// Units that broke, as findings: a fault, and no intruder.
pub(in crate::respond) fn faults(told: &Told) -> Vec<Finding> {
    let fault = |(name, unit): (&String, &Broken)| Finding {
        id: String::from("S1"),
        severity: Severity::Info,
        certainty: Certainty::Sure,
        sentence: format!("{name} {}, last at {}", unit.how(), when(unit.last)),
        evidence: Vec::new(),
        innocent: String::from("services break without anybody's doing"),
        next: format!("systemctl status {name}; journalctl -u {name} -n 50"),
        meaning: vec![Meaning::Fault],
        attack: Vec::new(),
        subject: Subject::Unit(name.clone()),
    };
    let Ok(services) = &told.services else { return Vec::new() };
    services.broken.iter().take(50).map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_by_its_application() {
        assert_eq!(application("/srv/app/lib/x.py"), Some("/srv/app"));
        assert_eq!(application("/home/deploy/app/x.py"), Some("/home/deploy/app"));
        assert_eq!(application("/home/ann/.cache/x/y"), None);
        assert_eq!(application("/srv/notes"), None);
        assert_eq!(application("/etc/passwd"), None);
    }
}
