//! D7: a shell that somebody elsewhere types into.

use crate::finding::{About, Certainty, Finding};
use crate::scene::socket::{Protocol, Socket};
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D7",
    title: "a shell connected to the network",
    logic: "A shell or interpreter whose input and output (descriptors 0 and 1) are TCP sockets.",
    innocent: "inetd and units with Accept=yes start programs so, one for each caller. sshd does not: its \
               shells have terminals, pipes or local sockets.",
    attack: &["T1059.004"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.processes.iter().filter_map(|process| finding(scene, process)).collect()
}

fn finding(scene: &Scene, process: &Process) -> Option<Finding> {
    if !process.is_interpreter() {
        return None;
    }
    let socket = stream(scene, process, 0)?;
    stream(scene, process, 1)?;
    let is_inetd = |parent: &Process| matches!(parent.file(), "inetd" | "xinetd" | "tcpserver");
    let is_per_caller = process.unit.as_deref().is_some_and(is_per_caller);
    let is_served =
        is_per_caller && process.parent == 1 || scene.ancestors(process).take(1).any(is_inetd);
    let other = socket.remote.map_or_else(|| socket.name(), |remote| remote.to_string());
    let sentence = format!(
        "process {} is a shell ({}) that somebody at {other} types into",
        process.pid, process.name
    );
    let (severity, certainty) = match (is_served, process.is_shell()) {
        (true, _) => (Severity::Info, Certainty::Hint),
        (false, true) => (Severity::Critical, Certainty::Sure),
        (false, false) => (Severity::Critical, Certainty::Likely),
    };
    let found = Finding::of_process(&ABOUT, severity, certainty, process, &sentence)
        .seen(format!("descriptors 0 and 1 are {} to {other}", socket.name()));
    Some(if is_served { found } else { found.means_foreign(process) })
}

/// Is it a unit that systemd made for one caller (`Accept=yes` in systemd.socket(5))? Its instance begins
/// with the caller's number: `echo@3-10.0.0.1:7-10.0.0.9:4000.service`. php-fpm@8.2 is none.
fn is_per_caller(unit: &str) -> bool {
    let number = unit.split_once('@').and_then(|(_, instance)| instance.split_once('-'));
    number
        .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
}

/// The TCP socket one of its streams is.
fn stream<'s>(scene: &'s Scene, process: &Process, number: usize) -> Option<&'s Socket> {
    let target = process.streams.get(number)?.as_deref()?;
    let inode = target.strip_prefix("socket:[")?.strip_suffix(']')?.parse::<u64>().ok()?;
    let is_it = |socket: &&Socket| socket.inode == inode && socket.protocol == Protocol::Tcp;
    scene.sockets.iter().find(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::process::Program;
    use crate::scene::socket::Seen;

    #[test]
    fn a_reverse_shell_is_found_and_sftp_is_not() {
        let socket = Socket {
            protocol: Protocol::Tcp,
            local: "10.0.0.1:5000".parse().ok(),
            remote: "203.0.113.9:443".parse().ok(),
            is_listening: false,
            inode: 77,
            uid: 0,
            pids: Vec::new(),
            seen: Seen::Both,
            is_apart: false,
        };
        let process = |pid, path: &str, stream: &str| Process {
            pid,
            parent: 1,
            program: Some(Program { path: path.to_owned(), ..Program::default() }),
            streams: [Some(stream.to_owned()), Some(stream.to_owned()), None],
            ..Process::default()
        };
        let served = Process {
            unit: Some(String::from("echo@3-10.0.0.1:7.service")),
            ..process(3, "/usr/bin/dash", "socket:[77]")
        };
        let processes = vec![
            process(1, "/usr/bin/bash", "socket:[77]"),
            // A local socket is in no list of the network's.
            process(2, "/usr/bin/bash", "socket:[78]"),
            served,
            process(4, "/usr/sbin/nginx", "socket:[77]"),
            // What a web shell started, and left behind.
            Process {
                unit: Some(String::from("php-fpm@8.2.service")),
                ..process(5, "/usr/bin/dash", "socket:[77]")
            },
        ];
        let found = detect(&Scene { processes, sockets: vec![socket], ..Scene::default() });
        let found: Vec<_> =
            found.iter().map(|found| (found.subject.to_string(), found.severity)).collect();
        let expected = [
            ("pid:1", Severity::Critical),
            ("pid:3", Severity::Info),
            ("pid:5", Severity::Critical),
        ];
        assert_eq!(found, expected.map(|(subject, severity)| (subject.to_owned(), severity)));
    }
}
