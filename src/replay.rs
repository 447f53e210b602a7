//! The order in which a judge is stepped. The running watch and the replay of its past both go
//! through here, so they decide the same.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::alert::{Judge, Step};
use crate::model::{Batch, Event, Observation};

/// Steps taken, each with the batch it was taken on.
pub type Steps = VecDeque<(Batch, Step)>;

/// Hears one batch. What fell due before it is done first, each at its own time; while nobody
/// watched nothing was done, so what fell due then is left to the batch that says so.
pub fn hear(judge: &mut Judge, batch: Batch) -> Steps {
    let mut steps = wake(judge, watched_until(&batch).unwrap_or(batch.at));
    let step = judge.step(&batch);
    steps.push_back((batch, step));
    steps
}

/// Does what falls due until then without anybody saying anything.
pub fn wake(judge: &mut Judge, until: Timestamp) -> Steps {
    let mut steps = Steps::new();
    while let Some(at) = judge.next_wake().filter(|at| *at <= until) {
        let batch = Batch { at, observations: Vec::new() };
        let step = judge.step(&batch);
        steps.push_back((batch, step));
    }
    steps
}

/// When the watch that was interrupted before this batch took its last step.
fn watched_until(batch: &Batch) -> Option<Timestamp> {
    batch.observations.iter().find_map(|observation| match observation {
        Observation::Event { event: Event::WatchStarted { alive_until, .. }, .. } => {
            Some(alive_until.unwrap_or(Timestamp::MIN))
        }
        _ => None,
    })
}
