//! What was seen of a TLS certificate.

use std::fmt;

use jiff::Timestamp;
pub use nightkeep_probe::certificate::Flaw;
use serde::{Deserialize, Serialize};

/// The certificate of an endpoint or in a file. Times are as in the certificate; whether they are
/// near is for the rule to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateState {
    /// What was seen. An endpoint that serves one over IPv4 and another over IPv6 has two. Empty:
    /// nothing was seen, and `unseen` says why.
    #[serde(default)]
    pub seen: Vec<Certificate>,
    /// What could not be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<Unseen>,
    /// An endpoint's protocol that comes before TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starttls: Option<Starttls>,
    /// Who renews it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewer: Option<Renewer>,
    /// When the file was written last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Timestamp>,
    /// What this machine serves under the name of a file's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
    /// The endpoint, watched by itself, that serves the certificate of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched_as: Option<String>,
}

/// One certificate, as it says of itself. Texts are limited and without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Where it was seen.
    pub over: Over,
    /// The names it is for (DNS names and addresses of its subject alternative name), at most 20;
    /// the common name where it has none.
    pub names: Vec<String>,
    /// Who signed it: organisation and common name.
    pub issuer: String,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// SHA-256 of the whole certificate, hexadecimal.
    pub fingerprint: String,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// What is wrong with its chain, name or key, apart from its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<Flaw>,
}

/// Where a certificate was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// In a file.
    File,
    /// Over IPv4 only; over IPv6 there is another one, or none.
    Ipv4,
    /// Over IPv6 only.
    Ipv6,
    /// Over both.
    Both,
}

/// What could not be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// Which part: "over IPv6"; empty if all of it.
    pub part: String,
    /// Why.
    pub why: String,
    /// What shows more or mends it.
    pub mend: String,
    /// It was found, not asked for: not to see it costs less.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub found: bool,
}

/// A protocol in which TLS is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Starttls {
    /// SMTP (RFC 3207).
    Smtp,
    /// IMAP (RFC 9051, 6.2.1).
    Imap,
    /// `PostgreSQL` (its manual, 54.2.11 "SSL Session Encryption").
    Postgres,
}

impl Starttls {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Smtp, Self::Imap, Self::Postgres];

    /// The word in config, JSON and for `openssl s_client -starttls`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Postgres => "postgres",
        }
    }

    /// The port it has by default.
    pub fn port(self) -> u16 {
        match self {
            Self::Smtp => 25,
            Self::Imap => 143,
            Self::Postgres => 5432,
        }
    }
}

impl fmt::Display for Starttls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who renews a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Renewer {
    /// Caddy does by itself.
    Caddy,
    /// certbot does, from a timer.
    Certbot {
        /// certbot's name of it.
        name: String,
    },
}

/// What this machine serves under the name of a file's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Where it was asked: an endpoint or `127.0.0.1:443`.
    pub at: String,
    /// The web server that runs here, if it is exactly one known one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// SHA-256 of what is served.
    pub fingerprint: String,
    /// From when that is valid.
    pub not_before: Timestamp,
    /// Until when that is valid.
    pub not_after: Timestamp,
}

/// The command that shows what an endpoint (`example.org:443`) serves.
pub(crate) fn openssl(endpoint: &str, starttls: Option<Starttls>) -> String {
    let host = endpoint.rsplit_once(':').map_or(endpoint, |(host, _)| host);
    let mut command = format!("openssl s_client -connect {endpoint}");
    // An address is no name to ask for.
    let is_address =
        host.starts_with('[') || host.split('.').all(|part| part.parse::<u8>().is_ok());
    if !is_address {
        command += &format!(" -servername {host}");
    }
    if let Some(starttls) = starttls {
        command += &format!(" -starttls {starttls}");
    }
    command + " </dev/null"
}
