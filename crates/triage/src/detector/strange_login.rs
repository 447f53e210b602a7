//! D26: somebody came in who never did before.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::scene::login::Login;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D26",
    title: "a login that is not known here",
    logic: "Every `Accepted` of sshd within the time looked at, held against the users, keys and addresses \
            known here (nightkeep logins known): learnt from the server's own past and by nightkeep logins \
            trust.",
    innocent: "You from a new network, a new laptop or a new CI runner.",
    attack: &["T1078", "T1021.004"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for login in &scene.logins {
        if let Some(one) = finding(scene, login)
            && !found
                .iter()
                .any(|other| other.subject == one.subject && other.sentence == one.sentence)
        {
            found.push(one);
        }
    }
    found
}

fn finding(scene: &Scene, login: &Login) -> Option<Finding> {
    let unknown = login.unknown.as_deref().unwrap_or_default();
    if unknown.is_empty() {
        return None;
    }
    let (user, address) = (&login.user, &login.address);
    let is_new = |part: &str| unknown.iter().any(|unknown| unknown == part);
    let sentence =
        format!("{user} came in from {address} with a new {}", unknown.join(" and a new "));
    let is_password = login.method.contains("password") || login.method.contains("keyboard");
    // A stolen password or a planted key; a new address alone is the owner on a train.
    let is_bad = is_new("address") && (is_new("key") || is_new("user") || is_password);
    let (severity, certainty) = if is_bad {
        (Severity::Critical, Certainty::Likely)
    } else if is_new("key") || is_new("user") || user == "root" {
        (Severity::Warning, Certainty::Hint)
    } else {
        (Severity::Info, Certainty::Hint)
    };
    let key = login.fingerprint.as_deref().unwrap_or("no key");
    let found =
        Finding::new(&ABOUT, severity, certainty, Subject::Address(address.clone()), &sentence)
            .seen(format!("{} {} by {} ({key})", login.at, user, login.method))
            .next(format!("sudo nightkeep logins --address {address} --since 30d"));
    let meaning =
        if scene.is_root_account(user) { Meaning::ForeignRoot } else { Meaning::ForeignUser };
    Some(if severity > Severity::Info { found.means(meaning) } else { found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_from_nowhere_is_worse_than_a_train() {
        let login = |user: &str, method: &str, unknown: &[&str]| Login {
            user: user.to_owned(),
            address: String::from("203.0.113.9"),
            method: method.to_owned(),
            unknown: Some(unknown.iter().map(|&part| part.to_owned()).collect()),
            ..Login::default()
        };
        let logins = vec![
            login("ann", "publickey", &[]),
            login("ann", "publickey", &["address"]),
            login("ann", "publickey", &["key"]),
            login("root", "password", &["address"]),
            Login { unknown: None, ..login("ann", "password", &[]) },
        ];
        let found = detect(&Scene { logins, ..Scene::default() });
        let found: Vec<_> =
            found.iter().map(|found| (found.severity, found.meaning.clone())).collect();
        let expected = [
            (Severity::Info, vec![]),
            (Severity::Warning, vec![Meaning::ForeignUser]),
            (Severity::Critical, vec![Meaning::ForeignRoot]),
        ];
        assert_eq!(found, expected);
    }
}
