//! D24: a login was taken out of auth.log.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::scene::log::AuthLog;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D24",
    title: "a login that was taken out of auth.log",
    logic: "Each login the journal has must be in /var/log/auth.log or its rotated neighbour, if these go back \
            that far: the same user, address and port. The other way round likewise.",
    innocent: "Without rsyslog there is no auth.log (Debian 12 and later): then nothing is compared. rsyslog \
               that was stopped meanwhile.",
    attack: &["T1685.006"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let AuthLog { missing, only_there, .. } = &scene.logs.auth_log;
    let mut found = Vec::new();
    found.extend((!missing.is_empty()).then(|| taken_out(missing)));
    found.extend((!only_there.is_empty()).then(|| put_in(only_there)));
    found
}

fn taken_out(missing: &[String]) -> Finding {
    let sentence = format!(
        "{} logins of the journal are not in auth.log: somebody took them out",
        missing.len()
    );
    let subject = Subject::Log(String::from("/var/log/auth.log"));
    let found = Finding::new(&ABOUT, Severity::Critical, Certainty::Likely, subject, &sentence)
        .next("sudo nightkeep logins; sudo ls -la /var/log/auth.log*")
        .means(Meaning::EvidenceDestroyed);
    missing.iter().take(5).fold(found, Finding::seen)
}

fn put_in(only_there: &[String]) -> Finding {
    let sentence = format!(
        "{} logins of auth.log are not in the journal: they were forged there, or taken out here",
        only_there.len()
    );
    let subject = Subject::Log(String::from("/var/log/auth.log"));
    let found = Finding::new(&ABOUT, Severity::Warning, Certainty::Hint, subject, &sentence)
        .next("sudo journalctl -t sshd -t sshd-session; sudo grep Accepted /var/log/auth.log");
    only_there.iter().take(5).fold(found, Finding::seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_line_is_told() {
        let mut scene = Scene::default();
        assert!(detect(&scene).is_empty());
        scene.logs.auth_log.missing = vec![String::from("ann from 203.0.113.9")];
        assert_eq!(detect(&scene)[0].meaning, [Meaning::EvidenceDestroyed]);
        // Anybody may write a line there: that alone decides nothing.
        scene.logs.auth_log =
            AuthLog { only_there: vec![String::from("root")], ..AuthLog::default() };
        let found = detect(&scene);
        assert_eq!((found.len(), found[0].certainty), (1, Certainty::Hint));
        assert!(found[0].meaning.is_empty());
    }
}
