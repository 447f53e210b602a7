//! What comes back, whichever HTTP it is.

use hyper::HeaderMap;
use tokio::time::Instant;

use super::redirect;
use crate::answer::Answer;
use crate::fault::{Fault, Phase};
use crate::text::clean_bytes;
use crate::trace::{Seen, Trace};

/// Bytes that all headers of a reply may have.
pub(super) const LARGEST_HEAD: usize = 64 * 1024;

/// How much of a body is wanted.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    /// Bytes.
    pub(super) body: usize,
    /// That of a redirect is of no interest.
    pub(super) follow: bool,
}

/// A reply.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) cut: bool,
    pub(crate) protocol: String,
}

impl Reply {
    pub(super) fn new(status: u16, headers: &HeaderMap, protocol: String) -> Self {
        Self { status, headers: texts(headers), protocol, ..Self::default() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Bytes of the body that are wanted.
    pub(super) fn wants(&self, limit: Limit) -> usize {
        if limit.follow && redirect::leads_on(self.status) && self.header("location").is_some() {
            0
        } else {
            limit.body
        }
    }

    /// Takes what there is room for.
    pub(super) fn take(&mut self, data: &[u8], wanted: usize) {
        let room = wanted.saturating_sub(self.body.len());
        self.body.extend_from_slice(&data[..data.len().min(room)]);
        self.cut |= data.len() > room;
    }

    pub(super) fn into_answer(self) -> Answer {
        Answer {
            status: Some(self.status),
            headers: self.headers,
            body: self.body,
            cut: self.cut,
            protocol: self.protocol,
            ..Answer::default()
        }
    }
}

/// Headers as text. Values may hold any byte but line ends.
pub(super) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

/// The head is there: the body follows.
pub(super) fn head_came(trace: &mut Trace, began: Instant) {
    trace.phases.first_byte = trace.seen.first().map(|first| first - began);
    trace.phase = Phase::Body;
}

/// What answers there is something else. A TLS record is known by its type and version (RFC 8446,
/// 5.1), HTTP/1 by its first word.
pub(super) fn not_spoken(seen: &Seen, protocol: &'static str, why: &str) -> Fault {
    let beginning = seen.beginning();
    match beginning {
        [0x14..=0x17, 0x03, ..] => Fault::SpeaksTls { protocol },
        [b'H', b'T', b'T', b'P', b'/', ..] if protocol == "HTTP" => {
            Fault::Malformed { protocol, what: why.to_owned() }
        }
        _ => {
            let line = beginning.split(|byte| matches!(byte, b'\r' | b'\n')).next();
            let said = line.unwrap_or_default();
            // Only what reads like words says anything.
            let is_text = !said.is_empty() && said.iter().all(|byte| matches!(byte, b' '..=b'~'));
            Fault::NotSpoken {
                protocol,
                said: if is_text { clean_bytes(said, 50) } else { String::new() },
            }
        }
    }
}
