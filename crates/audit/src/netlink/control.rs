//! Asking and telling the kernel's audit system.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::sockopt::{self, Timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::Error;
use super::message::{self, DONE, ERROR};
use super::status::{Change, Loginuid, Status};
use crate::rules::{LONGEST, Rule};

const GET: u16 = 1000;
const SET: u16 = 1001;
const ADD_RULE: u16 = 1011;
const DEL_RULE: u16 = 1012;
const LIST_RULES: u16 = 1013;
const TRIM: u16 = 1014;
const MAKE_EQUIVALENT: u16 = 1015;
const SET_FEATURE: u16 = 1018;
const GET_FEATURE: u16 = 1019;

/// The kernel answers at once, but for a list it starts a thread.
const PATIENCE: Duration = Duration::from_secs(5);

/// A socket of `CAP_AUDIT_CONTROL`.
#[derive(Debug)]
pub struct Control {
    socket: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Control {
    /// Opens it. Without the capability this works, and the first question is refused.
    pub fn open() -> Result<Self, Error> {
        let family = AddressFamily::NETLINK;
        let flags = SocketFlags::CLOEXEC;
        let kind = SocketType::RAW;
        let socket = rustix::net::socket_with(family, kind, flags, Some(netlink::AUDIT))?;
        rustix::net::bind(&socket, &SocketAddrNetlink::new(0, 0))?;
        sockopt::set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
        Ok(Self { socket, sequence: 0, buffer: Vec::new() })
    }

    /// How it is.
    pub fn status(&mut self) -> Result<Status, Error> {
        let mut status = Err(Error::Malformed);
        self.ask(GET, &[], GET, |body| status = Status::decode(body))?;
        status
    }

    /// May login ids be changed?
    pub fn loginuid(&mut self) -> Result<Loginuid, Error> {
        let mut said = Err(Error::Malformed);
        self.ask(GET_FEATURE, &[], GET_FEATURE, |body| said = Loginuid::decode(body))?;
        said
    }

    /// Every rule it holds, list by list in the order of `linux/audit.h`, each in the order they
    /// are asked. A rule of a kind that is unknown here is an error in its place.
    pub fn rules(&mut self) -> Result<Vec<Result<Rule, crate::rules::BadRule>>, Error> {
        let mut rules = Vec::new();
        self.ask(LIST_RULES, &[], LIST_RULES, |body| rules.push(Rule::decode(body)))?;
        Ok(rules)
    }

    /// Adds a rule.
    pub fn add(&mut self, rule: &Rule) -> Result<(), Error> {
        let body = rule.encode().map_err(|_| Error::Invalid)?;
        self.tell(ADD_RULE, &body)
    }

    /// Deletes the rule that is the same as this one.
    pub fn delete(&mut self, rule: &Rule) -> Result<(), Error> {
        let body = rule.encode().map_err(|_| Error::Invalid)?;
        self.tell(DEL_RULE, &body)
    }

    /// Changes one thing.
    pub fn set(&mut self, change: Change) -> Result<(), Error> {
        self.tell(SET, &change.encode())
    }

    /// From now until the next boot no login id is changed once it is set.
    pub fn make_loginuid_immutable(&mut self) -> Result<(), Error> {
        self.tell(SET_FEATURE, &Loginuid::encode())
    }

    /// Has the kernel look through its watched trees for what is no longer mounted.
    pub fn trim(&mut self) -> Result<(), Error> {
        self.tell(TRIM, &[])
    }

    /// Has the watches of a mount reach into a tree mounted elsewhere.
    pub fn make_equivalent(&mut self, mount: &[u8], tree: &[u8]) -> Result<(), Error> {
        let lengths = [mount.len() as u32, tree.len() as u32];
        let mut body: Vec<u8> = lengths.iter().flat_map(|length| length.to_ne_bytes()).collect();
        body.extend_from_slice(mount);
        body.extend_from_slice(tree);
        self.tell(MAKE_EQUIVALENT, &body)
    }

    fn tell(&mut self, kind: u16, body: &[u8]) -> Result<(), Error> {
        self.ask(kind, body, 0, |_| ())
    }

    /// Sends a request, and hands on the answers of the wanted kind until it is answered: by an
    /// acknowledgement alone, by one message, or (a list) by an end.
    fn ask(
        &mut self,
        kind: u16,
        body: &[u8],
        wanted: u16,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        self.sequence = self.sequence.wrapping_add(1);
        let bytes = message::request(kind, self.sequence, body);
        let kernel = SocketAddrNetlink::new(0, 0);
        rustix::net::sendto(&self.socket, &bytes, SendFlags::empty(), &kernel)?;
        self.buffer.resize(message::HEAD + LONGEST, 0);
        let (mut acknowledged, mut answered) = (false, wanted == 0);
        while !(acknowledged && answered) {
            let flags = RecvFlags::empty();
            let (length, _) =
                match rustix::net::recv(&self.socket, self.buffer.as_mut_slice(), flags) {
                    Err(rustix::io::Errno::INTR) => continue,
                    received => received?,
                };
            let mut rest = self.buffer.get(..length).unwrap_or_default();
            while let Some((message, after)) = message::next(rest)? {
                rest = after;
                // What answers an earlier question came too late for it.
                if message.sequence != self.sequence {
                    continue;
                }
                match message.kind {
                    ERROR => match message::number(message.body, 0)?.cast_signed() {
                        0 => acknowledged = true,
                        number => {
                            return Err(rustix::io::Errno::from_raw_os_error(-number).into());
                        }
                    },
                    DONE => answered = true,
                    known if known == wanted => {
                        take(message.body);
                        answered = wanted != LIST_RULES;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
