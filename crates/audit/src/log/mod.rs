//! Logs: where they are, and their events in order.

mod bisect;
mod blocks;
mod events;
mod filter;
mod find;
mod write;

pub(crate) use bisect::start as start_of;
pub use events::{Error, Events, Input, Range};
pub use filter::Filter;
pub use find::{CONFIG, Config, ConfigError, in_directory, rotated};
pub use write::Writer;
