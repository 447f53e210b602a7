//! The one place that asks for the time. Everything that decides is handed it.
#![allow(clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// The wall clock.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A clock that never goes back, for measuring how long something took.
pub fn monotonic() -> Instant {
    Instant::now()
}

/// `CLOCK_MONOTONIC`, the scale of the kernel's and systemd's times since boot (suspend left out).
pub fn since_boot() -> Duration {
    let time = clock_gettime(ClockId::Monotonic);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Wall time that never goes back, for a judge whose steps must be in order.
///
/// A clock set back is not followed at once: until it has caught up, this clock runs at half
/// speed. A clock set forward is followed at once.
#[derive(Debug)]
pub struct Steady {
    last: Timestamp,
    asked: Instant,
}

/// What a steady clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The time now.
    pub now: Timestamp,
    /// How much more went by than can have been seen: the clock was set, or the machine slept.
    pub leapt: Option<SignedDuration>,
}

/// Less than this is ordinary clock discipline.
const LEAP: SignedDuration = SignedDuration::from_secs(60);

impl Steady {
    /// Starts now, but never before `floor` (the last time known from before a restart).
    pub fn start(floor: Option<Timestamp>) -> Self {
        let now = now();
        Self { last: floor.map_or(now, |floor| floor.max(now)), asked: monotonic() }
    }

    /// What was read last.
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// The time now.
    pub fn read(&mut self) -> Reading {
        let asked = monotonic();
        let mut reading = advance(self.last, asked - self.asked, now());
        // What is stored has microseconds, and no two steps the same one.
        let after = self.last.as_microsecond() + 1;
        let microsecond = reading.now.as_microsecond().max(after);
        reading.now = Timestamp::from_microsecond(microsecond).unwrap_or(self.last);
        self.last = reading.now;
        self.asked = asked;
        reading
    }
}

fn advance(last: Timestamp, elapsed: Duration, wall: Timestamp) -> Reading {
    let elapsed = SignedDuration::try_from(elapsed).unwrap_or(SignedDuration::ZERO);
    let behind = last.checked_add(elapsed / 2).unwrap_or(last);
    if wall < behind {
        return Reading { now: behind, leapt: None };
    }
    let unseen = wall.duration_since(last) - elapsed;
    Reading { now: wall, leapt: (unseen > LEAP).then_some(unseen) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_goes_back_and_says_when_it_leapt() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let tick = Duration::from_secs(10);
        let read = |last, wall| advance(at(last), tick, at(wall));
        assert_eq!(read(1000, 1010), Reading { now: at(1010), leapt: None });
        assert_eq!(read(1000, 400), Reading { now: at(1005), leapt: None });
        assert_eq!(read(1000, 1008), Reading { now: at(1008), leapt: None });
        let leapt = Some(SignedDuration::from_secs(3590));
        assert_eq!(read(1000, 4600), Reading { now: at(4600), leapt });
    }
}
