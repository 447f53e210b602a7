//! What stands at the door between two requests: who was wrong how often, which challenges were
//! answered, how many passwords are looked at. All in memory; whoever has a session needs none
//! of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex as Turn, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::access::limit::{Limit, Place};
use crate::access::password;
use crate::access::seal::{Seal, Used};

/// Passwords that are looked at at once: each takes 19 MiB.
const HASHING: usize = 2;
/// Whoever waits longer for that is sent away.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many that were wrong are known of each kind.
const KNOWN: usize = 10_000;

/// See above.
#[derive(Debug)]
pub(in crate::web) struct Door {
    pub(super) seal: Seal,
    /// Codes, links and the last owner are looked at and used up by one at a time.
    pub(super) turn: Turn<()>,
    used: Mutex<Used>,
    limits: Mutex<Limits>,
    hashing: Semaphore,
    /// When a proxy that is not listened to was warned of last.
    warned: Mutex<Option<Timestamp>>,
}

#[derive(Debug)]
struct Limits {
    places: Limit<Place>,
    names: Limit<String>,
    devices: Limit<[u8; 32]>,
    inside: Limit<String>,
    tokens: Limit<Place>,
}

/// What an attempt is counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Counted {
    /// A browser with which somebody logged in to that account: only by itself, so that whatever
    /// others try, its owner is not kept out.
    Known([u8; 32]),
    /// Anything else: by where it comes from, and by the account it wants.
    Unknown(Place, String),
    /// What cannot be guessed, only spammed: by where it comes from.
    From(Place),
    /// The password once more, by whoever is in: by the account, apart from those outside.
    Session(String),
}

impl Default for Door {
    fn default() -> Self {
        Self {
            seal: Seal::new(random()),
            turn: Turn::default(),
            used: Mutex::default(),
            limits: Mutex::new(Limits {
                places: Limit::new(KNOWN),
                names: Limit::new(KNOWN),
                devices: Limit::new(KNOWN),
                inside: Limit::new(KNOWN),
                tokens: Limit::new(KNOWN),
            }),
            hashing: Semaphore::new(HASHING),
            warned: Mutex::default(),
        }
    }
}

/// Random bytes.
///
/// # Panics
/// Where the kernel gives none, which it does since the boot was over.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the kernel gives random numbers");
    bytes
}

impl Door {
    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more attempt, wrong until `right` says otherwise.
    ///
    /// # Errors
    /// How long to wait instead.
    pub(super) fn attempt(&self, counted: &Counted, now: Timestamp) -> Result<(), SignedDuration> {
        let mut limits = self.limits();
        match counted {
            Counted::Known(device) => limits.devices.attempt(device, now),
            Counted::From(place) => limits.places.attempt(place, now),
            Counted::Session(account) => limits.inside.attempt(account, now),
            Counted::Unknown(place, name) => {
                let waits = [limits.places.wait(place, now), limits.names.wait(name, now)];
                if let Some(wait) = waits.into_iter().flatten().max() {
                    return Err(wait);
                }
                limits.places.wrong(place, now);
                limits.names.wrong(name, now);
                Ok(())
            }
        }
    }

    /// The attempt was right.
    pub(super) fn right(&self, counted: &Counted) {
        let mut limits = self.limits();
        match counted {
            Counted::Known(device) => limits.devices.right(device),
            Counted::From(place) => limits.places.right(place),
            Counted::Session(account) => limits.inside.right(account),
            Counted::Unknown(place, name) => {
                limits.places.right(place);
                limits.names.right(name);
            }
        }
    }

    /// Somebody showed a token nobody gave out. A right one is let in whatever came before: it has
    /// 192 random bits, so only the noise is limited, and no script is shut out by a neighbour's.
    ///
    /// # Errors
    /// How long to wait, after too many.
    pub(in crate::web) fn wrong_token(
        &self,
        place: Place,
        now: Timestamp,
    ) -> Result<(), SignedDuration> {
        self.limits().tokens.attempt(&place, now)
    }

    /// Uses up a challenge for somebody.
    pub(super) fn takes(&self, challenge: &str, whose: &str, now: Timestamp) -> bool {
        let Some(until) = self.seal.challenged(challenge, whose, now) else { return false };
        self.used.lock().unwrap_or_else(PoisonError::into_inner).take(challenge, until, now)
    }

    /// May a warning be written that anybody can bring about? Once a minute.
    pub(super) fn may_warn(&self, now: Timestamp) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let may = warned.is_none_or(|at| now.duration_since(at) >= SignedDuration::from_mins(1));
        if may {
            *warned = Some(now);
        }
        may
    }

    /// Is the password the one that was kept? None: too many ask at once.
    pub(super) async fn is_right(&self, password: &str, kept: &str) -> Option<bool> {
        if password.len() > password::LONGEST {
            return Some(false);
        }
        let (password, kept) = (password.to_owned(), kept.to_owned());
        self.aside(move || password::is_right(&password, &kept)).await
    }

    /// What is kept of a password. None: too many ask at once.
    pub(super) async fn hash(&self, password: &str) -> Option<String> {
        let (password, salt) = (password.to_owned(), random());
        self.aside(move || password::hash(&password, salt)).await?
    }

    /// Where it holds up nothing else.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let _one_of_two = timeout(PATIENCE, self.hashing.acquire()).await.ok()?.ok()?;
        spawn_blocking(work).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_here_before_is_not_kept_out_by_others() {
        let (door, now) = (Door::default(), Timestamp::UNIX_EPOCH);
        let name = || String::from("ann");
        let from = |n: u8| Counted::Unknown(Place::of(Some([192, 0, 2, n].into())), name());
        // Each of them is wrong but once, all at the same account.
        for n in 0..5 {
            assert_eq!(door.attempt(&from(n), now), Ok(()));
        }
        assert!(door.attempt(&from(9), now).is_err());
        let known = Counted::Known([1; 32]);
        assert_eq!(door.attempt(&known, now), Ok(()));
        door.right(&known);
        // A stolen one is no way round.
        for _ in 0..5 {
            assert_eq!(door.attempt(&known, now), Ok(()));
        }
        assert!(door.attempt(&known, now).is_err());
        // An attempt that was refused was none.
        let other = Counted::Unknown(Place::of(Some([192, 0, 2, 9].into())), String::from("bob"));
        assert_eq!(door.attempt(&other, now), Ok(()));
    }
}
