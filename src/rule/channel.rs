//! nightkeep's own troubles: a channel that does not deliver, a store that cannot be written.

use super::{Claim, Input, Memory, Question, Verdict, after, text};
use crate::model::{Severity, State, Subject};

/// A channel that has failed for longer than `channel_failing_for`.
pub(super) fn failing(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Subject::Channel(channel) = &question.key.subject else { return Verdict::Nothing };
    let name = text::name(&question.key.subject);
    match input {
        Input::State(State::Channel { failing_since: Some(since), error }) => {
            let since = (*since).min(question.at);
            *memory = Memory::Bad(since);
            Verdict::Raised(Claim {
                severity: Severity::Warning,
                since,
                ripe: Some(after(since, question.config.alerts.channel_failing_for)),
                over: None,
                summary: format!("{name} does not deliver: {}", text::clean(error, 160)),
                next: format!("nightkeep alerts test {}", text::quote(channel)),
            })
        }
        Input::State(State::Channel { failing_since: None, .. }) => {
            *memory = Memory::Nothing;
            Verdict::clear(format!("{name} delivers"))
        }
        Input::Gone => Verdict::Gone,
        _ => Verdict::Nothing,
    }
}

/// A store that cannot be written: nightkeep still tells, but forgets.
pub(super) fn store_failing(
    question: Question<'_>,
    memory: &mut Memory,
    input: Input<'_>,
) -> Verdict {
    match input {
        Input::State(State::Store { error }) if !error.is_empty() => {
            let since = memory.bad_since(question.at);
            Verdict::Raised(Claim {
                severity: Severity::Critical,
                since,
                ripe: Some(since),
                over: None,
                summary: format!("the store cannot be written: {}", text::clean(error, 160)),
                next: String::from("nightkeep doctor"),
            })
        }
        Input::State(State::Store { .. }) => {
            *memory = Memory::Nothing;
            Verdict::clear("the store can be written")
        }
        Input::Gone => Verdict::Gone,
        _ => Verdict::Nothing,
    }
}
