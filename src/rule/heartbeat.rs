//! Jobs that did not call in, or called that they failed.

use super::{Claim, Input, Memory, Question, Verdict, text};
use crate::model::{HeartbeatFault, HeartbeatState, HeartbeatStatus, State, Subject};

/// A heartbeat that is down. When it is, its schedule has decided, grace included.
pub(super) fn down(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Subject::Heartbeat(slug) = &question.key.subject else { return Verdict::Nothing };
    let state = match input {
        Input::State(State::Heartbeat(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let name = text::name(&question.key.subject);
    match state.status {
        HeartbeatStatus::Down => {
            let since = state.since.min(question.at);
            *memory = Memory::Bad(since);
            Verdict::Raised(Claim {
                severity: state.severity,
                since,
                ripe: Some(question.at),
                over: None,
                summary: format!("{name} {}", fault(state)),
                next: format!("nightkeep heartbeats show {}", text::quote(slug)),
            })
        }
        HeartbeatStatus::Up | HeartbeatStatus::New | HeartbeatStatus::Paused => {
            *memory = Memory::Nothing;
            Verdict::clear(match state.status {
                HeartbeatStatus::Paused => format!("{name} is paused"),
                HeartbeatStatus::New => format!("{name} waits for its first call"),
                _ => match state.last.filter(|last| *last < state.since) {
                    // The call takes back that it was missed.
                    Some(last) => {
                        let ago = text::span(question.at.duration_since(last));
                        format!("{name} ran in time, {ago} ago; nightkeep hears of it only now")
                    }
                    None => format!("{name} called in"),
                },
            })
        }
    }
}

fn fault(state: &HeartbeatState) -> String {
    let said = match text::clean(&state.said, 200) {
        said if said.is_empty() => String::new(),
        said => format!(": {said}"),
    };
    match state.fault {
        Some(HeartbeatFault::Failed) => match state.exit {
            Some(code) => format!("failed with exit code {code}{said}"),
            None => format!("said that it failed{said}"),
        },
        Some(HeartbeatFault::Unfinished) => String::from("began, but did not end in time"),
        Some(HeartbeatFault::Early) => format!("ended too soon{said}"),
        Some(HeartbeatFault::Missed) | None => match state.last {
            Some(_) => String::from("did not call in"),
            None => String::from("has never called in"),
        },
    }
}
