//! A unit that is restarted again and again without ever being `failed`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::unit::{journal, usual_severity};
use super::{Claim, Input, Memory, Over, Question, Verdict, after, container, move_time, text};
use crate::model::{Severity, State, Subject};

/// The most instants of restarts remembered; more within a window are counted into the last.
const MOST: usize = 32;

/// How often a unit was restarted, and when.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// systemd's counter when last heard.
    counter: u32,
    /// When it grew and by how much, within the window, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    grew: Vec<(Timestamp, u32)>,
    /// Since when it is a loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looping: Option<Timestamp>,
    /// When that is over, if nothing else is heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over: Option<Timestamp>,
}

impl Count {
    /// The clock was set back.
    pub(super) fn move_clock(&mut self, by: SignedDuration) {
        let grew = self.grew.iter_mut().map(|(when, _)| when);
        for time in grew.chain(&mut self.looping).chain(&mut self.over) {
            move_time(time, by);
        }
    }
}

/// Counts restarts of a unit.
pub(super) fn heed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Subject::Unit(unit) = &question.key.subject else { return Verdict::Nothing };
    let state = match input {
        // Only services are restarted.
        Input::State(State::Unit(state)) if unit.ends_with(".service") => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let seen = Seen {
        restarts: state.restarts,
        is_active: state.active == "active",
        severity: usual_severity(&question.config.units, unit),
        next: journal(unit),
    };
    judge(question, memory, seen)
}

/// Counts restarts of a container, by the same measure.
pub(super) fn of_container(
    question: Question<'_>,
    memory: &mut Memory,
    input: Input<'_>,
) -> Verdict {
    let state = match input {
        Input::State(State::Container(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let seen = Seen {
        restarts: state.restarts,
        // One that was stopped is not looping either.
        is_active: state.status != "restarting",
        severity: Severity::Warning,
        next: container::logs(question),
    };
    judge(question, memory, seen)
}

/// What was seen of a unit or a container.
struct Seen {
    restarts: u32,
    is_active: bool,
    severity: Severity,
    next: String,
}

fn judge(question: Question<'_>, memory: &mut Memory, seen: Seen) -> Verdict {
    let (at, units) = (question.at, &question.config.units);
    let mut count = match memory {
        Memory::Restarts(count) => count.clone(),
        // What happened before the first sight of it happened at times nobody knows.
        _ => Count { counter: seen.restarts, ..Count::default() },
    };
    if count.over.is_some_and(|over| over <= at) {
        (count.looping, count.over) = (None, None);
    }
    // A counter that fell was reset: the unit was started by hand.
    let more = seen.restarts.checked_sub(count.counter).unwrap_or(seen.restarts);
    count.counter = seen.restarts;
    if more > 0 {
        let full = count.grew.len() >= MOST;
        match count.grew.last_mut() {
            Some((when, by)) if *when == at || full => {
                *when = at;
                *by = by.saturating_add(more);
            }
            _ => count.grew.push((at, more)),
        }
    }
    let last = count.grew.last().map_or(Timestamp::MIN, |(when, _)| *when);
    count.grew.retain(|(when, _)| after(*when, units.restarts_within) > at);
    let total = count.grew.iter().fold(0_u32, |sum, (_, by)| sum.saturating_add(*by));
    if total >= units.restarts.max(1) {
        count.looping.get_or_insert(count.grew.first().map_or(at, |(when, _)| *when));
    }
    let over = after(last, units.restarts_within);
    count.over = (seen.is_active && count.looping.is_some()).then_some(over);
    if count.over.is_some_and(|over| over <= at) {
        (count.looping, count.over) = (None, None);
    }
    let (looping, over) = (count.looping, count.over);
    *memory = Memory::Restarts(count);

    let name = text::name(&question.key.subject);
    let within = text::span(units.restarts_within);
    let calm = format!("{name} runs for {within} without a restart");
    let Some(since) = looping else { return Verdict::clear(calm) };
    let summary = match total {
        0 => format!("{name} was restarted again and again and is not active"),
        1 => format!("{name} was restarted again and again, once more in {within}"),
        _ => format!("{name} restarted {total} times in {within}"),
    };
    Verdict::Raised(Claim {
        severity: seen.severity,
        since,
        ripe: Some(at),
        over: over.map(|at| Over { at, summary: calm }),
        summary,
        next: seen.next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, RuleName, UnitState};

    /// `(second, active, counter, what is said)`: how many restarts, or `.` for clear.
    fn check(heard: &[(i64, &str, u32, &str)]) {
        let config = Config::default();
        let key = AlertKey {
            rule: RuleName::UnitRestarts,
            subject: Subject::Unit("caddy.service".into()),
        };
        let mut memory = Memory::Nothing;
        for (second, active, restarts, expected) in heard {
            let at = Timestamp::from_second(*second).unwrap();
            let state = State::Unit(UnitState {
                active: (*active).to_owned(),
                restarts: *restarts,
                ..UnitState::default()
            });
            let question = Question { config: &config, at, key: &key };
            let said = match heed(question, &mut memory, Input::State(&state)) {
                Verdict::Raised(claim) => claim.over.map_or(claim.summary.clone(), |over| {
                    format!("{} until {}", claim.summary, over.at.as_second())
                }),
                Verdict::Clear { .. } => String::from("."),
                verdict => panic!("{verdict:?}"),
            };
            assert_eq!(said, *expected, "at {second}");
        }
    }

    #[test]
    fn a_loop_is_told_by_the_counter_that_grows() {
        check(&[
            (0, "active", 7, "."),
            (10, "activating", 8, "."),
            (20, "activating", 9, "."),
            (30, "activating", 10, "caddy.service restarted 3 times in 10 minutes"),
            (40, "active", 11, "caddy.service restarted 4 times in 10 minutes until 640"),
            (
                639,
                "active",
                11,
                "caddy.service was restarted again and again, once more in 10 minutes until 640",
            ),
            (640, "active", 11, "."),
        ]);
    }

    #[test]
    fn slow_restarts_and_a_reset_counter_are_no_loop() {
        check(&[
            (0, "active", 0, "."),
            (300, "active", 1, "."),
            (600, "active", 2, "."),
            (901, "active", 3, "."),
            (1600, "active", 0, "."),
            (1700, "active", 1, "."),
        ]);
    }

    #[test]
    fn a_loop_is_not_over_while_the_unit_is_down() {
        check(&[
            (0, "active", 0, "."),
            (10, "activating", 5, "caddy.service restarted 5 times in 10 minutes"),
            (900, "activating", 5, "caddy.service was restarted again and again and is not active"),
            (910, "active", 5, "."),
            (950, "activating", 6, "."),
        ]);
    }
}
