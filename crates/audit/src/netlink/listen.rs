//! Records as they happen, from the kernel's multicast group.
//!
//! Whoever listens costs the audited processes nothing: if he is slow, the kernel drops records for
//! him alone, and says so with `ENOBUFS`, which is counted here. Subscribing is itself recorded
//! (`EVENT_LISTENER`). Records of auditd about itself (`DAEMON_*`) are not heard, and nothing is
//! enriched.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, sockopt};

use super::Error;
use super::message::{HEAD, short};
use crate::Kind;

/// `AUDIT_NLGRP_READLOG` (group 1) as a bit.
const READLOG: u32 = 1;
/// `AUDIT_MESSAGE_TEXT_MAX` and room for what newer kernels may add.
const LONGEST_RECORD: usize = 16 * 1024;

/// A socket of `CAP_AUDIT_READ`. It never blocks: wait for it to be readable by its descriptor.
#[derive(Debug)]
pub struct Listener {
    socket: OwnedFd,
    buffer: Box<[u8]>,
    line: Vec<u8>,
    gaps: u64,
    records: u64,
    wanted: Option<&'static [Kind]>,
}

/// What was heard.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A record in the form of auditd's log, `type=SYSCALL msg=audit(1700000000.123:45): …`,
    /// without the line's end.
    Record(&'a [u8]),
    /// The kernel dropped records for us.
    Gap,
    /// Nothing more for now.
    Nothing,
}

impl Listener {
    /// Begins to listen. `room` is how many bytes of records may wait to be read; the kernel gives
    /// less to those without `CAP_NET_ADMIN` (`net.core.rmem_max`).
    pub fn open(room: usize) -> Result<Self, Error> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
        let socket = rustix::net::socket_with(family, kind, flags, Some(netlink::AUDIT))?;
        if sockopt::set_socket_recv_buffer_size_force(&socket, room).is_err() {
            sockopt::set_socket_recv_buffer_size(&socket, room)?;
        }
        rustix::net::bind(&socket, &SocketAddrNetlink::new(0, READLOG))?;
        Ok(Self {
            socket,
            buffer: vec![0; LONGEST_RECORD].into(),
            line: Vec::new(),
            gaps: 0,
            records: 0,
            wanted: None,
        })
    }

    /// Passes over records of all other kinds from now on; they are counted.
    pub fn want(&mut self, kinds: &'static [Kind]) {
        self.wanted = Some(kinds);
    }

    /// How many records came, of all kinds.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The next record, if one waits.
    pub fn read(&mut self) -> Result<Heard<'_>, Error> {
        let flags = RecvFlags::empty();
        let (length, kind) = loop {
            let length = match rustix::net::recv(&self.socket, &mut self.buffer[..], flags) {
                Ok((length, _)) => length,
                Err(Errno::AGAIN | Errno::INTR) => return Ok(Heard::Nothing),
                Err(Errno::NOBUFS) => {
                    self.gaps += 1;
                    return Ok(Heard::Gap);
                }
                Err(error) => return Err(error.into()),
            };
            self.records += 1;
            let kind = Kind(i32::from(short(self.buffer.get(..length).unwrap_or_default(), 4)?));
            if self.wanted.is_none_or(|wanted| wanted.contains(&kind)) {
                break (length, kind);
            }
        };
        // The length in the head is not always that of the message: what came is what counts.
        let message = self.buffer.get(..length).unwrap_or_default();
        let body = message.get(HEAD..).unwrap_or_default();
        let end = body.iter().rposition(|byte| !matches!(byte, 0 | b'\n')).map_or(0, |end| end + 1);
        self.line.clear();
        self.line.extend_from_slice(b"type=");
        match kind.name() {
            Some(name) => self.line.extend_from_slice(name.as_bytes()),
            None => self.line.extend_from_slice(kind.to_string().as_bytes()),
        }
        self.line.extend_from_slice(b" msg=");
        self.line.extend_from_slice(body.get(..end).unwrap_or_default());
        Ok(Heard::Record(&self.line))
    }

    /// How often the kernel dropped records for us.
    pub fn gaps(&self) -> u64 {
        self.gaps
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
