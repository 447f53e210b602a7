//! Logins: who came in, from where, by which key, and whether that is known here.

use core::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A login that was let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The account.
    pub user: String,
    /// From which address; a name where sshd is told to look them up.
    pub address: String,
    /// The port on the other side; with the address it names the connection.
    pub port: u16,
    /// `publickey`, `password` ...
    pub method: String,
    /// The kind of key (`ED25519`), if by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_kind: Option<String>,
    /// The key's fingerprint (`SHA256:…`), if by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// What of a login may be known.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum LoginPart {
    /// The account.
    User,
    /// The key.
    Key,
    /// The address: of IPv6 the network of 64 bits, for machines change the rest by themselves.
    Address,
}

impl LoginPart {
    /// Every part, worst first if it is not known.
    pub const ALL: [Self; 3] = [Self::User, Self::Key, Self::Address];

    /// The word in JSON and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Key => "key",
            Self::Address => "address",
        }
    }
}

impl Login {
    /// The parts that can be known: a password is no key.
    pub fn parts(&self) -> Vec<(LoginPart, String)> {
        let key = self.fingerprint.as_ref().map(|key| (LoginPart::Key, key.clone()));
        let address = (LoginPart::Address, network(&self.address));
        [(LoginPart::User, self.user.clone())].into_iter().chain(key).chain([address]).collect()
    }

    /// `user@address`: several logins of one subject are one alert.
    pub fn name(&self) -> String {
        format!("{}@{}", self.user, self.address)
    }
}

/// The address as it is known: IPv6 by its first 64 bits.
pub fn network(address: &str) -> String {
    match address.split('%').next().unwrap_or(address).parse::<IpAddr>() {
        Ok(IpAddr::V6(six)) if six.to_ipv4_mapped().is_none() && !six.is_loopback() => {
            let [a, b, c, d, ..] = six.segments();
            format!("{}/64", core::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Ok(ip) => ip.to_canonical().to_string(),
        Err(_) => address.to_owned(),
    }
}
