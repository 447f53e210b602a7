//! From answers to a state: what counts, how often, before a monitor is said to be another way.
//! Pure.

use crate::model::MonitorStatus;

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// All that is wanted holds.
    Good,
    /// It answers, but not as it should.
    Poor,
    /// It does not answer as it must.
    Bad,
    /// Nothing can be told: the trouble is on this side.
    Blind,
}

impl Found {
    /// The status of one of which nothing else is known.
    pub fn status(self) -> MonitorStatus {
        match self {
            Self::Good => MonitorStatus::Up,
            Self::Poor => MonitorStatus::Degraded,
            Self::Bad => MonitorStatus::Down,
            Self::Blind => MonitorStatus::Unknown,
        }
    }
}

/// How often something must be so to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// In a row before it is worse.
    pub failures: u32,
    /// In a row before it is better.
    pub successes: u32,
    /// An answer is the failure.
    pub upside_down: bool,
}

/// What a monitor has been through, as far as it still counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    status: Option<MonitorStatus>,
    bad: u32,
    /// Bad or poor.
    lacking: u32,
    good: u32,
    /// Good or poor.
    answered: u32,
    blind: u32,
}

/// What follows from an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The status is another one now.
    pub changed: bool,
    /// The attempt does not fit the status, but is not enough to change it: ask again soon.
    pub undecided: bool,
}

impl Life {
    /// The status; none before anything is decided.
    pub fn status(&self) -> Option<MonitorStatus> {
        self.status
    }

    /// Bad attempts in a row.
    pub fn bad(&self) -> u32 {
        self.bad
    }

    /// Would one more bad attempt make it down?
    pub fn is_about_to_fall(&self, policy: Policy) -> bool {
        self.status != Some(MonitorStatus::Down) && self.bad + 1 >= policy.failures
    }

    /// Hears what came of an attempt, turned already if the monitor is upside down.
    pub fn hear(&mut self, policy: Policy, found: Found) -> Turn {
        use MonitorStatus::{Degraded, Down, Unknown, Up};
        let count = |counter: &mut u32, counts| {
            *counter = if counts { counter.saturating_add(1) } else { 0 }
        };
        count(&mut self.blind, found == Found::Blind);
        if found != Found::Blind {
            // What cannot be told neither goes on with a row nor breaks it.
            count(&mut self.bad, found == Found::Bad);
            count(&mut self.lacking, found != Found::Good);
            count(&mut self.good, found == Found::Good);
            count(&mut self.answered, found != Found::Bad);
        }
        let before = self.status;
        let answers = if self.good >= policy.successes { Up } else { Degraded };
        let next = match (before, found) {
            (_, Found::Blind) if self.blind >= policy.failures => Some(Unknown),
            (_, Found::Blind) => before,
            (_, Found::Bad) if self.bad >= policy.failures => Some(Down),
            (None | Some(Unknown), Found::Good) => Some(Up),
            (None | Some(Up | Unknown), _) if self.lacking >= policy.failures => Some(Degraded),
            (Some(Down), _) if self.answered >= policy.successes => Some(answers),
            (Some(Degraded), _) if self.good >= policy.successes => Some(Up),
            _ => before,
        };
        self.status = next;
        let fits = matches!(
            (found, next),
            (Found::Good, Some(Up))
                | (Found::Poor, Some(Degraded))
                | (Found::Bad, Some(Down))
                | (Found::Blind, Some(Unknown))
        );
        Turn { changed: next != before, undecided: !fits }
    }
}

