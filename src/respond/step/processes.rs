//! Step 5: the tree of processes with owner, unit, program and its package, and sockets.

use std::collections::BTreeMap;

use nightkeep_triage::report::Step;
use nightkeep_triage::scene::{Process, Scene};
use nightkeep_triage::text::visible;

use super::{KEPT, about, count, first, step as titled};

/// How deep the tree is drawn, and how much of a command line is shown.
const DEPTH: usize = 40;
const COMMAND: usize = 120;

pub(super) fn step(scene: &Scene) -> Step {
    let mut step = titled("Processes");
    let people = scene.processes.iter().filter(|process| !process.is_kernel_thread());
    let unowned: Vec<&Process> = people
        .clone()
        .filter(|process| process.program.is_some() && !process.is_owned() && !process.is_contained)
        .collect();
    let listening =
        scene.sockets.iter().filter(|socket| socket.is_open() && !socket.is_apart).count();
    step.found.push(format!(
        "{}, {} of no package; {listening} sockets open to other machines; {} modules; the tree: --all",
        count(people.count(), "process", "processes"),
        unowned.len(),
        scene.kernel.modules.len()
    ));
    let line = |process: &&Process| {
        let unit = process.unit.as_deref().unwrap_or("no unit");
        format!("  {} {} ({unit})", process.label(), process.path())
    };
    first(&mut step, unowned.iter().map(line).collect(), "--all");
    tree(scene, &mut step.more);
    about(scene, &mut step, &["D1", "D5", "D17", "D20"]);
    step
}

/// Every process but the kernel's threads, below the one that started it.
fn tree(scene: &Scene, lines: &mut Vec<String>) {
    let mut children: BTreeMap<u32, Vec<&Process>> = BTreeMap::new();
    for process in scene.processes.iter().filter(|process| !process.is_kernel_thread()) {
        // One whose parent was not seen, or is its own, stands at the root.
        let parent = scene.process(process.parent).map_or(0, |parent| parent.pid);
        let parent = if parent == process.pid { 0 } else { parent };
        children.entry(parent).or_default().push(process);
    }
    let roots = children.get(&0).into_iter().flatten();
    let mut open: Vec<(&Process, usize)> = roots.map(|process| (*process, 0)).rev().collect();
    while let Some((process, depth)) = open.pop() {
        if lines.len() >= KEPT {
            lines.push(String::from("and more"));
            return;
        }
        lines.push(branch(scene, process, depth));
        if depth < DEPTH {
            let below = children.get(&process.pid).into_iter().flatten().rev();
            open.extend(below.map(|child| (*child, depth + 1)));
        }
    }
}

/// `812 ann sshd.service /usr/sbin/sshd [openssh-server]: sshd: ann; tcp 0.0.0.0:22 listens`
fn branch(scene: &Scene, process: &Process, depth: usize) -> String {
    let uid = process.effective_uid;
    let account = scene.accounts.iter().find(|account| account.uid == uid);
    let user = account.map_or_else(|| uid.to_string(), |account| account.name.clone());
    let package = process.program.as_ref().and_then(|program| program.package.as_deref());
    let unit = process.unit.as_deref().unwrap_or("-");
    let path = if process.path().is_empty() { "?" } else { process.path() };
    let sockets: Vec<String> = scene
        .sockets_of(process.pid)
        .filter(|socket| socket.is_listening || socket.remote.is_some())
        .take(4)
        .map(|socket| match socket.remote {
            Some(remote) => format!("{} to {remote}", socket.name()),
            None => format!("{} listens", socket.name()),
        })
        .collect();
    let sockets =
        if sockets.is_empty() { String::new() } else { format!("; {}", sockets.join(", ")) };
    visible(
        &format!(
            "{}{} {user} {unit} {path} [{}]: {}{sockets}",
            "  ".repeat(depth),
            process.pid,
            package.unwrap_or(if process.is_contained { "container" } else { "no package" }),
            visible(&process.command(), COMMAND)
        ),
        400,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_stands_once_below_its_parent() {
        let process = |pid, parent| Process { pid, parent, ..Process::default() };
        let processes =
            vec![process(1, 0), process(2, 9), process(5, 1), process(6, 5), process(7, 7)];
        let scene = Scene { processes, ..Scene::default() };
        let mut lines = Vec::new();
        tree(&scene, &mut lines);
        let starts: Vec<&str> =
            lines.iter().map(|line| line.split(" 0 ").next().unwrap_or_default()).collect();
        assert_eq!(starts, ["1", "  5", "    6", "2", "7"]);
    }
}
