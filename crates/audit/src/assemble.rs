//! Records into events.
//!
//! The kernel numbers events and writes their records as they come: those of several events are
//! mixed, and an event has no certain end. The rules here are those of auditd's tools, so that
//! their events are ours: an event is complete when a new one begins that is
//! [`Assembler::timeout`] seconds younger, or at once when its first record is of a kind that is
//! always alone. Complete events come out by time, and not before an older one that is still open.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::kind::Kind;
use crate::record::{Id, Record};

/// Whose rules are followed where versions of auditd's tools differ.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compat {
    /// 3.0.9, as in Debian 12: a LOGIN record, and one of an unknown kind, is an event of its own.
    V3,
    /// 4.0.2, as in Debian 13.
    #[default]
    V4,
}

impl Compat {
    /// Is a record of this kind the last of its event (or, as its first, the only one)?
    pub fn is_last(self, kind: Kind) -> bool {
        let below = match self {
            Self::V3 => kind < Kind::SYSCALL,
            Self::V4 => kind > Kind::LOGIN && kind < Kind::SYSCALL || kind == Kind::EOE,
        };
        below
            || kind == Kind::PROCTITLE
            || kind >= Kind::ANOM_LOGIN_FAILURES
            || kind == Kind::KERNEL
            || (Kind::MAC_UNLBL_ALLOW..=Kind::MAC_CALIPSO_DEL).contains(&kind)
    }
}

/// How long an event is waited for by default, in seconds (`end_of_event_timeout` of
/// `auditd.conf(5)`).
pub const TIMEOUT: u64 = 2;

/// So many events are open at once at the most; then the oldest counts as complete.
const MOST_OPEN: usize = 1 << 16;

/// An event as it comes out: its records in the order they came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled<T> {
    /// Which event.
    pub id: Id,
    /// The machine it came from.
    pub node: Option<Box<[u8]>>,
    /// The kind of its first record.
    pub kind: Kind,
    /// What was added for each record.
    pub records: Vec<T>,
}

#[derive(Debug)]
struct Open<T> {
    event: Assembled<T>,
    /// Its seat: of two events of the same time and number, the one with the lower seat is first.
    seat: u32,
    complete: bool,
}

/// Puts records together. `T` is what is kept of a record: its bytes, or where they are.
#[derive(Debug)]
pub struct Assembler<T> {
    compat: Compat,
    timeout: u64,
    /// By id and seat.
    open: VecDeque<Open<T>>,
    free_seats: BinaryHeap<Reverse<u32>>,
    seats: u32,
    /// The seat of the event the last record was added to.
    last: u32,
    spare: Vec<Vec<T>>,
}

impl<T> Assembler<T> {
    /// An empty one. `timeout` in seconds, usually [`TIMEOUT`].
    pub fn new(compat: Compat, timeout: u64) -> Self {
        let (open, free_seats) = (VecDeque::new(), BinaryHeap::new());
        Self { compat, timeout, open, free_seats, seats: 0, last: 0, spare: Vec::new() }
    }

    /// How many seconds an event is waited for.
    pub fn timeout(&self) -> u64 {
        self.timeout
    }

    /// Adds a record. Events may be ready then.
    pub fn add(&mut self, record: &Record<'_>, kept: T) {
        match self.records_of(record) {
            Some(records) => records.push(kept),
            None => drop(self.begin(record, kept)),
        }
    }

    /// What was kept of the open event this record belongs to.
    pub fn records_of(&mut self, record: &Record<'_>) -> Option<&mut Vec<T>> {
        // Nearly always it belongs to the youngest.
        let end = match self.open.back() {
            None => return None,
            Some(youngest) if youngest.event.id < record.id => return None,
            Some(youngest) if youngest.event.id == record.id => self.open.len(),
            Some(_) => self.open.partition_point(|open| open.event.id <= record.id),
        };
        let mut at = end;
        while at > 0 && self.open[at - 1].event.id == record.id {
            at -= 1;
            let open = &self.open[at];
            if !open.complete && open.event.node.as_deref() == record.node {
                self.last = open.seat;
                return Some(&mut self.open[at].event.records);
            }
        }
        None
    }

