//! D15: a file of a package that was altered.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D15",
    title: "a program or library that is not as its package brought it",
    logic: "MD5 of the file against dpkg's md5sums, with diversions and merged folders followed: all of bin and \
            sbin, PAM's modules, the C library and its like; elsewhere only what was changed later than the \
            package was unpacked. Files of configuration are left out.",
    innocent: "The owner may have replaced a program by hand. Equal sums are no proof: who is root can write \
               the list as well.",
    attack: &["T1554"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &scene.files.altered {
        if scene.standing(Topic::Changed, &file.path, &file.md5) == Standing::Known {
            continue;
        }
        let sentence =
            format!("{} is not the file that package {} brought", file.path, file.package);
        let subject = Subject::Path(file.path.clone());
        found.push(
            Finding::new(&ABOUT, Severity::Critical, Certainty::Likely, subject, &sentence)
                .seen(format!(
                    "MD5 {} is not what dpkg wrote down; changed {}",
                    file.md5, file.changed
                ))
                .next(format!("sudo dpkg --verify {}; sudo stat {}", file.package, file.path))
                .means(Meaning::IntegrityLost),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::{Baseline, Facts};
    use crate::scene::file::Altered;

    #[test]
    fn an_altered_program_is_found_until_the_owner_accepts_it() {
        let mut scene = Scene::default();
        scene.files.altered = vec![Altered {
            path: String::from("/usr/sbin/sshd"),
            package: String::from("openssh-server"),
            md5: String::from("00"),
            changed: scene.at,
        }];
        assert_eq!(detect(&scene)[0].meaning, [Meaning::IntegrityLost]);
        let mut facts = Facts::default();
        facts.add(Topic::Changed, "/usr/sbin/sshd", "00");
        scene.baseline = Some(Baseline::new(scene.at, facts));
        assert!(detect(&scene).is_empty());
    }
}
