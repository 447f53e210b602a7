//! D31: packages or names that come from somewhere else.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::{Scene, Startup};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D31",
    title: "packages or names that come from somewhere else",
    logic: "/etc/hosts names another machine for the servers of the distribution; a source of packages is taken \
            without a signature ([trusted=yes]); sources, keys and hosts that are not in the baseline or were \
            otherwise.",
    innocent: "Sources of third parties (docker, postgresql, nodesource) are the owner's. A mirror in the own \
               network may stand in /etc/hosts.",
    attack: &["T1195", "T1565"],
};

/// Names whose owner decides what is installed here.
const NAMES: [&str; 9] = [
    "deb.debian.org",
    "security.debian.org",
    "ftp.debian.org",
    "archive.ubuntu.com",
    "security.ubuntu.com",
    "download.docker.com",
    "apt.postgresql.org",
    "github.com",
    "pypi.org",
];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let is_one = |startup: &&Startup| startup.topic == Topic::Source;
    scene.startups.iter().filter(is_one).filter_map(|source| finding(scene, source)).collect()
}

fn finding(scene: &Scene, source: &Startup) -> Option<Finding> {
    let path = &source.path;
    let standing = scene.standing(Topic::Source, path, &source.digest);
    if standing == Standing::Known {
        return None;
    }
    let found = |severity, certainty, sentence: &str| {
        Finding::new(&ABOUT, severity, certainty, Subject::Path(path.clone()), sentence)
            .next(format!("cat {path}; sudo stat {path}"))
    };
    let names =
        |line: &&String| line.split_ascii_whitespace().skip(1).any(|word| NAMES.contains(&word));
    if path == "/etc/hosts"
        && let Some(line) = source.lines.iter().find(names)
    {
        let sentence = "this machine is told a false address for a server that packages come from";
        return Some(
            found(Severity::Critical, Certainty::Likely, sentence)
                .seen(line)
                .means(Meaning::IntegrityLost),
        );
    }
    let is_trusted = |line: &&String| {
        line.contains("trusted=yes") || line.to_ascii_lowercase().starts_with("trusted: yes")
    };
    if let Some(line) = source.lines.iter().find(is_trusted) {
        let is_young = standing == Standing::New || scene.is_recent(source.changed);
        let severity = if is_young { Severity::Warning } else { Severity::Info };
        let sentence = format!("packages are taken without a signature: {path}");
        return Some(found(severity, Certainty::Hint, &sentence).seen(line));
    }
    // The keys of the distribution, of which a baseline has no fact.
    if source.is_systems() && source.package.is_some() && standing == Standing::New {
        return None;
    }
    match standing {
        Standing::New => {
            let sentence = format!("a source of packages is new since the baseline: {path}");
            Some(found(Severity::Warning, Certainty::Hint, &sentence))
        }
        Standing::Changed => {
            let sentence =
                format!("where packages or names come from is not as in the baseline: {path}");
            Some(found(Severity::Warning, Certainty::Hint, &sentence))
        }
        Standing::Known | Standing::NotTold => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::{Baseline, Facts};

    #[test]
    fn a_false_mirror_is_found_and_localhost_is_not() {
        let source = |path: &str, line: &str| Startup {
            topic: Topic::Source,
            path: path.to_owned(),
            package: None,
            differs: None,
            changed: jiff::Timestamp::UNIX_EPOCH,
            uid: 0,
            is_open: false,
            lines: vec![line.to_owned()],
            digest: String::new(),
        };
        let startups = vec![
            source("/etc/hosts", "203.0.113.9 security.debian.org"),
            source("/etc/hosts", "127.0.1.1 web1.example.org web1"),
            source("/etc/apt/sources.list.d/docker.list", "deb https://download.docker.com/x y z"),
        ];
        let mut scene = Scene { startups, ..Scene::default() };
        assert_eq!(detect(&scene).len(), 1);
        // A baseline has no facts of what packages brought.
        let package = Some(String::from("debian-archive-keyring"));
        let keys = Startup {
            package,
            differs: Some(false),
            ..source("/etc/apt/trusted.gpg.d/debian.asc", "")
        };
        scene.startups = vec![keys, source("/etc/apt/sources.list.d/x.list", "deb http://x y z")];
        scene.baseline = Some(Baseline::new(scene.at, Facts::default()));
        let subjects: Vec<_> = detect(&scene).iter().map(|one| one.subject.to_string()).collect();
        assert_eq!(subjects, ["path:/etc/apt/sources.list.d/x.list"]);
    }
}
