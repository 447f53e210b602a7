//! Checks of the owner's own.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{Check, text};
use crate::config::CheckConfig;
use crate::config::document::Part;
use crate::config::raw;
use crate::config::value::{CheckName, Duration, Named, Wrong};

impl Check<'_> {
    pub(super) fn checks(
        &mut self,
        file: Named<CheckName, raw::OwnCheck>,
    ) -> BTreeMap<String, CheckConfig> {
        file.0
            .into_iter()
            .map(|(name, check)| {
                let check = self.own_check(&name, check);
                (name, check)
            })
            .collect()
    }

    fn own_check(&mut self, name: &str, check: raw::OwnCheck) -> CheckConfig {
        let (second, minute) = (SignedDuration::from_secs, SignedDuration::from_mins);
        let at = |key| ["check", name, key];
        let interval = text(check.interval, minute(5));
        let timeout = text(check.timeout, second(30).min(interval));
        let check = CheckConfig {
            command: self.command(&at("command"), check.command),
            interval: self.within(&at("interval"), interval, second(10), minute(24 * 60)),
            timeout: self.within(&at("timeout"), timeout, second(1), minute(10)),
            hold: text(check.r#for, SignedDuration::ZERO),
        };
        if check.timeout > check.interval {
            let interval = Duration::write(check.interval);
            self.wrong(
                &at("timeout"),
                Part::Value,
                "`timeout` is longer than `interval`",
                Wrong::with_help(
                    "the next run would begin before this one ends",
                    format!("write \"{interval}\" or less"),
                ),
            );
        }
        check
    }
}
