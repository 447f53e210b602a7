//! Runs: from a start to its end.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A start and a call further apart have nothing to do with each other.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(72);
/// Runs that are remembered at once; more drop the oldest.
const MOST: usize = 16;

/// The run that began last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// When.
    pub at: Timestamp,
    /// Its name, if it has one.
    pub rid: Option<Uuid>,
    /// It took too long, and that was counted.
    pub told: bool,
    /// When it was heard of, if that was later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Timestamp>,
}

/// Runs that have begun and not ended, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Runs(Vec<(Option<Uuid>, Timestamp)>);

impl Runs {
    pub(super) fn begin(&mut self, rid: Option<Uuid>, at: Timestamp) {
        self.0.retain(|(known, since)| *known != rid && took(*since, at) <= LONGEST);
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((rid, at));
    }

    /// How long the run took that ends now.
    pub(super) fn end(&mut self, rid: Option<Uuid>, at: Timestamp) -> Option<SignedDuration> {
        let place = self.0.iter().position(|(known, _)| *known == rid)?;
        let (_, since) = self.0.remove(place);
        Some(took(since, at)).filter(|took| *took <= LONGEST)
    }
}

pub(super) fn took(from: Timestamp, to: Timestamp) -> SignedDuration {
    to.duration_since(from).max(SignedDuration::ZERO)
}
