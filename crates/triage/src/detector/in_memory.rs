//! D2: a program that was never a file.

use crate::finding::{About, Certainty, Finding};
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D2",
    title: "a program that runs from memory only",
    logic: "/proc/PID/exe begins with `/memfd:` (memfd_create(2)).",
    innocent: "runc and crun, which start containers, run a copy of themselves that way for a moment; their parent is \
               runc, a containerd-shim, conmon or dockerd of a package.",
    attack: &["T1620"],
};

/// Who starts containers.
const RUNTIMES: [&str; 8] =
    ["runc", "crun", "conmon", "podman", "dockerd", "containerd", "containerd-shim", "buildkitd"];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.processes.iter().filter_map(|process| finding(scene, process)).collect()
}

fn finding(scene: &Scene, process: &Process) -> Option<Finding> {
    if !process.program.as_ref()?.is_in_memory {
        return None;
    }
    let is_runtime = |parent: &Process| {
        parent.is_owned() && RUNTIMES.iter().any(|name| parent.file().starts_with(name))
    };
    let is_clone = ["/memfd:runc_cloned:", "/memfd:crun_cloned:"]
        .iter()
        .any(|own| process.path().starts_with(own));
    if is_clone && scene.ancestors(process).any(is_runtime) {
        return None;
    }
    let sentence = format!(
        "process {} ({}) runs a program that was never a file, only in memory: malware hides that way",
        process.pid, process.name
    );
    let keep = format!("sudo cp /proc/{0}/exe /root/pid-{0}; sudo ls -l /proc/{0}/fd", process.pid);
    let found =
        Finding::of_process(&ABOUT, Severity::Critical, Certainty::Likely, process, &sentence);
    Some(found.next(keep).means_foreign(process))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::process::Program;

    #[test]
    fn runc_starting_a_container_is_none_and_one_who_calls_himself_so_is() {
        let program = |path: &str, package: Option<&str>| {
            let (path, package) = (path.to_owned(), package.map(str::to_owned));
            let is_in_memory = path.starts_with("/memfd:");
            Some(Program { path, is_in_memory, package, ..Program::default() })
        };
        let clone = program("/memfd:runc_cloned:/proc/self/exe", None);
        let mut scene = Scene::default();
        for (pid, parent, program) in [
            (1, 0, program("/usr/lib/systemd/systemd", Some("systemd"))),
            (2, 1, program("/usr/bin/containerd-shim-runc-v2", Some("containerd.io"))),
            (3, 2, clone.clone()),
            (4, 1, clone),
            (5, 2, program("/memfd:x", None)),
        ] {
            scene.processes.push(Process { pid, parent, program, ..Process::default() });
        }
        let found: Vec<_> = detect(&scene).iter().map(|found| found.subject.to_string()).collect();
        assert_eq!(found, ["pid:4", "pid:5"]);
    }
}
