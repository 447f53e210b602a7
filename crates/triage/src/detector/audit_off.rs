//! D21: the kernel's audit was switched off.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D21",
    title: "the kernel's audit is off, or lost its rules",
    logic: "The kernel's own answer by netlink: switched off though auditd is installed or rules are loaded; \
            fewer rules than the files say; records that were lost; auditd installed and not running.",
    innocent: "auditd stopped for an upgrade, rules changed by the owner and not loaded yet, a burst that was \
               too much for the kernel's queue.",
    attack: &["T1685.004"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let Some(audit) = scene.logs.audit else { return Vec::new() };
    let mut found = Vec::new();
    let mut say = |severity, certainty, sentence: &str, is_destroyed: bool| {
        let subject = Subject::Log(String::from("audit"));
        let one = Finding::new(&ABOUT, severity, certainty, subject, sentence)
            .seen(format!(
                "on: {}, rules: {} of {}, lost: {}",
                audit.is_on, audit.rules, audit.expected, audit.lost
            ))
            .next("sudo nightkeep audit rules show; sudo nightkeep audit rules diff");
        found.push(if is_destroyed { one.means(Meaning::EvidenceDestroyed) } else { one });
    };
    if !audit.is_on && (audit.expected > 0 || audit.rules > 0) {
        let sentence = "the kernel's audit was switched off: nobody writes down who does what";
        say(Severity::Critical, Certainty::Likely, sentence, true);
    } else if audit.rules < audit.expected {
        let sentence = format!(
            "{} of {} audit rules are gone: what they watched is not written down",
            audit.expected - audit.rules,
            audit.expected
        );
        say(Severity::Warning, Certainty::Hint, &sentence, true);
    }
    if audit.is_daemon_gone {
        let sentence = "auditd is installed and does not run";
        say(Severity::Warning, Certainty::Hint, sentence, false);
    }
    if audit.lost > 0 {
        let sentence = format!("{} audit records were lost", audit.lost);
        say(Severity::Info, Certainty::Hint, &sentence, false);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::log::Audit;

    #[test]
    fn switched_off_is_told_from_never_used() {
        let found = |audit: Audit| {
            let mut scene = Scene::default();
            scene.logs.audit = Some(audit);
            detect(&scene).iter().map(|found| found.severity).collect::<Vec<_>>()
        };
        let audit = Audit { is_on: true, rules: 9, expected: 9, ..Audit::default() };
        assert_eq!(found(audit), []);
        assert_eq!(found(Audit::default()), []);
        assert_eq!(found(Audit { is_on: false, ..audit }), [Severity::Critical]);
        assert_eq!(found(Audit { rules: 7, ..audit }), [Severity::Warning]);
    }
}
