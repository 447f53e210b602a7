//! When a ping was: ours on top of the contract, for whoever could not reach the watch in time.
//!
//! `at=2026-11-23T03:00:00Z` says when that was which the ping tells of. It may lie in the past, up
//! to seven days; a time ahead is that of a clock that goes before ours, and means now.

use jiff::{SignedDuration, Timestamp};

use super::Reply;

/// What is older is not taken.
const OLDEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// When a ping was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// As it comes.
    Now,
    /// Earlier.
    At(Timestamp),
    /// It says something that is no time.
    Bad,
}

impl Moment {
    pub(super) fn read(value: &str) -> Self {
        value.parse().map_or(Self::Bad, Self::At)
    }

    /// The time of a ping that comes now.
    ///
    /// # Errors
    /// The answer to one that says no time, or too long ago.
    pub fn resolve(self, now: Timestamp) -> Result<Timestamp, Reply> {
        match self {
            Self::Now => Ok(now),
            Self::At(at) if now.duration_since(at) > OLDEST => Err(Reply::BadTime),
            Self::At(at) => Ok(at.min(now)),
            Self::Bad => Err(Reply::BadTime),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_days_count() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let at = |text| Moment::read(text).resolve(now).ok().map(|at| at.to_string());
        assert_eq!(at("2026-11-23T03:00:00Z").as_deref(), Some("2026-11-23T03:00:00Z"));
        assert_eq!(at("2026-11-16T10:00:00Z").as_deref(), Some("2026-11-16T10:00:00Z"));
        assert_eq!(at("2026-11-16T09:59:59Z"), None);
        assert_eq!(at("2026-11-23T10:00:03Z"), Some(now.to_string()));
        assert_eq!(at("2026-11-23 03:00"), None);
        assert_eq!(at(""), None);
        assert_eq!(Moment::Now.resolve(now), Ok(now));
    }
}
