//! Step 3: jails, bans, and whether somebody who was banned came in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use nightkeep_triage::report::Step;
use nightkeep_triage::scene::Scene;

use super::super::told::Told;
use super::{count, first, step as titled, when};
use crate::source::fail2ban::Line;

/// The bans of an address.
struct Banned<'l> {
    times: usize,
    last: Timestamp,
    jails: BTreeSet<&'l str>,
    is_on: bool,
}

pub(super) fn step(scene: &Scene, told: &Told) -> Step {
    let mut step = titled("fail2ban");
    let lines = match &told.bans {
        None => {
            step.found.push(String::from("not installed"));
            return step;
        }
        Some(Err(why)) => {
            step.unseen.push(format!("bans: {why}"));
            return step;
        }
        Some(Ok(lines)) => lines,
    };
    if let Some(fail2ban) = &scene.logs.fail2ban {
        let jails = match fail2ban.jails.len() {
            0 => String::from("its log does not say which jails"),
            _ => {
                format!("jails: {}", fail2ban.jails.iter().cloned().collect::<Vec<_>>().join(", "))
            }
        };
        step.found.push(match fail2ban.stopped {
            Some(at) => format!("stopped {}; {jails}", when(at)),
            None => format!("it runs, as far as its log says; {jails}"),
        });
    }
    let banned = banned(lines, scene.since);
    let now = banned.values().filter(|one| one.is_on).count();
    step.found.push(format!(
        "{} banned, {now} of them still are",
        count(banned.len(), "address", "addresses")
    ));
    let mut order: Vec<(&&str, &Banned)> = banned.iter().collect();
    let came_in = |address: &str| scene.logins.iter().rfind(|login| login.address == address);
    // Who came in all the same, then who came back most.
    order.sort_by_key(|(address, one)| {
        (came_in(address).is_none(), std::cmp::Reverse(one.times), std::cmp::Reverse(one.last))
    });
    let line = |(address, one): (&&str, &Banned)| {
        let jails: Vec<&str> = one.jails.iter().copied().collect();
        let how = format!(
            "  {address} {} ({}), last {}",
            count(one.times, "time", "times"),
            jails.join(", "),
            when(one.last)
        );
        match came_in(address) {
            Some(login) => format!("{how}: CAME IN as {} at {}", login.user, when(login.at)),
            None => format!("{how}; never came in"),
        }
    };
    first(&mut step, order.into_iter().map(line).collect(), "nightkeep bans");
    step
}

/// The addresses banned since then, and those banned before that still are.
fn banned(lines: &[(Timestamp, Line)], since: Timestamp) -> BTreeMap<&str, Banned<'_>> {
    let mut banned: BTreeMap<&str, Banned<'_>> = BTreeMap::new();
    for (at, line) in lines {
        match line {
            Line::Ban { jail, address } | Line::Restored { jail, address } => {
                let is_new = matches!(line, Line::Ban { .. }) && *at >= since;
                let one = banned.entry(address).or_insert(Banned {
                    times: 0,
                    last: *at,
                    jails: BTreeSet::new(),
                    is_on: true,
                });
                one.times += usize::from(is_new);
                (one.last, one.is_on) = (*at, true);
                one.jails.insert(jail);
            }
            Line::Unban { address, .. } => {
                if let Some(one) = banned.get_mut(address.as_str()) {
                    one.is_on = false;
                }
            }
            _ => {}
        }
    }
    banned.retain(|_, one| one.times > 0 || one.is_on);
    banned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bans_of_the_window_and_those_that_last() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let of = |address: &str| (String::from("sshd"), address.to_owned());
        let ban = |address: &str| Line::Ban { jail: of(address).0, address: of(address).1 };
        let unban = |address: &str| Line::Unban { jail: of(address).0, address: of(address).1 };
        let lines = [
            (at(1), ban("192.0.2.1")),
            (at(2), unban("192.0.2.1")),
            (at(3), ban("192.0.2.2")),
            (at(20), ban("192.0.2.3")),
            (at(21), unban("192.0.2.3")),
        ];
        let banned = banned(&lines, at(10));
        let told: Vec<_> = banned.iter().map(|(who, one)| (*who, one.times, one.is_on)).collect();
        assert_eq!(told, [("192.0.2.2", 0, true), ("192.0.2.3", 1, false)]);
    }
}
