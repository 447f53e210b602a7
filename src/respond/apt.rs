//! What apt was told to do and by whom (history.log of apt: `Start-Date`, `Commandline`, `Requested-By`, in local
//! time), to tell an owner's upgrade from what an intruder installed.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use nightkeep_triage::timeline::{Act, Event, Source};

use crate::source::{plain, rotated};

/// Runs that are kept, and bytes of one that are looked at: the command comes before the packages.
const MOST: usize = 10_000;
const LARGEST: usize = 64 << 10;

/// Runs of apt since then, oldest first.
pub(super) fn runs(root: &Path, since: Timestamp) -> Vec<Event> {
    let zone = plain::zone(root);
    let path = plain::below(root, "var/log/apt/history.log");
    let (mut runs, mut block) = (Vec::new(), String::new());
    let mut take = |line: &str| {
        if line.is_empty() {
            let is_kept = runs.len() < MOST;
            runs.extend(run(&block, &zone).filter(|event| is_kept && event.at >= since));
            block.clear();
        } else if block.len() < LARGEST {
            block.push_str(line);
            block.push('\n');
        }
    };
    let _ = rotated::lines(&path, since, &mut take);
    take("");
    runs
}

fn run(block: &str, zone: &TimeZone) -> Option<Event> {
    let field = |name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::trim))
    };
    let date = field("Start-Date")?.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", date).ok()?;
    let at = zone.to_timestamp(civil).ok()?;
    let command = field("Commandline")?;
    let what = match field("Requested-By") {
        Some(who) => format!("{command} (asked for by {who})"),
        None => command.to_owned(),
    };
    let event = Event::new(at, Source::Packages, Act::Package, &what);
    // `deploy (1000)`
    let user = field("Requested-By").and_then(|who| who.split(' ').next());
    Some(event.by(user.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_told_apt_to_do_what() {
        let block = "\nStart-Date: 2026-11-23  19:00:01\nCommandline: apt install -y socat\n\
                     Requested-By: deploy (1000)\nInstall: socat:amd64 (1.7.4)\nEnd-Date: 2026-11-23  19:00:04";
        let event = run(block, &TimeZone::UTC).unwrap();
        assert_eq!(event.message, "apt install -y socat (asked for by deploy (1000))");
        assert_eq!(event.user.as_deref(), Some("deploy"));
        assert_eq!(event.at.to_string(), "2026-11-23T19:00:01Z");
        assert!(run("Start-Date: never\nCommandline: apt", &TimeZone::UTC).is_none());
    }
}
