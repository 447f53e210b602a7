//! D9: somebody digs for coins.

use crate::finding::{About, Certainty, Finding};
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D9",
    title: "a program that mines coins",
    logic: "The command line names a mining pool or a miner; or a program from a temporary or hidden folder, \
            from memory or without a file kept a CPU busy for 80 % of at least ten minutes.",
    innocent: "Somebody who mines on purpose. What somebody at a terminal builds and tests may be busy for long.",
    attack: &["T1496"],
};

/// What miners are told: the protocol of pools, and options that only they have.
const WORDS: [&str; 9] = [
    "stratum+tcp",
    "stratum+ssl",
    "stratum1+",
    "stratum2+",
    "--donate-level",
    "--randomx-",
    "--coin=",
    "--nicehash",
    "--cpu-max-threads-hint",
];
/// Names of miners.
const NAMES: [&str; 9] = [
    "xmrig",
    "xmr-stak",
    "minerd",
    "cpuminer",
    "ccminer",
    "ethminer",
    "kinsing",
    "kdevtmpfsi",
    "nbminer",
];
/// Share of one CPU, and seconds.
const BUSY: f64 = 0.8;
const LONG: i64 = 600;

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.processes.iter().filter_map(|process| finding(scene, process)).collect()
}

fn finding(scene: &Scene, process: &Process) -> Option<Finding> {
    let says = |word: &str| WORDS.iter().any(|known| word.contains(known));
    let is_miner = |name: &str| NAMES.iter().any(|known| name.starts_with(known));
    // Somebody who searches for a miner, or has a shell do it, is none: packaged programs count only if
    // they run what they are told.
    let may_mine = !process.is_owned() || process.is_interpreter() && !process.is_shell();
    let is_told = may_mine && process.arguments.iter().any(|word| says(word));
    let is_named = is_miner(process.file()) || is_miner(&process.name);
    let age = process.age(scene.at);
    let share = process.cpu / age.max(1) as f64;
    let is_busy =
        process.is_fleeting() && !scene.is_being_built(process) && age >= LONG && share >= BUSY;
    if process.is_kernel_thread() || !is_told && !is_named && !is_busy {
        return None;
    }
    let sentence = if is_told || is_named {
        format!("process {} ({}) mines coins for somebody", process.pid, process.name)
    } else {
        format!(
            "process {} ({}) keeps {:.0} % of a CPU busy and has no business here: probably a miner",
            process.pid,
            process.name,
            share * 100.0
        )
    };
    let found =
        Finding::of_process(&ABOUT, Severity::Critical, Certainty::Likely, process, &sentence)
            .seen(format!("{:.0} s of CPU in {age} s", process.cpu));
    Some(found.means_foreign(process))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::scene::process::Program;

    #[test]
    fn miners_are_found_and_builds_are_not() {
        let process = |pid, path: &str, package: Option<&str>, arguments: &[&str]| Process {
            pid,
            program: Some(Program {
                path: path.to_owned(),
                package: package.map(str::to_owned),
                ..Program::default()
            }),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            cpu: 900.0,
            ..Process::default()
        };
        let processes = vec![
            process(1, "/home/deploy/app", None, &["app", "-o", "stratum+tcp://pool:3333"]),
            process(2, "/dev/shm/x", None, &["x"]),
            process(3, "/home/ann/.rustup/rustc", None, &["rustc"]),
            process(4, "/usr/bin/grep", Some("grep"), &["grep", "stratum+tcp"]),
            process(5, "/usr/bin/bash", Some("bash"), &["bash", "-c", "grep -r stratum+tcp /etc"]),
            process(6, "/usr/bin/python3.11", Some("python3"), &["x.py", "stratum+tcp://pool:1"]),
        ];
        let at = Timestamp::from_second(1000).unwrap();
        let found = detect(&Scene { at, processes, ..Scene::default() });
        let found: Vec<_> = found.iter().map(|found| found.subject.to_string()).collect();
        assert_eq!(found, ["pid:1", "pid:2", "pid:6"]);
    }
}
