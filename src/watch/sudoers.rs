//! Who has used sudo here before: the first time of somebody is told.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use crate::alert::Rows;
use crate::clock;
use crate::model::{AuditActKind, Event, Observation};
use crate::source::sudo;

/// What the history is read for at most when nightkeep first starts.
const LEARNT_FROM: SignedDuration = SignedDuration::from_hours(24 * 90);
const DEADLINE: Duration = Duration::from_secs(20);
/// The row that says that the past was learnt from.
const LEARNT: &str = "watch/sudoers-learnt";
/// The rows of those who are known begin with this.
const PREFIX: &str = "sudo/";

/// Those who have.
pub(super) struct Sudoers {
    known: BTreeSet<String>,
    learnt: bool,
}

impl Sudoers {
    /// Takes its rows out of all rows.
    pub(super) fn take(rows: &mut Rows) -> Self {
        let learnt = rows.remove(LEARNT).is_some();
        let ours = rows.extract_if(PREFIX.to_owned().., |key, _| key.starts_with(PREFIX));
        let known = ours.filter_map(|(key, _)| Some(key.strip_prefix(PREFIX)?.to_owned()));
        Self { known: known.collect(), learnt }
    }

    /// Learns from this server's own log, once. Returns the rows to keep.
    pub(super) async fn learn(&mut self) -> Vec<(String, Option<String>)> {
        if self.learnt {
            return Vec::new();
        }
        let now = clock::now();
        let read =
            tokio::task::spawn_blocking(move || sudo::history(Path::new("/"), now - LEARNT_FROM));
        // What cannot be read now may be readable at the next start.
        let Ok(Ok(Ok(used))) = timeout(DEADLINE, read).await else { return Vec::new() };
        self.learnt = true;
        let mut rows = vec![(LEARNT.to_owned(), Some(now.to_string()))];
        for sudo in used {
            if self.known.insert(sudo.user.clone()) {
                rows.push((format!("{PREFIX}{}", sudo.user), Some(sudo.at.to_string())));
            }
        }
        rows
    }

    /// Leaves out the sudo of those who are known; whoever is not is known from now on. Returns the
    /// rows to keep.
    pub(super) fn mark(
        &mut self,
        observations: &mut Vec<Observation>,
        now: Timestamp,
    ) -> Vec<(String, Option<String>)> {
        let mut rows = Vec::new();
        observations.retain(|observation| match observation {
            Observation::Event { event: Event::AuditAct { act }, .. }
                if act.kind == AuditActKind::Sudo =>
            {
                let is_new = self.known.insert(act.who.clone());
                if is_new {
                    rows.push((format!("{PREFIX}{}", act.who), Some(now.to_string())));
                }
                is_new
            }
            _ => true,
        });
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AuditAct, Subject};

    #[test]
    fn only_the_first_sudo_of_somebody_is_told_and_for_good() {
        let sudo = |who: &str| {
            let act = AuditAct {
                kind: AuditActKind::Sudo,
                who: who.to_owned(),
                object: String::from("id"),
                sentence: String::new(),
                session: None,
            };
            Observation::Event {
                subject: Subject::AuditAct(act.name()),
                event: Event::AuditAct { act },
            }
        };
        let mut rows = Rows::from([(String::from("sudo/ann"), String::new())]);
        let mut sudoers = Sudoers::take(&mut rows);
        assert!(rows.is_empty());
        let mut seen = vec![sudo("ann"), sudo("bob"), sudo("bob")];
        let kept = sudoers.mark(&mut seen, Timestamp::UNIX_EPOCH);
        assert_eq!(seen, [sudo("bob")]);
        let mut rows: Rows =
            kept.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        assert!(Sudoers::take(&mut rows).mark(&mut seen, Timestamp::UNIX_EPOCH).is_empty());
        assert!(seen.is_empty());
    }
}
