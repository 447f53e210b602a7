//! TLS certificates: bounds, levels in order, nothing twice.

use jiff::SignedDuration;

use super::{Check, text};
use crate::config::document::Part;
use crate::config::raw;
use crate::config::value::{Duration, Share, Wrong};
use crate::config::{CertificatesConfig, Expiry, Left};

impl Check<'_> {
    pub(super) fn certificates(
        &mut self,
        file: raw::Certificates,
        default: CertificatesConfig,
    ) -> CertificatesConfig {
        let config = CertificatesConfig {
            enabled: file.enabled.unwrap_or(default.enabled),
            endpoints: file.endpoints.map_or(default.endpoints, |list| list.0),
            files: file.files.map_or(default.files, |list| list.0),
            find: file.find.unwrap_or(default.find),
            interval: self.within(
                &["certificates", "interval"],
                text(file.interval, default.interval),
                SignedDuration::from_mins(5),
                SignedDuration::from_hours(24),
            ),
            expiry: self.expiry(file.expiry, default.expiry),
            expiry_only: file.expiry_only.map_or(default.expiry_only, |list| list.0),
            not_served_for: text(file.not_served_for, default.not_served_for),
            unseen_for: text(file.unseen_for, default.unseen_for),
        };
        for (index, endpoint) in config.endpoints.iter().enumerate() {
            let name = endpoint.subject();
            if config.endpoints[..index].iter().any(|other| other.subject() == name) {
                let wrong = Wrong::with_help("it stands above already", "take one of them out");
                let index = index.to_string();
                let path = ["certificates", "endpoints", &index];
                self.wrong(&path, Part::Value, format!("`{name}` is there twice"), wrong);
            }
        }
        config
    }

    fn expiry(&mut self, written: Option<raw::Expiry>, default: Expiry) -> Expiry {
        let levels = match written {
            None => return default,
            Some(raw::Expiry::Switch(enabled)) => return Expiry { enabled, ..default },
            Some(raw::Expiry::Levels(levels)) => levels,
        };
        let expiry = Expiry {
            enabled: true,
            warning: Left {
                time: text(levels.warning, default.warning.time),
                share: text(levels.warning_share, default.warning.share),
            },
            critical: Left {
                time: text(levels.critical, default.critical.time),
                share: text(levels.critical_share, default.critical.share),
            },
        };
        let (warning, critical) = (expiry.warning, expiry.critical);
        let time = (critical.time > warning.time)
            .then(|| ("", Duration::write(warning.time), Duration::write(critical.time)));
        let share = (critical.share > warning.share)
            .then(|| ("-share", Share::write(warning.share), Share::write(critical.share)));
        if let Some((ending, warning, critical)) = time.or(share) {
            let why = format!("`warning{ending}` is {warning}, `critical{ending}` is {critical}");
            let help = format!("less is worse: `critical{ending}` is at most `warning{ending}`");
            self.wrong(
                &["certificates", "expiry"],
                Part::Value,
                "`expiry`: the levels are the wrong way round",
                Wrong::with_help(why, help),
            );
        }
        expiry
    }
}
