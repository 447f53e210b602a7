//! D1: a process whose program was deleted.

use crate::finding::{About, Certainty, Finding};
use crate::scene::process::is_scratch;
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D1",
    title: "a running program whose file was deleted",
    logic: "/proc/PID/exe ends in ` (deleted)` and the process's own view of the files (/proc/PID/root) has \
            no file of that name.",
    innocent: "An upgrade replaces programs: then there is a new file of that name, and the process only \
               waits for a restart. A package that was removed leaves its programs running. Installers run \
               programs from temporary folders and remove them.",
    attack: &["T1070.004"],
};

/// Folders that packages and owners install to.
const INSTALLED: [&str; 5] = ["/usr/", "/opt/", "/snap/", "/lib/", "/nix/"];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.processes.iter().filter_map(finding).collect()
}

fn finding(process: &Process) -> Option<Finding> {
    let program = process.program.as_ref()?;
    if !program.is_deleted || program.is_in_memory {
        return None;
    }
    let found = |severity, certainty, sentence: &str| {
        Finding::of_process(&ABOUT, severity, certainty, process, sentence)
            .seen(format!("the file {} is deleted", program.path))
    };
    let name = &process.name;
    if program.is_replaced || program.package.is_some() {
        let sentence = format!("{name} still runs a version that was replaced: restart it");
        return Some(found(Severity::Info, Certainty::Hint, &sentence));
    }
    let is_installed = INSTALLED.iter().any(|folder| program.path.starts_with(folder));
    if is_installed && !is_scratch(&program.path) {
        let sentence =
            format!("{name} still runs though its program was removed: {}", program.path);
        return Some(found(Severity::Warning, Certainty::Hint, &sentence));
    }
    let who = if process.is_root() { "root" } else { "a user" };
    let sentence = format!(
        "process {} ({name}) runs as {who} from a file that was deleted: {}",
        process.pid, program.path
    );
    let keep = format!("sudo cp /proc/{0}/exe /root/pid-{0}; sudo ls -l /proc/{0}/fd", process.pid);
    let found = found(Severity::Critical, Certainty::Likely, &sentence);
    Some(found.next(keep).means_foreign(process))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Meaning;
    use crate::scene::process::Program;

    fn scene(program: Program) -> Scene {
        let process = Process {
            pid: 812,
            name: String::from("x\x1b[2J"),
            program: Some(program),
            ..Process::default()
        };
        Scene { processes: vec![process], ..Scene::default() }
    }

    #[test]
    fn a_deleted_program_is_found_and_an_upgraded_one_only_named() {
        let deleted =
            Program { path: String::from("/tmp/.x/a"), is_deleted: true, ..Program::default() };
        let found = detect(&scene(deleted.clone()));
        assert_eq!(
            (found[0].severity, found[0].meaning.as_slice()),
            (Severity::Critical, &[Meaning::ForeignRoot][..])
        );
        assert!(!found[0].sentence.contains('\x1b'), "{}", found[0].sentence);
        let upgraded = detect(&scene(Program { is_replaced: true, ..deleted.clone() }));
        assert_eq!((upgraded[0].severity, upgraded[0].meaning.len()), (Severity::Info, 0));
        let removed = detect(&scene(Program { path: String::from("/usr/bin/a"), ..deleted }));
        assert_eq!((removed[0].severity, removed[0].meaning.len()), (Severity::Warning, 0));
        assert!(detect(&scene(Program::default())).is_empty());
    }
}
