//! Why there is no answer, in words for a person.

use std::net::SocketAddr;
use std::time::Duration;

/// Why there is no answer. Its text is one line, names the cause as people call it, and never holds
/// unprintable bytes of the other side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// NXDOMAIN, or a name without such addresses.
    #[error("the name {name} does not exist")]
    NoSuchName {
        /// Which.
        name: String,
    },
}

/// Whose fault it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// This machine has no way there: no route, no resolver answers.
    Ours,
    /// The other side: it refused, answered wrongly, showed a bad certificate.
    Theirs,
    /// Nobody can tell from this alone: nothing came back.
    Unknown,
}
