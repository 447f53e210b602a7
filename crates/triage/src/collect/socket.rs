//! Sockets: from netlink (`sock_diag(7)`), and from `/proc/net` to hold against it.

use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::io;
use rustix::net::AddressFamily;

use super::netlink;
use crate::scene::socket::{Protocol, Seen, Socket};
use crate::scene::{Process, Unseen};

/// `TCP_LISTEN` and `TCP_ESTABLISHED` of the kernel's `net/tcp_states.h`; a UDP socket without another
/// end is in state 7.
const LISTEN: u8 = 10;
const ESTABLISHED: u8 = 1;
/// Sockets looked at of one kind.
const MOST: usize = 200_000;
/// Networks looked at.
const NETWORKS: usize = 64;
/// The size of `inet_diag_msg` of `linux/inet_diag.h`.
const MESSAGE: usize = 72;

/// The sockets of networks, with the processes that hold them.
pub fn sockets(processes: &[Process]) -> (Vec<Socket>, Vec<Unseen>) {
    let holders = holders(processes);
    let (mut sockets, mut unseen) = (Vec::new(), Vec::new());
    for (protocol, files, number) in
        [(Protocol::Tcp, ["tcp", "tcp6"], 6), (Protocol::Udp, ["udp", "udp6"], 17)]
    {
        // What opens or closes in between is in one view only: looked at again before it counts.
        let mut found = look(protocol, files, number, &mut unseen);
        for _ in 0..2 {
            let is_odd = |socket: &Socket| socket.is_listening && socket.seen != Seen::Both;
            if !found.iter().any(is_odd) {
                break;
            }
            found = look(protocol, files, number, &mut Vec::new());
        }
        sockets.extend(found);
    }
    for file in ["raw", "raw6"] {
        sockets.extend(listed(Protocol::Raw, &own(file)));
    }
    sockets.extend(packets(&fs::read_to_string("/proc/net/packet").unwrap_or_default()));
    // Containers have networks of their own: theirs are seen through a process of each.
    let home = Path::new("/proc/self/ns/net").metadata().ok().map(|network| network.ino());
    let mut networks = vec![home];
    for process in processes {
        if networks.len() > NETWORKS
            || process.network.is_none()
            || networks.contains(&process.network)
        {
            continue;
        }
        networks.push(process.network);
        let of = |file: &str| listed(Protocol::Tcp, &format!("/proc/{}/net/{file}", process.pid));
        let apart = ["tcp", "tcp6"].into_iter().flat_map(of);
        sockets.extend(apart.map(|socket| Socket { is_apart: true, ..socket }));
    }
    for socket in &mut sockets {
        socket.pids = holders.get(&socket.inode).cloned().unwrap_or_default();
    }
    (sockets, unseen)
}

/// The processes that hold each socket, by its number.
pub(super) fn holders(processes: &[Process]) -> HashMap<u64, Vec<u32>> {
    let mut holders: HashMap<u64, Vec<u32>> = HashMap::new();
    for process in processes {
        for &inode in &process.sockets {
            holders.entry(inode).or_default().push(process.pid);
        }
    }
    holders
}

fn look(protocol: Protocol, files: [&str; 2], number: u8, unseen: &mut Vec<Unseen>) -> Vec<Socket> {
    let mut sockets: Vec<Socket> =
        files.iter().flat_map(|file| listed(protocol, &own(file))).collect();
    let asked = match ask(protocol, number) {
        Ok(asked) => asked,
        Err(error) => {
            unseen.push(Unseen {
                what: format!("{} sockets by the kernel's other view", protocol.as_str()),
                why: format!("sock_diag: {error}"),
                mend: String::from("sudo nightkeep triage"),
                detectors: vec!["D17"],
            });
            return sockets;
        }
    };
    let key = |socket: &Socket| (socket.local, socket.remote, socket.inode);
    let listed: HashMap<_, usize> =
        sockets.iter().enumerate().map(|(at, socket)| (key(socket), at)).collect();
    for socket in &mut sockets {
        socket.seen = Seen::OnlyProc;
    }
    for mut socket in asked {
        if let Some(&at) = listed.get(&key(&socket)) {
            sockets[at].seen = Seen::Both;
        } else {
            socket.seen = Seen::OnlyNetlink;
            sockets.push(socket);
        }
    }
    sockets
}

fn own(file: &str) -> String {
    format!("/proc/net/{file}")
}

/// Sockets as a file of `/proc/net` has them.
fn listed(protocol: Protocol, file: &str) -> Vec<Socket> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().skip(1).take(MOST).filter_map(|line| listed_line(protocol, line)).collect()
}

fn listed_line(protocol: Protocol, line: &str) -> Option<Socket> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let state = u8::from_str_radix(fields.get(3)?, 16).ok()?;
    let (local, remote) = (address(fields.get(1)?)?, address(fields.get(2)?)?);
    socket(
        protocol,
        local,
        remote,
        state,
        fields.get(9)?.parse().ok()?,
        fields.get(7)?.parse().ok()?,
    )
}

