//! Processes the kernel killed for want of memory.

use super::burst::Burst;
use super::{Claim, Input, Memory, Over, Question, Verdict, after, text};
use crate::model::{Event, Severity};

/// Counts a kill.
pub(super) fn heed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Input::Event(Event::OomKill { process, pid, unit, resident_bytes }) = input else {
        return if matches!(input, Input::Gone) { Verdict::Gone } else { Verdict::Nothing };
    };
    let at = question.at;
    let quiet = question.config.memory.oom.quiet;
    let kills = Burst::again(memory, at, quiet);

    let mut who = Vec::new();
    if *pid != 0 {
        who.push(format!("pid {pid}"));
    }
    who.extend(unit.as_deref().map(|unit| text::clean(unit, 80)));
    who.extend(resident_bytes.map(|resident| text::bytes(resident as f64)));
    let who = if who.is_empty() { String::new() } else { format!(" ({})", who.join(", ")) };
    let process =
        if process.is_empty() { String::from("a process") } else { text::clean(process, 40) };
    let more =
        if kills.count > 1 { format!("; {} kills in all", kills.count) } else { String::new() };
    let needed =
        unit.as_ref().is_some_and(|unit| question.config.units.must_be_active.contains(unit));
    Verdict::Raised(Claim {
        severity: if needed { Severity::Critical } else { Severity::Warning },
        since: kills.first,
        ripe: Some(at),
        over: Some(Over {
            at: after(at, quiet),
            summary: format!("the kernel killed nothing for {}", text::span(quiet)),
        }),
        summary: format!("kernel killed {process}{who} for want of memory{more}"),
        next: match unit {
            Some(unit) => format!("journalctl -u {} -n 50", text::quote(unit)),
            None => String::from("journalctl -k -n 50"),
        },
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, RuleName, Subject};

    #[test]
    fn kills_are_counted_until_it_is_quiet() {
        let config = Config::default();
        let key = AlertKey { rule: RuleName::OomKill, subject: Subject::Host };
        let mut memory = Memory::Nothing;
        let mut kill = |second, pid, unit: Option<&str>| {
            let at = Timestamp::from_second(second).unwrap();
            let event = Event::OomKill {
                process: String::from("node"),
                pid,
                unit: unit.map(str::to_owned),
                resident_bytes: None,
            };
            let question = Question { config: &config, at, key: &key };
            match heed(question, &mut memory, Input::Event(&event)) {
                Verdict::Raised(claim) => {
                    (claim.summary, claim.since.as_second(), claim.over.unwrap().at.as_second())
                }
                verdict => panic!("{verdict:?}"),
            }
        };
        let expected = "kernel killed node (pid 812, app.service) for want of memory";
        assert_eq!(kill(0, 812, Some("app.service")), (expected.into(), 0, 600));
        let expected = "kernel killed node for want of memory; 2 kills in all";
        assert_eq!(kill(300, 0, None), (expected.into(), 0, 900));
        let expected = "kernel killed node (pid 7) for want of memory";
        assert_eq!(kill(900, 7, None), (expected.into(), 900, 1500));
    }
}
