//! Who came in, and who tried.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;

use crate::baseline::{Facts, Topic};

use super::Scene;

/// A login by ssh, as the logs together tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// When.
    pub at: Timestamp,
    /// As whom.
    pub user: String,
    /// From where.
    pub address: String,
    /// The port on the other side.
    pub port: u16,
    /// `publickey`, `password` ...
    pub method: String,
    /// The key's fingerprint.
    pub fingerprint: Option<String>,
    /// What of it is not known here (`user`, `key`, `address`); none if nobody could say.
    pub unknown: Option<Vec<String>>,
    /// Failed tries from the same address within the day before.
    pub failures: u32,
    /// When it was over.
    pub ended: Option<Timestamp>,
}

/// The tries of an address that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tries {
    /// From where.
    pub address: String,
    /// How many.
    pub count: u32,
    /// The names that were tried, and how often each.
    pub users: BTreeMap<String, u32>,
    /// The first and the last.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
}

/// A command run by sudo, or another user's shell by su.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sudo {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub user: String,
    /// As whom.
    pub target: String,
    /// What; empty of su, which does not say.
    pub command: String,
    /// Nobody saw this user run sudo before, though the log goes back further.
    pub is_first: bool,
}

impl Scene {
    /// Who can be root once he is in, by his account.
    pub fn is_root_account(&self, user: &str) -> bool {
        user == "root" || self.account(user).is_some_and(super::Account::can_be_root)
    }
}

/// Failures before a login after which it may have been guessed, and so is not normal.
const GUESSED: u32 = 5;

impl Login {
    /// The names of [`Topic::Login`], by what of the login each is about.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let user = &self.user;
        let mut names = vec![
            ("user", format!("{user} logs in")),
            ("address", format!("{user} from {}", network(&self.address))),
        ];
        names.extend(self.fingerprint.as_ref().map(|key| ("key", format!("{user} by {key}"))));
        names
    }
}

/// An address of IPv6 stands for its /64, within which it changes by itself.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}

/// Who logs in, from where and by which key; none of what may have been guessed.
pub fn facts(scene: &Scene, facts: &mut Facts) {
    for login in scene.logins.iter().filter(|login| login.failures < GUESSED) {
        for (_, name) in login.facts() {
            facts.add(Topic::Login, name, login.method.as_str());
        }
    }
}

impl Scene {
    /// Takes what the baseline knows of logins: what it has is not unknown, and where nobody else could say, what it
    /// has not is.
    pub fn know_logins(&mut self) {
        let Some(known) = self.baseline.as_ref().and_then(|it| it.facts.0.get(&Topic::Login))
        else {
            return;
        };
        for login in &mut self.logins {
            let new: Vec<String> = login
                .facts()
                .into_iter()
                .filter(|(_, name)| !known.contains_key(name))
                .map(|(part, _)| part.to_owned())
                .collect();
            match &mut login.unknown {
                Some(unknown) => unknown.retain(|part| new.contains(part)),
                None => login.unknown = Some(new),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Baseline;

    #[test]
    fn what_the_baseline_has_is_known() {
        let login = |user: &str, address: &str, key: &str, unknown: Option<&str>| Login {
            user: user.to_owned(),
            address: address.to_owned(),
            fingerprint: Some(key.to_owned()),
            unknown: unknown.map(|part| vec![part.to_owned()]),
            ..Login::default()
        };
        let mut scene = Scene {
            logins: vec![login("ann", "2001:db8:1:2::7", "SHA256:a", None)],
            ..Scene::default()
        };
        let mut known = Facts::default();
        facts(&scene, &mut known);
        scene.baseline = Some(Baseline::new(scene.at, known));
        scene.logins = vec![
            login("ann", "2001:db8:1:2::9", "SHA256:a", None),
            login("ann", "192.0.2.1", "SHA256:b", None),
            login("ann", "2001:db8:1:2::9", "SHA256:a", Some("address")),
            login("eve", "192.0.2.1", "SHA256:a", Some("user")),
        ];
        scene.know_logins();
        let unknown: Vec<String> = scene
            .logins
            .iter()
            .map(|login| login.unknown.clone().unwrap_or_default().join(" "))
            .collect();
        assert_eq!(unknown, ["", "address key", "", "user"]);
    }
}
