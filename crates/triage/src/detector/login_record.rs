//! D23: a record of logins was tampered with.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D23",
    title: "a record of logins was tampered with",
    logic: "wtmp and btmp, record by record (384 bytes): records of zeros, a size that is no multiple, times \
            that go back by more than a day, an empty wtmp without a rotated one.",
    innocent: "A clock that was set. Sessions without a terminal (ssh host command, scp) never are in wtmp, and \
               Debian 13 has none: both count for nothing here.",
    attack: &["T1685.006"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let finding = |fault: &crate::scene::log::RecordFault| {
        let sentence = format!("{} was tampered with: {}", fault.path, fault.why);
        let (severity, certainty) = if fault.is_sure {
            (Severity::Critical, Certainty::Likely)
        } else {
            (Severity::Info, Certainty::Hint)
        };
        let one =
            Finding::new(&ABOUT, severity, certainty, Subject::Log(fault.path.clone()), &sentence)
                .next(format!("sudo utmpdump {} | head; sudo ls -la {}*", fault.path, fault.path));
        if fault.is_sure { one.means(Meaning::EvidenceDestroyed) } else { one }
    };
    scene.logs.faults.iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::log::RecordFault;

    #[test]
    fn zeros_are_worse_than_a_clock() {
        let fault = |is_sure| RecordFault { path: String::new(), why: String::new(), is_sure };
        let mut scene = Scene::default();
        scene.logs.faults = vec![fault(true), fault(false)];
        let found: Vec<_> = detect(&scene).iter().map(|found| found.severity).collect();
        assert_eq!(found, [Severity::Critical, Severity::Info]);
    }
}
