//! D17: something listens that should not.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::scene::socket::{Protocol, Seen, Socket};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D17",
    title: "a program that listens and did not before, or hides that it does",
    logic: "A TCP or UDP socket that waits for callers: shown by only one of netlink (sock_diag) and \
            /proc/net, three times in a row; or held by a shell or by a program from a temporary or hidden \
            folder; or not in the baseline with this program.",
    innocent: "A service the owner installed since the baseline was taken. Ports the kernel chose itself are \
               left out, as are those of containers. What somebody at a terminal builds and tries out may listen.",
    attack: &["T1571"],
};

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let is_one = |socket: &&Socket| {
        socket.is_listening
            && !socket.is_apart
            && matches!(socket.protocol, Protocol::Tcp | Protocol::Udp)
    };
    scene.sockets.iter().filter(is_one).filter_map(|socket| finding(scene, socket)).collect()
}

fn finding(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let name = socket.name();
    let found = |severity, certainty, sentence: &str| {
        let holders: Vec<_> = socket.pids.iter().filter_map(|&pid| scene.process(pid)).collect();
        let found =
            Finding::new(&ABOUT, severity, certainty, Subject::Socket(name.clone()), sentence);
        holders.iter().take(5).fold(found, |found, process| {
            found.seen(format!("{} holds it: {}", process.label(), process.path()))
        })
    };
    if socket.seen != Seen::Both {
        let (by, not) = if socket.seen == Seen::OnlyProc {
            ("/proc/net", "netlink")
        } else {
            ("netlink", "/proc/net")
        };
        let sentence = format!("{name} listens, and one of the kernel's views hides it");
        return Some(
            found(Severity::Critical, Certainty::Sure, &sentence)
                .seen(format!("{by} shows it, {not} does not"))
                .next("sudo ss -lntup; sudo cat /proc/net/tcp /proc/net/udp")
                .means(Meaning::IntegrityLost),
        );
    }
    let holder = socket.pids.iter().find_map(|&pid| scene.process(pid));
    let next = format!("sudo ss -lntup | grep :{}", socket.local?.port());
    let is_strange = |process: &&crate::scene::Process| {
        process.is_shell() || process.is_fleeting() && !scene.is_being_built(process)
    };
    if let Some(process) = holder.filter(is_strange) {
        let standing = scene.standing(Topic::Listener, &name, process.path());
        if standing != Standing::Known {
            let sentence = format!(
                "{} listens on {name} and is no installed service: {}",
                process.label(),
                process.path()
            );
            return Some(
                found(Severity::Critical, Certainty::Likely, &sentence)
                    .next(next)
                    .means_foreign(process),
            );
        }
    }
    if scene.is_by_chance(socket) {
        return None;
    }
    let program = scene.holder(socket);
    let who = if program.is_empty() { "no process that can be seen" } else { &program };
    match scene.standing(Topic::Listener, &name, &program) {
        Standing::New => {
            let sentence = format!("{name} listens since the baseline was taken: {who}");
            let is_owned = holder.is_some_and(crate::scene::Process::is_owned);
            let severity =
                if socket.is_open() && !is_owned { Severity::Warning } else { Severity::Info };
            Some(found(severity, Certainty::Hint, &sentence).next(next))
        }
        Standing::Changed => {
            let sentence = format!("another program than before listens on {name}: {who}");
            Some(found(Severity::Warning, Certainty::Hint, &sentence).next(next))
        }
        Standing::Known | Standing::NotTold => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::{Baseline, Facts};
    use crate::scene::Process;
    use crate::scene::process::Program;

    #[test]
    fn what_is_new_hidden_or_in_tmp_is_found_and_the_rest_is_not() {
        let socket = |local: &str, pid, seen| Socket {
            protocol: Protocol::Tcp,
            local: local.parse().ok(),
            remote: None,
            is_listening: true,
            inode: 1,
            uid: 0,
            pids: vec![pid],
            seen,
            is_apart: false,
        };
        let process = |pid, path: &str| Process {
            pid,
            program: Some(Program { path: path.to_owned(), ..Program::default() }),
            ..Process::default()
        };
        let mut scene = Scene {
            processes: vec![
                process(1, "/usr/sbin/sshd"),
                process(2, "/opt/app"),
                process(3, "/tmp/x"),
            ],
            sockets: vec![
                socket("0.0.0.0:22", 1, Seen::Both),
                socket("0.0.0.0:8080", 2, Seen::Both),
                socket("127.0.0.1:4444", 3, Seen::Both),
                socket("0.0.0.0:9", 1, Seen::OnlyNetlink),
                socket("0.0.0.0:40000", 2, Seen::Both),
            ],
            ..Scene::default()
        };
        scene.kernel.chosen_ports = (32_768, 60_999);
        let severities = |scene: &Scene| {
            let told = |found: &Finding| format!("{} {}", found.severity, found.subject);
            detect(scene).iter().map(told).collect::<Vec<_>>()
        };
        let always = ["critical socket:tcp 127.0.0.1:4444", "critical socket:tcp 0.0.0.0:9"];
        assert_eq!(severities(&scene), always);
        let mut facts = Facts::default();
        facts.add(Topic::Listener, "tcp 0.0.0.0:22", "/usr/sbin/sshd");
        scene.baseline = Some(Baseline::new(scene.at, facts));
        let found = severities(&scene);
        assert_eq!(found, ["warning socket:tcp 0.0.0.0:8080", always[0], always[1]]);
    }
}
