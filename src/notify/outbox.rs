//! What becomes of notices that wait: when they are tried again, when they are given up, and how
//! they shrink while a channel fails. Pure.

#[cfg(test)]
mod property;
mod shrink;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::SendError;
use crate::model::Notice;

pub(crate) use shrink::{join_ends, shrink};

/// Waits grow from this ...
const FIRST: SignedDuration = SignedDuration::from_secs(5);
/// ... to this, doubling.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// A `Retry-After` is honoured up to this: nobody silences the watch for longer.
const LONGEST_ASKED: SignedDuration = SignedDuration::from_hours(1);
/// How long a notice is tried.
pub(crate) const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How often a notice is tried when nobody says whether it helps.
const FEW: u32 = 5;

/// A message on its way to one channel, and the notices it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parcel {
    /// What is sent.
    pub(crate) notice: Notice,
    /// The keys of the notices that are delivered with it, oldest first; usually its own.
    pub(crate) covers: Vec<String>,
    /// Attempts that failed.
    pub(crate) attempts: u32,
    /// Not before this time.
    pub(crate) due: Timestamp,
}

impl Parcel {
    /// A notice on its own.
    pub(crate) fn new(notice: Notice, attempts: u32, due: Timestamp) -> Self {
        Self { covers: vec![notice.key.clone()], notice, attempts, due }
    }

    fn shares_an_alert_with(&self, other: &Self) -> bool {
        let numbers = |parcel: &Self| {
            let items = parcel.notice.message.items.iter();
            items.map(|item| item.alert).filter(|alert| *alert != 0).collect::<Vec<_>>()
        };
        let ours = numbers(self);
        numbers(other).iter().any(|alert| ours.contains(alert))
    }
}

/// What is done after an attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is tried again at this time.
    Again(Timestamp),
    /// It is not tried again.
    GivenUp,
}

/// Decides after the attempt number `attempts` (from 1) of a notice decided at `at`.
pub(crate) fn fate(
    key: &str,
    error: &SendError,
    attempts: u32,
    at: Timestamp,
    now: Timestamp,
) -> Fate {
    let after = match error {
        SendError::Never { .. } => return Fate::GivenUp,
        SendError::Unclear { .. } if attempts >= FEW => return Fate::GivenUp,
        SendError::Unclear { .. } => None,
        SendError::Later { after, .. } => *after,
    };
    if is_expired(at, now) {
        return Fate::GivenUp;
    }
    let wait = backoff(key, attempts, after);
    Fate::Again(now.checked_add(wait).unwrap_or(Timestamp::MAX))
}

/// A notice decided at `at` has been tried for long enough.
pub(crate) fn is_expired(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) > KEPT
}

/// The wait after so many failed attempts: doubling from 5 s to 15 min, a tenth more or less by
/// the key, so that what failed together does not come back together. At least what the channel
/// asked for (`after`), which counts up to an hour.
pub fn backoff(key: &str, attempts: u32, after: Option<SignedDuration>) -> SignedDuration {
    let doubled = FIRST * 2_i32.pow(attempts.saturating_sub(1).min(8));
    let digest = Sha256::digest(format!("{key}/{attempts}"));
    let share = 0.9 + 0.2 * f64::from(digest[0]) / 255.0;
    let wait = doubled.min(LONGEST).mul_f64(share);
    wait.max(after.map_or(SignedDuration::ZERO, asked))
}

/// The part of a `Retry-After` that is honoured.
pub(crate) fn asked(after: SignedDuration) -> SignedDuration {
    after.min(LONGEST_ASKED)
}

/// The parcel to send now: of those that are due the one decided first, but none before an older
/// one about the same alert (a recovery never overtakes its alert).
pub(crate) fn next(queue: &[Parcel], now: Timestamp) -> Option<usize> {
    (0..queue.len())
        .filter(|place| is_due(queue[*place].due, now) && is_free(queue, *place))
        .min_by_key(|place| age(&queue[*place]))
}

/// When `next` has something.
pub(crate) fn next_due(queue: &[Parcel]) -> Option<Timestamp> {
    (0..queue.len()).filter(|place| is_free(queue, *place)).map(|place| queue[place].due).min()
}

/// Due, or so far ahead that the clock must have been set back since.
pub(crate) fn is_due(due: Timestamp, now: Timestamp) -> bool {
    due <= now || due.duration_since(now) > LONGEST_ASKED + LONGEST
}

fn is_free(queue: &[Parcel], place: usize) -> bool {
    let parcel = &queue[place];
    !queue.iter().any(|other| age(other) < age(parcel) && other.shares_an_alert_with(parcel))
}

/// The order of what waits: by when it was decided, then by number.
fn age(parcel: &Parcel) -> (Timestamp, u64, &str) {
    let Notice { message, key, .. } = &parcel.notice;
    (message.at, message.id, key)
}
