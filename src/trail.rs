//! The audit log, asked: where it is, what is looked for in it, and how that is said. The command
//! line and the page ask alike.

pub(crate) mod apart;
pub(crate) mod ask;
pub(crate) mod back;
pub(crate) mod fold;
pub(crate) mod nothing;
pub(crate) mod place;
pub(crate) mod told;
