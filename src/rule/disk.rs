//! What mounts have in common, and a mount that turned read-only.

use super::{Claim, Input, Memory, Question, Verdict, text};
use crate::config::{Config, Forecast, Threshold};
use crate::model::{RuleName, Severity, State, Subject};

pub(super) fn used<'a>(config: &'a Config, mount: &str) -> &'a Threshold {
    config.disk.mounts.get(mount).map_or(&config.disk.used, |own| &own.used)
}

pub(super) fn inodes<'a>(config: &'a Config, mount: &str) -> &'a Threshold {
    config.disk.mounts.get(mount).map_or(&config.disk.inodes, |own| &own.inodes)
}

pub(super) fn forecast<'a>(config: &'a Config, mount: &str) -> &'a Forecast {
    config.disk.mounts.get(mount).map_or(&config.disk.forecast, |own| &own.forecast)
}

/// Does the owner want this rule for this mount?
pub(super) fn wanted(config: &Config, rule: RuleName, mount: &str) -> bool {
    match rule {
        RuleName::DiskUsed => used(config, mount).enabled,
        RuleName::DiskInodes => inodes(config, mount).enabled,
        RuleName::DiskForecast => forecast(config, mount).enabled,
        _ => config.disk.read_only,
    }
}

/// The command that shows what takes the space.
pub(super) fn biggest(mount: &str) -> String {
    format!("sudo du -xhd1 {} | sort -h | tail", text::quote(mount))
}

/// A mount that turned read-only. Once it did, it stays so until it can be written: to a watch
/// that was restarted meanwhile it looks as if it had always been meant to be.
pub(super) fn read_only(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Subject::Mount(mount) = &question.key.subject else { return Verdict::Nothing };
    let name = text::name(&question.key.subject);
    match input {
        Input::State(State::Mount { read_only: true, intended }) => {
            if *intended && memory.is_nothing() {
                return Verdict::clear(format!("{name} is meant to be read-only"));
            }
            let since = memory.bad_since(question.at);
            Verdict::Raised(Claim {
                severity: Severity::Critical,
                since,
                ripe: Some(since),
                over: None,
                summary: format!("{name} turned read-only: nothing can be written to it"),
                next: format!("sudo dmesg -T | tail -n 30; findmnt {}", text::quote(mount)),
            })
        }
        Input::State(State::Mount { read_only: false, .. }) => {
            *memory = Memory::Nothing;
            Verdict::clear(format!("{name} can be written to"))
        }
        Input::Gone => Verdict::Gone,
        _ => Verdict::Nothing,
    }
}
