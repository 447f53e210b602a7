//! Unix sockets: from netlink (`sock_diag(7)`), and from `/proc/net/unix` to hold against it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;

use rustix::io;
use rustix::net::AddressFamily;

use super::{netlink, socket};
use crate::scene::socket::Seen;
use crate::scene::{Process, UnixSocket, Unseen};

/// `TCP_LISTEN` of the kernel's `net/tcp_states.h`, which Unix sockets borrow.
const LISTEN: u8 = 10;
/// `__SO_ACCEPTCON` of `linux/net.h`: how `/proc/net/unix` says the same.
const LISTENS: u32 = 1 << 16;
/// Sockets looked at, and bytes of their list.
const MOST: usize = 200_000;
const LIST: u64 = 64 << 20;
/// How often what only one view shows is looked at again: what opens or closes in between counts for nothing.
const AGAIN: usize = 2;
/// `UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_UID` of `linux/unix_diag.h`, and the attributes in which
/// the answers come.
const SHOW: u32 = 0x1 | 0x4 | 0x40;
const NAME: u16 = 0;
const PEER: u16 = 2;
const UID: u16 = 7;

/// The Unix sockets of the machine's own network, with the processes that hold them.
pub fn sockets(processes: &[Process]) -> (Vec<UnixSocket>, Vec<Unseen>) {
    match looked() {
        Ok(found) => (held(found, processes), Vec::new()),
        Err(error) => {
            let unseen = Unseen {
                what: String::from("Unix sockets by both of the kernel's views"),
                why: format!("sock_diag and /proc/net/unix: {error}"),
                mend: String::from("sudo nightkeep triage"),
                detectors: vec!["D17"],
            };
            (held(listed().unwrap_or_default(), processes), vec![unseen])
        }
    }
}

fn looked() -> io::Result<Vec<UnixSocket>> {
    let mut found = compared(listed()?, ask()?);
    for _ in 0..AGAIN {
        let is_odd = |socket: &&UnixSocket| socket.seen != Seen::Both;
        let odd: BTreeSet<u64> = found.iter().filter(is_odd).map(|socket| socket.inode).collect();
        if odd.is_empty() {
            break;
        }
        found = compared(listed()?, ask()?);
        for socket in found.iter_mut().filter(|socket| !odd.contains(&socket.inode)) {
            socket.seen = Seen::Both;
        }
    }
    Ok(found)
}

fn held(mut sockets: Vec<UnixSocket>, processes: &[Process]) -> Vec<UnixSocket> {
    let holders = socket::holders(processes);
    for socket in &mut sockets {
        socket.pids = holders.get(&socket.inode).cloned().unwrap_or_default();
    }
    sockets
}

/// What netlink says, and of what listens, which view does not show it.
fn compared(listed: Vec<UnixSocket>, mut asked: Vec<UnixSocket>) -> Vec<UnixSocket> {
    // What was cut hides nothing.
    if listed.len() >= MOST || asked.len() >= MOST {
        return asked;
    }
    let in_list: BTreeSet<u64> = listed.iter().map(|socket| socket.inode).collect();
    let in_answer: BTreeSet<u64> = asked.iter().map(|socket| socket.inode).collect();
    for socket in asked.iter_mut().filter(|socket| socket.is_listening) {
        if !in_list.contains(&socket.inode) {
            socket.seen = Seen::OnlyNetlink;
        }
    }
    // A name with a line end in it writes lines of sockets that are not there.
    let is_forged = asked.iter().any(UnixSocket::forges_lines);
    let only_listed = listed
        .into_iter()
        .filter(|socket| socket.is_listening && !in_answer.contains(&socket.inode) && !is_forged);
    asked.extend(only_listed.map(|socket| UnixSocket { seen: Seen::OnlyProc, ..socket }));
    asked
}

fn listed() -> io::Result<Vec<UnixSocket>> {
    let mut bytes = Vec::new();
    let file =
        File::open("/proc/net/unix").and_then(|file| file.take(LIST).read_to_end(&mut bytes));
    file.map_err(|error| io::Errno::from_io_error(&error).unwrap_or(io::Errno::IO))?;
    // Names are bytes: whatever is no text in them must not hide the rest.
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().skip(1).take(MOST).filter_map(listed_line).collect())
}

/// `Num RefCount Protocol Flags Type St Inode Path`; the path may have blanks.
fn listed_line(line: &str) -> Option<UnixSocket> {
    let mut rest = line;
    let mut field = |_| {
        rest = rest.trim_start();
        let (field, after) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = after;
        field
    };
    let [_, _, _, flags, _, _, inode] = std::array::from_fn(&mut field);
    let flags = u32::from_str_radix(flags, 16).ok()?;
    Some(UnixSocket {
        path: (!rest.is_empty()).then(|| rest.to_owned()),
        is_listening: flags & LISTENS != 0,
        inode: inode.parse().ok()?,
        peer: None,
        uid: None,
        pids: Vec::new(),
        seen: Seen::Both,
    })
}

