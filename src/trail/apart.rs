//! What is told apart from the events that were asked for: rules being loaded, and a login that was
//! told already.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use nightkeep_audit::action::{Action, What};

use super::told::moment;
use crate::model::text::safe;

/// Changes of rules within so many seconds are one.
const TOGETHER: u64 = 60;
/// So many of them are told.
const MOST: usize = 10;

/// One who changed rules.
#[derive(Debug)]
struct Change {
    who: String,
    first: u64,
    last: u64,
    added: u64,
    removed: u64,
    set: u64,
}

/// Rules being loaded and removed: no events of these rules, but no secret either.
#[derive(Debug, Default)]
pub(crate) struct Apart {
    changes: Vec<Change>,
    count: u64,
}

impl Apart {
    pub(crate) fn take(&mut self, action: &Action) {
        self.count += 1;
        let actor = &action.actor;
        let mut who = match (&actor.login, &actor.user) {
            (Some(login), Some(user)) if login != user => format!("{login} as {user}"),
            (Some(one), _) | (None, Some(one)) => one.clone(),
            (None, None) => String::from("the system"),
        };
        if let Some(session) = actor.session {
            who += &format!(" (session {session})");
        }
        let sec = action.id.sec;
        let is_same = |change: &Change| change.who == who && sec.abs_diff(change.last) <= TOGETHER;
        let known = self.changes.iter().rposition(is_same);
        let place = known.unwrap_or_else(|| {
            let (first, last) = (sec, sec);
            self.changes.push(Change { who, first, last, added: 0, removed: 0, set: 0 });
            self.changes.len() - 1
        });
        let change = &mut self.changes[place];
        change.last = sec;
        match action.what {
            What::Rule { removed: true, .. } => change.removed += 1,
            What::Rule { .. } => change.added += 1,
            _ => change.set += 1,
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Sentences about them.
    pub(crate) fn note(&self) -> Vec<String> {
        if self.changes.is_empty() {
            return Vec::new();
        }
        let zone = TimeZone::system();
        let mut notes = vec![String::from(
            "Apart from these, the audit rules themselves were changed (--rules shows it in full):",
        )];
        for change in self.changes.iter().take(MOST) {
            let counted = [
                (change.removed, "removed"),
                (change.added, "added"),
                (change.set, "settings changed"),
            ];
            let parts = counted.iter().filter(|(count, _)| *count > 0);
            let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
            let who = safe(&change.who);
            notes.push(format!("  {}  {who}: {}", moment(change.first, &zone), parts.join(", ")));
        }
        let more = self.changes.len().saturating_sub(MOST);
        if more > 0 {
            notes.push(format!("  and {more} times more"));
        }
        notes
    }
}

/// Sessions whose login was told: with a terminal, sshd says so twice.
#[derive(Debug, Default)]
pub(crate) struct Logins(HashMap<(Option<String>, u32), u64>);

impl Logins {
    /// Is this the second word of a login that was told?
    pub(crate) fn is_told(&mut self, action: &Action, machine: Option<&str>) -> bool {
        let (What::Login { .. }, Some(true), Some(session)) =
            (&action.what, action.success, action.actor.session)
        else {
            return false;
        };
        let sec = action.id.sec;
        let known = self.0.insert((machine.map(str::to_owned), session), sec);
        known.is_some_and(|known| sec.abs_diff(known) <= TOGETHER)
    }
}
