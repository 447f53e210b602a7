//! D3: a program that runs from where anybody may write, or from a hidden folder.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding};
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D3",
    title: "a program that runs from a temporary or hidden folder",
    logic: "The path of the program, in the process's own view, begins with /tmp, /var/tmp, /dev, /run/user \
            or /run/lock, or has a part that begins with a dot outside of homes.",
    innocent: "Package scripts, AppImages and people who build or test something run programs from there for \
               a short time, in a session of their own. What make, ninja, cargo or go run for somebody at a \
               terminal is only named.",
    attack: &["T1036.005"],
};

/// Who unpacks and runs programs there of right.
const INSTALLERS: [&str; 7] = ["dpkg", "apt", "apt-get", "unattended-upgr", "snapd", "cargo", "go"];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.processes.iter().filter_map(|process| finding(scene, process)).collect()
}

fn finding(scene: &Scene, process: &Process) -> Option<Finding> {
    if !process.is_from_scratch() || process.program.as_ref()?.is_in_memory {
        return None;
    }
    let is_installer = |parent: &Process| parent.is_owned() && INSTALLERS.contains(&parent.file());
    let is_image = process.path().starts_with("/tmp/.mount_");
    let unit = process.unit.as_deref().unwrap_or_default();
    let standing = scene.standing(Topic::Running, &process.running(), unit);
    let is_known = standing == Standing::Known;
    let is_right = scene.ancestors(process).any(is_installer) || scene.is_being_built(process);
    let (severity, certainty) = if is_known || is_right {
        (Severity::Info, Certainty::Hint)
    } else if is_image || process.is_by_hand() || process.is_contained {
        // Somebody at a terminal may be trying something out.
        (Severity::Warning, Certainty::Hint)
    } else {
        (Severity::Critical, Certainty::Likely)
    };
    let who = if process.is_root() { "root" } else { "a user" };
    let sentence = format!(
        "process {} ({}) runs as {who} from a folder where nothing is installed: {}",
        process.pid,
        process.name,
        process.path()
    );
    let found = Finding::of_process(&ABOUT, severity, certainty, process, &sentence);
    Some(if severity == Severity::Critical { found.means_foreign(process) } else { found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::process::Program;

    #[test]
    fn a_daemon_in_tmp_is_found_and_a_package_script_only_named() {
        let process = |pid, parent, path: &str, package: Option<&str>| Process {
            pid,
            parent,
            uid: 1000,
            effective_uid: 1000,
            program: Some(Program {
                path: path.to_owned(),
                package: package.map(str::to_owned),
                ..Program::default()
            }),
            ..Process::default()
        };
        let processes = vec![
            process(1, 0, "/usr/lib/systemd/systemd", Some("systemd")),
            process(2, 1, "/dev/shm/.x", None),
            process(3, 1, "/usr/bin/dpkg", Some("dpkg")),
            process(4, 3, "/tmp/script", None),
            process(5, 1, "/home/ann/.cargo/bin/tool", None),
            Process {
                login_uid: Some(1000),
                streams: [Some(String::from("/dev/pts/0")), None, None],
                ..process(6, 1, "/tmp/test", None)
            },
        ];
        let found = detect(&Scene { processes, ..Scene::default() });
        let severities: Vec<_> =
            found.iter().map(|found| (found.subject.to_string(), found.severity)).collect();
        let expected = [
            ("pid:2", Severity::Critical),
            ("pid:4", Severity::Info),
            ("pid:6", Severity::Warning),
        ];
        assert_eq!(severities, expected.map(|(subject, severity)| (subject.to_owned(), severity)));
    }
}
