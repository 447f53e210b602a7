//! TLS certificates: which, and when they are told of.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Severity, Starttls};

/// Certificate rules.
#[derive(Debug, Clone)]
pub struct CertificatesConfig {
    /// Watch certificates at all.
    pub enabled: bool,
    /// Servers whose certificates are looked at.
    pub endpoints: Vec<Endpoint>,
    /// Files with certificates, the leaf first.
    pub files: Vec<PathBuf>,
    /// Look into the stores of caddy and certbot.
    pub find: bool,
    /// How often everything is looked at; what is in trouble is looked at every few minutes.
    pub interval: SignedDuration,
    /// When an end is near.
    pub expiry: Expiry,
    /// Names of subjects, or globs, whose chain and name are not judged.
    pub expiry_only: Vec<String>,
    /// The old one may be served for this long after a renewal.
    pub not_served_for: SignedDuration,
    /// A certificate may be unseen for this long.
    pub unseen_for: SignedDuration,
}

/// A server that shows a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A DNS name, in lower case, or an address.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The protocol in which TLS is asked for; none: TLS from the first byte.
    pub starttls: Option<Starttls>,
}

impl Endpoint {
    /// Its name as a subject: `example.org:443`, `[2001:db8::1]:443`.
    pub fn subject(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// When an end is near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expiry {
    /// Tell of ends at all.
    pub enabled: bool,
    /// So much left is a warning.
    pub warning: Left,
    /// So much left is critical.
    pub critical: Left,
}

/// What is left of a certificate's life, as time and as a share of its whole life. Both must be
/// undercut: a certificate of a year is not warned of months ahead, one of six days not from its
/// first day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Left {
    /// Time to the end.
    pub time: SignedDuration,
    /// Share of the whole life, 0..1.
    pub share: f64,
}

impl Left {
    /// The same as time, for a certificate that lives from then until then.
    fn of(self, not_before: Timestamp, not_after: Timestamp) -> SignedDuration {
        let life = not_after.duration_since(not_before).as_secs().max(0);
        self.time.min(SignedDuration::from_secs((life as f64 * self.share) as i64))
    }
}

impl Expiry {
    /// How bad it is at that time that a certificate ends when it does.
    pub fn severity(
        &self,
        not_before: Timestamp,
        not_after: Timestamp,
        at: Timestamp,
    ) -> Option<Severity> {
        let left = not_after.duration_since(at);
        if left <= self.critical.of(not_before, not_after) {
            Some(Severity::Critical)
        } else if left <= self.warning.of(not_before, not_after) {
            Some(Severity::Warning)
        } else {
            None
        }
    }

    /// When it begins to be a warning.
    pub fn warning_at(&self, not_before: Timestamp, not_after: Timestamp) -> Timestamp {
        before(not_after, self.warning.of(not_before, not_after))
    }

    /// When it begins to be critical.
    pub fn critical_at(&self, not_before: Timestamp, not_after: Timestamp) -> Timestamp {
        before(not_after, self.critical.of(not_before, not_after))
    }
}

fn before(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.checked_sub(wait).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// Caddy and certbot renew when a third is left; that must never be told, and a renewal that
    /// failed must be told while there is time.
    #[test]
    fn a_normal_renewal_is_no_alarm_and_a_missed_one_is() {
        let expiry = Config::default().certificates.expiry;
        let hour = SignedDuration::from_hours;
        let end = Timestamp::from_second(1_800_000_000).unwrap();
        for (life, warned, critical) in [
            (hour(12), hour(12) * 20 / 100, hour(12) * 7 / 100), // caddy's own authority
            (hour(6 * 24), hour(6 * 24) * 20 / 100, hour(6 * 24) * 7 / 100),
            (hour(45 * 24), hour(9 * 24), hour(3 * 24)),
            (hour(90 * 24), hour(14 * 24), hour(3 * 24)),
            (hour(365 * 24), hour(14 * 24), hour(3 * 24)),
        ] {
            let begin = end - life;
            let at_left = |left: SignedDuration| expiry.severity(begin, end, end - left);
            let second = SignedDuration::from_secs(1);
            assert_eq!(at_left(life / 3), None, "{life}");
            assert_eq!(at_left(warned + second), None, "{life}");
            assert_eq!(at_left(warned), Some(Severity::Warning), "{life}");
            assert_eq!(at_left(critical + second), Some(Severity::Warning), "{life}");
            assert_eq!(at_left(critical), Some(Severity::Critical), "{life}");
            assert_eq!(at_left(-second), Some(Severity::Critical), "{life}");
        }
    }
}
