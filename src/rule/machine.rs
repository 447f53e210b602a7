//! The machine as a whole: restarts that are due, updates that are missing, a clock nobody sets.

use jiff::SignedDuration;

use super::{Claim, Input, Memory, Question, Verdict, after, text};
use crate::config::MachineConfig;
use crate::model::{RestartState, RuleName, Severity, State, UpdatesState};

/// Package lists older than this say nothing of today's updates. Debian and Ubuntu sign their
/// security lists anew at least every week.
const STALE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Packages named in one line.
const NAMED: usize = 3;

/// Does the owner want this rule?
pub(super) fn wanted(machine: &MachineConfig, rule: RuleName) -> bool {
    machine.enabled
        && match rule {
            RuleName::RebootRequired => machine.reboot_required,
            RuleName::UnexpectedReboot => machine.unexpected_reboot,
            RuleName::SecurityUpdates => machine.security_updates,
            _ => machine.clock,
        }
}

/// What was installed is not in force until the machine is restarted. Good to know at once, a
/// warning when it is put off.
pub(super) fn reboot_required(
    question: Question<'_>,
    memory: &mut Memory,
    input: Input<'_>,
) -> Verdict {
    let state = match input {
        Input::State(State::Restart(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    if !state.needed {
        *memory = Memory::Nothing;
        return Verdict::clear("no restart is due");
    }
    let noticed = memory.bad_since(question.at);
    let since = state.since.map_or(noticed, |since| since.min(noticed));
    let late = after(since, question.config.machine.reboot_within) <= question.at;
    Verdict::Raised(Claim {
        severity: if late { Severity::Warning } else { Severity::Info },
        since,
        ripe: Some(question.at),
        over: None,
        summary: why_restart(state),
        next: String::from("sudo systemctl reboot"),
    })
}

fn why_restart(state: &RestartState) -> String {
    if !state.newest.is_empty() {
        let (running, newest) = (text::clean(&state.running, 40), text::clean(&state.newest, 40));
        return format!("a restart is due: kernel {newest} is installed, {running} runs");
    }
    match first(&state.packages, state.packages.len()) {
        names if names.is_empty() => String::from("a restart is due: an update asks for it"),
        names => format!("a restart is due for updates of {names}"),
    }
}

/// Security updates that are published but not installed; or lists too old to tell.
pub(super) fn security_updates(
    question: Question<'_>,
    memory: &mut Memory,
    input: Input<'_>,
) -> Verdict {
    let state = match input {
        Input::State(State::Updates(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let at = question.at;
    let stale = state.listed.is_none_or(|listed| after(listed, STALE) <= at);
    if state.count == 0 && !stale {
        *memory = Memory::Nothing;
        return Verdict::clear("every security update is installed");
    }
    let since = memory.bad_since(at);
    let late = after(since, question.config.machine.updates_within);
    let waits = state.automatic && !stale;
    Verdict::Raised(Claim {
        severity: if stale || waits || late <= at { Severity::Warning } else { Severity::Info },
        since,
        ripe: Some(if waits { late } else { at }),
        over: None,
        summary: why_updates(question, state, stale),
        next: String::from(match state.automatic {
            _ if stale => "sudo apt update",
            // It says why it does not install them.
            true => "sudo unattended-upgrade --verbose",
            false => "sudo apt update && sudo apt upgrade",
        }),
    })
}

fn why_updates(question: Question<'_>, state: &UpdatesState, stale: bool) -> String {
    if stale {
        return match state.listed {
            None => String::from("security updates are unknown: package lists were never fetched"),
            Some(listed) => {
                let age = text::span(question.at.duration_since(listed));
                format!("security updates are unknown: the package lists are {age} old")
            }
        };
    }
    let count = state.count as usize;
    let (updates, are) = if count == 1 { ("update", "is") } else { ("updates", "are") };
    let names = first(&state.packages, count);
    let not = if state.automatic { "not installed automatically" } else { "not installed" };
    format!("{count} security {updates} {are} {not}: {names}")
}

/// The first names, and how many more there are.
fn first(names: &[String], count: usize) -> String {
    let shown: Vec<_> = names.iter().take(NAMED).map(|name| text::clean(name, 40)).collect();
    let more = count.saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &more
}

/// A clock that nothing sets drifts: times in logs are wrong, certificates and logins fail.
pub(super) fn clock(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    match input {
        Input::State(State::Clock { synchronised: true, .. }) => {
            *memory = Memory::Nothing;
            Verdict::clear("the clock is synchronised")
        }
        Input::State(State::Clock { settling: false, .. }) => {
            let since = memory.bad_since(question.at);
            Verdict::Raised(Claim {
                severity: Severity::Warning,
                since,
                ripe: Some(after(since, question.config.machine.clock_for)),
                over: None,
                summary: String::from("the clock is not synchronised: nothing sets it, it drifts"),
                next: String::from("timedatectl; systemctl status systemd-timesyncd chrony"),
            })
        }
        Input::Gone => Verdict::Gone,
        _ => Verdict::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, Subject};

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// What a rule says of a state: severity, when it counts, the sentence.
    fn ask(rule: RuleName, memory: &mut Memory, second: i64, state: &State) -> String {
        let config = Config::default();
        let key = AlertKey { rule, subject: Subject::Host };
        let question = Question { config: &config, at: at(second), key: &key };
        match super::super::heed(question, memory, Input::State(state)) {
            Verdict::Raised(claim) => {
                let ripe = claim.ripe.unwrap().as_second();
                format!("{} at {ripe}: {}", claim.severity, claim.summary)
            }
            Verdict::Clear { summary, .. } => summary,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_restart_put_off_becomes_a_warning() {
        let mut memory = Memory::Nothing;
        let kernel = State::Restart(RestartState {
            needed: true,
            running: String::from("6.1.0-37-amd64"),
            newest: String::from("6.1.0-38-amd64"),
            since: Some(at(100)),
            ..RestartState::default()
        });
        let mut ask =
            |second, state: &State| ask(RuleName::RebootRequired, &mut memory, second, state);
        let said = "a restart is due: kernel 6.1.0-38-amd64 is installed, 6.1.0-37-amd64 runs";
        assert_eq!(ask(200, &kernel), format!("info at 200: {said}"));
        assert_eq!(ask(100 + 7 * DAY, &kernel), format!("warning at {}: {said}", 100 + 7 * DAY));
        assert_eq!(ask(300, &State::Restart(RestartState::default())), "no restart is due");
        let packages = ["libc6", "dbus", "linux-base", "x\x1b[2J"].map(String::from).to_vec();
        let asked = State::Restart(RestartState { needed: true, packages, ..Default::default() });
        assert_eq!(
            ask(400, &asked),
            "info at 400: a restart is due for updates of libc6, dbus, linux-base and 1 more"
        );
    }

    #[test]
    fn updates_that_install_themselves_are_given_their_time() {
        let rule = RuleName::SecurityUpdates;
        let state = |count, automatic, listed: Option<i64>| {
            let packages = vec![String::from("openssl"), String::from("sudo")];
            let listed = listed.map(at);
            State::Updates(UpdatesState { count, packages, automatic, listed })
        };
        let mut memory = Memory::Nothing;
        assert_eq!(
            ask(rule, &mut memory, DAY, &state(2, true, Some(0))),
            format!(
                "warning at {}: 2 security updates are not installed automatically: openssl, sudo",
                3 * DAY
            )
        );
        assert_eq!(
            ask(rule, &mut memory, DAY, &state(0, true, Some(0))),
            "every security update is installed"
        );
        let mut memory = Memory::Nothing;
        for (day, severity) in [(1, "info"), (2, "info"), (3, "warning")] {
            assert_eq!(
                ask(rule, &mut memory, day * DAY, &state(7, false, Some(0))),
                format!(
                    "{severity} at {}: 7 security updates are not installed: openssl, sudo and 5 more",
                    day * DAY
                )
            );
        }
        let mut memory = Memory::Nothing;
        assert_eq!(
            ask(rule, &mut memory, 20 * DAY, &state(0, true, Some(0))),
            format!(
                "warning at {}: security updates are unknown: the package lists are 20 days old",
                20 * DAY
            )
        );
    }

    #[test]
    fn a_clock_has_time_to_settle() {
        let mut memory = Memory::Nothing;
        let mut ask = |second, synchronised, settling| {
            let state = State::Clock { synchronised, settling };
            ask(RuleName::ClockUnsynchronised, &mut memory, second, &state)
        };
        assert_eq!(ask(60, false, true), "Nothing");
        assert_eq!(
            ask(1100, false, false),
            "warning at 2000: the clock is not synchronised: nothing sets it, it drifts"
        );
        assert_eq!(ask(1400, true, false), "the clock is synchronised");
    }
}
