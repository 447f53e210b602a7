//! TLS certificates as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::value::{CertificateName, Duration, EndpointText, FilePath, List, Share, Text};

/// TLS certificates, as servers show them and on disk.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Certificates {
    /// Watch certificates at all.
    pub(in crate::config) enabled: Option<bool>,
    /// Servers whose certificate is looked at as a client sees it, over IPv4 and IPv6: HOST,
    /// HOST:PORT, and /smtp, /imap or /postgres where TLS is asked for in that protocol (ports 25,
    /// 587, 143 and 5432 say so by themselves; /tls says it is not so). Chain and name are judged
    /// apart from the end.
    #[schemars(example = &"[\"example.org\", \"mail.example.org:587/smtp\", \"db.example.org:5432/postgres\"]")]
    pub(in crate::config) endpoints: Option<List<EndpointText>>,
    /// Files with a certificate, the server's own first; their end is watched.
    #[schemars(example = &"[\"/etc/ssl/certs/mail.pem\"]")]
    pub(in crate::config) files: Option<List<FilePath>>,
    /// Look into the stores of caddy (/var/lib/caddy/.local/share/caddy/certificates) and certbot
    /// (/etc/letsencrypt/live) as well, and whether what they renewed is served.
    pub(in crate::config) find: Option<bool>,
    /// How often everything is looked at, from 5m to 24h. What is in trouble is looked at every 5
    /// minutes, files that change within a minute.
    pub(in crate::config) interval: Option<Text<Duration>>,
    /// Tell when the end is near; `false` switches it off.
    pub(in crate::config) expiry: Option<Expiry>,
    /// Certificates whose chain and name are not judged, only their end, such as a self-signed one
    /// you know of: HOST:PORT or the file's path; `*` stands for any text.
    #[schemars(example = &"[\"db.example.org:5432\"]")]
    pub(in crate::config) expiry_only: Option<List<CertificateName>>,
    /// A certificate renewed on disk may go unserved for this long.
    pub(in crate::config) not_served_for: Option<Text<Duration>>,
    /// A certificate that cannot be seen for this long is told of.
    pub(in crate::config) unseen_for: Option<Text<Duration>>,
}

/// Tell when the end is near.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(in crate::config) enum Expiry {
    /// On with its defaults, or off.
    Switch(bool),
    /// On, with levels of its own.
    Levels(ExpiryLevels),
}

/// When a certificate's end is told of: when less than the time and less than the share is left,
/// whichever comes later. So certificates of a year and of six days both fit.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(inline)]
pub(in crate::config) struct ExpiryLevels {
    /// At most this time left, and ...
    pub(in crate::config) warning: Option<Text<Duration>>,
    /// ... at most this share of its whole life is a warning. Caddy and certbot renew when a third
    /// is left.
    pub(in crate::config) warning_share: Option<Text<Share>>,
    /// At most this time left, and ...
    pub(in crate::config) critical: Option<Text<Duration>>,
    /// ... at most this share of its whole life is critical.
    pub(in crate::config) critical_share: Option<Text<Share>>,
}
