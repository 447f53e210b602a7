//! D17: something listens that should not.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::process::is_scratch;
use crate::scene::socket::{Protocol, Seen, Socket};
use crate::scene::{Scene, UnixSocket};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D17",
    title: "a program that listens and did not before, or hides that it does",
    logic: "A TCP or UDP socket that waits for callers: shown by only one of netlink (sock_diag) and \
            /proc/net, three times in a row; or held by a shell or by a program from a temporary or hidden \
            folder; or not in the baseline with this program. A Unix socket that does: shown by only one of \
            netlink and /proc/net/unix; held by a shell or by a program from a temporary or hidden folder; or \
            itself in such a folder and held by a program no package owns.",
    innocent: "A service the owner installed since the baseline was taken. Ports the kernel chose itself are \
               left out, as are those of containers. What somebody at a terminal builds and tries out may listen. tmux, \
               ssh-agent, X11 and systemd have Unix sockets in /tmp and /run/user, and are of packages; editors and \
               tools in homes are of none, and are only named.",
    attack: &["T1571", "T1559"],
};

/// Processes that are named of one socket: its holders, and those that are connected to it.
const HOLDERS: usize = 5;
const CALLERS: usize = 5;
/// Hidden folders in which displays have their sockets.
const DISPLAYS: [&str; 4] =
    ["/tmp/.X11-unix/", "/tmp/.ICE-unix/", "/tmp/.XIM-unix/", "/tmp/.font-unix/"];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let is_one = |socket: &&Socket| {
        socket.is_listening
            && !socket.is_apart
            && matches!(socket.protocol, Protocol::Tcp | Protocol::Udp)
    };
    let of_networks =
        scene.sockets.iter().filter(is_one).filter_map(|socket| finding(scene, socket));
    let local = scene.unix_sockets.iter().filter_map(|socket| local(scene, socket));
    of_networks.chain(local).collect()
}

