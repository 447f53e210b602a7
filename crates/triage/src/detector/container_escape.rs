//! D29: something got out of its container, or a way out is laid.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::scene::process::is_scratch;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D29",
    title: "a way out of a container",
    logic: "A process in a container's control group that is in the machine's own namespaces of mounts and \
            processes and no part of a runtime; or a program that the kernel itself starts \
            (core_pattern, uevent_helper, binfmt_misc) and that no package owns.",
    innocent: "Containers started with --pid=host still have their own mounts. systemd-coredump and apport are \
               the programs usually named in core_pattern.",
    attack: &["T1611", "T1610"],
};

/// Parts of runtimes that live in a container's group.
const RUNTIMES: [&str; 8] =
    ["runc", "crun", "conmon", "containerd-shim", "docker-init", "dockerd", "podman", "systemd"];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found = Vec::new();
    for process in &scene.processes {
        let is_runtime = RUNTIMES.iter().any(|name| process.file().starts_with(name));
        let is_in_group =
            process.is_contained() && !process.cgroup.contains("machine.slice/systemd");
        if !is_in_group || process.is_apart || process.has_own_pids || process.program.is_none() {
            continue;
        }
        if is_runtime && process.is_owned() {
            continue;
        }
        let sentence = format!(
            "{} belongs to a container but is out of it, in the machine itself: {}",
            process.label(),
            process.path()
        );
        found.push(
            Finding::of_process(&ABOUT, Severity::Critical, Certainty::Likely, process, &sentence)
                .seen(format!("/proc/{}/cgroup: {}", process.pid, process.cgroup))
                .means_foreign(process),
        );
    }
    let kernel = &scene.kernel;
    let core = kernel.core_pattern.strip_prefix('|').and_then(|rest| rest.split(' ').next());
    let helpers = [("core_pattern", core), ("uevent_helper", Some(kernel.uevent_helper.as_str()))];
    let binfmt =
        kernel.interpreters.iter().map(|(_, program)| ("binfmt_misc", Some(program.as_str())));
    for (place, program) in helpers.into_iter().chain(binfmt) {
        let Some(program) = program.filter(|program| program.starts_with('/')) else { continue };
        // Emulators of other machines are put there out of containers, and lie nowhere on the disk.
        let is_emulator = place == "binfmt_misc" && !is_scratch(program);
        if scene.packages.owner(program).is_some() || is_emulator || scene.packages.is_empty() {
            continue;
        }
        let sentence = format!("the kernel starts {program} as root, and no package owns it");
        let subject = Subject::Path(program.to_owned());
        found.push(
            Finding::new(&ABOUT, Severity::Critical, Certainty::Likely, subject, &sentence)
                .seen(format!("{place}: {program}"))
                .next(format!("sudo ls -l {program}; cat /proc/sys/kernel/core_pattern"))
                .means(Meaning::Persistence)
                .means(Meaning::ForeignRoot),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::process::Program;
    use crate::scene::{Packages, Process};

    #[test]
    fn who_is_out_is_found_and_who_is_in_is_not() {
        let process = |pid, path: &str, is_apart| Process {
            pid,
            cgroup: String::from("/system.slice/docker-0123.scope"),
            is_apart,
            program: Some(Program { path: path.to_owned(), ..Program::default() }),
            ..Process::default()
        };
        let mut packages = Packages::new(Vec::new());
        let systemd = packages.add("systemd");
        packages.own(systemd, "/usr/lib/systemd/systemd-coredump");
        let mut scene = Scene {
            processes: vec![process(1, "/bin/sh", true), process(2, "/bin/sh", false)],
            packages,
            ..Scene::default()
        };
        scene.kernel.core_pattern = String::from("|/usr/lib/systemd/systemd-coredump %P %u");
        scene.kernel.interpreters = vec![(String::from("arm"), String::from("/usr/bin/qemu-arm"))];
        let subjects = |scene: &Scene| {
            detect(scene).iter().map(|found| found.subject.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(subjects(&scene), ["pid:2"]);
        scene.kernel.core_pattern = String::from("|/var/tmp/.x %P");
        assert_eq!(subjects(&scene), ["pid:2", "path:/var/tmp/.x"]);
    }
}
