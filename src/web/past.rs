//! How monitors were, day by day: read from the store once and kept, so that a page with a year of
//! a thousand monitors costs no more than its last hours.

use std::collections::{BTreeMap, VecDeque};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::status::Tally;
use crate::model::{Metric, Series, Subject};
use crate::store::hour::hours;
use crate::store::{Store, StoreError};

/// Days that are kept: the longest anybody asks for, and the one that runs.
pub const DAYS: usize = 366;
/// Hours that are kept beside them, for "the last 24 hours".
const HOURS: usize = 24;
const HOUR: i64 = 3600;
/// What was read is new enough for so long: it is of a day and more.
const FRESH: SignedDuration = SignedDuration::from_secs(15);
/// After this an hour does not change any more: samples are written a minute late at most.
const SETTLED: i64 = 300;

const METRICS: [Metric; 2] = [Metric::MonitorUpRatio, Metric::MonitorLatencySeconds];

/// What is known of the past of all monitors.
#[derive(Debug)]
pub struct Past {
    zone: TimeZone,
    /// Hours that begin before this second are counted.
    reached: i64,
    /// When it was read last.
    refreshed: Option<Timestamp>,
    monitors: BTreeMap<String, Monitor>,
}

/// What is known of one.
#[derive(Debug, Clone, Default)]
struct Monitor {
    /// The number of the first of `days`.
    first: i64,
    days: VecDeque<Means>,
    /// The last hours that do not change any more, oldest first.
    hours: VecDeque<(i64, Means)>,
    /// Hours that may still change, with the number of their day.
    open: Vec<(i64, i64, Means)>,
}

/// What adds up: hours in which it was seen, hours up of these, and the same of answers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Means {
    seen: f32,
    up: f32,
    answered: f32,
    latency: f32,
}

/// How a monitor was over a span.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Over {
    /// The share it was up; none: not known.
    pub uptime: Option<f64>,
    /// The mean of its answers, in seconds.
    pub latency: Option<f64>,
}

impl Past {
    /// Nothing is known yet. Days are those of a zone.
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, reached: i64::MIN, refreshed: None, monitors: BTreeMap::new() }
    }

    /// Are its days those of this zone?
    pub fn is_of(&self, zone: &TimeZone) -> bool {
        self.zone == *zone
    }

    /// Was it read a moment ago?
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let ago = |at: Timestamp| now.duration_since(at);
        self.refreshed.is_some_and(|at| (SignedDuration::ZERO..FRESH).contains(&ago(at)))
    }

    /// Reads what is new.
    ///
    /// # Errors
    /// When the store cannot be read. Then nothing is known, and the next time all is read again.
    pub async fn refresh(&mut self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        self.refreshed = Some(now);
        let refreshed = self.read(store, now).await;
        if refreshed.is_err() {
            // What was read of it would be counted twice.
            *self = Self::new(self.zone.clone());
        }
        refreshed
    }

    async fn read(&mut self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let days = Days::until(now, &self.zone);
        let from = self.reached.max(days.begin());
        let from = Timestamp::from_second(from - from.rem_euclid(HOUR)).unwrap_or(now);
        // Whatever begins before this is over, and written.
        let settled = now.as_second() - SETTLED - HOUR;
        let Self { monitors, reached, .. } = self;
        for monitor in monitors.values_mut() {
            monitor.open.clear();
        }
        hours(store, &METRICS, from, now, |series, hours| {
            let Series { subject: Subject::Monitor(name), metric } = series else { return };
            if !monitors.contains_key(name) {
                monitors.insert(name.clone(), Monitor::default());
            }
            let Some(monitor) = monitors.get_mut(name) else { return };
            for &(at, mean) in hours {
                let (day, means) = (days.of(at), Means::of(*metric, mean as f32));
                if at < settled {
                    monitor.count(at, day, means);
                    *reached = (*reached).max(at + HOUR);
                } else {
                    monitor.open.push((at, day, means));
                }
            }
        })
        .await
    }

    /// The last days of a monitor, oldest first; the last one is today.
    pub fn days(&self, name: &str, now: Timestamp, count: usize) -> Vec<(Date, Tally)> {
        let today = now.to_zoned(self.zone.clone()).date();
        let monitor = self.monitors.get(name);
        (0..count as i64)
            .rev()
            .map(|back| {
                let date = today.saturating_sub(back.days());
                let means = monitor.map(|monitor| monitor.day(number(date)));
                (date, means.unwrap_or_default().tally())
            })
            .collect()
    }

    /// How a monitor was in the last 24 hours.
    pub fn last_day(&self, name: &str, now: Timestamp) -> Over {
        let Some(monitor) = self.monitors.get(name) else { return Over::default() };
        let since = now.as_second() - 24 * HOUR - HOUR / 2;
        let open = monitor.open.iter().map(|(at, _, means)| (at, means));
        let hours = monitor.hours.iter().map(|(at, means)| (at, means)).chain(open);
        let mut all = Means::default();
        hours.filter(|(at, _)| **at >= since).for_each(|(_, means)| all.add(*means));
        all.over()
    }

    /// How a monitor was in the last days, today among them.
    pub fn last_days(&self, name: &str, now: Timestamp, count: usize) -> Over {
        let Some(monitor) = self.monitors.get(name) else { return Over::default() };
        let first = number(now.to_zoned(self.zone.clone()).date()) - count as i64 + 1;
        let before = usize::try_from(first - monitor.first).unwrap_or(0);
        let mut all = Means::default();
        monitor.days.iter().skip(before).for_each(|means| all.add(*means));
        monitor.open.iter().for_each(|(_, _, means)| all.add(*means));
        all.over()
    }
}

