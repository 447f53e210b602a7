//! D6: a program that bears the name of another.

use crate::finding::{About, Certainty, Finding};
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D6",
    title: "a program under the name of another",
    logic: "No package owns the program, and its name (/proc/PID/comm) is that of a program which a package \
            owns, but not how its own file begins.",
    innocent: "Processes may name themselves as they like; interpreters of one's own (pyenv, nvm) bear the \
               names of packaged ones. Counts only beside other findings.",
    attack: &["T1036.004"],
};

const PLACES: [&str; 2] = ["/usr/bin", "/usr/sbin"];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.processes.iter().filter_map(|process| finding(scene, process)).collect()
}

fn finding(scene: &Scene, process: &Process) -> Option<Finding> {
    let program = process.program.as_ref()?;
    let name = process.name.as_str();
    if process.is_owned()
        || process.is_apart
        || program.is_deleted
        || name.is_empty()
        || process.file().starts_with(name)
    {
        return None;
    }
    let owner = PLACES.iter().find_map(|place| scene.packages.owner(&format!("{place}/{name}")))?;
    let sentence = format!(
        "process {} calls itself {name}, as a program of package {owner} does, but is {}",
        process.pid,
        process.path()
    );
    let severity = if process.is_fleeting() { Severity::Warning } else { Severity::Info };
    Some(Finding::of_process(&ABOUT, severity, Certainty::Hint, process, &sentence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Packages;
    use crate::scene::package::Manager;
    use crate::scene::process::Program;

    #[test]
    fn a_false_sshd_is_named_and_pyenv_is_not() {
        let mut packages = Packages::new(Vec::new());
        let package = packages.add("openssh-server", Manager::Dpkg);
        packages.own(package, "/usr/sbin/sshd");
        packages.own(package, "/usr/bin/python3");
        let process = |pid, name: &str, path: &str| Process {
            pid,
            name: name.to_owned(),
            program: Some(Program { path: path.to_owned(), ..Program::default() }),
            ..Process::default()
        };
        let processes = vec![
            process(1, "sshd", "/var/tmp/x"),
            process(2, "python3", "/home/ann/.pyenv/bin/python3.12"),
            process(3, "app", "/opt/app/bin/app"),
        ];
        let found = detect(&Scene { processes, packages, ..Scene::default() });
        let found: Vec<_> = found.iter().map(|found| found.subject.to_string()).collect();
        assert_eq!(found, ["pid:1"]);
    }
}
