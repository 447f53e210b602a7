//! Step 6: what the kernel recorded, by the keys of the rules and in sentences.

use nightkeep_triage::report::Step;
use nightkeep_triage::scene::Scene;

use super::super::told::Told;
use super::{about, count, first, step as titled, when};
use crate::source::audit::Past;

/// Keys shown.
const KEYS: usize = 12;

pub(super) fn step(scene: &Scene, told: &Told) -> Step {
    let mut step = titled("Audit log");
    match scene.logs.audit {
        Some(audit) => step.found.push(format!(
            "the kernel's audit is {}, with {}; {} lost",
            if audit.is_on { "on" } else { "off" },
            count(audit.rules, "rule", "rules"),
            count(audit.lost as usize, "record was", "records were")
        )),
        None => about(scene, &mut step, &["D21"]),
    }
    let recorded = match &told.audit {
        Ok(recorded) => recorded,
        Err(why) => {
            step.unseen.push(format!("what people did: {why}"));
            return step;
        }
    };
    let mut keys: Vec<(&String, &u64)> = recorded.keys.iter().collect();
    keys.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    if !keys.is_empty() {
        let shown: Vec<String> =
            keys.iter().take(KEYS).map(|(key, times)| format!("{key} {times}")).collect();
        let more = if keys.len() > KEYS { ", …" } else { "" };
        step.found.push(format!("events by key: {}{more}", shown.join(", ")));
    }
    step.found.push(format!(
        "{} worth telling, by {}",
        count(recorded.acts.len(), "act", "acts"),
        recorded.from
    ));
    let line = |past: &Past| format!("  {} {}", when(past.at), past.act.sentence);
    first(&mut step, recorded.acts.iter().rev().map(line).collect(), "nightkeep audit search");
    step
}
