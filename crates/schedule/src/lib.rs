//! When a job is due: schedules as [Healthchecks](https://healthchecks.io) understands them.
//!
//! [`Cron`] means what the Python package `cronsim` 2.7 means, because that is what Healthchecks
//! asks. Where ours differs on purpose, the function says so.
//!
//! Nothing here knows a clock: whoever asks says after when, and in which time zone.

mod cron;
mod field;
mod invalid;
mod numbers;
mod piece;
mod wall;

pub use cron::Cron;
pub use invalid::Invalid;
