//! Unix sockets, and whose they are.

use crate::baseline::{Facts, Topic};

use super::socket::Seen;
use super::{Process, Scene};

/// A Unix socket (unix(7)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnixSocket {
    /// Its path, or `@` and its name where it is an abstract one; none of one end of a pair. As whoever made
    /// it chose: escaped only when shown.
    pub path: Option<String>,
    /// It waits for callers.
    pub is_listening: bool,
    /// Its number, by which processes are found that hold it.
    pub inode: u64,
    /// The number of its other end, where it has one.
    pub peer: Option<u64>,
    /// The user who opened it; none where the kernel does not say (before Linux 5.3).
    pub uid: Option<u32>,
    /// Processes that hold it.
    pub pids: Vec<u32>,
    /// The views of the kernel that show it.
    pub seen: Seen,
}

impl UnixSocket {
    /// `unix /run/app.sock`, `unix @name`.
    pub fn name(&self) -> String {
        format!("unix {}", self.path.as_deref().unwrap_or("without a name"))
    }

    /// Has it a name that makes lines of its own in `/proc/net/unix`, where it stands as it is?
    pub fn forges_lines(&self) -> bool {
        self.path.as_ref().is_some_and(|path| path.contains('\n'))
    }
}

/// Listeners of programs that no package owns: by the socket, the program.
pub fn facts(scene: &Scene, facts: &mut Facts) {
    for socket in scene.unix_sockets.iter().filter(|socket| socket.is_listening) {
        if let Some(process) = scene.stranger(socket) {
            facts.add(Topic::Listener, socket.name(), process.path());
        }
    }
}

impl Scene {
    /// The process that holds a socket, if its program is of no package or one that will not stay, and it is not
    /// in a container; or a shell, if nothing else holds it: systemd hands sockets to scripts.
    pub fn stranger(&self, socket: &UnixSocket) -> Option<&Process> {
        let holders = || socket.pids.iter().filter_map(|&pid| self.process(pid));
        let is_shells = holders().all(Process::is_shell);
        holders().find(|process| {
            let is_unowned =
                process.program.is_some() && !process.is_owned() && !self.packages.is_empty();
            let is_apart = process.is_contained;
            !is_apart && (is_unowned || process.is_fleeting() || is_shells)
        })
    }

    /// The processes that are connected to a socket that listens.
    pub fn callers<'s>(&'s self, socket: &'s UnixSocket) -> impl Iterator<Item = &'s Process> {
        // What was accepted has the name of what listens.
        let accepted = self.unix_sockets.iter().filter(|other| {
            !other.is_listening && other.path.is_some() && other.path == socket.path
        });
        let callers = accepted.filter_map(|accepted| accepted.peer);
        let ends = callers
            .flat_map(|peer| self.unix_sockets.iter().filter(move |other| other.inode == peer));
        ends.flat_map(|end| end.pids.iter().filter_map(|&pid| self.process(pid)))
    }
}
