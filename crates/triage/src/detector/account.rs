//! D11: an account that should not be, or that is open.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::account::Password;
use crate::scene::{Account, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D11",
    title: "a second root, an account without a password, or a system's account people can use",
    logic: "/etc/passwd and /etc/shadow: number 0 and another name than root; an empty password and a shell; a \
            number below 1000 with a shell and a password that opens it; an account that is not in the \
            baseline or was otherwise.",
    innocent: "sync and databases have shells on Debian, and no password. Accounts the owner added since the \
               baseline was taken.",
    attack: &["T1136.001", "T1078.003"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.accounts.iter().filter_map(|account| finding(scene, account)).collect()
}

fn finding(scene: &Scene, account: &Account) -> Option<Finding> {
    let name = &account.name;
    let subject = Subject::User(name.clone());
    let found = |severity, certainty, sentence: &str| {
        Finding::new(&ABOUT, severity, certainty, subject.clone(), sentence)
            .seen(format!(
                "/etc/passwd: number {}, shell {}, groups {}",
                account.uid,
                account.shell,
                account.groups.join(", ")
            ))
            .next(format!("sudo grep -n '^{name}:' /etc/passwd; sudo chage -l {name}"))
    };
    if account.uid == 0 && name != "root" {
        let sentence = format!("account {name} is a second root: it has root's number");
        return Some(
            found(Severity::Critical, Certainty::Sure, &sentence)
                .means(Meaning::ForeignRoot)
                .means(Meaning::Persistence),
        );
    }
    let meaning = if account.can_be_root() { Meaning::ForeignRoot } else { Meaning::ForeignUser };
    if account.has_shell() && account.password == Password::Empty {
        let sentence = format!("account {name} needs no password");
        return Some(
            found(Severity::Critical, Certainty::Likely, &sentence)
                .means(meaning)
                .means(Meaning::Persistence),
        );
    }
    if account.is_system() && account.has_shell() && account.password == Password::Usable {
        let sentence =
            format!("the system's own account {name} was given a password and can log in");
        return Some(
            found(Severity::Critical, Certainty::Likely, &sentence)
                .means(meaning)
                .means(Meaning::Persistence),
        );
    }
    let (severity, sentence) = match scene.standing(Topic::User, name, &account.value()) {
        Standing::New if account.has_shell() && account.can_be_root() => (
            Severity::Critical,
            format!("account {name} is new since the baseline, and can be root"),
        ),
        Standing::New if account.has_shell() => {
            (Severity::Warning, format!("account {name} is new since the baseline"))
        }
        Standing::New => (Severity::Info, format!("account {name} is new since the baseline")),
        Standing::Changed => {
            (Severity::Warning, format!("account {name} is not as in the baseline"))
        }
        Standing::Known | Standing::NotTold => return None,
    };
    let found = found(severity, Certainty::Hint, &sentence);
    Some(if severity == Severity::Critical { found.means(Meaning::Persistence) } else { found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_root_is_found_and_debians_own_accounts_are_not() {
        let account = |name: &str, uid, shell: &str, password| Account {
            name: name.to_owned(),
            uid,
            shell: shell.to_owned(),
            password,
            ..Account::default()
        };
        let accounts = vec![
            account("root", 0, "/bin/bash", Password::Usable),
            account("toor", 0, "/bin/sh", Password::Locked),
            account("sync", 4, "/bin/sync", Password::Locked),
            account("postgres", 110, "/bin/bash", Password::Locked),
            account("backup", 34, "/bin/bash", Password::Usable),
            account("ann", 1000, "/bin/bash", Password::Usable),
            account("eve", 1001, "/bin/bash", Password::Empty),
            account("nobody", 65534, "/usr/sbin/nologin", Password::Empty),
        ];
        let found = detect(&Scene { accounts, ..Scene::default() });
        let found: Vec<_> = found.iter().map(|found| found.subject.to_string()).collect();
        assert_eq!(found, ["user:toor", "user:backup", "user:eve"]);
    }
}
