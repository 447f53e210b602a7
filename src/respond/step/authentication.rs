//! Step 2: who came in, who was refused, who became root, and whether the two logs of it say the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use nightkeep_triage::report::Step;
use nightkeep_triage::scene::Scene;
use nightkeep_triage::scene::log::AuthLog;
use nightkeep_triage::scene::login::Tries;

use super::super::told::Told;
use super::{LINES, about, count, first, step as titled, when};
use crate::model::text::clean;

/// Names shown of those that an address tried.
const NAMES: usize = 5;

pub(super) fn step(scene: &Scene, told: &Told) -> Step {
    let mut step = titled("Authentication");
    accepted(scene, &mut step);
    failed(scene, &mut step);
    became_root(scene, told, &mut step);
    step.found.extend(compared(&scene.logs.auth_log));
    about(scene, &mut step, &["D24", "D26", "D27"]);
    step
}

fn accepted(scene: &Scene, step: &mut Step) {
    let users: BTreeSet<&str> = scene.logins.iter().map(|login| login.user.as_str()).collect();
    let users: Vec<&str> = users.into_iter().collect();
    let logins = count(scene.logins.len(), "login", "logins");
    step.found.push(match users[..] {
        [] => String::from("nobody logged in by ssh"),
        _ => format!("{logins} by ssh as {}", users.join(", ")),
    });
    let mut by_source: BTreeMap<(&str, &str, &str), (usize, Timestamp)> = BTreeMap::new();
    for login in &scene.logins {
        let how = login.fingerprint.as_deref().unwrap_or(&login.method);
        let entry = by_source.entry((&login.user, &login.address, how)).or_insert((0, login.at));
        *entry = (entry.0 + 1, login.at);
    }
    let line =
        |((user, address, how), (times, last)): (&(&str, &str, &str), &(usize, Timestamp))| {
            format!(
                "  {user} from {address} by {how}: {}, last {}",
                count(*times, "time", "times"),
                when(*last)
            )
        };
    let mut sources: Vec<_> = by_source.iter().collect();
    sources.sort_by_key(|(_, (_, last))| std::cmp::Reverse(*last));
    first(step, sources.into_iter().map(line).collect(), "nightkeep logins");
}

fn failed(scene: &Scene, step: &mut Step) {
    let all: u64 = scene.tries.iter().map(|tries| u64::from(tries.count)).sum();
    if all == 0 {
        step.found.push(String::from("no failed tries"));
        return;
    }
    let is_account = |name: &str| scene.account(name).is_some();
    let (mut invalid, mut names) = (0_u64, BTreeSet::new());
    for (name, times) in scene.tries.iter().flat_map(|tries| &tries.users) {
        if !is_account(name) {
            invalid += u64::from(*times);
            names.insert(name);
        }
    }
    step.found.push(format!(
        "{all} failed tries from {}; {invalid} of them with {} that are no accounts here",
        count(scene.tries.len(), "address", "addresses"),
        count(names.len(), "name", "names"),
    ));
    let mut order: Vec<&Tries> = scene.tries.iter().collect();
    order.sort_by_key(|tries| std::cmp::Reverse(tries.count));
    let line = |tries: &Tries| {
        let mut users: Vec<(&String, &u32)> = tries.users.iter().collect();
        users.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
        let names: Vec<String> =
            users.iter().take(NAMES).map(|(name, _)| clean(name, 32)).collect();
        let more = if users.len() > NAMES { ", …" } else { "" };
        format!(
            "  {} {} as {}{more}, last {}",
            tries.address,
            count(tries.count as usize, "time", "times"),
            names.join(", "),
            when(tries.last)
        )
    };
    first(step, order.into_iter().map(line).collect(), "nightkeep logins --failed");
}

fn became_root(scene: &Scene, told: &Told, step: &mut Step) {
    if !scene.sudos.is_empty() {
        let users: BTreeSet<&str> = scene.sudos.iter().map(|sudo| sudo.user.as_str()).collect();
        let users: Vec<&str> = users.into_iter().collect();
        let commands = count(scene.sudos.len(), "command", "commands");
        step.found.push(format!("{commands} by sudo or su, of {}", users.join(", ")));
        let line = |sudo: &nightkeep_triage::scene::Sudo| {
            let what = match sudo.command.as_str() {
                "" => String::from("by su"),
                command => clean(command, 160),
            };
            format!("  {} {} as {}: {what}", when(sudo.at), sudo.user, sudo.target)
        };
        first(step, scene.sudos.iter().rev().map(line).collect(), "--all");
    }
    let mut refused: BTreeMap<(&str, &str), (usize, Timestamp)> = BTreeMap::new();
    for su in told.su.iter().filter(|su| su.is_refused) {
        let entry = refused.entry((&su.user, &su.target)).or_insert((0, su.at));
        *entry = (entry.0 + 1, su.at);
    }
    step.found.extend(refused.iter().take(LINES).map(|((user, target), (times, last))| {
        let times = count(*times, "time", "times");
        format!("{user} was refused to become {target} by su {times}, last {}", when(*last))
    }));
}

/// Do the journal and auth.log say the same?
fn compared(auth_log: &AuthLog) -> Vec<String> {
    let AuthLog { is_here, compared, missing, only_there } = auth_log;
    if !is_here {
        return vec![String::from(
            "no auth.log here, so there is nothing to compare the journal with",
        )];
    }
    let mut lines = Vec::new();
    if missing.is_empty() && only_there.is_empty() {
        let logins = count(*compared, "login", "logins");
        lines.push(format!("the journal and auth.log tell of the same {logins}"));
    }
    if !missing.is_empty() {
        let logins = count(missing.len(), "login", "logins");
        lines.push(format!("auth.log lacks {logins} that the journal has (D24)"));
    }
    if !only_there.is_empty() {
        let logins = count(only_there.len(), "login", "logins");
        lines.push(format!("auth.log has {logins} that the journal has not (D24)"));
    }
    lines
}
