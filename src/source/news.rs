//! What is new among states that are looked at again and again: each is stored when it is said, so
//! what has not changed is said seldom.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::time::{Duration, Instant};

use crate::clock;
use crate::model::{Observation, State, Subject};

/// Trouble is said again after this long: a judge that lost sight of it waits no longer than twice
/// that.
const TROUBLE: Duration = Duration::from_mins(5);
/// What is well is said again after this long.
const WELL: Duration = Duration::from_hours(6);

/// What was said last, and when: of each subject one state of a kind.
#[derive(Debug, Default)]
pub(super) struct News {
    said: HashMap<(Subject, Discriminant<State>), (State, Instant)>,
}

impl News {
    /// Which of these states, all there are, have to be said; and that a subject is gone.
    pub(super) fn of(
        &mut self,
        states: Vec<(Subject, State)>,
        is_trouble: impl Fn(&State) -> bool,
    ) -> Vec<Observation> {
        let now = clock::monotonic();
        let (mut news, mut here) = (Vec::new(), Vec::with_capacity(states.len()));
        for (subject, state) in states {
            let key = (subject.clone(), discriminant(&state));
            here.push(key.clone());
            let wait = if is_trouble(&state) { TROUBLE } else { WELL };
            let known = |(old, at): &(State, Instant)| {
                is_alike(old, &state) && now.duration_since(*at) < wait
            };
            if !self.said.get(&key).is_some_and(known) {
                self.said.insert(key, (state.clone(), now));
                news.push(Observation::State { subject, state });
            }
        }
        self.said.retain(|key, _| {
            let stays = here.contains(key);
            if !stays && key.0 != Subject::Host {
                news.push(Observation::Gone { subject: key.0.clone() });
            }
            stays
        });
        news
    }

    /// The judge has lost sight of everything: all of it is to be said anew.
    pub(super) fn forget(&mut self) {
        self.said.clear();
    }
}

/// The same, but for how far a repair is.
fn is_alike(one: &State, other: &State) -> bool {
    match (one, other) {
        (State::Raid(one), State::Raid(other)) => {
            let (mut one, mut other) = (one.clone(), other.clone());
            for progress in [&mut one.progress, &mut other.progress].into_iter().flatten() {
                progress.1 = 0;
            }
            one == other
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_said() {
        let mut news = News::default();
        let subject = Subject::Device(String::from("md0"));
        let raid = |working, far| {
            let progress = Some((String::from("recovery"), far));
            let state = crate::model::RaidState { working, progress, ..Default::default() };
            vec![(subject.clone(), State::Raid(state))]
        };
        assert_eq!(news.of(raid(2, 0), |_| true).len(), 1);
        assert_eq!(news.of(raid(2, 500), |_| true).len(), 0);
        assert_eq!(news.of(raid(1, 500), |_| true).len(), 1);
        let gone = Observation::Gone { subject: subject.clone() };
        assert_eq!(news.of(Vec::new(), |_| true), [gone]);
        assert_eq!(news.of(raid(1, 500), |_| true).len(), 1);
        news.forget();
        assert_eq!(news.of(raid(1, 500), |_| true).len(), 1);
    }
}