fn ask() -> io::Result<Vec<UnixSocket>> {
    // `unix_diag_req`: family, protocol, two of no use, states wanted, number (any), what to show, cookie (any).
    let mut request = [0; 24];
    request[0] = AddressFamily::UNIX.as_raw() as u8;
    request[4..8].copy_from_slice(&u32::MAX.to_ne_bytes());
    request[12..16].copy_from_slice(&SHOW.to_ne_bytes());
    request[16..].fill(0xff);
    netlink::dump(&request, MOST, asked)
}

/// `unix_diag_msg`: family, type, state, one of no use, number, cookie; then attributes.
fn asked(body: &[u8]) -> Option<UnixSocket> {
    let (head, rest) = body.split_first_chunk::<16>()?;
    let word = |bytes: &[u8]| Some(u32::from_ne_bytes(*bytes.first_chunk()?));
    let mut socket = UnixSocket {
        path: None,
        is_listening: head[2] == LISTEN,
        inode: word(&head[4..])?.into(),
        peer: None,
        uid: None,
        pids: Vec::new(),
        seen: Seen::Both,
    };
    for (kind, value) in netlink::attributes(rest) {
        match kind {
            NAME => socket.path = path(value),
            PEER => socket.peer = word(value).map(u64::from).filter(|&peer| peer != 0),
            UID => socket.uid = word(value),
            _ => {}
        }
    }
    Some(socket)
}

/// A name as it is bound: an abstract one begins with a zero byte and has no end, a path ends with one.
fn path(name: &[u8]) -> Option<String> {
    match name {
        [] => None,
        [0, name @ ..] => Some(format!("@{}", String::from_utf8_lossy(name))),
        path => {
            let path = path.split(|&byte| byte == 0).next().unwrap_or_default();
            Some(String::from_utf8_lossy(path).into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

    use proptest::prelude::*;

    use super::*;
    use crate::collect::process::processes;

    #[test]
    fn what_listens_here_is_seen_in_both_views_with_its_process_and_its_callers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b\x1b[31m.sock");
        let named = UnixListener::bind(&path).unwrap();
        let name = format!("nightkeep\0test {}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let _abstract = UnixListener::bind_addr(&address).unwrap();
        let _caller = UnixStream::connect(&path).unwrap();
        let _accepted = named.accept().unwrap();
        let (processes, _) = processes(jiff::Timestamp::UNIX_EPOCH);
        let (sockets, unseen) = sockets(&processes);
        assert_eq!(unseen, []);
        let own = [std::process::id()];
        for wanted in [path.to_str().unwrap().to_owned(), format!("@{name}")] {
            let is_it =
                |socket: &&UnixSocket| socket.is_listening && socket.path.as_ref() == Some(&wanted);
            let socket = sockets.iter().find(is_it).unwrap();
            assert_eq!((socket.seen, &socket.pids[..]), (Seen::Both, &own[..]));
        }
        let scene = crate::scene::Scene { processes, unix_sockets: sockets, ..Default::default() };
        let mut listening = scene.unix_sockets.iter().filter(|socket| socket.is_listening);
        let named = listening.find(|socket| socket.path.as_deref() == path.to_str()).unwrap();
        let callers: Vec<u32> = scene.callers(named).map(|process| process.pid).collect();
        assert_eq!(callers, own);
    }

    #[test]
    fn a_line_of_proc_is_read_and_a_forged_one_accuses_nobody() {
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01   777 /run/a b";
        let listener = listed_line(line).unwrap();
        assert_eq!((listener.path.as_deref(), listener.inode), (Some("/run/a b"), 777));
        assert!(listener.is_listening);
        assert!(listed_line("0: 2 0 00000000 1 03 5").is_some_and(|one| one.path.is_none()));
        let compared = |listed: &[&UnixSocket], asked: &[&UnixSocket]| {
            let owned = |all: &[&UnixSocket]| all.iter().map(|&one| one.clone()).collect();
            let found = super::compared(owned(listed), owned(asked));
            found.iter().map(|one| (one.inode, one.seen)).collect::<Vec<_>>()
        };
        assert_eq!(compared(&[&listener], &[&listener]), [(777, Seen::Both)]);
        assert_eq!(compared(&[&listener], &[]), [(777, Seen::OnlyProc)]);
        assert_eq!(compared(&[], &[&listener]), [(777, Seen::OnlyNetlink)]);
        let forger = UnixSocket {
            path: Some(format!("/tmp/x\n{line}")),
            inode: 9,
            is_listening: false,
            ..listener.clone()
        };
        assert_eq!(compared(&[&listener, &forger], &[&forger]), [(9, Seen::Both)]);
    }

    proptest! {
        #[test]
        fn whatever_the_kernel_says_reading_ends(body in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = asked(&body);
            let _ = listed_line(&String::from_utf8_lossy(&body));
        }
    }
}
