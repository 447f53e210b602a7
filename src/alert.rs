//! The life of an alert. Pure: observations and the time go in, decisions come out.
//!
//! [`Judge`] takes one [`Batch`] a step. Whatever it must know later is in the rows it hands back
//! to be saved; a judge made from these rows goes on as if nothing had happened.

mod clock;
mod heard;
mod life;
mod message;
mod parents;
#[cfg(test)]
mod property;
mod route;
mod saved;
#[cfg(test)]
mod story;
mod view;
mod window;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::model::{Batch, Decision, Silence};
use heard::Heard;
use life::Alert;
use saved::Known;
use work::Work;

pub use view::AlertView;

/// The windows of maintenance that are open now, by their place in the config.
pub fn open_maintenance(config: &Config, now: Timestamp) -> Vec<usize> {
    let open = |(place, it): (usize, &crate::config::Maintenance)| {
        window::is_open(&it.window, &config.timezone, now).then_some(place)
    };
    config.maintenance.iter().enumerate().filter_map(open).collect()
}

/// When a maintenance window is open: now, or else the next time.
pub fn next_maintenance(
    window: &crate::config::Window,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    window::next_span(window, zone, now)
}

/// Opaque rows of what the judge knows: name to JSON. Stored one row each.
pub type Rows = BTreeMap<String, String>;

/// What came of one batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// What the judge wants done, in order.
    pub decisions: Vec<Decision>,
    /// Rows to write, or to delete where there is no JSON.
    pub changed: Vec<(String, Option<String>)>,
}

/// Things that fell due between two batches happen at their own time if the batches are no
/// further apart than this. Across a longer gap (a machine that slept, a clock that was set) all
/// of it happens at once.
const CATCH_UP: SignedDuration = SignedDuration::from_hours(1);

/// Turns what is observed into what is to be done.
#[derive(Debug)]
pub struct Judge {
    config: Arc<Config>,
    known: Known,
    /// What is saved of it.
    rows: Rows,
    unreadable: usize,
    /// The last step, if there was one.
    last: Option<Timestamp>,
    next_wake: Option<Timestamp>,
    /// The config is new: alerts nobody wants any more are to be retired.
    review: bool,
}

impl Judge {
    /// A judge that knows what was saved. Rows that cannot be read are left alone and counted.
    pub fn new(config: Arc<Config>, saved: &Rows) -> Self {
        let (known, unreadable) = Known::read(saved);
        let mut judge = Self {
            config,
            known,
            rows: saved.clone(),
            unreadable,
            last: None,
            next_wake: None,
            review: true,
        };
        judge.next_wake = judge.find_next_wake(Timestamp::MIN);
        judge
    }

    /// How many saved rows could not be read.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// Judges by another config from the next step on. Alerts it does not want resolve silently.
    pub fn reconfigure(&mut self, config: Arc<Config>) {
        self.config = config;
        self.review = true;
        self.next_wake = self.find_next_wake(self.last.unwrap_or(Timestamp::MIN));
    }

    /// Takes what was heard at one instant. A time a little earlier than the last counts as the
    /// last; if the clock was set back further, what is remembered moves along.
    pub fn step(&mut self, batch: &Batch) -> Step {
        let heard = Heard::new(batch);
        let alive = heard.started.and_then(|(alive_until, _)| alive_until);
        let (mut now, mut touched) = (batch.at, BTreeSet::new());
        if let Some(last) = self.last.or(alive).filter(|last| *last > now) {
            if last.duration_since(now) > clock::JITTER {
                self.known.move_clock(now.duration_since(last));
                touched.extend(self.known.alerts.keys().cloned());
                self.last = None;
            } else {
                now = last;
            }
        }
        let mut work = Work {
            config: Arc::clone(&self.config),
            known: &mut self.known,
            at: now,
            decisions: Vec::new(),
            touched,
        };
        if std::mem::take(&mut self.review) {
            work.review();
        }
        let gap = self.last.map(|last| now.duration_since(last));
        if heard.started.is_none() && gap.is_some_and(|gap| gap <= CATCH_UP) {
            let mut wake = self.next_wake;
            while let Some(due) = wake.filter(|due| *due <= now) {
                work.at = due;
                work.act();
                wake = work.known.next_wake(&work.config, due).filter(|wake| *wake > due);
            }
            work.at = now;
        }
        work.hear(&heard);
        work.act();
        let Work { decisions, touched, .. } = work;
        self.known.alerts.retain(|key, alert| !touched.contains(key) || !alert.is_blank());
        let changed = self.known.changes(&touched, &mut self.rows);
        self.last = Some(now);
        self.next_wake = self.find_next_wake(now);
        Step { decisions, changed }
    }

    /// When something happens even if nothing is heard: take a step with an empty batch then.
    /// Right after [`Judge::new`] it may be long past; the first step is the one that says
    /// `WatchStarted`, now.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.next_wake
    }

    /// Every alert that is not well, or was not until a day ago.
    pub fn alerts(&self) -> Vec<AlertView> {
        self.known.views()
    }

    /// The silences that hold or will hold.
    pub fn silences(&self) -> Vec<Silence> {
        self.known.silences.values().cloned().collect()
    }

    /// Is the firing of this number still burning?
    pub fn is_firing(&self, id: u64) -> bool {
        let burns = |alert: &Alert| alert.firing.as_ref().is_some_and(|firing| firing.id == id);
        self.known.alerts.values().any(burns)
    }

    fn find_next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        self.known.next_wake(&self.config, now)
    }
}

/// The alerts in saved rows, for whoever reads them without a judge.
pub fn view(saved: &Rows) -> Vec<AlertView> {
    Known::read(saved).0.views()
}

/// The silences in saved rows, for whoever reads them without a judge.
pub fn silences(saved: &Rows) -> Vec<Silence> {
    Known::read(saved).0.silences.into_values().collect()
}
