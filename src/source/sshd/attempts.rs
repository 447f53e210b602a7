//! Lines of sshd put together: which connection a line belongs to, how often an address failed.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::line::{Accepted, Line, address};

/// Connections and addresses remembered; beyond that the oldest are forgotten.
const CONNECTIONS: usize = 4096;
const ADDRESSES: usize = 4096;
/// Failures longer ago have nothing to do with a login now.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);
/// A connection that says nothing for this long is another one with the same process id.
const OVER: SignedDuration = SignedDuration::from_mins(10);

/// What a line comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome<'a> {
    /// Somebody is in, after so many failures from the same address, the first of them then.
    Login { login: Accepted<'a>, failures: u32, first_failure: Option<Timestamp> },
    /// So many tries failed.
    Failures { host: Host, user: String, count: u32 },
    /// A scanner knocked.
    Probe { host: Host },
    /// A connection is over.
    Ended { host: Host, port: u16 },
    /// Nothing yet.
    Nothing,
}

/// The other side, however it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Host {
    /// By its address.
    Address(IpAddr),
    /// By a name, where sshd is told to look them up.
    Name(String),
}

impl Host {
    pub(super) fn of(text: &str) -> Self {
        address(text).map_or_else(|| Self::Name(text.to_owned()), Self::Address)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Connections and failures so far.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    connections: HashMap<u32, Connection>,
    failures: HashMap<Host, Failures>,
    order: VecDeque<Host>,
}

/// One connection, by the process that serves it.
#[derive(Debug, Clone)]
struct Connection {
    host: Option<Host>,
    /// Failures that do not count yet: of whom, and how many.
    user: String,
    undecided: u32,
    /// The last of them was told by PAM, so the line of sshd about the same try follows.
    by_pam: bool,
    /// Failed tries that sshd told each in a line of its own.
    tries: u32,
    /// A failure of this connection has been counted.
    told: bool,
    /// A scanner whose address is not known yet.
    probed: bool,
    /// The other side's port once somebody is in, else 0.
    port: u16,
    last: Timestamp,
}

/// How often an address failed.
#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    first: Timestamp,
    last: Timestamp,
}

