//! When a job is due: schedules as [Healthchecks](https://healthchecks.io) understands them.
//!
//! [`Cron`] means what the Python package `cronsim` 2.7 means, and [`OnCalendar`] what
//! `oncalendar` 1.1 means, because those are what Healthchecks asks. `tests/differential.rs` holds
//! ours against both. Where ours differs on purpose, the function says so.
//!
//! Nothing here knows a clock: whoever asks says after when, and in which time zone. The only
//! thing looked up is the time zone an OnCalendar expression names, in jiff's database.

mod cron;
mod field;
mod invalid;
mod numbers;
mod oncalendar;
mod piece;
mod schedule;
mod wall;

pub use cron::Cron;
pub use invalid::Invalid;
pub use oncalendar::OnCalendar;
pub use schedule::Schedule;
