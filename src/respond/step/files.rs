//! What lies on the disk: no step of the old checklist, and where most is found.

use nightkeep_triage::report::Step;
use nightkeep_triage::scene::Scene;

use super::{about, step as titled};

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
    about(scene, &mut step, &["D10", "D11", "D13", "D14", "D15", "D16"]);
    step
}
