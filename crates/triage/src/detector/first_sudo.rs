//! D28: somebody became root for the first time.

use std::collections::BTreeSet;

use crate::finding::{About, Certainty, Finding, Subject};
use crate::scene::Scene;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D28",
    title: "a user's first sudo",
    logic: "A command by sudo within the time looked at, of a user of whom the journal has none before, though \
            it goes back further.",
    innocent: "A new colleague, or a tool that was set up lately.",
    attack: &["T1548.003"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for sudo in scene.sudos.iter().filter(|sudo| sudo.is_first) {
        if !told.insert(&sudo.user) {
            continue;
        }
        let sentence = format!("{} used sudo for the first time that is known", sudo.user);
        // An account of the system, such as that of a web server, has no business with it.
        let is_system = scene.account(&sudo.user).is_some_and(crate::scene::Account::is_system);
        let severity = if is_system { Severity::Warning } else { Severity::Info };
        found.push(
            Finding::new(
                &ABOUT,
                severity,
                Certainty::Hint,
                Subject::User(sudo.user.clone()),
                &sentence,
            )
            .seen(format!("{} as {}: {}", sudo.at, sudo.target, sudo.command))
            .next(format!("sudo nightkeep logins --user {} --since 30d", sudo.user)),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Account;
    use crate::scene::login::Sudo;

    #[test]
    fn a_web_server_that_becomes_root_is_more_than_a_colleague() {
        let sudo =
            |user: &str, is_first| Sudo { user: user.to_owned(), is_first, ..Sudo::default() };
        let account =
            |name: &str, uid| Account { name: name.to_owned(), uid, ..Account::default() };
        let scene = Scene {
            accounts: vec![account("www-data", 33), account("ann", 1000)],
            sudos: vec![
                sudo("ann", true),
                sudo("www-data", true),
                sudo("bob", false),
                sudo("ann", true),
            ],
            ..Scene::default()
        };
        let severities: Vec<_> = detect(&scene).iter().map(|found| found.severity).collect();
        assert_eq!(severities, [Severity::Info, Severity::Warning]);
    }
}