impl Attempts {
    /// Takes a line of the process `pid` (0: unknown).
    pub(super) fn take<'a>(&mut self, at: Timestamp, pid: u32, line: Line<'a>) -> Outcome<'a> {
        let mut connection = self
            .connections
            .remove(&pid)
            .filter(|known| pid != 0 && (known.port != 0 || at.duration_since(known.last) < OVER))
            .unwrap_or(Connection {
                host: None,
                user: String::new(),
                undecided: 0,
                by_pam: false,
                tries: 0,
                told: false,
                probed: false,
                port: 0,
                last: at,
            });
        connection.last = at;
        let outcome = self.decide(at, &mut connection, line);
        if pid != 0 {
            if self.connections.len() >= CONNECTIONS {
                self.forget();
            }
            self.connections.insert(pid, connection);
        }
        outcome
    }

    /// Drops the older half of the connections: seldom, for it looks at all of them.
    fn forget(&mut self) {
        let mut times: Vec<_> = self.connections.values().map(|known| known.last).collect();
        let middle = times.len() / 2;
        let (_, &mut median, _) = times.select_nth_unstable(middle);
        self.connections.retain(|_, known| known.last > median);
    }

    fn decide<'a>(&mut self, at: Timestamp, known: &mut Connection, line: Line<'a>) -> Outcome<'a> {
        match line {
            Line::Accepted(login) => {
                let others = known.undecided > 0 && known.user != login.user;
                let undecided = std::mem::take(&mut known.undecided);
                if others {
                    self.count(at, &Host::of(login.host), undecided + 1);
                }
                let host = Host::of(login.host);
                let before = self.of(at, &host);
                (known.host, known.port) = (Some(host), login.port);
                let (failures, first_failure) =
                    before.map_or((0, None), |failures| (failures.count, Some(failures.first)));
                Outcome::Login { login, failures, first_failure }
            }
            Line::Failed { user, hosts, times } => {
                let mut hosts = hosts.into_iter().map(Host::of);
                let Some(first) = hosts.next() else { return Outcome::Nothing };
                let told = |host: &Host| known.host.as_ref() == Some(host);
                let host = if told(&first) { first } else { hosts.find(told).unwrap_or(first) };
                known.host.get_or_insert_with(|| host.clone());
                // One try is told in several lines: by PAM, that the user is invalid, that it failed.
                if known.by_pam {
                    known.undecided = 0;
                }
                let count = if times == 0 {
                    u32::from(!std::mem::replace(&mut known.told, true))
                } else {
                    let told = u32::from(known.tries == 0 && known.told);
                    known.told = true;
                    times - told
                };
                known.tries = known.tries.saturating_add(times);
                self.fail(at, &host, user, count)
            }
            Line::Undecided { user, host, by_pam } => {
                if let Some(host) = host {
                    known.host = Some(Host::of(host));
                }
                known.by_pam = by_pam;
                known.undecided += 1;
                let before = std::mem::replace(&mut known.user, user.to_owned());
                match &known.host {
                    // Whoever tries another name does not try a second key of his own.
                    Some(host) if known.undecided > 1 && before != user => {
                        let (host, count) = (host.clone(), std::mem::take(&mut known.undecided));
                        self.fail(at, &host, user, count)
                    }
                    _ => Outcome::Nothing,
                }
            }
            Line::TooMany => {
                known.undecided += 1;
                self.settle(at, known)
            }
            Line::Probe { host } => {
                if let Some(host) = host {
                    known.host = Some(Host::of(host));
                }
                if let Some(host) = &known.host {
                    Outcome::Probe { host: host.clone() }
                } else {
                    known.probed = true;
                    Outcome::Nothing
                }
            }
            Line::Connection { host } => {
                known.host = Some(Host::of(host));
                Outcome::Nothing
            }
            Line::Ended { host, port, before_login } => {
                let had_no_host = known.host.is_none();
                let host = Host::of(host);
                known.host = Some(host.clone());
                if had_no_host && known.undecided > 0 {
                    return self.settle(at, known);
                }
                if before_login && known.undecided > 0 {
                    return self.settle(at, known);
                }
                let probed = std::mem::take(&mut known.probed);
                if before_login || probed {
                    return Outcome::Probe { host };
                }
                Outcome::Ended { host, port }
            }
            Line::Closed => match (&known.host, std::mem::take(&mut known.port)) {
                (Some(host), port) if port != 0 => Outcome::Ended { host: host.clone(), port },
                _ => Outcome::Nothing,
            },
            Line::Other => Outcome::Nothing,
        }
    }

    /// Counts what was undecided, if it is known from where it came.
    fn settle<'a>(&mut self, at: Timestamp, known: &mut Connection) -> Outcome<'a> {
        let Some(host) = known.host.clone() else { return Outcome::Nothing };
        let count = std::mem::take(&mut known.undecided);
        let user = std::mem::take(&mut known.user);
        self.fail(at, &host, &user, count)
    }

    fn fail<'a>(&mut self, at: Timestamp, host: &Host, user: &str, count: u32) -> Outcome<'a> {
        self.count(at, host, count);
        Outcome::Failures { host: host.clone(), user: user.to_owned(), count }
    }

    fn count(&mut self, at: Timestamp, host: &Host, count: u32) {
        let failures = self.failures.entry(host.clone()).or_insert_with(|| {
            self.order.push_back(host.clone());
            Failures { count: 0, first: at, last: at }
        });
        if at.duration_since(failures.last) > FORGOTTEN {
            *failures = Failures { count: 0, first: at, last: at };
        }
        failures.count = failures.count.saturating_add(count);
        failures.last = at;
        while self.order.len() > ADDRESSES {
            if let Some(oldest) = self.order.pop_front() {
                self.failures.remove(&oldest);
            }
        }
    }

    /// How often an address failed within the last day.
    fn of(&self, at: Timestamp, host: &Host) -> Option<Failures> {
        let failures = self.failures.get(host).copied()?;
        (at.duration_since(failures.last) <= FORGOTTEN).then_some(failures)
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::read;
    use super::*;

    /// How often the address failed before it came in, by the lines of one connection each.
    fn failures(connections: &[&[&str]]) -> u32 {
        let mut attempts = Attempts::default();
        let at = Timestamp::UNIX_EPOCH;
        for (pid, lines) in (1..).zip(connections) {
            for line in *lines {
                attempts.take(at, pid, read(line));
            }
        }
        match attempts.take(at, 99, read("Accepted password for ann from 192.0.2.1 port 9 ssh2")) {
            Outcome::Login { failures, .. } => failures,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_try_is_one_however_many_lines_tell_of_it() {
        let pam = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root";
        let failed = "Failed password for root from 192.0.2.1 port 5 ssh2";
        let closed = "Connection closed by authenticating user root 192.0.2.1 port 5 [preauth]";
        assert_eq!(failures(&[&[pam, failed, closed]]), 1);
        let invalid = [
            "Invalid user x from 192.0.2.1 port 5",
            "pam_unix(sshd:auth): check pass; user unknown",
            "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1",
            "Failed password for invalid user x from 192.0.2.1 port 5 ssh2",
            "Failed password for invalid user x from 192.0.2.1 port 5 ssh2",
            "Connection closed by invalid user x 192.0.2.1 port 5 [preauth]",
        ];
        assert_eq!(failures(&[&invalid]), 2);
        assert_eq!(failures(&[&invalid[..1], &[pam, failed, failed, failed], &[closed]]), 4);
        let exceeded = "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 5 ssh2 [preauth]";
        assert_eq!(failures(&[&[pam, failed, failed, exceeded]]), 2);
        // A client that offers all its keys before the right one is no attack.
        let key = "Failed publickey for ann from 192.0.2.1 port 9 ssh2: RSA SHA256:x";
        assert_eq!(failures(&[&[key, key, key]]), 0);
    }
}
