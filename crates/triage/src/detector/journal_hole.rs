//! D22: a part of the journal is gone.

use jiff::SignedDuration;

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D22",
    title: "a part of the journal is gone",
    logic: "The heads of all journal files: numbers of entries that no file has, between others that are there; \
            or a journal that begins after the machine was started though it is small.",
    innocent: "journald removes the oldest files when they take too much room, never one in between, and not \
               while they take less than 100 MB. journalctl --vacuum-time by the owner.",
    attack: &["T1685.006", "T1685"],
};

/// Below this journald removes nothing for want of room, in bytes.
const SMALL: u64 = 100 << 20;
/// So long after the start the first entry may be.
const STARTING: SignedDuration = SignedDuration::from_mins(30);

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let Some(journal) = &scene.logs.journal else { return Vec::new() };
    let subject = || Subject::Log(String::from("journal"));
    let next = "sudo journalctl --list-boots; sudo ls -la /var/log/journal/*";
    let mut found = Vec::new();
    for hole in &journal.holes {
        let sentence = format!(
            "{} entries of the journal are gone, between {} and {}",
            hole.entries, hole.from, hole.to
        );
        found.push(
            Finding::new(&ABOUT, Severity::Critical, Certainty::Likely, subject(), &sentence)
                .seen("no file has these numbers, and older ones are there")
                .next(next)
                .means(Meaning::EvidenceDestroyed),
        );
    }
    let begins_late = journal.booted.is_some_and(|booted| {
        journal.oldest.duration_since(booted) > STARTING && journal.size < SMALL
    });
    if begins_late {
        let sentence = format!("the journal begins at {}: what was before is gone", journal.oldest);
        found.push(
            Finding::new(&ABOUT, Severity::Warning, Certainty::Likely, subject(), &sentence)
                .seen(format!("{} bytes in all: it was not removed for want of room", journal.size))
                .next(next)
                .means(Meaning::EvidenceDestroyed),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::scene::log::{Hole, Journal};

    #[test]
    fn holes_and_late_beginnings_are_told_from_rotation() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let journal =
            Journal { oldest: at(9000), booted: Some(at(0)), size: 1, ..Journal::default() };
        let found = |journal: Journal| {
            let mut scene = Scene::default();
            scene.logs.journal = Some(journal);
            detect(&scene).len()
        };
        assert_eq!(found(journal.clone()), 1);
        assert_eq!(found(Journal { size: SMALL, ..journal.clone() }), 0);
        assert_eq!(found(Journal { oldest: at(60), ..journal.clone() }), 0);
        let hole = Hole { entries: 5, from: at(1), to: at(2) };
        assert_eq!(found(Journal { holes: vec![hole], ..journal }), 2);
    }
}
