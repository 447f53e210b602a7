//! D29: something got out of its container, or a way out is laid.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::process::is_scratch;
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D29",
    title: "a way out of a container",
    logic: "A process in a container's control group that is in the machine's own namespaces of mounts and \
            processes and no part of a runtime; or a program that the kernel itself starts \
            (core_pattern, uevent_helper, binfmt_misc) and that no package owns.",
    innocent: "Containers started with --pid=host still have their own mounts. systemd-coredump and apport are \
               the programs usually named in core_pattern; a program of one's own in /usr/local or /opt is only \
               named. Virtual machines are in machine.slice as well, and are no containers.",
    attack: &["T1611", "T1610"],
};

/// Parts of runtimes that live in a container's group.
const RUNTIMES: [&str; 8] =
    ["runc", "crun", "conmon", "containerd-shim", "docker-init", "dockerd", "podman", "systemd"];

/// Where owners put programs of their own.
const OWN: [&str; 2] = ["/usr/local/", "/opt/"];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found = Vec::new();
    // Looked at from within a container, all that is there is in it.
    let is_within = scene.process(1).is_some_and(Process::is_in_containers_group);
    for process in scene.processes.iter().filter(|_| !is_within) {
        let is_runtime = RUNTIMES.iter().any(|name| process.file().starts_with(name));
        let is_other = ["machine.slice/systemd", "machine.slice/machine-qemu"]
            .iter()
            .any(|other| process.cgroup.contains(other));
        let is_in_group = process.is_in_containers_group() && !is_other;
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
        let is_own = OWN.iter().any(|folder| program.starts_with(folder)) && !is_scratch(program);
        let (severity, certainty) = if is_own {
            (Severity::Info, Certainty::Hint)
        } else {
            (Severity::Critical, Certainty::Likely)
        };
        let subject = Subject::Path(program.to_owned());
        let one = Finding::new(&ABOUT, severity, certainty, subject, &sentence)
            .seen(format!("{place}: {program}"))
            .next(format!("sudo ls -l {program}; cat /proc/sys/kernel/core_pattern"));
        found.push(if is_own {
            one
        } else {
            one.means(Meaning::Persistence).means(Meaning::ForeignRoot)
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Packages;
    use crate::scene::package::Manager;
    use crate::scene::process::Program;

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
        let systemd = packages.add("systemd", Manager::Dpkg);
        packages.own(systemd, "/usr/lib/systemd/systemd-coredump");
        let mut scene = Scene {
            processes: vec![process(11, "/bin/sh", true), process(12, "/bin/sh", false)],
            packages,
            ..Scene::default()
        };
        scene.kernel.core_pattern = String::from("|/usr/lib/systemd/systemd-coredump %P %u");
        scene.kernel.interpreters = vec![(String::from("arm"), String::from("/usr/bin/qemu-arm"))];
        let subjects = |scene: &Scene| {
            detect(scene).iter().map(|found| found.subject.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(subjects(&scene), ["pid:12"]);
        scene.kernel.core_pattern = String::from("|/var/tmp/.x %P");
        assert_eq!(subjects(&scene), ["pid:12", "path:/var/tmp/.x"]);
        scene.kernel.core_pattern = String::from("|/usr/local/bin/cores %P");
        assert_eq!(detect(&scene)[1].severity, Severity::Info);
        // Looked at from within.
        scene.processes.insert(0, process(1, "/sbin/init", true));
        assert_eq!(subjects(&scene), ["path:/usr/local/bin/cores"]);
    }
}
