//! Monitors: services asked from here how they are.
//!
//! `schedule` says when, `ask` asks once, `look` says what came of it, `life` what follows for the
//! state, `group` puts several together; `book` holds what is known of each. The loop that joins
//! them is in `watch/monitors.rs`. All but `ask` and `way_out` is pure.

pub mod ask;
pub mod book;
mod group;
mod life;
mod listed;
mod look;
mod schedule;
mod uplink;
mod way_out;

pub use book::{Book, MonitorView, Page, PhasesView, ResultView, Shown, phases_view};
pub use group::state as group_state;
pub use life::{Found, Life, Policy, Turn};
pub use listed::{Asked, Listed};
pub use look::{Look, Test, milliseconds, policy};
pub use schedule::{Id, Schedule};
pub use uplink::Uplink;
pub use way_out::WayOut;
