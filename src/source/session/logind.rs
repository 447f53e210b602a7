//! Who is in now, by what logind keeps of each session: `/run/systemd/sessions/N`, lines of `NAME=VALUE`
//! (logind-session.c of systemd; "private data, do not parse", and the same since 2011).

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;

use super::Session;
use crate::model::text::visible;
use crate::source::plain;

const FOLDER: &str = "run/systemd/sessions";
/// Sessions that are looked at, and bytes of each.
const MOST: usize = 1000;
const BYTES: u64 = 4096;

/// Sessions of people that are open, oldest first.
pub(super) fn sessions(root: &Path) -> Vec<Session> {
    let listed = std::fs::read_dir(root.join(FOLDER)).into_iter().flatten().flatten().take(MOST);
    let mut sessions: Vec<Session> =
        listed.filter_map(|entry| session(&plain::text(&entry.path(), BYTES))).collect();
    sessions.sort_by_key(|session| session.began);
    sessions
}

fn session(text: &str) -> Option<Session> {
    let values: HashMap<&str, &str> =
        text.lines().filter_map(|line| line.split_once('=')).collect();
    let value = |name: &str| visible(values.get(name).copied().unwrap_or_default(), 200);
    // The manager of a user's services, a greeter and the like are no people.
    if value("CLASS") != "user" || value("STATE") == "closing" {
        return None;
    }
    let began = Timestamp::from_microsecond(values.get("REALTIME")?.parse().ok()?).ok()?;
    let tty = Some(value("TTY")).filter(|tty| !tty.is_empty()).unwrap_or_else(|| value("SERVICE"));
    let from = value("REMOTE_HOST");
    Some(Session { user: value("USER"), from, tty, began, ended: None, source: "logind" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_managers() {
        let text = "# This is private data. Do not parse.\nUID=1000\nUSER=ann\nACTIVE=1\nSTATE=active\nREMOTE=1\n\
                    CLASS=user\nREMOTE_HOST=203.0.113.7\nSERVICE=sshd\nREALTIME=1700000000000000\n";
        let found = session(text).unwrap();
        assert_eq!(
            (found.user.as_str(), found.from.as_str(), found.tty.as_str()),
            ("ann", "203.0.113.7", "sshd")
        );
        assert_eq!(found.began.as_second(), 1_700_000_000);
        assert!(session(&text.replace("CLASS=user", "CLASS=manager")).is_none());
        assert!(session(&text.replace("REALTIME", "x")).is_none());
    }
}
