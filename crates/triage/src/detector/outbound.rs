//! D19: something calls home.

use std::net::IpAddr;

use crate::finding::{About, Certainty, Finding};
use crate::scene::Scene;
use crate::scene::socket::{Protocol, Socket};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D19",
    title: "a connection to the internet by a program that should have none",
    logic: "A TCP connection to a public address, held by a shell, or by a program that lies in a temporary or \
            hidden folder, was deleted, or runs from memory only. Replies of a service that listens on the \
            same port are left out.",
    innocent: "Bash can open connections itself (/dev/tcp), which scripts of the owner may use. What somebody at \
               a terminal builds and tries out may call anybody.",
    attack: &["T1071"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for socket in scene.sockets.iter().filter(|socket| socket.protocol == Protocol::Tcp) {
        let Some(remote) = socket.remote.filter(|remote| is_public(remote.ip())) else { continue };
        let is_reply = |other: &Socket| {
            other.is_listening
                && other.local.map(|own| own.port()) == socket.local.map(|own| own.port())
        };
        if scene.sockets.iter().any(is_reply) {
            continue;
        }
        for process in socket.pids.iter().filter_map(|&pid| scene.process(pid)) {
            let is_strange = process.is_fleeting() && !scene.is_being_built(process);
            if !process.is_shell() && !is_strange {
                continue;
            }
            let sentence =
                format!("{} is connected to {remote}: {}", process.label(), process.path());
            let one = Finding::of_process(
                &ABOUT,
                Severity::Critical,
                Certainty::Likely,
                process,
                &sentence,
            )
            .seen(format!("{} to {remote}", socket.name()))
            .means_foreign(process);
            if !found.iter().any(|other| other.subject == one.subject) {
                found.push(one);
            }
        }
    }
    found
}

/// Is it an address of the internet? The private and special ones are those of RFC 6890.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => v6.segments()[0] & 0xe000 == 0x2000,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Process;
    use crate::scene::process::Program;
    use crate::scene::socket::Seen;

    #[test]
    fn a_beacon_is_found_and_a_service_is_not() {
        let process = |pid, path: &str| Process {
            pid,
            program: Some(Program { path: path.to_owned(), ..Program::default() }),
            ..Process::default()
        };
        let socket = |pid, local: &str, remote: Option<&str>| Socket {
            protocol: Protocol::Tcp,
            local: local.parse().ok(),
            remote: remote.and_then(|remote| remote.parse().ok()),
            is_listening: remote.is_none(),
            inode: 5,
            uid: 0,
            pids: vec![pid],
            seen: Seen::Both,
            is_apart: false,
        };
        let scene = Scene {
            processes: vec![
                process(1, "/tmp/x"),
                process(2, "/opt/app"),
                process(3, "/usr/bin/bash"),
            ],
            sockets: vec![
                socket(1, "10.0.0.1:5000", Some("203.0.113.9:443")),
                socket(2, "10.0.0.1:5001", Some("203.0.113.9:443")),
                socket(3, "10.0.0.1:5002", Some("10.0.0.9:443")),
                // Somebody calls what listens in /tmp: another finding.
                socket(1, "0.0.0.0:99", None),
                socket(1, "10.0.0.1:99", Some("203.0.113.10:4000")),
            ],
            ..Scene::default()
        };
        let found: Vec<_> = detect(&scene).iter().map(|found| found.subject.to_string()).collect();
        assert_eq!(found, ["pid:1"]);
        assert!(
            is_public("2001:470::1".parse().unwrap()) && !is_public("fd00::1".parse().unwrap())
        );
        assert!(!is_public("::ffff:10.0.0.1".parse().unwrap()));
    }
}
