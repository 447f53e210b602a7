//! A systemd timer that did not fire.

use jiff::Timestamp;

use super::{Claim, Input, Memory, Question, Verdict, after, text};
use crate::model::{Severity, State, Subject};

/// Late by more than `timer_grace`, or enabled but not even waiting.
pub(super) fn heed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let timer = match input {
        Input::State(State::Timer(timer)) => timer,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let name = text::name(&question.key.subject);
    let clear = |coming| Verdict::Clear { summary: format!("{name} is on time"), coming };
    if timer.active != "active" {
        if !timer.enabled {
            *memory = Memory::Nothing;
            return clear(None);
        }
        let since = memory.bad_since(question.at);
        let active = text::clean(&timer.active, 20);
        return Verdict::Raised(claim(
            question,
            since,
            format!("{name} is enabled but {active}: it will not fire"),
        ));
    }
    *memory = Memory::Nothing;
    match timer.next {
        Some(next) if !timer.running => {
            let due = next.to_zoned(question.config.timezone.clone());
            let summary = format!("{name} did not fire: it was due {}", due.strftime("%F %H:%M"));
            let late = claim(question, next, summary);
            if next <= question.at { Verdict::Raised(late) } else { clear(Some(late)) }
        }
        _ => clear(None),
    }
}

fn claim(question: Question<'_>, since: Timestamp, summary: String) -> Claim {
    let name = if let Subject::Unit(name) = &question.key.subject { name.as_str() } else { "" };
    Claim {
        severity: Severity::Warning,
        since,
        ripe: Some(after(since, question.config.units.timer_grace)),
        over: None,
        summary,
        next: format!("systemctl status -- {}", text::quote(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, RuleName, TimerState};

    #[test]
    fn a_timer_is_late_only_after_its_grace() {
        let config = Config::default();
        let key = AlertKey {
            rule: RuleName::TimerOverdue,
            subject: Subject::Unit("backup.timer".into()),
        };
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut memory = Memory::Nothing;
        let mut ask = |second, timer: &TimerState| {
            let question = Question { config: &config, at: at(second), key: &key };
            heed(question, &mut memory, Input::State(&State::Timer(timer.clone())))
        };
        let timer = TimerState {
            active: String::from("active"),
            enabled: true,
            next: Some(at(3600)),
            ..TimerState::default()
        };
        let Verdict::Clear { coming: Some(coming), .. } = ask(0, &timer) else { panic!() };
        assert_eq!((coming.since, coming.ripe), (at(3600), Some(at(3600 + 900))));
        assert_eq!(coming.summary, "backup.timer did not fire: it was due 1970-01-01 01:00");
        assert!(matches!(ask(3700, &timer), Verdict::Raised(_)));
        let running = TimerState { running: true, ..timer.clone() };
        assert!(matches!(ask(3700, &running), Verdict::Clear { coming: None, .. }));
        let stopped = TimerState { active: String::from("inactive"), ..timer };
        let Verdict::Raised(claim) = ask(4000, &stopped) else { panic!() };
        assert_eq!((claim.since, claim.ripe), (at(4000), Some(at(4900))));
        let off = TimerState { enabled: false, ..stopped };
        assert!(matches!(ask(4100, &off), Verdict::Clear { coming: None, .. }));
    }
}
