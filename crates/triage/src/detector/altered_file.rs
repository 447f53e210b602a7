//! D15: a file of a package that was altered.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::scene::package::{List, is_rewritten};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D15",
    title: "a program or library that is not as its package brought it",
    logic: "The digest of the file against that of dpkg (MD5) or rpm (SHA-256, of old packages MD5), with diversions \
            and merged folders followed: all of bin and sbin, PAM's modules, the C library and its like; \
            elsewhere only what was changed later than the package was unpacked. Files of configuration, and \
            what rpm says is not to be verified, are left out. With a baseline also dpkg's lists of digests themselves: one \
            that is otherwise though the package's version is not.",
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
    found.extend(
        scene.packages.lists().filter_map(|(package, list)| rewritten(scene, package, list)),
    );
    found
}

/// A list of sums that is not as in the baseline, though the package was not upgraded.
fn rewritten(scene: &Scene, package: &str, list: &List) -> Option<Finding> {
    let before = scene.baseline.as_ref()?.facts.get(Topic::Package, package)?;
    if !is_rewritten(before, &list.value()) {
        return None;
    }
    let path = format!("/var/lib/dpkg/info/{package}.md5sums");
    let sentence = format!(
        "the list of what the files of {package} should hold was rewritten, and no upgrade did it"
    );
    let subject = Subject::Path(path.clone());
    Some(
        Finding::new(&ABOUT, Severity::Critical, Certainty::Likely, subject, &sentence)
            .seen(format!("version and SHA-256 now: {}; in the baseline: {before}", list.value()))
            .next(format!("apt-get download {package}; dpkg-deb -e {package}_*.deb new; diff new/md5sums {path}"))
            .means(Meaning::IntegrityLost),
    )
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

    #[test]
    fn a_list_that_was_rewritten_is_found_and_an_upgrade_is_not() {
        let list = |version: &str, sum: &str| List { version: version.into(), sum: sum.into() };
        let mut scene = Scene::default();
        scene.packages.listed("cron", list("3.0-1", "aa"));
        let facts = Facts::of(&scene);
        scene.baseline = Some(Baseline::new(scene.at, facts.clone()));
        assert!(detect(&scene).is_empty());
        scene.packages.listed("cron", list("3.0-2", "bb"));
        assert!(detect(&scene).is_empty() && facts.changes(&Facts::of(&scene)).is_empty());
        scene.packages.listed("cron", list("3.0-1", "bb"));
        assert_eq!(detect(&scene)[0].meaning, [Meaning::IntegrityLost]);
        assert_eq!(facts.changes(&Facts::of(&scene)).len(), 1);
    }
}
