//! Monitored services that are down or slow, and the way out to them.

use super::{Claim, Input, Memory, Question, Verdict, text};
use crate::config::MonitorConfig;
use crate::model::{MonitorState, MonitorStatus, Severity, State, Subject};

/// A service that is down. When it is, its monitor has decided, retries included.
pub(super) fn down(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let state = match input {
        Input::State(State::Monitor(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    match state.status {
        MonitorStatus::Down => {
            let severity = monitor(question).map_or(Severity::Critical, |config| config.severity);
            raised(question, memory, state, severity, "is down")
        }
        // Nobody knows: what was told stays told, and nothing new is.
        MonitorStatus::Unknown => Verdict::Nothing,
        MonitorStatus::Up | MonitorStatus::Degraded => clear(question, memory, state),
    }
}

/// A service that answers, but not as it should.
pub(super) fn degraded(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let state = match input {
        Input::State(State::Monitor(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    match state.status {
        MonitorStatus::Degraded => {
            raised(question, memory, state, Severity::Warning, "is not as it should be")
        }
        // Nobody watches it, and only the owner can mend that.
        MonitorStatus::Unknown if state.unasked => {
            raised(question, memory, state, Severity::Warning, "cannot be asked")
        }
        MonitorStatus::Unknown | MonitorStatus::Down => Verdict::Nothing,
        MonitorStatus::Up => clear(question, memory, state),
    }
}

/// Nothing in the world answers, though the machine has an uplink.
pub(super) fn way_out(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let (answers, asked) = match input {
        Input::State(State::WayOut { answers, asked }) => (*answers, text::clean(asked, 200)),
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    if answers {
        *memory = Memory::Nothing;
        return Verdict::clear("the world answers again");
    }
    let since = memory.bad_since(question.at);
    Verdict::Raised(Claim {
        severity: Severity::Critical,
        since,
        ripe: Some(question.at),
        over: None,
        summary: format!(
            "nothing outside answers this machine (asked: {asked}); what is far away cannot be judged until it does"
        ),
        next: String::from("ip route; ping -c 3 1.1.1.1"),
    })
}

fn monitor(question: Question<'_>) -> Option<&MonitorConfig> {
    let Subject::Monitor(name) = &question.key.subject else { return None };
    question.config.monitors.get(name).map(|monitor| &**monitor)
}

fn clear(question: Question<'_>, memory: &mut Memory, state: &MonitorState) -> Verdict {
    *memory = Memory::Nothing;
    let name = text::name(&question.key.subject);
    Verdict::clear(format!("{name} is up: {}", text::clean(&state.said, 200)))
}

fn raised(
    question: Question<'_>,
    memory: &mut Memory,
    state: &MonitorState,
    severity: Severity,
    what: &str,
) -> Verdict {
    let Subject::Monitor(called) = &question.key.subject else { return Verdict::Nothing };
    let note = monitor(question).and_then(|config| config.note.as_deref());
    let note = note.map_or_else(String::new, |note| format!(" [{}]", text::clean(note, 200)));
    let since = memory.bad_since(question.at);
    let name = text::name(&question.key.subject);
    Verdict::Raised(Claim {
        severity,
        since,
        ripe: Some(question.at),
        over: None,
        summary: format!("{name} {what}: {}{note}", text::clean(&state.said, 300)),
        next: format!("nightkeep monitors test {}", text::quote(called)),
    })
}
