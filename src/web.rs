//! The web server: what comes over HTTP, and what is answered. It reads what the other rooms know
//! and changes nothing but through them.

pub mod badge;
pub mod metrics;
pub mod status;
mod xml;
