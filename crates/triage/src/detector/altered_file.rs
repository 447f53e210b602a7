//! D15: a file of a package that was altered.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D15",
    title: "a program or library that is not as its package brought it",
    logic: "The digest of the file against that of dpkg (MD5) or rpm (SHA-256, of old packages MD5), with diversions \
            and merged folders followed: all of bin and sbin, PAM's modules, the C library and its like; \
            elsewhere only what was changed later than the package was unpacked. Files of configuration, and \
            what rpm says is not to be verified, are left out.",
    innocent: "The owner may have replaced a program by hand. Equal sums are no proof: who is root can write \
               the list as well.",
    attack: &["T1554"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &scene.files.altered {
        if scene.standing(Topic::Changed, &file.path, &file.sum.digits()) == Standing::Known {
            continue;
        }
        let sentence =
            format!("{} is not the file that package {} brought", file.path, file.package);
        let subject = Subject::Path(file.path.clone());
        found.push(
            Finding::new(&ABOUT, Severity::Critical, Certainty::Likely, subject, &sentence)
                .seen(format!(
                    "{} {} is not what {} wrote down; changed {}",
                    file.sum.kind(),
                    file.sum.digits(),
                    file.by.as_str(),
                    file.changed
                ))
                .next(format!(
                    "sudo {} {}; sudo stat {}",
                    file.by.verify(),
                    file.package,
                    file.path
                ))
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
    use crate::scene::package::{Manager, Sum};

    #[test]
    fn an_altered_program_is_found_until_the_owner_accepts_it() {
        let mut scene = Scene::default();
        scene.files.altered = vec![Altered {
            path: String::from("/usr/sbin/sshd"),
            package: String::from("openssh-server"),
            by: Manager::Rpm,
            sum: Sum::Sha256([0; 32]),
            changed: scene.at,
        }];
        let found = &detect(&scene)[0];
        assert_eq!(found.meaning, [Meaning::IntegrityLost]);
        assert!(found.next.contains("rpm -V openssh-server"), "{:?}", found.next);
        let mut facts = Facts::default();
        facts.add(Topic::Changed, "/usr/sbin/sshd", "00".repeat(32));
        scene.baseline = Some(Baseline::new(scene.at, facts));
        assert!(detect(&scene).is_empty());
    }
}
