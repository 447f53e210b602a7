//! What dpkg did (dpkg.log of dpkg(1)): `2026-11-23 19:00:01 upgrade nginx:amd64 1.22.1-9 1.22.1-10`, in
//! local time.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use nightkeep_triage::timeline::{Act, Event, Source};

use crate::source::{plain, rotated};

/// Changes that are kept.
const MOST: usize = 50_000;

/// Packages that were installed, upgraded or removed since then, oldest first.
pub(super) fn changes(root: &Path, since: Timestamp) -> Vec<Event> {
    let zone = plain::zone(root);
    let mut changes = Vec::new();
    let path = plain::below(root, "var/log/dpkg.log");
    let _ = rotated::lines(&path, since, |line| {
        let is_kept = changes.len() < MOST;
        changes.extend(change(line, &zone).filter(|event| is_kept && event.at >= since));
    });
    changes
}

fn change(line: &str, zone: &TimeZone) -> Option<Event> {
    let (time, rest) = line.split_at_checked("2026-11-23 19:00:01".len())?;
    let mut words = rest.split_ascii_whitespace();
    let (verb, package) = (words.next()?, words.next()?);
    let (before, after) = (words.next()?, words.next()?);
    let what = match verb {
        "install" => format!("{package} {after} installed"),
        "upgrade" => format!("{package} upgraded from {before} to {after}"),
        "remove" | "purge" => format!("{package} {before} removed"),
        _ => return None,
    };
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", time).ok()?;
    let at = zone.to_timestamp(civil).ok()?;
    Some(Event::new(at, Source::Packages, Act::Package, &what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_read_and_states_are_not() {
        let what = |line: &str| change(line, &TimeZone::UTC).map(|event| event.message);
        assert_eq!(
            what("2026-11-23 19:00:01 upgrade nginx:amd64 1.22.1-9 1.22.1-10").unwrap(),
            "nginx:amd64 upgraded from 1.22.1-9 to 1.22.1-10"
        );
        assert_eq!(
            what("2026-11-23 19:00:01 install cron:amd64 <none> 3.0").unwrap(),
            "cron:amd64 3.0 installed"
        );
        for line in [
            "",
            "2026-11-23 19:00:01 status installed cron:amd64 3.0",
            "2026-11-23 é upgrade a b c",
        ] {
            assert_eq!(what(line), None);
        }
    }
}
