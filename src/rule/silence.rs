//! A source that cannot see. Unknown is not well.

use super::{Claim, Input, Memory, Question, Verdict, after, text};
use crate::model::Severity;

/// Silent for longer than `silent_for`.
pub(super) fn heed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let name = text::name(&question.key.subject);
    match input {
        Input::Silent(reason) => {
            let since = memory.bad_since(question.at);
            Verdict::Raised(Claim {
                severity: Severity::Warning,
                since,
                ripe: Some(after(since, question.config.alerts.silent_for)),
                over: None,
                summary: format!("{name} cannot see: {}", text::clean(reason, 160)),
                next: String::from("nightkeep doctor"),
            })
        }
        Input::Heard => {
            *memory = Memory::Nothing;
            Verdict::clear(format!("{name} sees again"))
        }
        Input::Gone => Verdict::Gone,
        _ => Verdict::Nothing,
    }
}
