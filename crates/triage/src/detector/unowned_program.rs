//! D16: a program in a folder of the system that no package owns.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::scene::file::{OddName, Unowned};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D16",
    title: "a program or library among the system's that no package owns",
    logic: "Files that begin as ELF in /usr/bin, sbin, lib, lib64, libexec and games and are in no list of \
            dpkg or rpm. PAM's modules and those of name services are worst: everybody who logs in runs them. Folders \
            with names made to be overlooked (`...`, blanks) anywhere.",
    innocent: "Tools copied to /usr/bin by hand (kubectl, docker-compose), and what dkms, pip, npm and gem put \
               into folders of their own.",
    attack: &["T1036.005", "T1556.003"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let unowned = scene.files.unowned.iter().filter_map(|file| unowned(scene, file));
    unowned.chain(scene.files.odd_names.iter().map(odd_name)).collect()
}

fn unowned(scene: &Scene, file: &Unowned) -> Option<Finding> {
    let path = &file.path;
    let standing = scene.standing(Topic::Program, path, &file.size.to_string());
    if standing == Standing::Known {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_gate = path.contains("/security/pam_") || name.starts_with("libnss_");
    let found = |severity, certainty, sentence: &str| {
        Finding::new(&ABOUT, severity, certainty, Subject::Path(path.clone()), sentence)
            .seen(format!("{path}: {} bytes, changed {}", file.size, file.changed))
            .next(format!(
                "{} {path}; sudo sha256sum {path}; sudo strings {path} | head",
                scene.packages.main_manager().search()
            ))
    };
    if is_gate {
        let sentence = format!("everybody who logs in runs {path}, and no package owns it");
        return Some(
            found(Severity::Critical, Certainty::Likely, &sentence).means(Meaning::IntegrityLost),
        );
    }
    let sentence = format!("{path} is among the system's programs, and no package owns it");
    Some(match standing {
        Standing::New | Standing::Changed => {
            found(Severity::Critical, Certainty::Hint, &sentence).means(Meaning::ForeignRoot)
        }
        _ if scene.is_recent(file.changed) => found(Severity::Warning, Certainty::Hint, &sentence),
        _ => found(Severity::Info, Certainty::Hint, &sentence),
    })
}

fn odd_name(odd: &OddName) -> Finding {
    let sentence = format!("a folder has a name that is made to be overlooked: {:?}", odd.path);
    let subject = Subject::Path(odd.path.clone());
    Finding::new(&ABOUT, Severity::Warning, Certainty::Likely, subject, &sentence)
        .seen(format!("{:?}, changed {}", odd.path, odd.changed))
        .next(format!("sudo ls -laR {:?}", odd.path))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_pam_module_is_found_and_kubectl_is_only_named() {
        let file = |path: &str, second| Unowned {
            path: path.to_owned(),
            changed: Timestamp::from_second(second).unwrap(),
            size: 9,
        };
        let mut scene = Scene { since: Timestamp::from_second(5).unwrap(), ..Scene::default() };
        scene.files.unowned = vec![
            file("/usr/lib/x86_64-linux-gnu/security/pam_x.so", 1),
            file("/usr/bin/kubectl", 1),
            file("/usr/sbin/new", 9),
        ];
        let severities: Vec<_> = detect(&scene).iter().map(|found| found.severity).collect();
        assert_eq!(severities, [Severity::Critical, Severity::Info, Severity::Warning]);
    }
}
