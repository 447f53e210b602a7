//! D10: a library that is forced upon programs.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::scene::process::is_scratch;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D10",
    title: "a library forced upon every program",
    logic: "/etc/ld.so.preload names a library; or a process has LD_PRELOAD or LD_AUDIT in its environment with \
            a library that no package owns.",
    innocent: "Some servers preload an allocator (jemalloc, tcmalloc) or snoopy, out of packages. Editors' and \
               agents' own libraries are found in the environment of their processes.",
    attack: &["T1574.006"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found = Vec::new();
    for library in &scene.preloads {
        let owner = scene.packages.owner(library);
        let subject = Subject::Path(library.clone());
        let next = format!("cat /etc/ld.so.preload; sudo ls -l {library}");
        found.push(if let Some(package) = owner {
            let sentence = format!("every program loads {library}, of package {package}");
            Finding::new(&ABOUT, Severity::Info, Certainty::Hint, subject, &sentence).next(next)
        } else {
            let sentence =
                format!("every program here is made to load {library}: a rootkit does that");
            Finding::new(&ABOUT, Severity::Critical, Certainty::Likely, subject, &sentence)
                .seen(format!("/etc/ld.so.preload: {library}"))
                .next(next)
                .means(Meaning::IntegrityLost)
                .means(Meaning::Persistence)
        });
    }
    for process in &scene.processes {
        let Some(preload) = &process.preload else { continue };
        let is_strange =
            |path: &&str| path.starts_with('/') && scene.packages.owner(path).is_none();
        let Some(library) = preload.split([':', ' ']).find(is_strange) else { continue };
        if process.is_contained || scene.packages.is_empty() {
            continue;
        }
        let sentence = format!("{} is made to load {library}", process.label());
        let is_bad = is_scratch(library);
        let (severity, certainty) = if is_bad {
            (Severity::Critical, Certainty::Likely)
        } else {
            (Severity::Info, Certainty::Hint)
        };
        let one = Finding::of_process(&ABOUT, severity, certainty, process, &sentence);
        found.push(if is_bad { one.means_foreign(process) } else { one });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::package::Manager;
    use crate::scene::{Packages, Process};

    #[test]
    fn a_rootkit_is_found_and_jemalloc_is_not() {
        let mut packages = Packages::new(Vec::new());
        let jemalloc = packages.add("libjemalloc2", Manager::Dpkg);
        packages.own(jemalloc, "/usr/lib/libjemalloc.so.2");
        let process = |pid, preload: &str| Process {
            pid,
            preload: Some(preload.to_owned()),
            ..Process::default()
        };
        let scene = Scene {
            packages,
            preloads: vec![String::from("/lib/libx.so"), String::from("/usr/lib/libjemalloc.so.2")],
            processes: vec![
                process(1, "/usr/lib/libjemalloc.so.2"),
                process(2, "/dev/shm/x.so"),
                process(3, "/opt/agent/agent.so"),
            ],
            ..Scene::default()
        };
        let told = |found: &Finding| format!("{} {}", found.severity, found.subject);
        let found: Vec<_> = detect(&scene).iter().map(told).collect();
        let expected = [
            "critical path:/lib/libx.so",
            "info path:/usr/lib/libjemalloc.so.2",
            "critical pid:2",
            "info pid:3",
        ];
        assert_eq!(found, expected);
    }
}
