//! Takes over from other watchers: what they know becomes monitors, heartbeats, channels and
//! maintenance of nightkeep's config, and everything that has no equal is named.
//!
//! A source only reads, and turns what it read into one [`Imported`]; [`write`](mod@write) makes the text of
//! the config of it. Nothing of either touches a file that is nightkeep's.

pub mod address;
pub mod block;
pub mod check;
pub mod condition;
pub mod entry;
pub mod gatus;
pub mod healthchecks;
pub mod name;
pub mod save;
pub mod uptime_kuma;
pub mod write;

use jiff::Timestamp;

pub use entry::{Entry, Value};

/// Everything another watcher knew.
#[derive(Debug, Default, PartialEq)]
pub struct Imported {
    /// `[[monitor]]`.
    pub monitors: Vec<Entry>,
    /// `[[heartbeat]]`.
    pub heartbeats: Vec<Entry>,
    /// `[channel.NAME]`.
    pub channels: Vec<Entry>,
    /// `[[maintenance]]`.
    pub maintenance: Vec<Entry>,
    /// Which of the channels heard of which monitors, where that was said.
    pub routes: Vec<Told>,
    /// How the monitors were.
    pub history: Vec<History>,
    /// What has no equal.
    pub left_out: Vec<LeftOut>,
}

/// Monitors whose alerts went to the same channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Names of channels.
    pub channels: Vec<String>,
    /// Names of monitors.
    pub monitors: Vec<String>,
}

/// Something that was there and is not taken over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Of what: `monitor "Shop" (http)`, `status page "status"`.
    pub of: String,
    /// Which part of it; none: all of it.
    pub part: Option<String>,
    /// Why, and what does instead.
    pub why: String,
}

/// How a monitor was over a time.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The monitor's name here.
    pub monitor: String,
    /// Steps without a gap or an overlap within them, in their order.
    pub steps: Vec<Step>,
}

/// One step of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its begin.
    pub at: Timestamp,
    /// Its length in seconds: 300 or 3600.
    pub seconds: u32,
    /// The share of checks that were well.
    pub up: f32,
    /// Least, mean and greatest latency in seconds, of those that were measured.
    pub latency: Option<(f32, f32, f32)>,
}

/// What the importers know of the place they write for.
#[derive(Debug, Clone)]
pub struct Place {
    /// The config's time zone by name: windows without a date are in it.
    pub zone: String,
    /// Now.
    pub now: Timestamp,
    /// Names of channels there are already.
    pub channels: Vec<String>,
}

impl Imported {
    /// Names something that is not taken over.
    pub fn leave(&mut self, of: impl Into<String>, why: impl Into<String>) {
        self.left_out.push(LeftOut { of: of.into(), part: None, why: why.into() });
    }

    /// Names a part of something that is taken over without it.
    pub fn leave_part(
        &mut self,
        of: impl Into<String>,
        part: impl Into<String>,
        why: impl Into<String>,
    ) {
        self.left_out.push(LeftOut { of: of.into(), part: Some(part.into()), why: why.into() });
    }
}

/// Why a source cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl Unreadable {
    /// Says why.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}