/// An answer where none is wanted is bad, and none is good.
pub(super) fn turned(policy: Policy, found: Found) -> Found {
    match found {
        Found::Good | Found::Poor if policy.upside_down => Found::Bad,
        Found::Bad if policy.upside_down => Found::Good,
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(failures: u32, successes: u32) -> Policy {
        Policy { failures, successes, upside_down: false }
    }

    /// Letters for attempts to letters for states: g p b x, and U D ! ? and a dot for none.
    fn told(policy: Policy, attempts: &str) -> String {
        let mut life = Life::default();
        let state = |attempt| {
            let found = match attempt {
                'g' => Found::Good,
                'p' => Found::Poor,
                'b' => Found::Bad,
                _ => Found::Blind,
            };
            life.hear(policy, found);
            match life.status() {
                None => '.',
                Some(MonitorStatus::Up) => 'U',
                Some(MonitorStatus::Degraded) => 'D',
                Some(MonitorStatus::Down) => '!',
                Some(MonitorStatus::Unknown) => '?',
            }
        };
        attempts.chars().map(state).collect()
    }

    #[test]
    fn rows_decide() {
        for (rule, attempts, states) in [
            (policy(2, 1), "gbgbbg", "UUUU!U"),
            (policy(2, 1), "bb", ".!"),
            (policy(1, 1), "bg", "!U"),
            (policy(3, 2), "gbbbgbggb", "UUU!!!!UU"),
            (policy(2, 1), "gpgppg", "UUUUDU"),
            // Of a bad and a poor one, the poor counts as less.
            (policy(2, 1), "gbpb", "UUDD"),
            (policy(2, 1), "gpbb", "UUD!"),
            (policy(2, 2), "gbbpp", "UU!!D"),
            (policy(2, 2), "gbbpgg", "UU!!DU"),
            (policy(2, 1), "gxxg", "UU?U"),
            (policy(2, 1), "gxxbb", "UU??!"),
            // What cannot be told breaks no row.
            (policy(2, 1), "gbxb", "UUU!"),
            (policy(2, 1), "bbxxb", ".!!?!"),
        ] {
            assert_eq!(told(rule, attempts), states, "{attempts}");
        }
    }

    #[test]
    fn upside_down_is_turned() {
        let policy = Policy { upside_down: true, ..policy(1, 1) };
        let turned = |found| turned(policy, found);
        assert_eq!(
            [Found::Good, Found::Poor, Found::Bad, Found::Blind].map(turned),
            [Found::Bad, Found::Bad, Found::Good, Found::Blind]
        );
    }

    fn attempts() -> impl Strategy<Value = Vec<Found>> {
        let one =
            proptest::sample::select(vec![Found::Good, Found::Poor, Found::Bad, Found::Blind]);
        proptest::collection::vec(one, 0..60)
    }

    proptest! {
        #[test]
        fn it_never_falls_before_its_row(rule in (1_u32..5, 1_u32..4), attempts in attempts()) {
            let rule = policy(rule.0, rule.1);
            let mut life = Life::default();
            let (mut bad, mut answered) = (0, 0);
            for found in attempts {
                let before = life.status();
                let about = life.is_about_to_fall(rule);
                match found {
                    Found::Bad => (bad, answered) = (bad + 1, 0),
                    Found::Good | Found::Poor => (bad, answered) = (0, answered + 1),
                    Found::Blind => {}
                }
                let turn = life.hear(rule, found);
                prop_assert_eq!(turn.changed, before != life.status());
                if turn.changed && life.status() == Some(MonitorStatus::Down) {
                    prop_assert!(bad >= rule.failures && about);
                }
                if before == Some(MonitorStatus::Down) && turn.changed && life.status() != Some(MonitorStatus::Unknown) {
                    prop_assert!(answered >= rule.successes);
                }
                // Whoever is asked again soon is decided after a bounded number of attempts.
                if !turn.undecided {
                    prop_assert!(life.status().is_some());
                }
            }
        }

        #[test]
        fn the_same_attempt_again_and_again_decides(rule in (1_u32..6, 1_u32..6), before in attempts(), last in 0..4_usize) {
            let rule = policy(rule.0, rule.1);
            let mut life = Life::default();
            for found in before {
                life.hear(rule, found);
            }
            let found = [Found::Good, Found::Poor, Found::Bad, Found::Blind][last];
            let mut turn = life.hear(rule, found);
            for _ in 0..rule.failures.max(rule.successes) {
                turn = life.hear(rule, found);
            }
            prop_assert!(!turn.undecided, "{:?}", life);
        }
    }
}