    /// What was kept of the event the last record was added to, if that is the youngest and open:
    /// a quick way for a record that is known to be of the same event.
    pub fn same_again(&mut self) -> Option<&mut Vec<T>> {
        let last = self.last;
        let youngest = self.open.back_mut().filter(|open| open.seat == last && !open.complete);
        youngest.map(|open| &mut open.event.records)
    }

    /// Begins an event with a record that belongs to no open one; false if it is none to begin with.
    pub(crate) fn begin(&mut self, record: &Record<'_>, kept: T) -> bool {
        let kind = record.kind();
        // Its event was complete without it.
        if kind == Kind::EOE {
            return false;
        }
        let mut records = self.spare.pop().unwrap_or_default();
        records.push(kept);
        let seat = self.free_seats.pop().map_or(self.seats, |Reverse(seat)| seat);
        self.seats = self.seats.max(seat + 1);
        self.last = seat;
        let node = record.node.map(Box::from);
        let id = record.id;
        let event = Assembled { id, node, kind, records };
        let open = Open { event, seat, complete: self.compat.is_last(kind) };
        let is_youngest = self.open.back().is_none_or(|last| last.event.id < id);
        if is_youngest {
            self.open.push_back(open);
        } else {
            let before = |open: &Open<T>| (open.event.id, open.seat) < (id, seat);
            self.open.insert(self.open.partition_point(before), open);
        }
        // The oldest are at the front.
        let is_over = |open: &Open<T>| open.event.id.sec.saturating_add(self.timeout) <= id.sec;
        let over = self.open.iter().take_while(|open| is_over(open)).count();
        self.open.range_mut(..over).for_each(|open| open.complete = true);
        if self.open.len() > MOST_OPEN {
            self.open[0].complete = true;
        }
        true
    }

    /// How many events are not out yet.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Is an event ready?
    pub fn is_ready(&self) -> bool {
        self.open.front().is_some_and(|open| open.complete)
    }

    /// The next event that is ready.
    pub fn ready(&mut self) -> Option<Assembled<T>> {
        if !self.is_ready() {
            return None;
        }
        let open = self.open.pop_front()?;
        self.free_seats.push(Reverse(open.seat));
        Some(open.event)
    }

    /// What is kept of all events that are not out yet.
    pub fn kept(&mut self) -> impl Iterator<Item = &mut Vec<T>> {
        self.open.iter_mut().map(|open| &mut open.event.records)
    }

    /// Takes back the list of an event that is done with, to use it again.
    pub fn recycle(&mut self, mut records: Vec<T>) {
        if self.spare.len() < 64 && records.capacity() <= 1024 {
            records.clear();
            self.spare.push(records);
        }
    }

    /// Forgets all open events.
    pub fn clear(&mut self) {
        while let Some(open) = self.open.pop_front() {
            self.recycle(open.event.records);
        }
        self.free_seats.clear();
        self.seats = 0;
    }

    /// Nothing more comes: every event is complete.
    pub fn finish(&mut self) {
        self.open.iter_mut().for_each(|open| open.complete = true);
    }

