//! D5: a process that is hidden.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::{HiddenBy, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D5",
    title: "a process that is hidden",
    logic: "Something is mounted over /proc/PID; or /proc/PID is listed, answers to signals and cannot be \
            read; or the process is in a control group (cgroup.procs) and runs, but is not listed in /proc. \
            Seen three times in a row.",
    innocent: "None is known once it was seen three times: processes that come and go are in one view for an \
               instant only. hidepid hides from other users, never from root.",
    attack: &["T1564", "T1014"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let finding = |hidden: &crate::scene::Hidden| {
        let (how, seen) = match &hidden.how {
            HiddenBy::Mount(kind) => (
                "behind something mounted over it",
                format!("/proc/self/mountinfo: {kind} on /proc/{}", hidden.pid),
            ),
            HiddenBy::Unreadable => (
                "from everybody who reads /proc",
                format!(
                    "/proc/{}/stat cannot be read, yet the process answers to signals",
                    hidden.pid
                ),
            ),
            HiddenBy::NotListed => (
                "by the kernel itself: a rootkit does that",
                format!("in a cgroup.procs, but not in the listing of /proc: {}", hidden.pid),
            ),
        };
        let subject = Subject::Process { pid: hidden.pid, name: hidden.name.clone() };
        let sentence = format!("process {} is hidden {how}", hidden.pid);
        let found = Finding::new(&ABOUT, Severity::Critical, Certainty::Sure, subject, &sentence)
            .seen(seen)
            .next("sudo grep ' /proc/[0-9]' /proc/self/mountinfo; sudo cat /sys/fs/cgroup/*/*/cgroup.procs")
            // Who can mount or change the kernel is root.
            .means(Meaning::ForeignRoot);
        match hidden.how {
            HiddenBy::Mount(_) => found,
            _ => found.means(Meaning::IntegrityLost),
        }
    };
    scene.hidden.iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Hidden;

    #[test]
    fn each_way_to_hide_is_said() {
        let hidden = |how| Hidden { pid: 7, how, name: String::new() };
        let hidden = vec![
            hidden(HiddenBy::Mount(String::from("tmpfs"))),
            hidden(HiddenBy::Unreadable),
            hidden(HiddenBy::NotListed),
        ];
        let found = detect(&Scene { hidden, ..Scene::default() });
        let lost = |found: &Finding| found.meaning.contains(&Meaning::IntegrityLost);
        assert_eq!(found.iter().map(lost).collect::<Vec<_>>(), [false, true, true]);
        assert!(detect(&Scene::default()).is_empty());
    }
}
