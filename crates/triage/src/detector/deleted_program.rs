//! D1: a process whose program was deleted.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D1",
    title: "a running program whose file was deleted",
    logic: "/proc/PID/exe ends in ` (deleted)` and the process's own view of the files (/proc/PID/root) has \
            no file of that name.",
    innocent: "An upgrade replaces programs: then there is a new file of that name, and the process only \
               waits for a restart. Tests and installers run programs from temporary folders and remove them.",
    attack: &["T1070.004"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.processes.iter().filter_map(finding).collect()
}

fn finding(process: &Process) -> Option<Finding> {
    let program = process.program.as_ref()?;
    if !program.is_deleted || program.is_in_memory {
        return None;
    }
    let subject = Subject::Process { pid: process.pid, name: process.name.clone() };
    let seen = format!("/proc/{}/exe is `{} (deleted)`", process.pid, program.path);
    let found = |severity, certainty, sentence: &str| {
        Finding::new(&ABOUT, severity, certainty, subject.clone(), sentence).seen(&seen).next(
            format!(
                "sudo cp /proc/{0}/exe /root/pid-{0}; sudo ls -l /proc/{0}/exe /proc/{0}/fd",
                process.pid
            ),
        )
    };
    if program.is_replaced || program.package.is_some() {
        let sentence =
            format!("{} still runs a version that an upgrade replaced: restart it", process.name);
        return Some(found(Severity::Info, Certainty::Hint, &sentence));
    }
    let who = if process.is_root() { "root" } else { "a user" };
    let sentence = format!(
        "process {} ({}) runs as {who} from a file that was deleted: {}",
        process.pid, process.name, program.path
    );
    let meaning = if process.is_root() { Meaning::ForeignRoot } else { Meaning::ForeignUser };
    Some(found(Severity::Critical, Certainty::Likely, &sentence).means(meaning))
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let upgraded = detect(&scene(Program { is_replaced: true, ..deleted }));
        assert_eq!((upgraded[0].severity, upgraded[0].meaning.len()), (Severity::Info, 0));
        assert!(detect(&scene(Program::default())).is_empty());
    }
}
