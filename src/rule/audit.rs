//! The audit trail: rules that vanish, rules that are not there, records that get lost, and a trail
//! that nobody writes.

use jiff::SignedDuration;

use super::burst::Burst;
use super::{Claim, Input, Memory, Over, Question, Verdict, after, text};
use crate::model::{AuditActKind, Event, Severity, State};

/// Missing for this long they count: whoever loads rules anew deletes the old ones first.
const LOADING: SignedDuration = SignedDuration::from_mins(1);
/// Nothing more within this time: it is over.
const QUIET: SignedDuration = SignedDuration::from_mins(10);

/// A rule was removed, and not by nightkeep.
pub(super) fn removed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Input::Event(Event::AuditRuleRemoved { rule, by, restored }) = input else {
        return if matches!(input, Input::Gone) { Verdict::Gone } else { Verdict::Nothing };
    };
    let burst = Burst::again(memory, question.at, QUIET);
    let more = if burst.count > 1 { format!(" ({} times)", burst.count) } else { String::new() };
    let by = if by.is_empty() { String::new() } else { format!(" by {}", text::clean(by, 120)) };
    let now = if *restored { "nightkeep put it back" } else { "nobody watches there now" };
    Verdict::Raised(Claim {
        severity: Severity::Critical,
        since: burst.first,
        ripe: Some(question.at),
        over: Some(Over {
            at: after(question.at, QUIET),
            summary: format!("no more rules were removed for {}", text::span(QUIET)),
        }),
        summary: format!("{} was removed{by}: {now}{more}", text::clean(rule, 200)),
        next: String::from("nightkeep audit rules diff; nightkeep logins"),
    })
}

