//! Sockets, and whose they are.

use std::net::SocketAddr;

use crate::baseline::{Facts, Topic};

use super::Scene;

/// Where a socket of a network speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Any protocol of IP, written by hand.
    Raw,
    /// Whole frames, as they come.
    Packet,
}

impl Protocol {
    /// As tools write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Raw => "raw",
            Self::Packet => "packet",
        }
    }
}

/// A socket of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// What it speaks.
    pub protocol: Protocol,
    /// Its own end; none of a packet socket.
    pub local: Option<SocketAddr>,
    /// The other end, where it has one.
    pub remote: Option<SocketAddr>,
    /// It waits for others: TCP in LISTEN, UDP without another end.
    pub is_listening: bool,
    /// Its number, by which processes are found that hold it; 0 if none does.
    pub inode: u64,
    /// The user who opened it.
    pub uid: u32,
    /// Processes that hold it.
    pub pids: Vec<u32>,
    /// The views of the kernel that show it.
    pub seen: Seen,
    /// It is in another network than the machine's own: that of a container.
    pub is_apart: bool,
}

/// Where a socket was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// In every view that was asked.
    Both,
    /// Only `/proc/net` shows it.
    OnlyProc,
    /// Only netlink (`sock_diag(7)`) does.
    OnlyNetlink,
}

impl Socket {
    /// Can it be reached from other machines, as far as its address says?
    pub fn is_open(&self) -> bool {
        self.is_listening && self.local.is_some_and(|local| !local.ip().is_loopback())
    }

    /// As people write it: `tcp 0.0.0.0:443`.
    pub fn name(&self) -> String {
        match self.local {
            Some(local) => format!("{} {local}", self.protocol.as_str()),
            None => self.protocol.as_str().to_owned(),
        }
    }
}

/// What listens here: by the socket, the program. Ports the kernel chose itself are left out: they are
/// others after each start.
pub fn facts(scene: &Scene, facts: &mut Facts) {
    for socket in scene.sockets.iter().filter(|socket| socket.is_listening && !socket.is_apart) {
        if !scene.is_by_chance(socket) {
            facts.add(Topic::Listener, socket.name(), scene.holder(socket));
        }
    }
}

impl Scene {
    /// Did the kernel choose its port?
    pub fn is_by_chance(&self, socket: &Socket) -> bool {
        let (low, high) = self.kernel.chosen_ports;
        socket.local.is_some_and(|local| (low..=high).contains(&local.port()))
    }

    /// The sockets a process holds.
    pub fn sockets_of(&self, pid: u32) -> impl Iterator<Item = &Socket> {
        self.sockets.iter().filter(move |socket| socket.pids.contains(&pid))
    }

    /// The program that holds a socket; empty if it is not known.
    pub fn holder(&self, socket: &Socket) -> String {
        let process = socket.pids.iter().find_map(|&pid| self.process(pid));
        process.map(|process| process.path().to_owned()).unwrap_or_default()
    }
}
