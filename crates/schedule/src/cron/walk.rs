//! A wall clock that is walked along by elapsed time.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::search::Direction;
use crate::wall::{self, Pass};

/// What a wall clock shows at an instant, and which way to walk.
#[derive(Debug, Clone)]
pub(super) struct Walk<'a> {
    zone: &'a TimeZone,
    direction: Direction,
    /// May be a time that the clock skips, after [`Walk::enter`].
    pub(super) shown: DateTime,
    pub(super) instant: Timestamp,
}

impl<'a> Walk<'a> {
    /// At an instant of whole seconds.
    pub(super) fn new(zone: &'a TimeZone, direction: Direction, instant: Timestamp) -> Self {
        Self { zone, direction, shown: zone.to_datetime(instant), instant }
    }

    /// Walks on by this many seconds.
    pub(super) fn step(&mut self, seconds: i64) -> Option<()> {
        let elapsed = SignedDuration::from_secs(match self.direction {
            Direction::Forward => seconds,
            Direction::Back => -seconds,
        });
        self.instant = self.instant.checked_add(elapsed).ok()?;
        self.shown = self.zone.to_datetime(self.instant);
        Some(())
    }

    /// Whether this is further along than `began`.
    pub(super) fn is_beyond(&self, began: Timestamp) -> bool {
        match self.direction {
            Direction::Forward => self.instant > began,
            Direction::Back => self.instant < began,
        }
    }

    /// Turns the clock's hands within the same hour: what comes twice stays the same pass.
    pub(super) fn turn_to(&mut self, shown: DateTime) -> Option<()> {
        let pass = wall::pass(self.zone, self.shown, self.instant);
        self.instant = wall::instant(self.zone, shown, pass)?;
        self.shown = shown;
        Some(())
    }

    /// Goes to the side of another day that is nearer: its first or its last second.
    pub(super) fn enter(&mut self, date: Date) -> Option<()> {
        let began = self.instant;
        self.shown = match self.direction {
            Direction::Forward => date.to_datetime(Time::midnight()),
            Direction::Back => date.at(23, 59, 59, 0),
        };
        self.instant = wall::instant(self.zone, self.shown, Pass::First)?;
        // The clock was set back, or forward, over midnight.
        if !self.is_beyond(began) {
            self.instant = wall::instant(self.zone, self.shown, Pass::Second)?;
            self.shown = self.zone.to_datetime(self.instant);
        }
        Some(())
    }
}
