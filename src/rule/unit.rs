//! Units that failed, and units that must be active and are not.

use super::{Claim, Input, Memory, Question, Verdict, after, text};
use crate::config::{Config, UnitsConfig};
use crate::model::{AlertKey, RuleName, Severity, State, Subject, UnitState, glob};

/// Does the owner want this rule for this unit?
pub(super) fn wanted(config: &Config, key: &AlertKey, unit: &str) -> bool {
    match key.rule {
        RuleName::UnitFailed => config.units.failed,
        RuleName::UnitInactive => must_be_active(&config.units, unit),
        RuleName::TimerOverdue => config.units.timers,
        _ => config.units.restarts > 0,
    }
}

/// Does the owner say that it must be active?
pub(super) fn must_be_active(units: &UnitsConfig, unit: &str) -> bool {
    units.must_be_active.iter().any(|pattern| glob(pattern, unit))
}

/// The severity the owner gave the unit: by its name, or by the first glob that means it.
pub(super) fn own_severity(units: &UnitsConfig, unit: &str) -> Option<Severity> {
    let by_glob = || units.severities.iter().find(|(pattern, _)| glob(pattern, unit));
    units.severities.get(unit).or_else(|| by_glob().map(|(_, own)| own)).copied()
}

/// The severity of a unit's trouble unless the owner says otherwise.
pub(super) fn usual_severity(units: &UnitsConfig, unit: &str) -> Severity {
    if must_be_active(units, unit) { Severity::Critical } else { Severity::Warning }
}

/// A unit systemd calls failed. While it starts or stops nothing is known yet.
pub(super) fn failed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Subject::Unit(unit) = &question.key.subject else { return Verdict::Nothing };
    let state = match input {
        Input::State(State::Unit(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let name = text::name(&question.key.subject);
    match state.active.as_str() {
        "failed" => {
            let since = memory.bad_since(question.at);
            Verdict::Raised(Claim {
                severity: usual_severity(&question.config.units, unit),
                since,
                ripe: Some(since),
                over: None,
                summary: format!("{name} failed: {}", why(state)),
                next: journal(unit),
            })
        }
        "active" | "reloading" | "inactive" => {
            *memory = Memory::Nothing;
            let is = if state.active == "inactive" { "stopped" } else { "active" };
            Verdict::clear(format!("{name} is {is}, no longer failed"))
        }
        _ => Verdict::Nothing,
    }
}

/// A unit that must be active and is not, for longer than `inactive_for`.
pub(super) fn inactive(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Subject::Unit(unit) = &question.key.subject else { return Verdict::Nothing };
    let name = text::name(&question.key.subject);
    let is = match input {
        Input::State(State::Unit(state)) => {
            if matches!(state.active.as_str(), "active" | "reloading") {
                *memory = Memory::Nothing;
                return Verdict::clear(format!("{name} is active"));
            }
            text::clean(&state.active, 20)
        }
        // systemd forgets units that are stopped.
        Input::Gone => String::from("not loaded"),
        _ => return Verdict::Nothing,
    };
    let since = memory.bad_since(question.at);
    Verdict::Raised(Claim {
        severity: Severity::Critical,
        since,
        ripe: Some(after(since, question.config.units.inactive_for)),
        over: None,
        summary: format!("{name} is {is}, it must be active"),
        next: format!("systemctl status -- {}", text::quote(unit)),
    })
}

/// The command that shows what the unit wrote last.
pub(super) fn journal(unit: &str) -> String {
    format!("journalctl -u {} -n 50", text::quote(unit))
}

/// systemd's `Result` in words (systemd.exec(5), `$SERVICE_RESULT`).
fn why(state: &UnitState) -> String {
    match (state.result.as_str(), state.exit_status, state.signal) {
        ("exit-code", Some(status), _) => format!("exit status {status}"),
        ("signal", _, Some(signal)) => format!("killed by {}", signal_name(signal)),
        ("core-dump", _, Some(signal)) => format!("crashed by {}", signal_name(signal)),
        ("core-dump", ..) => String::from("crashed and dumped core"),
        ("watchdog", ..) => String::from("its watchdog ran out"),
        ("timeout", ..) => String::from("it took too long to start or stop"),
        ("oom-kill", ..) => String::from("killed for want of memory"),
        ("start-limit-hit", ..) => String::from("restarted too often, systemd gave up"),
        ("resources", ..) => String::from("the system lacked resources to start it"),
        ("protocol", ..) => String::from("it did not start as its unit file says"),
        ("" | "success", ..) => String::from("no result given"),
        (other, ..) => text::clean(other, 40),
    }
}

/// The names of the usual signals (signal(7), x86 and ARM numbers).
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        31 => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn state(active: &str, result: &str, exit_status: Option<i32>, signal: Option<i32>) -> State {
        State::Unit(UnitState {
            active: active.into(),
            result: result.into(),
            exit_status,
            signal,
            ..UnitState::default()
        })
    }

    #[test]
    fn a_failed_unit_says_why() {
        let config = Config::default();
        let key =
            AlertKey { rule: RuleName::UnitFailed, subject: Subject::Unit("caddy.service".into()) };
        for (state, expected) in [
            (state("failed", "exit-code", Some(1), None), "caddy.service failed: exit status 1"),
            (state("failed", "signal", None, Some(9)), "caddy.service failed: killed by SIGKILL"),
            (
                state("failed", "start-limit-hit", None, None),
                "caddy.service failed: restarted too often, systemd gave up",
            ),
            (state("activating", "exit-code", None, None), "nothing"),
            (state("active", "success", None, None), "clear"),
        ] {
            let question = Question { config: &config, at: Timestamp::UNIX_EPOCH, key: &key };
            let heard = match failed(question, &mut Memory::Nothing, Input::State(&state)) {
                Verdict::Raised(claim) => {
                    assert_eq!(claim.next, "journalctl -u caddy.service -n 50");
                    claim.summary
                }
                Verdict::Clear { .. } => String::from("clear"),
                _ => String::from("nothing"),
            };
            assert_eq!(heard, expected);
        }
    }

    #[test]
    fn the_owner_knows_best_how_bad_it_is() {
        let mut config = Config::default();
        config.units.must_be_active.push("caddy.service".into());
        config.units.severities.insert("*.mount".into(), Severity::Critical);
        config.units.severities.insert("tmp.mount".into(), Severity::Info);
        config.alerts.severities.insert(RuleName::UnitFailed, Severity::Warning);
        for (unit, expected) in [
            ("tmp.mount", Severity::Info),
            ("var.mount", Severity::Critical),
            ("caddy.service", Severity::Warning),
        ] {
            let key = AlertKey { rule: RuleName::UnitFailed, subject: Subject::Unit(unit.into()) };
            let usual = usual_severity(&config.units, unit);
            assert_eq!(super::super::severity(&config, &key, usual), expected, "{unit}");
        }
    }

    #[test]
    fn a_stopped_unit_that_systemd_forgot_is_still_inactive() {
        let config = Config::default();
        let key = AlertKey {
            rule: RuleName::UnitInactive,
            subject: Subject::Unit("caddy.service".into()),
        };
        let question = Question { config: &config, at: Timestamp::UNIX_EPOCH, key: &key };
        let Verdict::Raised(claim) = inactive(question, &mut Memory::Nothing, Input::Gone) else {
            panic!("not raised")
        };
        assert_eq!(claim.summary, "caddy.service is not loaded, it must be active");
        assert_eq!(claim.ripe, Some(Timestamp::from_second(60).unwrap()));
    }
}
