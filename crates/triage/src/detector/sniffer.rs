//! D18: somebody listens to what passes by.

use crate::finding::{About, Certainty, Finding, Subject};
use crate::scene::Scene;
use crate::scene::socket::{Protocol, Socket};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D18",
    title: "a program that reads the raw network",
    logic: "A packet or raw socket (/proc/net/packet, raw, raw6) whose holder no package owns, or whose holder \
            cannot be seen. BPFDoor and sniffers wait so for a magic packet.",
    innocent: "DHCP clients, network managers, ping, tcpdump and routing daemons: they come in packages. The \
               kernel's own sockets have no holder.",
    attack: &["T1040", "T1205.002"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let is_one = |socket: &&Socket| {
        matches!(socket.protocol, Protocol::Packet | Protocol::Raw) && !socket.is_apart
    };
    let mut found: Vec<Finding> = Vec::new();
    for socket in scene.sockets.iter().filter(is_one) {
        for process in socket.pids.iter().filter_map(|&pid| scene.process(pid)) {
            // A container has its own packages.
            if process.is_owned()
                || process.is_contained
                || process.is_apart && !process.is_fleeting()
            {
                continue;
            }
            let sentence = format!(
                "{} reads the raw network and comes from no package: {}",
                process.label(),
                process.path()
            );
            let (severity, certainty) = if process.is_fleeting() {
                (Severity::Critical, Certainty::Likely)
            } else {
                (Severity::Warning, Certainty::Hint)
            };
            let one = Finding::of_process(&ABOUT, severity, certainty, process, &sentence)
                .seen(format!("a {} socket", socket.protocol.as_str()));
            let is_told = found.iter().any(|other| other.subject == one.subject);
            if !is_told {
                found.push(if process.is_fleeting() { one.means_foreign(process) } else { one });
            }
        }
        // Whoever made it is gone or hides. The kernel's own belong to root and to nobody's inode.
        if socket.pids.is_empty() && socket.inode != 0 && socket.uid != 0 {
            let sentence =
                format!("a {} socket has no holder that can be seen", socket.protocol.as_str());
            let subject = Subject::Socket(format!("{} {}", socket.protocol.as_str(), socket.inode));
            found.push(
                Finding::new(&ABOUT, Severity::Warning, Certainty::Hint, subject, &sentence)
                    .next("sudo cat /proc/net/packet /proc/net/raw"),
            );
        }
    }
    for interface in scene.kernel.promiscuous.iter().filter(|interface| !interface.is_bridged) {
        let sentence = format!("interface {} takes every frame that passes by", interface.name);
        found.push(
            Finding::new(&ABOUT, Severity::Info, Certainty::Hint, Subject::Host, &sentence)
                .seen(format!("/sys/class/net/{}/flags", interface.name))
                .next("ip -d link | grep -i promisc"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Process;
    use crate::scene::process::Program;
    use crate::scene::socket::Seen;

    #[test]
    fn a_backdoor_is_found_and_dhcp_is_not() {
        let process = |pid, path: &str, package: Option<&str>| Process {
            pid,
            program: Some(Program {
                path: path.to_owned(),
                package: package.map(str::to_owned),
                ..Program::default()
            }),
            ..Process::default()
        };
        let socket = |pid, protocol| Socket {
            protocol,
            local: None,
            remote: None,
            is_listening: true,
            inode: 5,
            uid: 0,
            pids: vec![pid],
            seen: Seen::Both,
            is_apart: false,
        };
        let scene = Scene {
            processes: vec![
                process(1, "/usr/lib/systemd/systemd-networkd", Some("systemd")),
                process(2, "/dev/shm/kdmtmpflush", None),
                process(3, "/opt/probe/probe", None),
            ],
            sockets: vec![
                socket(1, Protocol::Packet),
                socket(2, Protocol::Packet),
                socket(2, Protocol::Raw),
                socket(3, Protocol::Raw),
            ],
            ..Scene::default()
        };
        let told = |found: &Finding| format!("{} {}", found.severity, found.subject);
        let found: Vec<_> = detect(&scene).iter().map(told).collect();
        assert_eq!(found, ["critical pid:2", "warning pid:3"]);
    }
}
