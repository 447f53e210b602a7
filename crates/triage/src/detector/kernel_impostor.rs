//! D4: a process that passes for a thread of the kernel.

use crate::finding::{About, Certainty, Finding};
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D4",
    title: "a program that passes for a thread of the kernel",
    logic: "The command line is one word in brackets, or the name begins as those of the kernel's threads \
            do, but PF_KTHREAD (0x00200000 in field 9 of /proc/PID/stat) is not set.",
    innocent: "The kernel's own threads have the flag, no command line and no program. A helper the kernel is \
               about to start has neither for an instant. Workers of celery name themselves in brackets, \
               with blanks between them.",
    attack: &["T1036.004"],
};

/// How the kernel's threads begin.
const NAMES: [&str; 13] = [
    "kworker/",
    "ksoftirqd",
    "kthreadd",
    "kswapd",
    "kdevtmpfs",
    "khugepaged",
    "kcompactd",
    "kauditd",
    "migration/",
    "rcu_sched",
    "rcu_preempt",
    "jbd2/",
    "kintegrityd",
];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.processes.iter().filter_map(finding).collect()
}

fn finding(process: &Process) -> Option<Finding> {
    let is_empty = process.program.is_none() && process.arguments.is_empty();
    if process.is_kernel_thread() || process.is_dead || is_empty {
        return None;
    }
    let is_named = NAMES.iter().any(|name| process.name.starts_with(name));
    let first = process.arguments.first().map(|first| first.trim());
    let is_bracketed = first
        .filter(|first| first.len() > 2 && !first.contains(char::is_whitespace))
        .is_some_and(|first| first.starts_with('[') && first.ends_with(']'));
    if !is_named && !is_bracketed {
        return None;
    }
    let sentence = format!(
        "process {} calls itself {} as if it were part of the kernel, but is a program: {}",
        process.pid,
        first.unwrap_or(&process.name),
        process.path()
    );
    let found =
        Finding::of_process(&ABOUT, Severity::Critical, Certainty::Sure, process, &sentence);
    Some(
        found
            .seen(format!("flags {:#x}: not a kernel thread", process.flags))
            .means_foreign(process),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impostors_are_found_and_the_kernel_is_not() {
        let process = |pid, name: &str, arguments: &[&str], flags| Process {
            pid,
            name: name.to_owned(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            flags,
            ..Process::default()
        };
        let processes = vec![
            process(2, "kworker/0:1", &[], 0x0020_8040),
            process(3, "kworker/0:2", &["./x"], 0x40),
            process(4, "python3", &["[kthreadd]"], 0x40),
            process(5, "bash", &["bash", "-c", "[ -f x ]"], 0x40),
            process(6, "test", &["["], 0x40),
            Process { is_dead: true, ..process(7, "kworker/x", &["x"], 0) },
            process(8, "kworker/u4:1", &[], 0x40),
            process(9, "celery", &["[celeryd: celery@web1:ForkPoolWorker-1]"], 0x40),
        ];
        let found = detect(&Scene { processes, ..Scene::default() });
        let found: Vec<_> = found.iter().map(|found| found.subject.to_string()).collect();
        assert_eq!(found, ["pid:3", "pid:4"]);
    }
}