    /// Nothing more comes for now: every event is complete that has a record of a last kind.
    pub fn finish_whole(&mut self, is_last: impl Fn(&T) -> bool) {
        for open in &mut self.open {
            open.complete |= open.event.records.iter().any(&is_last);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    type Out<'a> = (Option<Box<[u8]>>, Id, Vec<&'a str>);

    fn assemble<'a>(compat: Compat, lines: impl IntoIterator<Item = &'a String>) -> Vec<Out<'a>> {
        let mut assembler = Assembler::new(compat, TIMEOUT);
        let mut events = Vec::new();
        let mut drain = |assembler: &mut Assembler<&'a str>| {
            while let Some(event) = assembler.ready() {
                events.push((event.node, event.id, event.records));
            }
        };
        for line in lines {
            assembler.add(&Record::parse(line.as_bytes()).unwrap(), line.as_str());
            drain(&mut assembler);
        }
        assembler.finish();
        drain(&mut assembler);
        events
    }

    fn line(kind: &str, sec: u64, serial: u64, what: usize) -> String {
        format!("type={kind} msg=audit({}.123:{serial}): item={what}", 1_700_000_000 + sec)
    }

    #[test]
    fn a_login_is_of_its_event_since_version_4() {
        let lines = [line("LOGIN", 0, 1, 0), line("SYSCALL", 0, 1, 1), line("PROCTITLE", 0, 1, 2)];
        assert_eq!(assemble(Compat::V3, &lines).len(), 2);
        assert_eq!(assemble(Compat::V4, &lines).len(), 1);
    }

    #[test]
    fn an_event_that_waited_long_enough_is_over() {
        let lines = [line("SYSCALL", 0, 1, 0), line("SYSCALL", 2, 2, 1), line("CWD", 0, 1, 2)];
        let serials: Vec<_> =
            assemble(Compat::V4, &lines).iter().map(|event| event.1.serial).collect();
        assert_eq!(serials, [1, 1, 2]);
    }

    #[test]
    fn an_older_one_that_is_open_is_waited_for() {
        let lines = [line("SYSCALL", 0, 1, 0), line("USER_CMD", 0, 2, 0), line("PATH", 0, 1, 1)];
        let events = assemble(Compat::V4, &lines);
        assert_eq!(events[0].2.len(), 2);
        assert_eq!(events[1].1.serial, 2);
    }

    proptest! {
        /// Each event's records stay in their order; how they are mixed with those of others makes
        /// no difference, within the timeout.
        #[test]
        fn any_interleaving_gives_the_same_events(
            picks in proptest::collection::vec((0..30_u64, 0..3_usize, any::<u32>()), 1..200),
        ) {
            let mut of_event: BTreeMap<(u64, usize), VecDeque<String>> = BTreeMap::new();
            for (count, (serial, node, _)) in picks.iter().enumerate() {
                let nodes = ["", "node=a ", "node=b "];
                let kinds = ["SYSCALL", "CWD", "PATH", "EXECVE"];
                let text = line(kinds[count % 4], serial % 2, *serial, count);
                of_event.entry((*serial, *node)).or_default().push_back(nodes[*node].to_owned() + &text);
            }
            let plain: Vec<String> = of_event.values().flatten().cloned().collect();
            let mut mixed = Vec::new();
            let mut left: Vec<_> = of_event.into_values().collect();
            for (_, _, pick) in picks {
                let at = pick as usize % left.len();
                mixed.extend(left[at].pop_front());
                left.retain(|lines| !lines.is_empty());
                if left.is_empty() {
                    break;
                }
            }
            mixed.extend(left.into_iter().flatten());
            for compat in [Compat::V3, Compat::V4] {
                let (mut a, mut b) = (assemble(compat, &plain), assemble(compat, &mixed));
                prop_assert!(b.is_sorted_by_key(|event| event.1));
                // Events of several machines with the same time and number have no order.
                a.sort();
                b.sort();
                prop_assert_eq!(a, b);
            }
        }

        /// No record is lost or told twice, whatever comes.
        #[test]
        fn every_record_comes_out_once(
            picks in proptest::collection::vec((0..10_u64, 0..5_u64, 0..4_usize), 1..200),
        ) {
            let kinds = ["SYSCALL", "PROCTITLE", "USER_CMD", "LOGIN"];
            let lines: Vec<_> = picks.iter().enumerate()
                .map(|(count, (sec, serial, kind))| line(kinds[*kind], *sec, *serial, count))
                .collect();
            for compat in [Compat::V3, Compat::V4] {
                let events = assemble(compat, &lines);
                let mut out: Vec<_> = events.into_iter().flat_map(|event| event.2).collect();
                out.sort_unstable();
                let mut all: Vec<_> = lines.iter().map(String::as_str).collect();
                all.sort_unstable();
                prop_assert_eq!(out, all);
            }
        }
    }
}
