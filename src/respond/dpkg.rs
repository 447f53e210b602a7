//! What dpkg did (dpkg.log of dpkg(1)): `2026-11-23 19:00:01 upgrade nginx:amd64 1.22.1-9 1.22.1-10`, in
//! local time.

use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use nightkeep_triage::timeline::{Act, Event, Source};

use crate::source::plain;

/// No log is read further, in bytes.
const MOST: u64 = 64 << 20;

/// Packages that were installed, upgraded or removed since then, oldest first.
pub(super) fn changes(root: &Path, since: Timestamp) -> Vec<Event> {
    let mut events = Vec::new();
    for name in ["dpkg.log.1", "dpkg.log"] {
        let mut text = Vec::new();
        let Ok(file) = plain::open(&root.join("var/log").join(name)) else { continue };
        if file.take(MOST).read_to_end(&mut text).is_ok() {
            events.extend(String::from_utf8_lossy(&text).lines().filter_map(change));
        }
    }
    events.retain(|event| event.at >= since);
    events
}

fn change(line: &str) -> Option<Event> {
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
    let at = TimeZone::system().to_timestamp(civil).ok()?;
    Some(Event::new(at, Source::Packages, Act::Package, &what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_read_and_states_are_not() {
        let what = |line: &str| change(line).map(|event| event.message);
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
