//! What a probe was busy with when it failed.

use std::fmt;

/// What a probe is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Finding the address.
    Name,
    /// Connecting.
    Connect,
    /// Asking the proxy for the way.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// Waiting for the answer.
    Answer,
    /// Reading the rest of it.
    Body,
    /// Waiting for the reply to a datagram.
    Reply,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "while its name was looked up",
            Self::Connect => "while connecting",
            Self::Proxy => "while the proxy was asked",
            Self::Tls => "in the TLS handshake",
            Self::Answer => "before an answer",
            Self::Body => "in the middle of the answer",
            Self::Reply => "while a reply was waited for",
        })
    }
}
