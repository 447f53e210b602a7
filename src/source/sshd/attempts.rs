//! Lines of sshd put together: which connection a line belongs to, how often an address failed.

use std::collections::{BTreeMap, VecDeque};

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
    Failures { host: String, user: String, count: u32 },
    /// A scanner knocked.
    Probe { host: String },
    /// A connection is over.
    Ended { host: String, port: u16 },
    /// Nothing yet.
    Nothing,
}

/// Connections and failures so far.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    connections: BTreeMap<u32, Connection>,
    failures: BTreeMap<String, Failures>,
    order: VecDeque<String>,
}

/// One connection, by the process that serves it.
#[derive(Debug, Clone)]
struct Connection {
    host: Option<String>,
    /// Failures that do not count yet: of whom, and how many.
    user: String,
    undecided: u32,
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
                probed: false,
                port: 0,
                last: at,
            });
        connection.last = at;
        let outcome = self.decide(at, &mut connection, line);
        if pid != 0 {
            if self.connections.len() >= CONNECTIONS {
                let oldest = self.connections.iter().min_by_key(|(_, known)| known.last);
                if let Some(oldest) = oldest.map(|(pid, _)| *pid) {
                    self.connections.remove(&oldest);
                }
            }
            self.connections.insert(pid, connection);
        }
        outcome
    }

    fn decide<'a>(&mut self, at: Timestamp, known: &mut Connection, line: Line<'a>) -> Outcome<'a> {
        match line {
            Line::Accepted(login) => {
                let others = known.undecided > 0 && known.user != login.user;
                let undecided = std::mem::take(&mut known.undecided);
                if others {
                    self.count(at, login.host, undecided + 1);
                }
                (known.host, known.port) = (Some(login.host.to_owned()), login.port);
                let before = self.of(at, login.host);
                let (failures, first_failure) =
                    before.map_or((0, None), |failures| (failures.count, Some(failures.first)));
                Outcome::Login { login, failures, first_failure }
            }
            Line::Failed { user, hosts, times } => {
                let told = hosts.iter().find(|host| known.host.as_deref() == Some(**host));
                let Some(host) = told.or(hosts.first()) else { return Outcome::Nothing };
                known.host.get_or_insert_with(|| (*host).to_owned());
                let undecided = std::mem::take(&mut known.undecided);
                let count = times.saturating_add(undecided);
                self.fail(at, host, user, count)
            }
            Line::Undecided { user, host } => {
                if let Some(host) = host {
                    known.host = Some(host.to_owned());
                }
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
                    known.host = Some(host.to_owned());
                }
                match &known.host {
                    Some(host) => Outcome::Probe { host: host.clone() },
                    None => {
                        known.probed = true;
                        Outcome::Nothing
                    }
                }
            }
            Line::Connection { host } => {
                known.host = Some(host.to_owned());
                Outcome::Nothing
            }
            Line::Ended { host, port, before_login } => {
                let had_no_host = known.host.is_none();
                known.host = Some(host.to_owned());
                if had_no_host && known.undecided > 0 {
                    return self.settle(at, known);
                }
                if before_login && known.undecided > 0 {
                    return self.settle(at, known);
                }
                let probed = std::mem::take(&mut known.probed);
                if before_login || probed {
                    return Outcome::Probe { host: host.to_owned() };
                }
                Outcome::Ended { host: host.to_owned(), port }
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

    fn fail<'a>(&mut self, at: Timestamp, host: &str, user: &str, count: u32) -> Outcome<'a> {
        self.count(at, host, count);
        Outcome::Failures { host: host.to_owned(), user: user.to_owned(), count }
    }

    fn count(&mut self, at: Timestamp, host: &str, count: u32) {
        let host = identity(host);
        let failures = self.failures.entry(host.clone()).or_insert_with(|| {
            self.order.push_back(host);
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
    fn of(&self, at: Timestamp, host: &str) -> Option<Failures> {
        let failures = self.failures.get(&identity(host)).copied()?;
        (at.duration_since(failures.last) <= FORGOTTEN).then_some(failures)
    }
}

/// One address, however it is written.
fn identity(host: &str) -> String {
    address(host).map_or_else(|| host.to_owned(), |ip| ip.to_string())
}
