//! Step 4: who was on the machine, by wtmp, btmp, lastlog, wtmpdb, lastlog2 and logind.

use std::collections::BTreeMap;

use nightkeep_triage::report::Step;

use super::super::told::Told;
use super::{count, first, step as titled, when};
use crate::source::session::Session;

pub(super) fn step(told: &Told) -> Step {
    let mut step = titled("Login history");
    let history = &told.history;
    step.unseen.extend(history.unread.iter().cloned());
    step.found.push(format!(
        "{}; ssh without one leaves none, which is no sign of anything",
        count(history.sessions.len(), "session with a terminal", "sessions with a terminal")
    ));
    let line = |session: &Session| {
        let ended = session.ended.map(|at| format!(" until {}", when(at))).unwrap_or_default();
        format!("  {} {}{ended}", when(session.began), who(session))
    };
    first(&mut step, history.sessions.iter().rev().map(line).collect(), "--all");
    for session in &history.open {
        step.found.push(format!("in now: {}, since {}", who(session), when(session.began)));
    }
    let mut last: BTreeMap<&str, &Session> = BTreeMap::new();
    for session in &history.last {
        let known = last.entry(&session.user).or_insert(session);
        if session.began > known.began {
            *known = session;
        }
    }
    let lines = last.values().map(|session| {
        format!("last login of {} by {}: {}", who(session), session.source, when(session.began))
    });
    step.more.extend(lines);
    if !history.failed.is_empty() {
        let mut by_user: BTreeMap<&str, usize> = BTreeMap::new();
        for failed in &history.failed {
            *by_user.entry(&failed.user).or_default() += 1;
        }
        let mut users: Vec<_> = by_user.into_iter().collect();
        users.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let users: Vec<String> =
            users.iter().take(5).map(|(user, times)| format!("{user} {times}")).collect();
        step.found.push(format!(
            "{} in btmp, most as {}",
            count(history.failed.len(), "failed login", "failed logins"),
            users.join(", ")
        ));
    }
    step
}

fn who(session: &Session) -> String {
    let from = if session.from.is_empty() { "the console" } else { &session.from };
    format!("{} on {} from {from}", session.user, session.tty)
}
