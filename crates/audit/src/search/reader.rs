//! The events of several logs as those of one, in the order of their times.

use std::collections::HashMap;

use super::logs::{Chain, LogFile, Logs, Unread, Why};
use super::unpack::Met;
use crate::action::{Action, What};
use crate::assemble::Compat;
use crate::event::Event;
use crate::kind::Kind;
use crate::log::{Error, Events, Filter, Input, Range};
use crate::record::Value;
use crate::users::Names;

/// To find where sessions came from, so many bytes of each log are read at the most that are older
/// than what is asked for; of larger files, what is so many seconds older.
const BEFORE: u64 = 64 << 20;
const BEFORE_SECONDS: u64 = 3600;

/// Sessions remembered at the most.
const MOST: usize = 1 << 16;

struct Source {
    machine: Option<String>,
    events: Events,
    /// The event it stands at, if any.
    is_there: bool,
}

/// Reads the logs of a search.
pub struct Reader<'a> {
    logs: &'a Logs,
    users: &'a Names,
    range: Range,
    timeout: u64,
    sources: Vec<Source>,
    /// The source whose event came out last; none before the first.
    at: Option<usize>,
    met: Met,
    origins: Option<Origins>,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("logs", &self.logs).finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    /// Reads what a filter wants within a range. `timeout` is how long an event is waited for, in
    /// seconds; `users` are those of this machine.
    pub fn new(
        logs: &'a Logs,
        range: Range,
        timeout: u64,
        filter: &Filter,
        users: &'a Names,
    ) -> Self {
        let met = Met::default();
        let source = |chain: &Chain| {
            let inputs: Vec<Input> =
                chain.within(range).iter().map(|file| file.input(&met)).collect();
            let events = Events::new(inputs, Compat::V4, timeout);
            let events = events.filter(filter.clone()).range(range);
            Source { machine: chain.machine.clone(), events, is_there: false }
        };
        let sources = logs.chains.iter().map(source).collect();
        Self { logs, users, range, timeout, sources, at: None, met, origins: None }
    }

    /// Reads a stream. Where its sessions came from is not known.
    pub fn of_stream(
        logs: &'a Logs,
        stream: Box<dyn std::io::Read>,
        range: Range,
        timeout: u64,
        filter: &Filter,
        users: &'a Names,
    ) -> Self {
        let events = Events::new([Input::Stream(stream)], Compat::V4, timeout);
        let events = events.filter(filter.clone()).range(range);
        let sources = vec![Source { machine: None, events, is_there: false }];
        let origins = Some(Origins::default());
        Self { logs, users, range, timeout, sources, at: None, met: Met::default(), origins }
    }

    /// Goes to the next event; false if there is none.
    pub fn advance(&mut self) -> bool {
        match self.at {
            Some(at) => self.step(at),
            None => (0..self.sources.len()).for_each(|at| self.step(at)),
        }
        let open = self.sources.iter().enumerate().filter(|(_, source)| source.is_there);
        self.at = open.min_by_key(|(_, source)| source.events.event().id).map(|(at, _)| at);
        if self.at.is_none() {
            self.sources.clear();
        }
        self.at.is_some()
    }

    fn step(&mut self, at: usize) {
        let Some(source) = self.sources.get_mut(at) else { return };
        loop {
            match source.events.advance() {
                Ok(is_there) => {
                    source.is_there = is_there;
                    return;
                }
                // The rest is read all the same.
                Err(Error::Open(path, error)) => {
                    self.met.borrow_mut().push(Unread { path, why: Why::Io(error) });
                }
                Err(Error::Read(error)) => {
                    let path = source.machine.clone().unwrap_or_default().into();
                    self.met.borrow_mut().push(Unread { path, why: Why::Io(error) });
                    source.is_there = false;
                    return;
                }
            }
        }
    }

    /// The event it stands at.
    pub fn event(&self) -> Option<&Event> {
        self.sources.get(self.at?).map(|source| source.events.event())
    }

    /// The machine that event is of, where that is written.
    pub fn machine(&self) -> Option<String> {
        let source = self.sources.get(self.at?)?;
        let node = source.events.event().node().map(|node| String::from_utf8_lossy(node).into());
        node.or_else(|| source.machine.clone())
    }

    /// What that event says, with the address its session came from, and an ssh session that
    /// begins as the login it is.
    pub fn action(&mut self) -> Option<Action> {
        let mut action = crate::action::read(self.event()?, self.users);
        make_login(&mut action);
        if action.actor.address.is_none()
            && let Some(session) = action.actor.session
        {
            let machine = self.machine();
            let origins = self.origins.get_or_insert_with(|| {
                Origins::read(self.logs, self.range, self.timeout, self.users)
            });
            action.actor.address = origins.of(machine, session, action.id.sec);
        }
        Some(action)
    }

    /// What could not be read on the way, since this was last asked.
    pub fn unread(&mut self) -> Vec<Unread> {
        self.met.take()
    }
}

