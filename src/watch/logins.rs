//! What the watch knows of logins: which are known here, and which it has told the judge already.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use crate::alert::Rows;
use crate::clock;
use crate::config::SshConfig;
use crate::model::{Event, Known, KnownLogins, Login, LoginPart, Observation};
use crate::source::sshd::{self, Seen};
use crate::store::{self, Store};

/// What the history is read for at most when nightkeep first starts.
const LEARNT_FROM: SignedDuration = SignedDuration::from_hours(24 * 90);
const DEADLINE: Duration = Duration::from_secs(20);
/// The row that says that the past was learnt from.
const LEARNT: &str = "watch/logins-learnt";
/// Sources that begin anew look back this far, for what was logged but not yet heard.
pub(super) const OVERLAP: SignedDuration = SignedDuration::from_secs(10);
/// Logins remembered, to know them again in that time.
const RECENT: usize = 512;

/// Known logins, and the last ones.
pub(super) struct Logins {
    known: KnownLogins,
    learnt: bool,
    recent: VecDeque<(Timestamp, Login)>,
}

impl Logins {
    /// Takes its rows out of all rows.
    pub(super) fn take(rows: &mut Rows) -> Self {
        let learnt = rows.remove(LEARNT).is_some();
        Self { known: KnownLogins::take(rows), learnt, recent: VecDeque::new() }
    }

    /// Knows again what was heard shortly before.
    pub(super) async fn remember(&mut self, store: &Store, alive_until: Timestamp) {
        let mut batches = store::history::batches(store, alive_until - OVERLAP * 2, Timestamp::MAX);
        while let Ok(Some(batch)) = batches.next().await {
            let observations = batch.observations.iter();
            let logins = observations.filter_map(|observation| match observation {
                Observation::Event { event: Event::Login { login, logged, .. }, .. } => {
                    Some((*logged, login.clone()))
                }
                _ => None,
            });
            self.recent.extend(logins);
        }
    }

    /// Learns what is normal from this server's own log, once. Returns the rows to keep.
    pub(super) async fn learn(&mut self, config: &SshConfig) -> Vec<(String, Option<String>)> {
        if self.learnt || !config.enabled {
            return Vec::new();
        }
        let now = clock::now();
        let read = tokio::task::spawn_blocking(move || learn_from(now - LEARNT_FROM));
        // What cannot be read now may be readable at the next start.
        let Ok(Ok(Ok(seen))) = timeout(DEADLINE, read).await else { return Vec::new() };
        self.learnt = true;
        let mut rows = vec![(LEARNT.to_owned(), Some(now.to_string()))];
        for (at, login) in seen {
            let by = String::from("this server's log");
            let known = Known { since: at, by };
            let parts = login.parts().into_iter();
            rows.extend(
                parts.filter_map(|(part, name)| self.known.trust(part, &name, known.clone())),
            );
        }
        tracing::info!("learnt {} known users, keys and addresses from the log", rows.len() - 1);
        rows
    }

    /// Says of logins what is not known of them, and leaves out those that were heard before.
    pub(super) fn mark(&mut self, observations: &mut Vec<Observation>) {
        observations.retain_mut(|observation| {
            let Observation::Event { event: Event::Login { login, unknown, logged, .. }, .. } =
                observation
            else {
                return true;
            };
            let place = (*logged, login.clone());
            if self.recent.contains(&place) {
                return false;
            }
            *unknown = self.known.unknown(login);
            self.recent.push_back(place);
            if self.recent.len() > RECENT {
                self.recent.pop_front();
            }
            true
        });
    }

    /// Knows these things from now on, or no more. Returns the rows to keep.
    pub(super) fn set(
        &mut self,
        trusted: bool,
        parts: &[(LoginPart, String)],
        by: &str,
        now: Timestamp,
    ) -> Vec<(String, Option<String>)> {
        let known = || Known { since: now, by: by.to_owned() };
        let change = |(part, name): &(LoginPart, String)| {
            if trusted {
                self.known.trust(*part, name, known())
            } else {
                self.known.distrust(*part, name)
            }
        };
        parts.iter().filter_map(change).collect()
    }
}

/// The logins of the past that can be called normal: none that was perhaps guessed.
fn learn_from(since: Timestamp) -> Result<Vec<(Timestamp, Login)>, crate::source::Blind> {
    let mut seen = Vec::new();
    sshd::history(since, |one| {
        if let Seen::Login(logged) = one
            && sshd::is_normal(&logged)
        {
            seen.push((logged.at, logged.login));
        }
    })?;
    Ok(seen)
}
