//! A machine without a way out.

use super::{Claim, Input, Memory, Question, Verdict, after};
use crate::model::{Severity, State};

/// No interface with carrier and a default route, for longer than `down_for`.
pub(super) fn down(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    match input {
        Input::State(State::Uplink { up: false }) => {
            let since = memory.bad_since(question.at);
            Verdict::Raised(Claim {
                severity: Severity::Critical,
                since,
                ripe: Some(after(since, question.config.network.down_for)),
                over: None,
                summary: String::from("the network is down: no default route over a live link"),
                next: String::from("ip -brief address; ip route"),
            })
        }
        Input::State(State::Uplink { up: true }) => {
            *memory = Memory::Nothing;
            Verdict::clear("the network is up")
        }
        Input::Gone => Verdict::Gone,
        _ => Verdict::Nothing,
    }
}