fn socket(
    protocol: Protocol,
    local: SocketAddr,
    remote: SocketAddr,
    state: u8,
    inode: u64,
    uid: u32,
) -> Option<Socket> {
    let has_remote = !remote.ip().is_unspecified() || remote.port() != 0;
    let is_listening = match protocol {
        Protocol::Tcp => state == LISTEN,
        _ => !has_remote && state != ESTABLISHED,
    };
    // What is over waits for nobody's process.
    if protocol == Protocol::Tcp && !is_listening && inode == 0 {
        return None;
    }
    let remote = has_remote.then_some(remote);
    Some(Socket {
        protocol,
        local: Some(local),
        remote,
        is_listening,
        inode,
        uid,
        pids: Vec::new(),
        seen: Seen::Both,
        is_apart: false,
    })
}

/// `0100007F:0050`: words of the address in the machine's own order, the port as it is.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| {
        let word = u32::from_str_radix(ip.get(at * 8..at * 8 + 8)?, 16).ok()?;
        Some(word.to_ne_bytes())
    };
    let ip = match ip.len() {
        8 => IpAddr::from(word(0)?),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            IpAddr::from(<[u8; 16]>::try_from(words.concat()).ok()?)
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// `sk RefCnt Type Proto Iface R Rmem User Inode`
fn packets(text: &str) -> Vec<Socket> {
    let packet = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        Some(Socket {
            protocol: Protocol::Packet,
            local: None,
            remote: None,
            is_listening: true,
            inode: fields.get(8)?.parse().ok()?,
            uid: fields.get(7)?.parse().ok()?,
            pids: Vec::new(),
            seen: Seen::Both,
            is_apart: false,
        })
    };
    text.lines().skip(1).take(MOST).filter_map(packet).collect()
}

/// Asks the kernel for the sockets of a protocol, of both families.
fn ask(protocol: Protocol, number: u8) -> io::Result<Vec<Socket>> {
    let mut found = Vec::new();
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        // `inet_diag_req_v2`: family, protocol, two of no use here, states wanted, and whose (any).
        let mut request = [0; 56];
        request[0] = family.as_raw() as u8;
        request[1] = number;
        request[4..8].copy_from_slice(&u32::MAX.to_ne_bytes());
        found.extend(netlink::dump(&request, MOST, |body| asked(protocol, body))?);
    }
    Ok(found)
}

fn asked(protocol: Protocol, body: &[u8]) -> Option<Socket> {
    let body = body.first_chunk::<MESSAGE>()?;
    let ip = |at: usize| {
        let bytes: [u8; 16] = *body.get(at..)?.first_chunk()?;
        Some(if i32::from(body[0]) == i32::from(AddressFamily::INET.as_raw()) {
            IpAddr::from(Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]))
        } else {
            IpAddr::from(Ipv6Addr::from(bytes))
        })
    };
    let port = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
    let number = |at: usize| Some(u32::from_ne_bytes(*body.get(at..)?.first_chunk()?));
    let local = SocketAddr::new(ip(8)?, port(4));
    let remote = SocketAddr::new(ip(24)?, port(6));
    socket(protocol, local, remote, body[1], u64::from(number(68)?), number(64)?)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;
    use crate::collect::process::processes;

    #[test]
    fn a_line_of_proc_is_read() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 777 1 x";
        let found = listed_line(Protocol::Tcp, line).unwrap();
        assert_eq!(found.name(), "tcp 127.0.0.1:8080");
        assert_eq!(
            (found.inode, found.uid, found.is_listening, found.is_open()),
            (777, 1000, true, false)
        );
        assert_eq!(
            address("00000000000000000000000001000000:0016").unwrap().to_string(),
            "[::1]:22"
        );
    }

    #[test]
    fn a_kernel_that_cannot_answer_hides_nothing() {
        // No kernel has an answer for protocol 254, which RFC 3692 keeps for experiments.
        let mut unseen = Vec::new();
        let _held = TcpListener::bind("127.0.0.1:0").unwrap();
        let found = look(Protocol::Tcp, ["tcp", "tcp6"], 254, &mut unseen);
        assert!(found.iter().any(|socket| socket.is_listening));
        assert!(found.iter().all(|socket| socket.seen == Seen::Both), "{found:?}");
        assert_eq!(unseen.len(), 1);
    }

    #[test]
    fn what_listens_here_is_seen_in_both_views_with_its_process() {
        let tcp =
            [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("[::1]:0").unwrap()];
        let udp = UdpSocket::bind("0.0.0.0:0").unwrap();
        let (processes, _) = processes(jiff::Timestamp::UNIX_EPOCH);
        let (sockets, unseen) = sockets(&processes);
        assert_eq!(unseen, []);
        let wanted = tcp.iter().map(|socket| (Protocol::Tcp, socket.local_addr().unwrap()));
        for (protocol, local) in wanted.chain([(Protocol::Udp, udp.local_addr().unwrap())]) {
            let is_it =
                |socket: &&Socket| socket.protocol == protocol && socket.local == Some(local);
            let socket = sockets.iter().find(is_it).unwrap();
            assert!(socket.is_listening, "{socket:?}");
            assert_eq!((socket.seen, &socket.pids[..]), (Seen::Both, &[std::process::id()][..]));
        }
    }
}
