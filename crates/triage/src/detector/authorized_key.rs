//! D12: a key that lets somebody in.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::{Key, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D12",
    title: "a key that opens an account and was not there",
    logic: "Each line of the files sshd takes keys from, by its SHA-256 fingerprint, held against the baseline; \
            a key for an account of the system; a key that brings an environment of its own.",
    innocent: "Keys of cloud images that only say `Please login as the user ...`; keys the owner or his tools \
               added since the baseline was taken.",
    attack: &["T1098.004"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.keys.iter().filter_map(|key| finding(scene, key)).collect()
}

fn finding(scene: &Scene, key: &Key) -> Option<Finding> {
    let user = &key.user;
    let account = scene.account(user);
    let standing = scene.standing(Topic::Key, &key.name(), &key.options);
    let found = |severity, certainty, sentence: &str| {
        Finding::new(&ABOUT, severity, certainty, Subject::Path(key.file.clone()), sentence)
            .seen(format!("line {}: {} {} {}", key.line, key.kind, key.fingerprint, key.comment))
            .next(format!("sudo ssh-keygen -lf {}; sudo nightkeep logins --since 30d", key.file))
    };
    let meaning = if account.is_some_and(crate::scene::Account::can_be_root) {
        Meaning::ForeignRoot
    } else {
        Meaning::ForeignUser
    };
    if account.is_some_and(crate::scene::Account::is_system) && standing != Standing::Known {
        // gitolite and backup users are accounts of the system with a command for each key.
        let is_forced = key.options.contains("command=") || key.options.contains("restrict");
        if !is_forced {
            let sentence = format!("a key lets somebody in as {user}, an account of the system");
            return Some(
                found(Severity::Critical, Certainty::Likely, &sentence)
                    .means(meaning)
                    .means(Meaning::Persistence),
            );
        }
    }
    if key.options.contains("environment=") && key.options.contains("LD_") {
        let sentence = format!("a key of {user} brings a library with it that is loaded at login");
        return Some(
            found(Severity::Critical, Certainty::Likely, &sentence)
                .seen(format!("options: {}", key.options))
                .means(meaning)
                .means(Meaning::Persistence),
        );
    }
    match standing {
        Standing::New => {
            let sentence =
                format!("a key that is new since the baseline lets somebody in as {user}");
            Some(found(Severity::Critical, Certainty::Hint, &sentence).means(Meaning::Persistence))
        }
        Standing::Changed => {
            let sentence = format!("a key of {user} may do something else than in the baseline");
            Some(found(Severity::Warning, Certainty::Hint, &sentence))
        }
        Standing::NotTold if scene.is_recent(key.changed) => {
            let sentence = format!("the keys of {user} were changed within the time looked at");
            Some(found(Severity::Info, Certainty::Hint, &sentence))
        }
        Standing::Known | Standing::NotTold => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::baseline::{Baseline, Facts};
    use crate::scene::Account;

    #[test]
    fn a_key_of_www_data_is_found_and_a_known_one_is_not() {
        let key = |user: &str, fingerprint: &str, options: &str| Key {
            user: user.to_owned(),
            file: format!("/home/{user}/.ssh/authorized_keys"),
            line: 1,
            kind: String::from("ssh-ed25519"),
            fingerprint: fingerprint.to_owned(),
            options: options.to_owned(),
            comment: String::new(),
            changed: Timestamp::UNIX_EPOCH,
        };
        let account =
            |name: &str, uid| Account { name: name.to_owned(), uid, ..Account::default() };
        let mut facts = Facts::default();
        facts.add(Topic::Key, "ann a", "");
        let scene = Scene {
            since: Timestamp::from_second(5).unwrap(),
            accounts: vec![account("www-data", 33), account("ann", 1000), account("git", 120)],
            keys: vec![
                key("www-data", "w", ""),
                key("ann", "a", ""),
                key("git", "g", "command=\"gitolite ann\",restrict"),
            ],
            ..Scene::default()
        };
        let told = |scene: &Scene| {
            detect(scene).iter().map(|found| found.subject.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(told(&scene), ["path:/home/www-data/.ssh/authorized_keys"]);
        let with = Scene { baseline: Some(Baseline::new(scene.at, facts)), ..scene };
        assert_eq!(told(&with).len(), 2);
    }
}