/// sshd writes a login down only of those who get a terminal; that a session begins, always.
fn make_login(action: &mut Action) {
    let is_ssh = action.program.rsplit('/').next().is_some_and(|name| name.starts_with("sshd"));
    if let What::SessionBegan { account } = &mut action.what
        && is_ssh
        && action.actor.address.is_some()
    {
        action.what = What::Login { account: std::mem::take(account) };
    }
}

/// Where sessions came from, by machine and number.
#[derive(Debug, Default)]
struct Origins(HashMap<(Option<String>, u32), Vec<Began>>);

/// A session began.
#[derive(Debug)]
struct Began {
    /// In seconds since 1970.
    since: u64,
    /// From where, as far as it is known.
    address: Option<String>,
}

impl Origins {
    /// Reads who logged in, within a range and before it.
    fn read(logs: &Logs, range: Range, timeout: u64, users: &Names) -> Self {
        let mut this = Self::default();
        for chain in &logs.chains {
            let files = chain.within(Range { start: None, end: range.end });
            let first = chain.within(range).first().map(|file| &file.path);
            let needed = files.iter().position(|file| Some(&file.path) == first).unwrap_or(0);
            let mut room = Some(BEFORE);
            let fits = |file: &LogFile| {
                room = room.filter(|_| file.packing.is_none())?.checked_sub(file.size);
                room
            };
            let before = files[..needed].iter().rev().map_while(fits).count();
            let files = &files[needed - before..];
            let is_large = files.iter().map(|file| file.size).sum::<u64>() > BEFORE;
            let start = range.start.filter(|_| is_large);
            let start = start.map(|start| start.saturating_sub(BEFORE_SECONDS));
            let met = Met::default();
            let inputs: Vec<Input> = files.iter().map(|file| file.input(&met)).collect();
            let mut events = Events::new(inputs, Compat::V4, timeout)
                .filter(Filter::kinds([Kind::USER_START, Kind::LOGIN]))
                .range(Range { start, end: range.end });
            while let Ok(true) = events.advance() {
                this.learn(events.event(), chain.machine.as_ref(), users);
            }
        }
        this
    }

    fn learn(&mut self, event: &Event, machine: Option<&String>, users: &Names) {
        let node = event.node().map(|node| String::from_utf8_lossy(node).into_owned());
        let machine = node.or_else(|| machine.cloned());
        if let Some(login) = event.records().find(|record| record.kind() == Kind::LOGIN) {
            let digits = login.field(b"ses").map(Value::bytes).unwrap_or_default();
            let session = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
            // Numbers begin anew with each boot.
            if let Some(known) = session.and_then(|session| self.0.get_mut(&(machine, session))) {
                known.push(Began { since: event.id.sec, address: None });
            }
            return;
        }
        let action = crate::action::read(event, users);
        let Some(session) = action.actor.session else { return };
        let key = (machine, session);
        // sudo and su begin sessions within one; only the first says where it came from.
        if let (What::SessionBegan { .. }, Some(true), Some(address)) =
            (&action.what, action.success, action.actor.address)
            && (self.0.len() < MOST || self.0.contains_key(&key))
        {
            let began = Began { since: action.id.sec, address: Some(address) };
            self.0.entry(key).or_default().push(began);
        }
    }

    fn of(&self, machine: Option<String>, session: u32, sec: u64) -> Option<String> {
        let known = self.0.get(&(machine, session))?;
        known.iter().rev().find(|began| began.since <= sec)?.address.clone()
    }
}
