//! `struct audit_status` and `struct audit_features` of `linux/audit.h`.

use std::fmt;

use super::Error;
use super::message::number;

/// How the kernel's audit system is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Status {
    /// 0 off, 1 on, 2 on and locked until the next boot.
    pub enabled: u32,
    /// What happens when a record is lost: 0 nothing, 1 a line of the kernel's log, 2 panic.
    pub failure: u32,
    /// The process that takes the records (auditd); 0 for none.
    pub pid: u32,
    /// Most records a second; 0 for any number.
    pub rate_limit: u32,
    /// How many records may wait; 0 for any number.
    pub backlog_limit: u32,
    /// Records lost since the boot, or since the count was begun anew.
    pub lost: u32,
    /// Records that wait now.
    pub backlog: u32,
    /// `AUDIT_FEATURE_BITMAP_*`: what this kernel can do.
    pub features: u32,
    /// How long a process waits for a place among those that wait, in jiffies.
    pub backlog_wait_time: u32,
    /// How long processes have waited so, in jiffies; none before Linux 5.9.
    pub backlog_wait_time_actual: Option<u32>,
}

impl Status {
    pub(super) fn decode(body: &[u8]) -> Result<Self, Error> {
        Ok(Self {
            enabled: number(body, 4)?,
            failure: number(body, 8)?,
            pid: number(body, 12)?,
            rate_limit: number(body, 16)?,
            backlog_limit: number(body, 20)?,
            lost: number(body, 24)?,
            backlog: number(body, 28)?,
            features: number(body, 32).unwrap_or(0),
            backlog_wait_time: number(body, 36).unwrap_or(0),
            backlog_wait_time_actual: number(body, 40).ok(),
        })
    }
}

/// As `auditctl -s` shows it.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "enabled {}", self.enabled)?;
        writeln!(f, "failure {}", self.failure)?;
        writeln!(f, "pid {}", self.pid)?;
        writeln!(f, "rate_limit {}", self.rate_limit)?;
        writeln!(f, "backlog_limit {}", self.backlog_limit)?;
        writeln!(f, "lost {}", self.lost)?;
        writeln!(f, "backlog {}", self.backlog)?;
        writeln!(f, "backlog_wait_time {}", self.backlog_wait_time)?;
        if let Some(actual) = self.backlog_wait_time_actual {
            writeln!(f, "backlog_wait_time_actual {actual}")?;
        }
        Ok(())
    }
}

/// One thing to change; each has a bit of `mask` and a place of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// 0 off, 1 on, 2 locked.
    Enabled(u32),
    /// 0 nothing, 1 a line, 2 panic.
    Failure(u32),
    /// Records a second.
    RateLimit(u32),
    /// Records that may wait.
    BacklogLimit(u32),
    /// Jiffies.
    BacklogWaitTime(u32),
    /// The count of lost records begins anew.
    ResetLost,
    /// The time waited begins anew.
    ResetWaited,
}

impl Change {
    pub(super) fn encode(self) -> Vec<u8> {
        let (bit, place, value) = match self {
            Self::Enabled(value) => (0x01, 1, value),
            Self::Failure(value) => (0x02, 2, value),
            Self::RateLimit(value) => (0x08, 4, value),
            Self::BacklogLimit(value) => (0x10, 5, value),
            Self::BacklogWaitTime(value) => (0x20, 9, value),
            Self::ResetLost => (0x40, 6, 0),
            Self::ResetWaited => (0x80, 10, 0),
        };
        let mut words = [0u32; 11];
        words[0] = bit;
        if let Some(word) = words.get_mut(place) {
            *word = value;
        }
        words.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }
}

/// May a login id be changed once it is set?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loginuid {
    /// It may not.
    pub immutable: bool,
    /// That can no longer be changed itself.
    pub locked: bool,
}

/// `AUDIT_FEATURE_LOGINUID_IMMUTABLE` as a bit.
const LOGINUID_IMMUTABLE: u32 = 2;

impl Loginuid {
    pub(super) fn decode(body: &[u8]) -> Result<Self, Error> {
        let (features, lock) = (number(body, 8)?, number(body, 12)?);
        let has = |bits: u32| bits & LOGINUID_IMMUTABLE != 0;
        Ok(Self { immutable: has(features), locked: has(lock) })
    }

    /// Version, mask, features, lock: immutable and locked so.
    pub(super) fn encode() -> Vec<u8> {
        let words = [1, LOGINUID_IMMUTABLE, LOGINUID_IMMUTABLE, LOGINUID_IMMUTABLE];
        words.iter().flat_map(|word: &u32| word.to_ne_bytes()).collect()
    }
}

/// As `auditctl -s` shows it.
impl fmt::Display for Loginuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let locked = if self.locked { "locked" } else { "unlocked" };
        writeln!(f, "loginuid_immutable {} {locked}", u8::from(self.immutable))
    }
}
