//! After the bad night: what is on this machine, what is wrong with it, what happened, what to do.
//!
//! `collect` looks, the only part with I/O, and changes nothing; a [`scene::Scene`] is what was seen and
//! what could not be; a `detector` makes findings of a scene, and is pure, as are the timeline, the
//! story and the verdict.

pub mod collect;
pub mod detector;
pub mod finding;
pub mod scene;
