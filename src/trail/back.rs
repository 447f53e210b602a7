//! A search from the newest event back, until enough was found or patience ends.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use nightkeep_audit::action::{self, Action};
use nightkeep_audit::log::Range;
use nightkeep_audit::search::{Question, Reader};
use nightkeep_audit::users::Names;
use nightkeep_audit::{Id, Kind};

use super::apart::Logins;
use super::place::{self, Place};
use super::told::{at, sentence};
use crate::clock;

/// The newest so many seconds are looked at first; each time more than before.
const FIRST: u64 = 600;
const MORE: u64 = 4;

/// An event in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) id: Id,
    pub(crate) at: Timestamp,
    pub(crate) sentence: String,
    pub(crate) keys: Vec<String>,
    pub(crate) session: Option<u32>,
    /// Did it work?
    pub(crate) success: Option<bool>,
    pub(crate) machine: Option<String>,
}

/// What a search found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The newest first.
    pub(crate) events: Vec<Told>,
    /// The second since 1970 down to which everything was looked at.
    pub(crate) back_to: u64,
    /// There is nothing before it that could be looked at.
    pub(crate) is_all: bool,
    /// What could not be read, and what mends it.
    pub(crate) unread: Vec<String>,
    /// Rules being loaded, which were left out.
    pub(crate) rules: u64,
    /// Damaged ones, of which nobody can tell whether they are asked for.
    pub(crate) odd: u64,
}

/// What is searched for, and how long.
pub(crate) struct Wanted<'q> {
    pub(crate) question: &'q Question,
    pub(crate) users: &'q Names,
    pub(crate) range: Range,
    /// Only events before this one.
    pub(crate) before: Option<Id>,
    pub(crate) limit: usize,
    pub(crate) patience: Duration,
}

/// Searches; blocks. `now` in seconds since 1970.
pub(crate) fn search(place: &Place, wanted: &Wanted<'_>, now: u64) -> Found {
    let deadline = clock::since_boot() + wanted.patience;
    let mut found =
        Found { unread: place.logs.unread.iter().map(place::unread).collect(), ..Found::default() };
    let Some((begins, last)) = place.logs.covered() else {
        found.is_all = true;
        found.back_to = now;
        return found;
    };
    let first = wanted.range.start.map_or(begins, |start| start.max(begins));
    let newest = wanted.before.map_or(last.max(now), |id| id.sec);
    let mut end = wanted.range.end.map_or(newest, |end| end.min(newest));
    let mut width = FIRST;
    found.back_to = end;
    loop {
        let start = end.saturating_sub(width).max(first);
        let window = Range { start: Some(start), end: Some(end) };
        let room = wanted.limit - found.events.len();
        match part(place, wanted, window, room, deadline) {
            Some(Part { events, more, unread, rules, odd }) => {
                found.rules += rules;
                found.odd += odd;
                for note in unread {
                    if !found.unread.contains(&note) {
                        found.unread.push(note);
                    }
                }
                found.events.extend(events.into_iter().rev());
                found.back_to = start;
                if more || found.events.len() >= wanted.limit {
                    found.back_to = found.events.last().map_or(start, |last| last.id.sec);
                    return found;
                }
                if start <= first {
                    found.is_all = true;
                    return found;
                }
                end = start.saturating_sub(1);
                width = width.saturating_mul(MORE);
            }
            // A shorter time may still be looked at within what is left.
            None if clock::since_boot() < deadline && width > 1 => width /= 8,
            None => return found,
        }
    }
}

/// What a window of time has: oldest first.
struct Part {
    events: VecDeque<Told>,
    /// Older ones of it were dropped.
    more: bool,
    unread: Vec<String>,
    rules: u64,
    odd: u64,
}

/// Looks at one window. None: it was not done in time.
fn part(
    place: &Place,
    wanted: &Wanted<'_>,
    window: Range,
    room: usize,
    deadline: Duration,
) -> Option<Part> {
    let (question, users) = (wanted.question, wanted.users);
    let filter = question.filter(users);
    let mut reader = Reader::new(&place.logs, window, place.timeout, &filter, users);
    let asks_for_rules =
        question.any.iter().any(|search| search.kinds.contains(&Kind::CONFIG_CHANGE));
    let mut part =
        Part { events: VecDeque::new(), more: false, unread: Vec::new(), rules: 0, odd: 0 };
    let mut logins = Logins::default();
    let mut count = 0_u32;
    while reader.advance() {
        count = count.wrapping_add(1);
        if count.is_multiple_of(64) && clock::since_boot() >= deadline {
            return None;
        }
        let Some(event) = reader.event() else { break };
        let id = event.id;
        let is_before = wanted.before.is_none_or(|before| id < before);
        let matches = question.matches(event, users, || Some(action::read(event, users)));
        part.odd += u64::from(is_before && matches.is_err());
        if !is_before || !matches.unwrap_or(false) {
            continue;
        }
        let Some(action) = reader.action() else { break };
        if action.is_rule_loading() && !asks_for_rules {
            part.rules += 1;
            continue;
        }
        let machine = reader.machine();
        if logins.is_told(&action, machine.as_deref()) {
            continue;
        }
        part.events.push_back(told(id, action, machine));
        if part.events.len() > room {
            part.events.pop_front();
            part.more = true;
        }
    }
    part.unread = reader.unread().iter().map(place::unread).collect();
    Some(part)
}

fn told(id: Id, action: Action, machine: Option<String>) -> Told {
    Told {
        id,
        at: at(id),
        sentence: sentence(&action),
        session: action.actor.session,
        success: action.success,
        keys: action.keys,
        machine,
    }
}

#[cfg(test)]
mod tests {
    use nightkeep_audit::Compat;
    use nightkeep_audit::search::Logs;

    use super::super::ask::{Asked, ground};
    use super::*;

    #[test]
    fn the_newest_first_page_by_page_and_none_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let base = 1_700_000_000_u64;
        let line = |n: u64| {
            format!(
                "type=SYSCALL msg=audit({}.100:{n}): arch=c000003e syscall=257 success=yes exit=3 \
                 a0=1 a1=2 a2=3 a3=4 items=0 ppid=8 pid=9 auid=1000 uid=0 gid=0 euid=0 suid=0 \
                 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=4 comm=\"vi\" exe=\"/usr/bin/vi\" \
                 key=\"{}\"\n",
                base + n * 300,
                if n.is_multiple_of(2) { "even" } else { "odd" }
            )
        };
        std::fs::write(&path, (0..200).map(line).collect::<String>()).unwrap();
        let logs = Logs::at(&[path]);
        let place = Place { logs, is_stdin: false, is_here: false, timeout: 2 };
        let ground = ground(Compat::V4);
        let asked = Asked { keys: vec![String::from("even")], ..Asked::default() };
        let question = asked.question(&ground).unwrap();
        let now = base + 200 * 300;
        let (mut before, mut seen, mut pages) = (None, Vec::new(), 0);
        loop {
            let wanted = Wanted {
                question: &question,
                users: &ground.users,
                range: Range::default(),
                before,
                limit: 30,
                patience: Duration::from_mins(1),
            };
            let found = search(&place, &wanted, now);
            seen.extend(found.events.iter().map(|event| event.id.serial));
            pages += 1;
            before = found.events.last().map(|event| event.id).or(before);
            if found.is_all {
                break;
            }
        }
        let expected: Vec<u64> = (0..100).rev().map(|n| n * 2).collect();
        assert_eq!((seen, pages), (expected, 4));
    }
}
