//! The Linux audit trail: its records, events, search, reports and rules.
//!
//! Formats are those of the kernel (`linux/audit.h`) and of auditd's log (`auditd.conf(5)`).

pub mod action;
mod args;
mod assemble;
pub mod aureport;
pub mod ausearch;
pub mod errno;
mod event;
pub mod interpret;
pub mod items;
mod kind;
pub mod live;
pub mod log;
pub mod netlink;
mod normalize;
mod record;
pub mod rules;
pub mod search;
pub mod sigma;
pub mod syscall;
pub mod time;
pub mod users;

pub use assemble::{Assembled, Assembler, Compat, TIMEOUT};
pub use event::Event;
pub use kind::Kind;
pub use record::{Fields, Id, LONGEST, Malformed, Record, SEPARATOR, Value};
pub use users::Names;
