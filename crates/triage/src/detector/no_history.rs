//! D25: a shell that writes no history.

use crate::finding::{About, Certainty, Finding, Subject};
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D25",
    title: "a shell that writes no history",
    logic: "A history that is a link to /dev/null, no file, or empty and immutable; a running shell with \
            HISTFILE empty or /dev/null, or sizes of 0; shells' own files that say so.",
    innocent: "Some people never want a history. Only what was changed within the time looked at is more than \
               a remark.",
    attack: &["T1070.003", "T1690"],
};

/// Lines of shells' own files that end the history.
const ENDS: [&str; 6] = [
    "unset HISTFILE",
    "HISTFILE=/dev/null",
    "HISTSIZE=0",
    "HISTFILESIZE=0",
    "set +o history",
    "HISTFILE=\"\"",
];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found = Vec::new();
    let severity = |is_recent| if is_recent { Severity::Warning } else { Severity::Info };
    for history in &scene.files.histories {
        let sentence =
            format!("the history of {}'s shell keeps nothing: {}", history.user, history.why);
        let (is_recent, subject) =
            (scene.is_recent(history.changed), Subject::Path(history.path.clone()));
        found.push(
            Finding::new(&ABOUT, severity(is_recent), Certainty::Hint, subject, &sentence)
                .seen(format!("{} changed {}", history.path, history.changed))
                .next(format!("sudo ls -la {}; sudo lsattr {}", history.path, history.path)),
        );
    }
    let is_shell = |process: &&Process| {
        process.hides_history && process.is_shell() && process.login_uid.is_some()
    };
    for process in scene.processes.iter().filter(is_shell) {
        let sentence = format!("{} keeps no history of what is typed", process.label());
        found.push(Finding::of_process(
            &ABOUT,
            Severity::Warning,
            Certainty::Hint,
            process,
            &sentence,
        ));
    }
    for startup in scene.startups.iter().filter(|startup| !startup.is_systems()) {
        let Some(line) =
            startup.lines.iter().find(|line| ENDS.iter().any(|end| line.contains(end)))
        else {
            continue;
        };
        let sentence = format!("{} keeps shells from writing a history", startup.path);
        let (is_recent, subject) =
            (scene.is_recent(startup.changed), Subject::Path(startup.path.clone()));
        found.push(
            Finding::new(&ABOUT, severity(is_recent), Certainty::Hint, subject, &sentence)
                .seen(line)
                .next(format!("sudo stat {}", startup.path)),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::scene::file::DeadHistory;

    #[test]
    fn a_link_made_last_night_is_more_than_an_old_one() {
        let mut scene = Scene { since: Timestamp::from_second(5).unwrap(), ..Scene::default() };
        scene.files.histories = [1, 9]
            .map(|second| DeadHistory {
                user: String::from("root"),
                path: String::from("/root/.bash_history"),
                why: String::from("a link to /dev/null"),
                changed: Timestamp::from_second(second).unwrap(),
            })
            .to_vec();
        let severities: Vec<_> = detect(&scene).iter().map(|found| found.severity).collect();
        assert_eq!(severities, [Severity::Info, Severity::Warning]);
    }
}
