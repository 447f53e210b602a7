//! Disks that fail, and arrays that lost one.

use super::{Claim, Input, Memory, Question, Verdict, text};
use crate::model::{DriveState, RaidState, Severity, State};

/// An array without its redundancy: the next disk that fails takes the data with it.
pub(super) fn raid(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let state = match input {
        Input::State(State::Raid(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let name = text::name(&question.key.subject);
    if !state.is_degraded() {
        *memory = Memory::Nothing;
        return Verdict::clear(format!("array {name} is whole"));
    }
    let since = memory.bad_since(question.at);
    Verdict::Raised(Claim {
        severity: Severity::Critical,
        since,
        ripe: Some(since),
        over: None,
        summary: why_raid(&name, state),
        next: format!("cat /proc/mdstat; sudo mdadm --detail /dev/{}", text::quote(&name)),
    })
}

fn why_raid(name: &str, state: &RaidState) -> String {
    let RaidState { level, active, wanted, working, failed, progress } = state;
    if !active {
        return format!("array {name} is not running: its disks are there but not put together");
    }
    let failed: Vec<_> = failed.iter().map(|member| text::clean(member, 32)).collect();
    let who = match &failed[..] {
        [] => String::from("one is missing"),
        names => format!("{} failed", names.join(", ")),
    };
    let repair = match progress {
        Some((action, permille)) => {
            let share = text::percent(f64::from(*permille) / 1000.0);
            format!("; {} is at {share}", text::clean(action, 20))
        }
        None => String::new(),
    };
    let level = text::clean(level, 20);
    format!("array {name} ({level}) has {working} of {wanted} disks: {who}{repair}")
}

/// A disk that says it fails, or has sectors it cannot read.
pub(super) fn drive(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let state = match input {
        Input::State(State::Drive(state)) => state,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let name = text::name(&question.key.subject);
    if state.is_well() {
        *memory = Memory::Nothing;
        return Verdict::clear(format!("disk {name} is well"));
    }
    let since = memory.bad_since(question.at);
    let severity = if state.failing.is_some() { Severity::Critical } else { Severity::Warning };
    Verdict::Raised(Claim {
        severity,
        since,
        ripe: Some(since),
        over: None,
        summary: why_drive(&name, state),
        next: format!("sudo smartctl -a /dev/{}", text::quote(&name)),
    })
}

fn why_drive(name: &str, state: &DriveState) -> String {
    let model = text::clean(&state.model, 40);
    let model = if model.is_empty() { model } else { format!(" ({model})") };
    if let Some(why) = &state.failing {
        return format!("disk {name}{model} fails: {}; save its data now", text::clean(why, 100));
    }
    let sectors = |count: u64, what: &str| {
        let s = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {what} sector{s}"))
    };
    let troubles =
        [sectors(state.pending_sectors, "unreadable"), sectors(state.bad_sectors, "lost")];
    let troubles: Vec<_> = troubles.into_iter().flatten().collect();
    format!("disk {name}{model} has {}", troubles.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_frightened_person() {
        let mut raid = RaidState {
            level: String::from("raid1"),
            active: true,
            wanted: 2,
            working: 1,
            failed: vec![String::from("sdb1")],
            progress: None,
        };
        assert_eq!(why_raid("md0", &raid), "array md0 (raid1) has 1 of 2 disks: sdb1 failed");
        (raid.failed, raid.progress) = (Vec::new(), Some((String::from("recovery"), 85)));
        assert_eq!(
            why_raid("md0", &raid),
            "array md0 (raid1) has 1 of 2 disks: one is missing; recovery is at 8 %"
        );
        let mut drive = DriveState {
            model: String::from("WDC"),
            failing: None,
            pending_sectors: 8,
            bad_sectors: 1,
        };
        assert_eq!(
            why_drive("sda", &drive),
            "disk sda (WDC) has 8 unreadable sectors and 1 lost sector"
        );
        drive.failing = Some(String::from("its own self-check (SMART) failed"));
        assert_eq!(
            why_drive("sda", &drive),
            "disk sda (WDC) fails: its own self-check (SMART) failed; save its data now"
        );
    }
}
