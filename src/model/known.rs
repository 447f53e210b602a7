//! What of logins is known on this host. Kept as rows of text, one for each thing known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Login, LoginPart, network};

/// The users, keys and addresses that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownLogins {
    known: BTreeMap<(LoginPart, String), Known>,
}

/// Since when a thing is known, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Since when.
    pub since: Timestamp,
    /// Who said so, or that it was learnt from the log.
    pub by: String,
}

/// A row to be kept; none: to be dropped.
type Row = (String, Option<String>);

/// The rows' keys begin with this.
const PREFIX: &str = "login/";

impl KnownLogins {
    /// Takes the rows of known logins out of all rows.
    pub fn take(rows: &mut BTreeMap<String, String>) -> Self {
        let ours = rows.extract_if(PREFIX.to_owned().., |key, _| key.starts_with(PREFIX));
        let known = ours.filter_map(|(key, value)| {
            let (part, name) = key.strip_prefix(PREFIX)?.split_once('/')?;
            let part = LoginPart::ALL.into_iter().find(|known| known.as_str() == part)?;
            Some(((part, name.to_owned()), serde_json::from_str(&value).ok()?))
        });
        Self { known: known.collect() }
    }

    /// Nothing is known at all.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Everything known, by kind and name.
    pub fn iter(&self) -> impl Iterator<Item = (LoginPart, &str, &Known)> {
        self.known.iter().map(|((part, name), known)| (*part, name.as_str(), known))
    }

    /// The parts of a login that are not known.
    pub fn unknown(&self, login: &Login) -> Vec<LoginPart> {
        let strange = |(part, name)| (!self.known.contains_key(&(part, name))).then_some(part);
        login.parts().into_iter().filter_map(strange).collect()
    }

    /// Is this thing known?
    pub fn knows(&self, part: LoginPart, name: &str) -> bool {
        self.known.contains_key(&(part, name.to_owned()))
    }

    /// Knows a thing from now on. Returns the row to keep, if it is news.
    pub fn trust(&mut self, part: LoginPart, name: &str, known: Known) -> Option<Row> {
        let value = serde_json::to_string(&known).ok()?;
        let place = (part, name.to_owned());
        if self.known.contains_key(&place) {
            return None;
        }
        self.known.insert(place, known);
        Some((row_key(part, name), Some(value)))
    }

    /// Knows a thing no more. Returns the row to drop, if it was known.
    pub fn distrust(&mut self, part: LoginPart, name: &str) -> Option<Row> {
        self.known.remove(&(part, name.to_owned())).map(|_| (row_key(part, name), None))
    }
}

/// What a word of the owner means: `user@address` is everything of such logins, among these; a user,
/// an address or a key is itself. None: there is no such login.
pub fn meant(name: &str, logins: &[Login]) -> Option<Vec<(LoginPart, String)>> {
    if let Some((user, address)) = name.split_once('@') {
        let same =
            |login: &&Login| login.user == user && network(&login.address) == network(address);
        let mut parts: Vec<_> = logins.iter().filter(same).flat_map(Login::parts).collect();
        parts.sort();
        parts.dedup();
        return (!parts.is_empty()).then_some(parts);
    }
    let is_key = name.starts_with("SHA256:") || name.starts_with("MD5:");
    let is_address = name.parse::<core::net::IpAddr>().is_ok() || name.ends_with("/64");
    Some(vec![if is_key {
        (LoginPart::Key, name.to_owned())
    } else if is_address {
        (LoginPart::Address, network(name))
    } else {
        (LoginPart::User, name.to_owned())
    }])
}

impl KnownLogins {
    /// Logins (`user@address`), among these, of which everything is known once these parts are:
    /// alerts about them need nobody's care any more.
    pub fn settled(mut self, parts: &[(LoginPart, String)], logins: &[Login]) -> Vec<String> {
        let why = Known { since: Timestamp::UNIX_EPOCH, by: String::new() };
        for (part, name) in parts {
            self.trust(*part, name, why.clone());
        }
        let mut settled: Vec<String> =
            logins.iter().filter(|login| self.unknown(login).is_empty()).map(Login::name).collect();
        settled.sort();
        settled.dedup();
        settled
    }
}

fn row_key(part: LoginPart, name: &str) -> String {
    format!("{PREFIX}{}/{name}", part.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_trusted_is_known_after_a_restart_and_what_is_distrusted_is_not() {
        let login = Login {
            user: String::from("ann"),
            address: String::from("2001:db8:1:2:aaaa::1"),
            port: 1,
            method: String::from("publickey"),
            key_kind: None,
            fingerprint: Some(String::from("SHA256:a/b+c")),
        };
        let mut known = KnownLogins::default();
        assert_eq!(known.unknown(&login), LoginPart::ALL);
        let why = Known { since: Timestamp::UNIX_EPOCH, by: String::from("ann") };
        let mut rows: BTreeMap<String, String> = login
            .parts()
            .into_iter()
            .filter_map(|(part, name)| known.trust(part, &name, why.clone()))
            .filter_map(|(key, value)| Some((key, value?)))
            .collect();
        rows.insert(String::from("watch/boot"), String::from("x"));

        let mut again = KnownLogins::take(&mut rows);
        assert_eq!((again.clone(), rows.len()), (known, 1));
        // Another address of the same network is the same machine.
        let moved = Login { address: String::from("2001:db8:1:2:bbbb::9"), ..login };
        assert_eq!(again.unknown(&moved), []);
        let dropped = again.distrust(LoginPart::Key, "SHA256:a/b+c");
        assert_eq!(dropped, Some((String::from("login/key/SHA256:a/b+c"), None)));
        assert_eq!(again.unknown(&moved), [LoginPart::Key]);
    }
}