impl Monitor {
    /// An hour that does not change any more.
    fn count(&mut self, at: i64, day: i64, means: Means) {
        if self.days.is_empty() {
            self.first = day;
        }
        // Fine means, which are new, come after coarse ones; within those nothing is certain.
        while day < self.first {
            self.days.push_front(Means::default());
            self.first -= 1;
        }
        let place = usize::try_from(day - self.first).unwrap_or(0);
        if self.days.len() <= place {
            self.days.resize(place + 1, Means::default());
        }
        self.days[place].add(means);
        while self.days.len() > DAYS {
            self.days.pop_front();
            self.first += 1;
        }
        match self.hours.binary_search_by_key(&at, |(other, _)| *other) {
            Ok(place) => self.hours[place].1.add(means),
            Err(0) if self.hours.len() >= HOURS => {}
            Err(place) => self.hours.insert(place, (at, means)),
        }
        if self.hours.len() > HOURS {
            self.hours.pop_front();
        }
    }

    fn day(&self, day: i64) -> Means {
        let place = usize::try_from(day - self.first).ok();
        let mut all = place.and_then(|place| self.days.get(place)).copied().unwrap_or_default();
        let today = self.open.iter().filter(|(_, other, _)| *other == day);
        today.for_each(|(_, _, means)| all.add(*means));
        all
    }
}

impl Means {
    fn of(metric: Metric, mean: f32) -> Self {
        match metric {
            Metric::MonitorUpRatio => Self { seen: 1.0, up: mean, ..Self::default() },
            _ => Self { answered: 1.0, latency: mean, ..Self::default() },
        }
    }

    fn add(&mut self, other: Self) {
        self.seen += other.seen;
        self.up += other.up;
        self.answered += other.answered;
        self.latency += other.latency;
    }

    fn tally(self) -> Tally {
        Tally { seen: self.seen, up: self.up }
    }

    fn over(self) -> Over {
        let answered = f64::from(self.answered);
        Over {
            uptime: self.tally().uptime(),
            latency: (answered > 0.0).then(|| f64::from(self.latency) / answered),
        }
    }
}

/// The number of a day.
fn number(day: Date) -> i64 {
    day.duration_since(date(1970, 1, 1)).as_hours() / 24
}

/// Where days begin in a zone: looked up once, since a year of a thousand monitors has millions of
/// hours.
struct Days {
    first: i64,
    begins: Vec<i64>,
}

impl Days {
    /// As many as are kept, until now.
    fn until(now: Timestamp, zone: &TimeZone) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        let first = today.saturating_sub((DAYS as i64 - 1).days());
        let begin = |offset: i64| {
            let day = first.saturating_add(offset.days());
            zone.to_zoned(day.to_datetime(jiff::civil::Time::midnight()))
                .map_or(now.as_second(), |begin| begin.timestamp().as_second())
        };
        Self { first: number(first), begins: (0..DAYS as i64).map(begin).collect() }
    }

    fn begin(&self) -> i64 {
        self.begins.first().copied().unwrap_or_default()
    }

    /// The number of the day an hour begins on.
    fn of(&self, second: i64) -> i64 {
        self.first + self.begins.partition_point(|begin| *begin <= second).max(1) as i64 - 1
    }
}

/// How something that has flips instead of samples was, day by day and in the last 24 hours: of
/// each moment on, whether it was up, or nothing if that is not known; oldest first.
pub fn of_flips(
    flips: &[(Timestamp, Option<bool>)],
    now: Timestamp,
    zone: &TimeZone,
    count: usize,
) -> (Vec<(Date, Tally)>, Tally) {
    let today = now.to_zoned(zone.clone()).date();
    let midnight = |day: Date| {
        let midnight = zone.to_zoned(day.to_datetime(jiff::civil::Time::midnight()));
        midnight.map_or(now, |midnight| midnight.timestamp())
    };
    let between = |from: Timestamp, until: Timestamp| {
        let mut tally = Tally::default();
        for (place, (at, up)) in flips.iter().enumerate() {
            let end = flips.get(place + 1).map_or(now, |(next, _)| *next).min(until);
            let length = end.duration_since((*at).max(from)).as_secs_f32() / 3600.0;
            if let Some(up) = up
                && length > 0.0
            {
                let up = if *up { length } else { 0.0 };
                tally.add(Tally { seen: length, up });
            }
        }
        tally
    };
    let day = |back: i64| {
        let date = today.saturating_sub(back.days());
        let next = date.saturating_add(1.day());
        (date, between(midnight(date), midnight(next).min(now)))
    };
    let yesterday = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
    ((0..count as i64).rev().map(day).collect(), between(yesterday, now))
}

#[cfg(test)]
mod tests;
