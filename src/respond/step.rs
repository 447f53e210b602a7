//! The steps of the checklist, one file each: what was found, what could not be seen, and why.

mod audit;
mod authentication;
mod fail2ban;
mod files;
mod history;
mod processes;
mod services;

use jiff::Timestamp;
use nightkeep_triage::report::Step;
use nightkeep_triage::scene::Scene;

use super::told::Told;

pub(super) use self::services::faults;

/// Lines shown of anything; the rest is told with `--all`.
const LINES: usize = 8;
/// Lines kept for those who want to see all.
const KEPT: usize = 2000;

/// The six of the checklist, and the files, in which most is found; a disk has no processes. `watched` are units the
/// owner named in the config.
pub(super) fn all(scene: &Scene, told: &Told, watched: &[String]) -> Vec<Step> {
    let processes = scene.is_live.then(|| processes::step(scene));
    [
        services::step(scene, told, watched),
        authentication::step(scene, told),
        fail2ban::step(scene, told),
        history::step(told),
    ]
    .into_iter()
    .chain(processes)
    .chain([audit::step(scene, told), files::step(scene)])
    .collect()
}

fn step(title: &str) -> Step {
    Step { title: title.to_owned(), ..Step::default() }
}

/// What could not be seen that this step needs.
fn about(scene: &Scene, step: &mut Step, detectors: &[&str]) {
    let is_its = |unseen: &&nightkeep_triage::scene::Unseen| {
        unseen.detectors.iter().any(|one| detectors.contains(one))
    };
    for unseen in scene.unseen.iter().filter(is_its) {
        let mend =
            if unseen.mend.is_empty() { String::new() } else { format!("; mend: {}", unseen.mend) };
        step.unseen.push(format!("{}: {}{mend}", unseen.what, unseen.why));
    }
}

/// Puts the first lines where everybody sees them, and all of them where those look who want more.
fn first(step: &mut Step, lines: Vec<String>, more: &str) {
    let left = lines.len().saturating_sub(LINES);
    step.found.extend(lines.iter().take(LINES).cloned());
    if left > 0 {
        step.found.push(format!("and {left} more: {more}"));
        step.more.extend(lines.into_iter().skip(LINES).take(KEPT));
    }
}

/// `2026-11-23 02:14:05`; a report says once that times are in UTC.
fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `1 login`, `3 logins`.
fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
