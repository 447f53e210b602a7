//! A Linux machine after a bad night: what is on it, what is wrong with it, what happened, and whether to
//! patch it or to build it anew.
//!
//! `collect` looks, the only part with I/O; it changes nothing and runs no program. A [`scene::Scene`] is
//! what was seen and what could not be. A `detector` makes findings of a scene, and is pure, as are the
//! timeline, the story and the verdict.

pub mod baseline;
pub mod blank;
pub mod collect;
pub mod detector;
pub mod document;
pub mod finding;
pub mod postmortem;
pub mod rebuild;
pub mod remedy;
pub mod report;
pub mod scene;
pub mod severity;
pub mod story;
pub mod text;
pub mod timeline;
pub mod verdict;
