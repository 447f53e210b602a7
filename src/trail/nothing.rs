//! Nothing found is not nothing happened: where was looked, what time the logs cover, and what may
//! have been meant.

use nightkeep_audit::ausearch::Ground;
use nightkeep_audit::log::Range;
use nightkeep_audit::netlink::Control;
use nightkeep_audit::search::{self, Pattern};

use super::place::Place;
use super::told::moment;
use crate::model::text::safe;

/// Names this like one another are near.
const LIKE: f64 = 0.75;
/// So many names are shown.
const MOST: usize = 8;

/// Sentences about a search that found nothing.
pub(crate) fn nothing(
    place: &Place,
    range: Range,
    keys: &[Pattern],
    users: &[String],
    ground: &Ground,
    apart: u64,
) -> Vec<String> {
    let zone = &ground.now.zone;
    let mut told = Vec::new();
    if !place.is_stdin && place.logs.chains.is_empty() {
        return vec![String::from("Nothing was looked at: no log could be read.")];
    }
    let asked = match (range.start, range.end) {
        (None, None) => String::new(),
        (Some(start), None) => format!(" since {}", moment(start, zone)),
        (None, Some(end)) => format!(" until {}", moment(end, zone)),
        (Some(start), Some(end)) => {
            format!(" from {} to {}", moment(start, zone), moment(end, zone))
        }
    };
    let but = if apart > 0 { " but the loading of rules" } else { "" };
    told.push(format!("Nothing was found{asked}{but} in {}.", place.name()));
    let Some((first, last)) = place.logs.covered() else {
        if !place.is_stdin {
            told.push(String::from("There is no record in it at all."));
        }
        return told;
    };
    told.push(format!("It covers {} to {}.", moment(first, zone), moment(last, zone)));
    if let Some(start) = range.start {
        if last < start {
            let why = if place.is_here { ": does auditd run? systemctl status auditd" } else { "" };
            told.push(format!("It has no record of the time that was asked for{why}."));
        } else if first > start {
            told.push(String::from(
                "It begins only after the time that was asked for: what was before is not in it any more.",
            ));
        }
    }
    if range.end.is_some_and(|end| first > end) {
        told.push(String::from("What was asked for is older than the oldest record."));
    }
    if !keys.is_empty() {
        told.extend(about_keys(place, keys));
    }
    for user in users.iter().filter(|user| user.parse::<u32>().is_err()) {
        if place.is_here && ground.users.id(user).is_none() {
            told.push(format!("There is no user {} on this machine.", safe(user)));
        }
    }
    told
}

/// What is known of keys: whether a rule has them, and which there are instead.
fn about_keys(place: &Place, keys: &[Pattern]) -> Vec<String> {
    let mut told = Vec::new();
    let seen = search::keys(&place.logs);
    // Who may not ask is not told.
    let rules = Control::open().and_then(|mut control| control.rules()).ok();
    let rules = rules.filter(|_| place.is_here);
    let held: Option<Vec<String>> = rules.map(|rules| {
        let keys = |rule: &nightkeep_audit::rules::Rule| {
            rule.keys().map(|key| String::from_utf8_lossy(key).into_owned()).collect::<Vec<_>>()
        };
        rules.iter().flatten().flat_map(keys).collect()
    });
    for key in keys {
        let name = safe(&key.to_string());
        let records: u64 = seen
            .iter()
            .filter(|(seen, _)| key.matches(seen.as_bytes()))
            .map(|(_, count)| count)
            .sum();
        if records > 0 {
            told.push(format!("{records} records have the key {name}, none as asked for."));
        }
        match &held {
            Some(held) if held.iter().any(|held| key.matches(held.as_bytes())) => {
                told.push(format!("A rule with the key {name} is loaded."));
            }
            Some(held) if held.is_empty() => told
                .push(String::from("No audit rule is loaded: nightkeep audit rules recommended")),
            Some(held) => {
                let near = near(&name, held.iter().map(String::as_str));
                told.push(format!(
                    "No loaded rule has the key {name}{near}: nightkeep audit rules show"
                ));
            }
            None if records == 0 => {
                let near = near(&name, seen.keys().map(String::as_str));
                told.push(format!("No record has the key {name}{near}."));
            }
            None => {}
        }
    }
    if !seen.is_empty() {
        let mut by_count: Vec<_> = seen.iter().collect();
        by_count.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let names: Vec<_> = by_count.iter().take(MOST).map(|(key, _)| safe(key)).collect();
        let more = by_count.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        told.push(format!("Keys in these logs: {}{more}.", names.join(", ")));
    }
    told
}

/// ` (do you mean identity?)`: the names that are most like this one.
pub(crate) fn near<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let like = |other: &'a str| {
        let holds = name.len() > 2 && (other.contains(name) || name.contains(other));
        let like = strsim::jaro_winkler(name, other).max(if holds { 0.9 } else { 0.0 });
        (like > LIKE && !other.is_empty()).then_some((like, other))
    };
    let mut near: Vec<_> = names.filter_map(like).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.dedup();
    let near: Vec<_> = near.iter().take(3).map(|(_, name)| safe(name)).collect();
    if near.is_empty() { String::new() } else { format!(" (do you mean {}?)", near.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_meant() {
        let keys = ["identity", "ssh_keys", "home_ssh_keys", "cron"];
        assert_eq!(near("identiy", keys.into_iter()), " (do you mean identity?)");
        assert_eq!(near("ssh", keys.into_iter()), " (do you mean home_ssh_keys or ssh_keys?)");
        assert_eq!(near("zzz", keys.into_iter()), "");
    }
}
