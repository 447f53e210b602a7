//! What lies on the disk: no step of the old checklist, and where most is found.

use nightkeep_triage::report::Step;
use nightkeep_triage::scene::Scene;

use super::super::baseline::seal;
use super::{about, count, step as titled, when};

pub(super) fn step(scene: &Scene) -> Step {
    let mut step = titled("Files");
    let files = &scene.files;
    step.found.push(format!(
        "{} files looked at, {} compared with their packages ({} packages); {} accounts, {} keys, {} things that \
         start by themselves",
        files.looked_at,
        files.digested,
        scene.packages.len(),
        scene.accounts.len(),
        scene.keys.len(),
        scene.startups.len()
    ));
    step.found.push(match &scene.baseline {
        // Whoever is root here could write another, with another seal.
        Some(baseline) => format!(
            "compared with the baseline of {}, {}; its seal is {}: is that the one you wrote down?",
            when(baseline.taken),
            count(baseline.accepted.len(), "change taken over since", "changes taken over since"),
            seal(baseline)
        ),
        None => String::from(
            "no baseline, so nobody can say what is new (on a machine you trust: nightkeep baseline take)",
        ),
    });
    about(scene, &mut step, &["D10", "D11", "D13", "D14", "D15", "D16"]);
    step
}