fn finding(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let name = socket.name();
    let found = |severity, certainty, sentence: &str| {
        held(scene, &name, &socket.pids, severity, certainty, sentence)
    };
    if socket.seen != Seen::Both {
        let next = "sudo ss -lntup; sudo cat /proc/net/tcp /proc/net/udp";
        return Some(hidden(scene, &name, &socket.pids, socket.seen, next));
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

/// Of a Unix socket. Programs make such sockets all the time: one that is only new is none.
fn local(scene: &Scene, socket: &UnixSocket) -> Option<Finding> {
    let name = socket.name();
    // The name is as somebody chose it, the number the kernel's.
    let next = format!("sudo ss -xp | grep -w {}", socket.inode);
    let found = |severity, certainty, sentence: &str| {
        let found = held(scene, &name, &socket.pids, severity, certainty, sentence);
        let found = scene.callers(socket).take(CALLERS).fold(found, |found, caller| {
            found.seen(format!("{} is connected to it: {}", caller.label(), caller.path()))
        });
        found.next(&next)
    };
    if socket.forges_lines() {
        let sentence = "a Unix socket has a name that forges lines of /proc/net/unix";
        return Some(found(Severity::Warning, Certainty::Likely, sentence).seen(&name));
    }
    if !socket.is_listening {
        return None;
    }
    if socket.seen != Seen::Both {
        return Some(hidden(scene, &name, &socket.pids, socket.seen, &next));
    }
    let process = scene.stranger(socket)?;
    if scene.standing(Topic::Listener, &name, process.path()) == Standing::Known {
        return None;
    }
    let who = process.label();
    let is_installed = !process.is_from_scratch() && !process.is_in_memory();
    if !is_installed || process.is_shell() {
        let sentence =
            format!("{who} listens on {name} and is no installed service: {}", process.path());
        // Somebody who is logged in may be trying something out; AppImages mount themselves there.
        let is_image = process.path().starts_with("/tmp/.mount_");
        return Some(if process.is_by_hand() || is_image {
            found(Severity::Warning, Certainty::Hint, &sentence)
        } else {
            found(Severity::Critical, Certainty::Likely, &sentence).means_foreign(process)
        });
    }
    let path = socket.path.as_deref().filter(|path| is_scratch(path))?;
    let is_hidden = path.contains("/.") && !DISPLAYS.iter().any(|folder| path.starts_with(folder));
    let severity = if is_hidden { Severity::Warning } else { Severity::Info };
    let sentence = format!("{who}, of no package, listens where anybody may write, on {name}");
    Some(found(severity, Certainty::Hint, &sentence))
}

fn hidden(scene: &Scene, name: &str, pids: &[u32], seen: Seen, next: &str) -> Finding {
    let (by, not) = match seen {
        Seen::OnlyProc => ("/proc/net", "netlink"),
        _ => ("netlink", "/proc/net"),
    };
    let sentence = format!("{name} listens, and one of the kernel's views hides it");
    held(scene, name, pids, Severity::Critical, Certainty::Sure, &sentence)
        .seen(format!("{by} shows it, {not} does not"))
        .next(next)
        .means(Meaning::IntegrityLost)
}

/// A finding with who holds the socket.
fn held(
    scene: &Scene,
    name: &str,
    pids: &[u32],
    severity: Severity,
    certainty: Certainty,
    sentence: &str,
) -> Finding {
    let subject = Subject::Socket(name.to_owned());
    let found = Finding::new(&ABOUT, severity, certainty, subject, sentence);
    let holders = pids.iter().filter_map(|&pid| scene.process(pid));
    holders.take(HOLDERS).fold(found, |found, process| {
        found.seen(format!("{} holds it: {}", process.label(), process.path()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::{Baseline, Facts};
    use crate::scene::Process;
    use crate::scene::package::Manager;
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

    #[test]
    fn a_unix_socket_of_a_foreign_program_is_found_and_those_of_tmux_and_editors_are_not() {
        let socket = |path: &str, pid| UnixSocket {
            path: Some(path.to_owned()),
            is_listening: true,
            inode: u64::from(pid),
            peer: None,
            uid: None,
            pids: vec![pid],
            seen: Seen::Both,
        };
        let process = |pid, path: &str, package: Option<&str>| Process {
            pid,
            uid: 1000,
            effective_uid: 1000,
            program: Some(Program {
                path: path.to_owned(),
                package: package.map(str::to_owned),
                ..Program::default()
            }),
            ..Process::default()
        };
        let by_hand = Process {
            login_uid: Some(1000),
            streams: [Some(String::from("/dev/pts/0")), None, None],
            ..process(6, "/tmp/target/test", None)
        };
        let in_container = Process { is_contained: true, ..process(8, "/tmp/x", None) };
        let mut scene = Scene {
            processes: vec![
                process(1, "/usr/bin/tmux", Some("tmux")),
                process(2, "/usr/bin/ssh-agent", Some("openssh-client")),
                process(3, "/home/ann/.vscode-server/node", None),
                process(4, "/dev/shm/x", None),
                process(5, "/opt/app", None),
                by_hand,
                process(7, "/opt/app", None),
                in_container,
                process(9, "/usr/bin/socat", Some("socat")),
                process(10, "/usr/lib/systemd/systemd", Some("systemd")),
                process(11, "/usr/bin/dash", Some("dash")),
            ],
            unix_sockets: vec![
                socket("/tmp/tmux-1000/default", 1),
                socket("/tmp/ssh-XXXX/agent.1", 2),
                socket("/run/user/1000/vscode.sock", 3),
                socket("@x", 4),
                socket("/run/app.sock", 5),
                socket("/tmp/test.sock", 6),
                socket("/tmp/.x/y", 7),
                socket("/tmp/z", 8),
                socket("/tmp/.X11-unix/X0", 5),
                UnixSocket { pids: vec![10, 11], ..socket("/run/script", 10) },
                socket("/run/shell", 11),
                UnixSocket { seen: Seen::OnlyNetlink, ..socket("/run/hidden", 9) },
                UnixSocket { is_listening: false, peer: Some(50), ..socket("@x", 4) },
                UnixSocket { path: None, is_listening: false, inode: 50, ..socket("", 9) },
            ],
            ..Scene::default()
        };
        scene.packages.add("tmux", Manager::Dpkg);
        let told = |scene: &Scene| {
            let told = |found: &Finding| format!("{} {}", found.severity, found.subject);
            detect(scene).iter().map(told).collect::<Vec<_>>()
        };
        let expected = [
            "info socket:unix /run/user/1000/vscode.sock",
            "critical socket:unix @x",
            "warning socket:unix /tmp/test.sock",
            "warning socket:unix /tmp/.x/y",
            "info socket:unix /tmp/.X11-unix/X0",
            "critical socket:unix /run/shell",
            "critical socket:unix /run/hidden",
        ];
        assert_eq!(told(&scene), expected);
        let found = detect(&scene);
        assert!(found[1].evidence[1].contains("pid 9"), "{:?}", found[1].evidence);
        scene.unix_sockets = vec![socket("/tmp/a\n0: 0 0 10000 1 1 5 /run/b", 1)];
        let found = detect(&scene);
        assert_eq!(found[0].severity, Severity::Warning);
        assert!(!found[0].subject.to_string().contains('\n'), "{}", found[0].subject);
        scene.unix_sockets = vec![socket("@x", 4)];
        let mut facts = Facts::default();
        crate::scene::unix::facts(&scene, &mut facts);
        scene.baseline = Some(Baseline::new(scene.at, facts));
        assert!(detect(&scene).is_empty(), "the owner knows it");
    }
}
