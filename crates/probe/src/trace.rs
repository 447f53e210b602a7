//! What is seen on the way, kept where a deadline that cuts the probe off leaves it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::answer::{Answer, Outcome, Phases};
use crate::fault::{Fault, Phase};
use crate::net::connect;

/// What a probe has seen so far.
#[derive(Debug)]
pub(crate) struct Trace {
    began: Instant,
    /// What is being done.
    pub(crate) phase: Phase,
    pub(crate) phases: Phases,
    pub(crate) address: Option<SocketAddr>,
    pub(crate) certificate_ends: Option<Timestamp>,
    /// What all of it took, if that is not the time from the beginning to the end.
    pub(crate) total: Option<Duration>,
    pub(crate) ipv6_fault: Option<Fault>,
    /// Where a redirect led, if one did.
    pub(crate) redirected: Option<String>,
    /// The proxy that is being asked for the way.
    pub(crate) proxy: Option<String>,
    /// Whose address is being looked for, and by which DNS server.
    pub(crate) asked: (String, Option<SocketAddr>),
    /// Addresses a connection was begun to, and what came of it; none: nothing yet.
    pub(crate) tried: Vec<(SocketAddr, Option<Fault>)>,
    /// What came since the question was sent.
    pub(crate) seen: Arc<Seen>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            phase: Phase::Name,
            phases: Phases::default(),
            address: None,
            certificate_ends: None,
            total: None,
            ipv6_fault: None,
            redirected: None,
            proxy: None,
            asked: (String::new(), None),
            tried: Vec::new(),
            seen: Arc::default(),
        }
    }

    /// Forgets the last exchange: another begins, after a redirect.
    pub(crate) fn again(&mut self, redirected: String) {
        *self = Self {
            began: self.began,
            redirected: Some(redirected),
            // The way to the page is as good as its worst part.
            certificate_ends: self.certificate_ends,
            ..Self::new()
        };
    }

    /// Forgets the last exchange: it was only to find out whom to ask.
    pub(crate) fn begin_again(&mut self) {
        *self = Self { began: self.began, ..Self::new() };
    }

    /// Of all chains on the way, the one that ends first.
    pub(crate) fn certificate(&mut self, ends: Option<Timestamp>) {
        self.certificate_ends = match (self.certificate_ends, ends) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// The time since the beginning.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The deadline came: what was being waited for?
    pub(crate) fn timed_out(&self, waited: Duration) -> Fault {
        match self.phase {
            Phase::Name => {
                let (name, resolver) = self.asked.clone();
                Fault::ResolverSilent { name, resolver }
            }
            Phase::Connect => connect::summary(&self.tried, waited),
            phase => Fault::TimedOut { phase, waited, received: self.seen.received() },
        }
    }

    pub(crate) fn outcome(mut self, result: Result<Answer, Fault>) -> Outcome {
        self.phases.total = self.total.unwrap_or_else(|| self.elapsed());
        let result = result.map_err(|fault| fault.at(self.redirected, self.proxy));
        Outcome {
            phases: self.phases,
            address: self.address,
            certificate_ends: self.certificate_ends,
            ipv6_fault: self.ipv6_fault,
            result,
        }
    }
}

/// Bytes of an answer's beginning that are kept: enough to know another protocol by.
const BEGINNING: usize = 64;

/// What came over a connection. Shared with whoever reads it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    received: AtomicU64,
    first: OnceLock<(Instant, Vec<u8>)>,
}

impl Seen {
    pub(crate) fn note(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            self.first
                .get_or_init(|| (Instant::now(), bytes[..bytes.len().min(BEGINNING)].to_vec()));
        }
    }

    /// Bytes that came.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// When the first byte came.
    pub(crate) fn first(&self) -> Option<Instant> {
        self.first.get().map(|(at, _)| *at)
    }

    /// How it began.
    pub(crate) fn beginning(&self) -> &[u8] {
        self.first.get().map_or(&[], |(_, bytes)| bytes)
    }
}
