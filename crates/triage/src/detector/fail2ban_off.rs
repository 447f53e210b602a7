//! D30: fail2ban was stopped, or let somebody go.

use crate::finding::{About, Certainty, Finding, Subject};
use crate::scene::Scene;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D30",
    title: "fail2ban was stopped, or an address was let go",
    logic: "fail2ban's log: its last end is later than its last start; a jail that is not made any more; an Unban long before the time of the ban \
            was over.",
    innocent: "Stopped for an upgrade, or by the owner, who may also let himself go.",
    attack: &["T1685"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let Some(fail2ban) = &scene.logs.fail2ban else { return Vec::new() };
    let mut found = Vec::new();
    let subject = || Subject::Log(String::from("fail2ban"));
    if let Some(at) = fail2ban.stopped {
        let sentence = format!("fail2ban was stopped at {at} and not started again");
        found.push(
            Finding::new(&ABOUT, Severity::Warning, Certainty::Hint, subject(), &sentence)
                .next("systemctl status fail2ban; sudo tail /var/log/fail2ban.log"),
        );
    }
    for jail in &fail2ban.jails_gone {
        let sentence =
            format!("fail2ban's jail {jail} was there before its last start, and is gone");
        found.push(
            Finding::new(&ABOUT, Severity::Warning, Certainty::Hint, subject(), &sentence).next(
                "sudo fail2ban-client status; ls -la /etc/fail2ban/jail.d /etc/fail2ban/jail.local",
            ),
        );
    }
    let got_in = |address: &str| {
        scene.logins.iter().any(|login| login.address == address && login.failures > 0)
    };
    for (at, address) in &fail2ban.released {
        let severity = if got_in(address) { Severity::Warning } else { Severity::Info };
        let sentence = format!("fail2ban let {address} go at {at}, before its time");
        found.push(
            Finding::new(&ABOUT, severity, Certainty::Hint, subject(), &sentence)
                .next(format!("sudo grep -F {address} /var/log/fail2ban.log")),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::log::Fail2ban;

    #[test]
    fn stopped_is_told_and_running_is_not() {
        let mut scene = Scene::default();
        scene.logs.fail2ban = Some(Fail2ban::default());
        assert!(detect(&scene).is_empty());
        scene.logs.fail2ban = Some(Fail2ban { stopped: Some(scene.at), ..Fail2ban::default() });
        assert_eq!(detect(&scene).len(), 1);
    }
}
