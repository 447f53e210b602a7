//! What came of a probe.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::fault::Fault;

/// What came of one probe.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How long each phase took.
    pub phases: Phases,
    /// The address that was spoken to (the last one, after redirects).
    pub address: Option<SocketAddr>,
    /// Of the certificates on the way, the end of the one that ends first: leaf or any above it.
    pub certificate_ends: Option<Timestamp>,
    /// IPv4 had to do, because this is wrong over IPv6. A machine without IPv6 does not say it.
    pub ipv6_fault: Option<Fault>,
    /// What was answered, or why nothing was.
    pub result: Result<Answer, Fault>,
}

/// How long each phase took; of several tries and redirects, the last one. None: there was no such
/// phase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phases {
    /// Finding the address.
    pub dns: Option<Duration>,
    /// Connecting.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the question sent to the first byte of its answer.
    pub first_byte: Option<Duration>,
    /// All of it, from the beginning to the end, redirects included. Of pings the mean round trip:
    /// the pauses between them are none of the other side's.
    pub total: Duration,
}

/// What a service answered: whatever applies to its kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// HTTP status; SMTP reply code; gRPC's serving status (1 = SERVING); DNS's response code.
    pub status: Option<u16>,
    /// Headers of HTTP, names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body, the banner, or the answer to what was sent.
    pub body: Vec<u8>,
    /// There was more than is kept.
    pub cut: bool,
    /// Records of DNS, each as in a zone file's data column.
    pub records: Vec<String>,
    /// The protocol that was spoken: `HTTP/1.1`, `HTTP/2`, `TLSv1.3`.
    pub protocol: String,
    /// The share of pings that were lost, 0..1.
    pub loss: Option<f64>,
    /// How far this machine's clock is from the time server's.
    pub offset: Option<jiff::SignedDuration>,
    /// How far a time server is from a reference clock.
    pub stratum: Option<u8>,
    /// When a domain's registration ends.
    pub domain_ends: Option<Timestamp>,
}
