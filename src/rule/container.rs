//! Containers that are ill, ended with an error, or were killed for want of memory.

use super::{Claim, Input, Memory, Question, Verdict, text};
use crate::model::{ContainerState, Severity, State, Subject};

/// The container's own health check fails. Its engine has tried several times before it says so.
pub(super) fn unhealthy(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    judge(question, memory, input, |name, container, _| {
        let said = text::clean(container.unhealthy.as_ref()?, 160);
        let said = if said.is_empty() { said } else { format!(": {said}") };
        Some(format!("{name} is unhealthy{said}"))
    })
}

/// It ended by itself and with an error. One whose restart policy does not want it up counts only
/// if it was seen running: old ones lie around everywhere.
pub(super) fn exited(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    judge(question, memory, input, |name, container, seen| {
        if !container.is_failed() || !(container.wanted || seen) {
            return None;
        }
        let error = text::clean(&container.error, 160);
        Some(match error.is_empty() {
            true if container.status == "dead" => format!("{name} is dead: it cannot be removed"),
            true => format!("{name} ended with exit code {}", container.exit_code),
            false => format!("{name} could not be started: {error}"),
        })
    })
}

/// The kernel killed a process of its run.
pub(super) fn oom(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    judge(question, memory, input, |name, container, _| {
        let now = if container.status == "running" { "it runs on" } else { "it is down" };
        container
            .oom_killed
            .then(|| format!("{name}: the kernel killed a process for want of memory; {now}"))
    })
}

/// `trouble` says what is wrong, if something is; it hears whether the container was seen running
/// or in this trouble before.
fn judge(
    question: Question<'_>,
    memory: &mut Memory,
    input: Input<'_>,
    trouble: impl Fn(&str, &ContainerState, bool) -> Option<String>,
) -> Verdict {
    let container = match input {
        Input::State(State::Container(container)) => container,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let name = text::name(&question.key.subject);
    let Some(summary) = trouble(&name, container, !memory.is_nothing()) else {
        let is_up = container.status == "running";
        *memory = if is_up { Memory::Seen } else { Memory::Nothing };
        return Verdict::clear(format!("{name} is {}", text::clean(&container.status, 20)));
    };
    let since = memory.bad_since(question.at);
    Verdict::Raised(Claim {
        severity: Severity::Warning,
        since,
        ripe: Some(since),
        over: None,
        summary,
        next: logs(question),
    })
}

/// The command that shows what it wrote last.
pub(super) fn logs(question: Question<'_>) -> String {
    let Subject::Container(name) = &question.key.subject else { return String::new() };
    let socket = question.config.containers.socket.as_ref();
    let is_podman = socket.is_some_and(|path| path.to_string_lossy().contains("podman"));
    let engine = if is_podman { "podman" } else { "docker" };
    format!("sudo {engine} logs --tail 50 {}", text::quote(name))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, RuleName};

    fn ask(rule: RuleName, memory: &mut Memory, container: &ContainerState) -> String {
        let config = Config::default();
        let key = AlertKey { rule, subject: Subject::Container("web".into()) };
        let question = Question { config: &config, at: Timestamp::UNIX_EPOCH, key: &key };
        let state = State::Container(container.clone());
        match super::super::heed(question, memory, Input::State(&state)) {
            Verdict::Raised(claim) => {
                assert_eq!(claim.next, "sudo docker logs --tail 50 web");
                claim.summary
            }
            Verdict::Clear { .. } => String::from("-"),
            other => format!("{other:?}"),
        }
    }

    fn container(status: &str, exit_code: i64, wanted: bool) -> ContainerState {
        ContainerState { status: status.into(), exit_code, wanted, ..ContainerState::default() }
    }

    #[test]
    fn an_end_with_an_error_is_told_if_it_should_be_up_or_was() {
        let rule = RuleName::ContainerExited;
        let said = "container web ended with exit code 1";
        let mut memory = Memory::Nothing;
        assert_eq!(ask(rule, &mut memory, &container("exited", 1, true)), said);
        assert_eq!(ask(rule, &mut memory, &container("exited", 143, true)), "-");
        assert_eq!(ask(rule, &mut memory, &container("exited", 1, false)), "-");
        assert_eq!(ask(rule, &mut memory, &container("running", 0, false)), "-");
        assert_eq!(ask(rule, &mut memory, &container("exited", 1, false)), said);
        assert_eq!(ask(rule, &mut memory, &container("exited", 1, false)), said);
        assert_eq!(ask(rule, &mut memory, &container("restarting", 1, true)), "-");
        let error = String::from("port is already allocated");
        let port = ContainerState { error, ..container("created", 128, true) };
        assert_eq!(
            ask(rule, &mut memory, &port),
            "container web could not be started: port is already allocated"
        );
    }

    #[test]
    fn illness_and_want_of_memory() {
        let mut memory = Memory::Nothing;
        let unhealthy = Some(String::from("HTTP 502"));
        let ill = ContainerState { unhealthy, ..container("running", 0, true) };
        assert_eq!(
            ask(RuleName::ContainerUnhealthy, &mut memory, &ill),
            "container web is unhealthy: HTTP 502"
        );
        let killed = ContainerState { oom_killed: true, ..container("exited", 137, true) };
        assert_eq!(
            ask(RuleName::ContainerOom, &mut Memory::Nothing, &killed),
            "container web: the kernel killed a process for want of memory; it is down"
        );
        assert_eq!(ask(RuleName::ContainerUnhealthy, &mut memory, &killed), "-");
    }
}
