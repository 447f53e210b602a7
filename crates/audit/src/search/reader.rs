//! The events of several logs as those of one, in the order of their times.

use super::logs::{Chain, Logs, Unread, Why};
use super::origin::Origins;
use super::unpack::Met;
use crate::action::{Action, What};
use crate::assemble::Compat;
use crate::event::Event;
use crate::log::{Error, Events, Filter, Input, Range};
use crate::users::Names;

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
            let (logs, range, timeout) = (self.logs, self.range, self.timeout);
            let origins = self.origins.get_or_insert_with(|| Origins::read(logs, range, timeout));
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
