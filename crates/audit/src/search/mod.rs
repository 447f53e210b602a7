//! Searching as people mean it: a question, the logs it is put to, and the events that answer it.
//!
//! [`crate::ausearch`] is the tool of that name with all that misleads in it. Here several keys mean
//! any of them, keys are equal unless a pattern is given, ssh logins without a terminal are logins,
//! times are written as people do, and compressed logs and those of several machines are read.

mod lines;
mod logs;
mod origin;
mod pattern;
mod question;
mod reader;
mod seen;
mod unpack;
mod when;

pub use logs::{Chain, LogFile, Logs, Unread, Why};
pub use pattern::Pattern;
pub use question::Question;
pub use reader::Reader;
pub use seen::keys;
pub use unpack::Packing;
pub use when::{EXAMPLES, moment};
