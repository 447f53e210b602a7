//! D27: somebody tried until it worked.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D27",
    title: "many failures, and then a login from the same address",
    logic: "At least five failed tries from an address within a day, and then an accepted login from it; or \
            failed tries alone, which are counted.",
    innocent: "You with the wrong password or too many keys: a handful of failures, from an address that is \
               known here.",
    attack: &["T1110.001"],
};

/// Failures after which a login is no slip, from an unknown and from a known address.
const MANY: u32 = 5;
const VERY_MANY: u32 = 10;

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for login in scene.logins.iter().filter(|login| login.failures >= MANY) {
        let (user, address) = (&login.user, &login.address);
        let unknown = login.unknown.as_deref();
        // Nobody who could say: a stranger, as far as that is known.
        let is_known = unknown.is_some_and(|unknown| !unknown.iter().any(|part| part == "address"));
        let subject = Subject::Address(address.clone());
        if found.iter().any(|other| other.subject == subject) {
            continue;
        }
        let sentence =
            format!("{address} failed {} times and then came in as {user}", login.failures);
        let is_slip = is_known && login.failures < VERY_MANY;
        let (severity, certainty) = if is_slip {
            (Severity::Info, Certainty::Hint)
        } else {
            (Severity::Critical, Certainty::Likely)
        };
        let one = Finding::new(&ABOUT, severity, certainty, subject, &sentence)
            .seen(format!(
                "{} {user} by {} from {address} port {}",
                login.at, login.method, login.port
            ))
            .next(format!("sudo nightkeep logins --address {address}; sudo nightkeep bans"));
        let meaning =
            if scene.is_root_account(user) { Meaning::ForeignRoot } else { Meaning::ForeignUser };
        found.push(if is_slip { one } else { one.means(meaning) });
    }
    let got_in = |address: &str| scene.logins.iter().any(|login| login.address == address);
    let outside: Vec<_> = scene.tries.iter().filter(|tries| !got_in(&tries.address)).collect();
    if !outside.is_empty() {
        let count: u64 = outside.iter().map(|tries| u64::from(tries.count)).sum();
        let sentence =
            format!("{} addresses tried {count} times to get in, and did not", outside.len());
        found.push(
            Finding::new(&ABOUT, Severity::Info, Certainty::Sure, Subject::Host, &sentence)
                .next("sudo nightkeep logins --failed")
                .means(Meaning::AttemptOnly),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::login::{Login, Tries};

    #[test]
    fn a_guess_is_told_from_a_slip_and_from_noise() {
        let login = |address: &str, failures, unknown: &[&str]| Login {
            user: String::from("ann"),
            address: address.to_owned(),
            failures,
            unknown: Some(unknown.iter().map(|&part| part.to_owned()).collect()),
            ..Login::default()
        };
        let tries =
            |address: &str| Tries { address: address.to_owned(), count: 30, ..Tries::default() };
        let scene = Scene {
            logins: vec![
                login("198.51.100.1", 6, &[]),
                login("203.0.113.9", 30, &["address"]),
                login("198.51.100.2", 4, &["address"]),
            ],
            tries: vec![tries("203.0.113.9"), tries("203.0.113.10")],
            ..Scene::default()
        };
        let told = |found: &Finding| format!("{} {}", found.severity, found.subject);
        let found: Vec<_> = detect(&scene).iter().map(told).collect();
        let expected = ["info address:198.51.100.1", "critical address:203.0.113.9", "info host"];
        assert_eq!(found, expected);
    }
}
