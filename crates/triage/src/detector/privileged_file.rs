//! D14: a file that makes root of whoever starts it.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::scene::file::Privileged;
use crate::scene::process::is_scratch;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D14",
    title: "a program that makes root of whoever starts it",
    logic: "Files with set-user-id or set-group-id, or with capabilities (security.capability), that no package \
            owns; and shells, interpreters and editors with any of these, whoever owns them. Folders of \
            containers and systems below a folder of their own (chroot) are left out, but for the latter's shells.",
    innocent: "A tool the owner installed by hand to /usr/local or /opt with such a bit.",
    attack: &["T1548.001"],
};

/// Programs that would hand out what they may.
const HANDS_OUT: [&str; 30] = [
    "bash", "dash", "sh", "zsh", "ksh", "busybox", "python", "perl", "ruby", "php", "lua", "node",
    "vim", "vi", "nano", "emacs", "find", "awk", "gawk", "mawk", "env", "cp", "mv", "tee", "dd",
    "cat", "less", "tar", "gdb", "nmap",
];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.files.privileged.iter().filter_map(|file| finding(scene, file)).collect()
}

fn finding(scene: &Scene, file: &Privileged) -> Option<Finding> {
    let path = &file.path;
    let name = path.rsplit('/').next().unwrap_or_default();
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let standing = scene.standing(Topic::Privileged, path, &file.value());
    let found = |severity, certainty, sentence: &str| {
        Finding::new(&ABOUT, severity, certainty, Subject::Path(path.clone()), sentence)
            .seen(format!("{path}: {}", file.value()))
            .next(format!("sudo ls -l {path}; sudo getcap {path}; sudo sha256sum {path}"))
    };
    let is_roots = file.uid == 0 && file.mode & 0o4000 != 0 || file.has_capabilities;
    if HANDS_OUT.contains(&bare) && file.is_set_id() && is_roots && file.mode & 0o111 != 0 {
        let sentence = format!("{path} gives root's rights to anybody who starts it");
        return Some(
            found(Severity::Critical, Certainty::Sure, &sentence)
                .means(Meaning::ForeignRoot)
                .means(Meaning::Persistence),
        );
    }
    if file.package.is_some()
        || file.is_apart
        || standing == Standing::Known
        || file.mode & 0o111 == 0
    {
        return None;
    }
    // The mail spool of a user, a project folder's group: no rights beyond a group of people.
    if !is_roots && file.gid >= crate::scene::account::FIRST_PERSON {
        return None;
    }
    let is_home = path.starts_with("/home/") || path.starts_with("/root/");
    let is_young = standing == Standing::New || scene.is_recent(file.changed);
    let sentence = format!("{path} runs with more rights than its caller, and no package owns it");
    if is_roots && (is_scratch(path) || is_home || standing == Standing::New) {
        return Some(
            found(Severity::Critical, Certainty::Likely, &sentence)
                .means(Meaning::ForeignRoot)
                .means(Meaning::Persistence),
        );
    }
    let severity = if is_young { Severity::Warning } else { Severity::Info };
    Some(found(severity, Certainty::Hint, &sentence))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_root_shell_is_found_and_sudo_is_not() {
        let file = |path: &str, mode, package: Option<&str>| Privileged {
            path: path.to_owned(),
            mode,
            uid: 0,
            gid: 0,
            has_capabilities: false,
            is_apart: false,
            package: package.map(str::to_owned),
            changed: Timestamp::UNIX_EPOCH,
        };
        let mut scene = Scene { since: Timestamp::from_second(9).unwrap(), ..Scene::default() };
        scene.files.privileged = vec![
            file("/usr/bin/sudo", 0o4755, Some("sudo")),
            file("/usr/bin/bash", 0o4755, Some("bash")),
            file("/home/ann/.x", 0o4755, None),
            file("/usr/local/bin/tool", 0o4755, None),
            file("/usr/bin/python3.11", 0o755, Some("python3")),
        ];
        let told = |found: &Finding| format!("{} {}", found.severity, found.subject);
        let found: Vec<_> = detect(&scene).iter().map(told).collect();
        let expected = [
            "critical path:/usr/bin/bash",
            "critical path:/home/ann/.x",
            "info path:/usr/local/bin/tool",
        ];
        assert_eq!(found, expected);
    }
}
