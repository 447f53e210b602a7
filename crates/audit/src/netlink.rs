//! The kernel's audit system over netlink: its status, its rules, and what it records as it happens.
//!
//! No library and no daemon is needed, only a capability: `CAP_AUDIT_CONTROL` for [`Control`],
//! `CAP_AUDIT_READ` for [`Listener`].

mod control;
mod error;
mod listen;
mod load;
mod message;
mod status;

pub use control::Control;
pub use error::Error;
pub use listen::{Heard, Listener};
pub use load::{Loaded, load};
pub use status::{Change, Loginuid, Status};
