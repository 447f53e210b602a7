//! D24: a login was taken out of auth.log.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D24",
    title: "a login that was taken out of auth.log",
    logic: "Each login the journal has must be in /var/log/auth.log or its rotated neighbour, if these go back \
            that far: the same user, address and port.",
    innocent: "Without rsyslog there is no auth.log (Debian 12 and later): then nothing is compared. rsyslog \
               that was stopped meanwhile.",
    attack: &["T1685.006"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let missing = &scene.logs.missing_in_auth_log;
    if missing.is_empty() {
        return Vec::new();
    }
    let sentence = format!(
        "{} logins of the journal are not in auth.log: somebody took them out",
        missing.len()
    );
    let subject = Subject::Log(String::from("/var/log/auth.log"));
    let found = Finding::new(&ABOUT, Severity::Critical, Certainty::Likely, subject, &sentence)
        .next("sudo nightkeep logins; sudo ls -la /var/log/auth.log*")
        .means(Meaning::EvidenceDestroyed);
    vec![missing.iter().take(5).fold(found, super::super::finding::Finding::seen)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_line_is_told() {
        let mut scene = Scene::default();
        assert!(detect(&scene).is_empty());
        scene.logs.missing_in_auth_log = vec![String::from("ann from 203.0.113.9")];
        assert_eq!(detect(&scene)[0].meaning, [Meaning::EvidenceDestroyed]);
    }
}
