//! Finds the next or the previous time that an expression matches.
//!
//! The walk goes by days where the date does not match, else by hours, else by minutes. Steps are
//! of elapsed time, from the side of the day or hour that was entered: where a clock is set by
//! half an hour (Australia/Lord_Howe), that shows, and is what `cronsim` does.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Cron;
use super::walk::Walk;
use crate::wall::{self, Pass};

/// `cronsim` gives up when there was no match for so long.
const MOST_YEARS: i16 = 50;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Back,
}

impl Direction {
    /// The first of `count` hours, minutes or seconds on this way.
    fn first(self, count: i8) -> i8 {
        match self {
            Self::Forward => 0,
            Self::Back => count - 1,
        }
    }

    /// How many on this way from `from` to `to`, in a round of sixty.
    fn distance(self, from: i8, to: u8) -> i64 {
        let forward = i64::from(to) - i64::from(from);
        match self {
            Self::Forward => forward.rem_euclid(60),
            Self::Back => (-forward).rem_euclid(60),
        }
    }
}

pub(super) fn from(
    cron: &Cron,
    from: Timestamp,
    zone: &TimeZone,
    direction: Direction,
) -> Option<Timestamp> {
    let shown = wall::whole_second(zone, from)?;
    if cron.at_fixed_times {
        return at_fixed_times(cron, shown, zone, direction);
    }
    let second = wall::instant(zone, shown, wall::pass(zone, zone.to_datetime(from), from))?;
    let mut walk = Walk::new(zone, direction, second);
    walk.step(1)?;
    find(cron, &mut walk, direction)?;
    Some(walk.instant)
}

/// Jobs at fixed times are looked for on a clock that is never set. What the zone's clock skips
/// comes when that is over; what it shows twice comes the first time.
fn at_fixed_times(
    cron: &Cron,
    shown: DateTime,
    zone: &TimeZone,
    direction: Direction,
) -> Option<Timestamp> {
    let unset = TimeZone::UTC;
    let mut walk = Walk::new(&unset, direction, unset.to_timestamp(shown).ok()?);
    walk.step(1)?;
    if direction == Direction::Back {
        while wall::is_skipped(zone, walk.shown) {
            walk.step(60)?;
        }
    }
    find(cron, &mut walk, direction)?;
    let mut due = walk.shown;
    while wall::is_skipped(zone, due) {
        due = due.checked_add(MINUTE).ok()?;
    }
    wall::instant(zone, due, Pass::First)
}

/// Walks to where the expression matches.
fn find(cron: &Cron, walk: &mut Walk<'_>, direction: Direction) -> Option<()> {
    let began = walk.shown.year();
    loop {
        to_month(cron, walk, direction)?;
        if (walk.shown.year() - began).abs() > MOST_YEARS {
            return None;
        }
        if !cron.days.contains(walk.shown.date()) {
            to_day(cron, walk, direction)?;
        } else if !cron.hours.contains(walk.shown.hour()) {
            to_hour(cron, walk, direction)?;
        } else if !cron.minutes.contains(walk.shown.minute()) {
            to_minute(cron, walk, direction)?;
        } else if walk.shown.second() != 0 {
            to_second(walk, direction)?;
        } else {
            return Some(());
        }
    }
}

fn to_month(cron: &Cron, walk: &mut Walk<'_>, direction: Direction) -> Option<()> {
    let mut date = walk.shown.date();
    if cron.months.contains(date.month()) {
        return Some(());
    }
    while !cron.months.contains(date.month()) {
        date = match direction {
            Direction::Forward => date.last_of_month().tomorrow(),
            Direction::Back => date.first_of_month().yesterday(),
        }
        .ok()?;
    }
    walk.enter(date)
}

/// To a day that matches, or to another month.
fn to_day(cron: &Cron, walk: &mut Walk<'_>, direction: Direction) -> Option<()> {
    let mut date = walk.shown.date();
    let month = date.month();
    while date.month() == month && !cron.days.contains(date) {
        date = match direction {
            Direction::Forward => date.tomorrow(),
            Direction::Back => date.yesterday(),
        }
        .ok()?;
    }
    walk.enter(date)
}

/// To an hour that matches, or to another day.
fn to_hour(cron: &Cron, walk: &mut Walk<'_>, direction: Direction) -> Option<()> {
    let began = walk.instant;
    let (minute, second) = (direction.first(60), direction.first(60));
    walk.turn_to(walk.shown.with().minute(minute).second(second).build().ok()?)?;
    loop {
        walk.step(3600)?;
        let hour = walk.shown.hour();
        let is_there = cron.hours.contains(hour) || hour == direction.first(24);
        // Turning the hands can lead into the other pass of an hour that comes twice.
        if is_there && walk.is_beyond(began) {
            return Some(());
        }
    }
}

/// To a minute that matches, or to another hour.
fn to_minute(cron: &Cron, walk: &mut Walk<'_>, direction: Direction) -> Option<()> {
    let began = walk.instant;
    walk.turn_to(walk.shown.with().second(direction.first(60)).build().ok()?)?;
    if let Some(only) = cron.minutes.single() {
        // Past the hour's end, as `cronsim` does: it shows where a clock is set by half an hour.
        walk.step(60 * direction.distance(walk.shown.minute(), only))?;
    }
    while !(cron.minutes.contains(walk.shown.minute()) && walk.is_beyond(began)) {
        walk.step(60)?;
        if walk.shown.minute() == direction.first(60) && walk.is_beyond(began) {
            break;
        }
    }
    Some(())
}

/// To the beginning of a minute. More than one step is needed where a zone's oldest offset had
/// seconds.
fn to_second(walk: &mut Walk<'_>, direction: Direction) -> Option<()> {
    while walk.shown.second() != 0 {
        walk.step(direction.distance(walk.shown.second(), 0))?;
    }
    Some(())
}
