//! What everything that is watched on this machine was found to be last, for those who look.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use jiff::Timestamp;

use crate::control::Stated;
use crate::model::{Observation, State, Subject};

/// One state of each kind for each subject: the machine itself has several.
#[derive(Default)]
pub(super) struct States(HashMap<(Subject, Discriminant<State>), (Timestamp, State)>);

impl States {
    /// Takes what was observed. Monitors and heartbeats have books of their own.
    pub(super) fn hear(&mut self, at: Timestamp, observations: &[Observation]) {
        for observation in observations {
            match observation {
                Observation::State { state: State::Monitor(_) | State::Heartbeat(_), .. } => {}
                Observation::State { subject, state } => {
                    let key = (subject.clone(), discriminant(state));
                    self.0.insert(key, (at, state.clone()));
                }
                Observation::Gone { subject } => self.0.retain(|(known, _), _| known != subject),
                _ => {}
            }
        }
    }

    /// All of them, by subject.
    pub(super) fn all(&self) -> Vec<Stated> {
        let stated = |((subject, _), (at, state)): (&(Subject, _), &(Timestamp, State))| Stated {
            at: *at,
            subject: subject.clone(),
            state: state.clone(),
        };
        let mut all: Vec<Stated> = self.0.iter().map(stated).collect();
        all.sort_by(|a, b| a.subject.cmp(&b.subject));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_each_kind_until_it_is_gone() {
        let at = Timestamp::UNIX_EPOCH;
        let say = |subject: &Subject, state| Observation::State { subject: subject.clone(), state };
        let (host, mount) = (Subject::Host, Subject::Mount(String::from("/")));
        let clock = |synchronised| State::Clock { synchronised, settling: false };
        let mut states = States::default();
        states.hear(at, &[say(&host, clock(false)), say(&host, State::Uplink { up: true })]);
        states.hear(at, &[say(&host, clock(true)), say(&mount, State::Uplink { up: true })]);
        let all = states.all();
        assert_eq!(all.len(), 3);
        assert!(all.iter().any(|one| one.state == clock(true)));
        states.hear(at, &[Observation::Gone { subject: mount }]);
        assert_eq!(states.all().len(), 2);
    }
}
