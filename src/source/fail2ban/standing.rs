//! Who is banned, by what the log says: nobody has to be asked who could also be commanded.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::socket::Ban;
use super::{Blind, Line, history};
use std::path::Path;

/// What the log tells of bans.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The jails there were at the last start, as far as the log goes back; with how long they ban,
    /// in seconds: less than 0 is for good.
    pub jails: BTreeMap<String, Option<i64>>,
    /// Who is banned now.
    pub bans: Vec<Ban>,
    /// Each ban since then, oldest first: when, by which jail, which address.
    pub past: Vec<(Timestamp, String, String)>,
    /// When the log begins.
    pub from: Option<Timestamp>,
    /// fail2ban was stopped, then.
    pub stopped: Option<Timestamp>,
}

/// Reads the log back to a time; blocks.
///
/// # Errors
/// When it cannot be read.
pub fn read(since: Timestamp, now: Timestamp) -> Result<Standing, Blind> {
    Ok(standing(&history(Path::new("/"), since)?, now))
}

fn standing(lines: &[(Timestamp, Line)], now: Timestamp) -> Standing {
    let mut found = Standing { from: lines.first().map(|(at, _)| *at), ..Standing::default() };
    let mut open: BTreeMap<(String, String), Timestamp> = BTreeMap::new();
    let mut jail = String::new();
    for (at, line) in lines {
        match line {
            Line::Started => {
                found.stopped = None;
                found.jails.clear();
            }
            Line::Stopped => {
                found.stopped = Some(*at);
                open.clear();
            }
            Line::Jail(name) => {
                jail.clone_from(name);
                found.jails.entry(name.clone()).or_default();
            }
            Line::BanTime(seconds) => {
                found.jails.insert(jail.clone(), Some(*seconds));
            }
            Line::Ban { jail, address } => {
                open.insert((jail.clone(), address.clone()), *at);
                found.past.push((*at, jail.clone(), address.clone()));
                found.jails.entry(jail.clone()).or_default();
            }
            // Since when, its first line said.
            Line::Restored { jail, address } => {
                open.entry((jail.clone(), address.clone())).or_insert(*at);
            }
            Line::Unban { jail, address } => {
                open.remove(&(jail.clone(), address.clone()));
            }
            Line::Found { .. } | Line::Ignored { .. } | Line::Stopping => {}
        }
    }
    for ((jail, address), since) in open {
        let seconds = found.jails.get(&jail).copied().flatten();
        let until = seconds
            .filter(|seconds| *seconds >= 0)
            .and_then(|seconds| since.checked_add(SignedDuration::from_secs(seconds)).ok());
        // What is long over was let go in a line that is gone.
        if until.is_none_or(|until| until > now) {
            found.bans.push(Ban { jail, address, since: Some(since), until });
        }
    }
    found.bans.sort_by_key(|ban| std::cmp::Reverse(ban.since));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_banned_now_and_until_when() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let ban = |address: &str| Line::Ban {
            jail: String::from("sshd"),
            address: String::from(address),
        };
        let lines = [
            (at(0), Line::Started),
            (at(0), Line::Jail(String::from("sshd"))),
            (at(0), Line::BanTime(600)),
            (at(5), ban("192.0.2.1")),
            (at(300), ban("192.0.2.2")),
            (at(400), ban("192.0.2.3")),
            (
                at(500),
                Line::Unban { jail: String::from("sshd"), address: String::from("192.0.2.3") },
            ),
        ];
        let found = standing(&lines, at(700));
        let banned: Vec<_> = found.bans.iter().map(|ban| ban.address.as_str()).collect();
        assert_eq!((banned, found.bans[0].until), (vec!["192.0.2.2"], Some(at(900))));
        assert_eq!((found.past.len(), found.jails["sshd"]), (3, Some(600)));
        let stopped = [&lines[..], &[(at(600), Line::Stopped)]].concat();
        let found = standing(&stopped, at(700));
        assert_eq!((found.bans.len(), found.stopped), (0, Some(at(600))));
    }
}