/// Rules that should be there.
pub(super) fn missing(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let audit = match input {
        Input::State(State::Audit(audit)) => audit,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let what = match (audit.missing, audit.strayed.first()) {
        (0, None) => {
            *memory = Memory::Nothing;
            return Verdict::clear("the audit rules are all there");
        }
        (0, Some(path)) => format!(
            "{} was moved and made anew: its audit rule went with the old one, and nobody watches the new one",
            text::clean(path, 100)
        ),
        (1, _) => format!("an audit rule is missing: {}", text::clean(&audit.example, 200)),
        (n, _) => {
            format!("{n} audit rules are missing, such as {}", text::clean(&audit.example, 200))
        }
    };
    let since = memory.bad_since(question.at);
    Verdict::Raised(Claim {
        severity: Severity::Critical,
        since,
        ripe: Some(after(since, LOADING)),
        over: None,
        summary: what,
        next: if audit.locked {
            String::from("the rules are locked (-e 2): reboot")
        } else {
            format!("sudo nightkeep audit rules load {}", text::quote(&audit.file))
        },
    })
}

/// Nobody writes the trail.
pub(super) fn blind(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let audit = match input {
        Input::State(State::Audit(audit)) => audit,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let (what, next) = if audit.off {
        ("audit was switched off: the kernel records nothing", "sudo auditctl -e 1")
    } else if audit.daemon_stopped {
        (
            "auditd is stopped: nobody writes the audit log",
            "systemctl start auditd; journalctl -u auditd -n 20",
        )
    } else if audit.log_stands {
        (
            "auditd's log does not grow though the kernel records: a full disk, or its log was taken away",
            "df /var/log/audit; ls -l /var/log/audit; systemctl restart auditd",
        )
    } else {
        *memory = Memory::Nothing;
        return Verdict::clear("the audit trail is written");
    };
    let since = memory.bad_since(question.at);
    // Nobody switches audit off to load rules.
    let ripe = if audit.off { since } else { after(since, LOADING) };
    Verdict::Raised(Claim {
        severity: Severity::Critical,
        since,
        ripe: Some(ripe),
        over: None,
        summary: what.to_owned(),
        next: next.to_owned(),
    })
}

/// Records were lost, or are about to be.
pub(super) fn lost(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Input::Event(Event::AuditLost { records, waiting, room }) = input else {
        return if matches!(input, Input::Gone) { Verdict::Gone } else { Verdict::Nothing };
    };
    let burst = Burst::again(memory, question.at, QUIET);
    let summary = if *records > 0 {
        format!("{records} audit records were lost: more happened than {room} waiting places hold")
    } else {
        format!("audit records pile up: {waiting} of {room} waiting places are taken")
    };
    Verdict::Raised(Claim {
        severity: Severity::Warning,
        since: burst.first,
        ripe: Some(question.at),
        over: Some(Over {
            at: after(question.at, QUIET),
            summary: format!("no audit records were lost for {}", text::span(QUIET)),
        }),
        summary,
        next: String::from("nightkeep audit rules check --observe 60s FILE; auditctl -b 65536"),
    })
}

/// Something was done that somebody should hear of. The first time is told at once, whatever came
/// before; the same again within the hour is counted.
pub(super) fn act(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Input::Event(Event::AuditAct { act }) = input else {
        return if matches!(input, Input::Gone) { Verdict::Gone } else { Verdict::Nothing };
    };
    let burst = Burst::again(memory, question.at, QUIET);
    let more = if burst.count > 1 { format!(" ({} times)", burst.count) } else { String::new() };
    // What lets somebody in or runs by itself, made by no one who logged in: a service was taken over.
    let by_nobody = act.who.is_empty()
        && matches!(act.kind, AuditActKind::Identity | AuditActKind::Keys | AuditActKind::Schedule);
    let is_critical = act.kind == AuditActKind::Sigma { critical: true };
    let sentence = text::clean(&act.sentence, 240);
    let summary = match act.kind {
        AuditActKind::Sudo => format!("first sudo of this user: {sentence}{more}"),
        _ => format!("{sentence}{more}"),
    };
    Verdict::Raised(Claim {
        severity: if by_nobody || is_critical { Severity::Critical } else { Severity::Warning },
        since: burst.first,
        ripe: Some(question.at),
        over: Some(Over {
            at: after(question.at, QUIET),
            summary: format!("no more of that for {}", text::span(QUIET)),
        }),
        summary,
        next: match act.session {
            Some(session) => format!("sudo nightkeep audit session {session}"),
            None if matches!(act.kind, AuditActKind::Sigma { .. }) => {
                String::from("sudo nightkeep audit sigma --since 1h /etc/nightkeep/sigma")
            }
            None => format!("sudo nightkeep audit who {}", text::quote(&act.object)),
        },
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, AuditState, RuleName, Subject};

    #[test]
    fn rules_that_are_loaded_anew_are_not_missing() {
        let config = Config::default();
        let key = AlertKey { rule: RuleName::AuditRulesMissing, subject: Subject::Host };
        let mut memory = Memory::Nothing;
        let mut ask = |second: i64, count: u32| {
            let at = Timestamp::from_second(second).unwrap();
            let example = String::from("the audit watch of /etc/passwd");
            let state = State::Audit(AuditState { missing: count, example, ..Default::default() });
            let question = Question { config: &config, at, key: &key };
            match missing(question, &mut memory, Input::State(&state)) {
                Verdict::Raised(claim) => Some((claim.ripe.unwrap().as_second(), claim.summary)),
                _ => None,
            }
        };
        assert!(matches!(ask(0, 2), Some((60, _))));
        assert_eq!(ask(30, 0), None);
        let said = String::from("an audit rule is missing: the audit watch of /etc/passwd");
        assert_eq!(ask(60, 1), Some((120, said.clone())));
        assert_eq!(ask(120, 1), Some((120, said)));
    }

    #[test]
    fn a_rule_by_others_is_as_bad_as_they_say() {
        let config = Config::default();
        let key = AlertKey {
            rule: RuleName::AuditSigma,
            subject: Subject::AuditAct(String::from("sigma x ann")),
        };
        let severity = |critical| {
            let act = crate::model::AuditAct {
                kind: AuditActKind::Sigma { critical },
                who: String::from("ann"),
                object: String::from("x"),
                sentence: String::from("x: ann ran y"),
                session: None,
            };
            assert_eq!(act.name(), "sigma x ann");
            let question = Question { config: &config, at: Timestamp::UNIX_EPOCH, key: &key };
            let event = Event::AuditAct { act };
            match self::act(question, &mut Memory::Nothing, Input::Event(&event)) {
                Verdict::Raised(claim) => {
                    assert_eq!(
                        claim.ripe,
                        Some(Timestamp::UNIX_EPOCH),
                        "a first time is told at once"
                    );
                    claim.severity
                }
                _ => panic!("it is told"),
            }
        };
        assert_eq!((severity(false), severity(true)), (Severity::Warning, Severity::Critical));
    }

    #[test]
    fn a_removed_rule_is_told_at_once() {
        let config = Config::default();
        let key = AlertKey {
            rule: RuleName::AuditRuleRemoved,
            subject: Subject::AuditRule(String::from("/root/.ssh")),
        };
        let question = Question { config: &config, at: Timestamp::UNIX_EPOCH, key: &key };
        let event = Event::AuditRuleRemoved {
            rule: String::from("the audit watch of /root/.ssh\x1b[2J"),
            by: String::from("alice with rm"),
            restored: false,
        };
        let Verdict::Raised(claim) = removed(question, &mut Memory::Nothing, Input::Event(&event))
        else {
            panic!("it is trouble");
        };
        assert_eq!(claim.ripe, Some(Timestamp::UNIX_EPOCH));
        let said = "the audit watch of /root/.ssh?[2J was removed by alice with rm: nobody watches there now";
        assert_eq!(claim.summary, said);
    }
}
