//! Checks of the owner's own.

use super::{Claim, Input, Memory, Question, Verdict, after, text};
use crate::model::{CheckStatus, Severity, State, Subject};

/// A check that says so, for as long as its `for` wants.
pub(super) fn failing(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Subject::Check(check) = &question.key.subject else { return Verdict::Nothing };
    let state = match input {
        Input::State(State::Check(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let name = text::name(&question.key.subject);
    let said = text::clean(&state.said, 200);
    let (severity, says) = match state.status {
        CheckStatus::Ok => {
            *memory = Memory::Nothing;
            return Verdict::clear(format!("{name}: {said}"));
        }
        CheckStatus::Warning => (Severity::Warning, ""),
        CheckStatus::Critical => (Severity::Critical, ""),
        // Unknown is not well, but nobody knows that it is ill.
        CheckStatus::Unknown => (Severity::Warning, " cannot tell"),
    };
    let since = memory.bad_since(question.at);
    let hold = question.config.checks.get(check).map(|check| check.hold).unwrap_or_default();
    Verdict::Raised(Claim {
        severity,
        since,
        ripe: (after(since, hold) <= question.at).then_some(question.at),
        over: None,
        summary: format!("{name}{says}: {said}"),
        next: format!("sudo nightkeep check --only {}", text::quote(check)),
    })
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::config::{CheckConfig, Config};
    use crate::model::{AlertKey, CheckState, RuleName};

    #[test]
    fn a_check_counts_when_it_failed_for_long_enough() {
        use CheckStatus::{Critical, Ok, Unknown, Warning};

        let mut config = Config::default();
        let check = CheckConfig {
            command: vec![String::from("/bin/true")],
            interval: SignedDuration::from_mins(5),
            timeout: SignedDuration::from_secs(30),
            hold: SignedDuration::from_mins(10),
        };
        config.checks.insert(String::from("backup"), check);
        let key =
            AlertKey { rule: RuleName::CheckFailing, subject: Subject::Check("backup".into()) };
        let mut memory = Memory::Nothing;
        let mut ask = |minute: i64, status, said: &str| {
            let at = Timestamp::from_second(minute * 60).unwrap();
            let state = State::Check(CheckState { status, said: said.to_owned() });
            let question = Question { config: &config, at, key: &key };
            match failing(question, &mut memory, Input::State(&state)) {
                Verdict::Raised(claim) => {
                    let counts = if claim.ripe.is_some() { "" } else { " (not yet)" };
                    format!("{} {}{counts}", claim.severity, claim.summary)
                }
                Verdict::Clear { summary, .. } => summary,
                other => format!("{other:?}"),
            }
        };
        assert_eq!(ask(0, Warning, "2 days old"), "warning check backup: 2 days old (not yet)");
        assert_eq!(ask(5, Ok, "fresh"), "check backup: fresh");
        assert_eq!(ask(10, Critical, "none"), "critical check backup: none (not yet)");
        assert_eq!(
            ask(20, Unknown, "no\x1b answer"),
            "warning check backup cannot tell: no? answer"
        );
    }
}
