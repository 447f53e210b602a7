//! The one place that asks for the time. Everything that decides is handed it.
#![allow(clippy::disallowed_methods)]

use std::time::Instant;

use jiff::Timestamp;

/// The wall clock.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A clock that never goes back, for measuring how long something took.
pub fn monotonic() -> Instant {
    Instant::now()
}
