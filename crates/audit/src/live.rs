//! Records as they come become events, each once: those the kernel dropped for us are taken from the
//! log when it has them.

use std::collections::{HashSet, VecDeque};

use crate::assemble::{Assembled, Assembler, Compat, TIMEOUT};
use crate::event::Event;
use crate::log::Range;
use crate::record::{Id, Record};

/// Events remembered, so that none is told twice.
const REMEMBERED: usize = 1 << 16;
/// A log may be this much behind, in seconds: auditd writes it in its own time.
pub const BEHIND: u64 = 3;
/// Events kept back while something is missing.
const KEPT_BACK: usize = 4096;

/// Puts records together as they come.
#[derive(Debug)]
pub struct Stream {
    assembler: Assembler<Box<[u8]>>,
    seen: Seen,
    /// The last second of which nothing is missing, before what is.
    whole_until: Option<u64>,
    /// The newest record's second.
    newest: u64,
    event: Event,
    /// Events heard since something is missing: they may lack records that the log has.
    torn: VecDeque<Event>,
}

impl Default for Stream {
    fn default() -> Self {
        Self::new()
    }
}

impl Stream {
    /// One that has heard nothing yet.
    pub fn new() -> Self {
        Self {
            assembler: Assembler::new(Compat::V4, TIMEOUT),
            seen: Seen::default(),
            whole_until: None,
            newest: 0,
            event: Event::default(),
            torn: VecDeque::new(),
        }
    }

    /// What was recorded from a second on until now was not heard.
    pub fn missed_since(&mut self, since: u64, now: u64) {
        self.newest = self.newest.max(now);
        self.whole_until = Some(self.whole_until.map_or(since, |until| until.min(since)));
    }

    /// Takes a record, a line as in auditd's log. What is none is passed over.
    pub fn take(&mut self, line: &[u8]) {
        if let Ok(record) = Record::parse(line) {
            self.newest = self.newest.max(record.id.sec);
            self.assembler.add(&record, line.into());
        }
    }

    /// Records were dropped.
    pub fn gap(&mut self) {
        // An event that was open then may have begun in the second before.
        self.whole_until.get_or_insert(self.newest.saturating_sub(1));
    }

    /// Nothing has come for [`TIMEOUT`] seconds: nothing more comes of what is open.
    pub fn quiet(&mut self) {
        self.assembler.finish();
    }

    /// The next event that is whole.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<&Event> {
        while self.whole_until.is_none() {
            let Some(event) = self.torn.pop_front() else { break };
            if self.seen.insert(event.id) {
                self.event = event;
                return Some(&self.event);
            }
        }
        loop {
            let ready = self.assembler.ready()?;
            // What has lost records is told when the log has all of them.
            if self.whole_until.is_some_and(|until| ready.id.sec >= until) {
                self.keep_back(ready);
            } else if self.seen.insert(ready.id) {
                self.event.begin(ready.id, ready.kind, ready.node);
                ready.records.iter().for_each(|line| self.event.push(line));
                self.assembler.recycle(ready.records);
                return Some(&self.event);
            } else {
                self.assembler.recycle(ready.records);
            }
        }
    }

    fn keep_back(&mut self, ready: Assembled<Box<[u8]>>) {
        if self.torn.len() < KEPT_BACK {
            let mut event = Event::default();
            event.begin(ready.id, ready.kind, ready.node);
            ready.records.iter().for_each(|line| event.push(line));
            self.torn.push_back(event);
        }
        self.assembler.recycle(ready.records);
    }

    /// What is to be looked for in the log, if anything is: from then on. Ask [`BEHIND`] seconds
    /// after the gap, and after the newest record.
    pub fn missing(&self) -> Option<Range> {
        self.whole_until.map(|start| Range { start: Some(start), end: Some(self.newest) })
    }

    /// Is an event of the log one that was not told yet? It counts as told from now on.
    pub fn is_new(&mut self, event: &Event) -> bool {
        self.seen.insert(event.id)
    }

    /// The log was read: nothing is missing any more. What was heard and the log does not have is
    /// told as it was heard.
    pub fn filled(&mut self) {
        self.assembler.finish();
        while let Some(ready) = self.assembler.ready() {
            self.keep_back(ready);
        }
        self.whole_until = None;
    }
}

/// The newest events.
#[derive(Debug, Default)]
struct Seen {
    ids: HashSet<Id>,
    order: VecDeque<Id>,
}

impl Seen {
    /// Says whether it is new.
    fn insert(&mut self, id: Id) -> bool {
        if !self.ids.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::log::{Events, Input};

    fn event(serial: u64) -> [String; 3] {
        let id = format!("msg=audit({}.{:03}:{serial})", 1_700_000_000 + serial / 50, serial % 50);
        ["SYSCALL", "EXECVE", "PROCTITLE"].map(|kind| format!("type={kind} {id}: a0=\"{serial}\""))
    }

    fn told(stream: &mut Stream, all: &mut Vec<(u64, usize)>) {
        while let Some(event) = stream.next() {
            all.push((event.id.serial, event.records().count()));
        }
    }

    proptest! {
        /// Whatever is dropped, the log makes good for it, and nothing is told twice.
        #[test]
        fn every_event_is_told_whole_and_once(
            dropped in proptest::collection::btree_set(0..900_usize, 0..200),
            looks in proptest::collection::btree_set(0..900_usize, 0..5),
        ) {
            let lines: Vec<String> = (1..=300).flat_map(event).collect();
            let mut stream = Stream::new();
            let mut all = Vec::new();
            let fill = |stream: &mut Stream, upto: usize, all: &mut Vec<(u64, usize)>| {
                let Some(range) = stream.missing() else { return };
                let log = Cursor::new(lines[..upto].join("\n").into_bytes());
                let mut log = Events::new([Input::Stream(Box::new(log))], Compat::V4, TIMEOUT)
                    .range(range);
                while let Some(event) = log.next().unwrap() {
                    if stream.is_new(event) {
                        all.push((event.id.serial, event.records().count()));
                    }
                }
                stream.filled();
                told(stream, all);
            };
            for (n, line) in lines.iter().enumerate() {
                if dropped.contains(&n) {
                    stream.gap();
                } else {
                    stream.take(line.as_bytes());
                }
                told(&mut stream, &mut all);
                // It is quiet for a while.
                if n % 3 == 2 && looks.contains(&n) {
                    stream.quiet();
                    told(&mut stream, &mut all);
                    fill(&mut stream, n + 1, &mut all);
                }
            }
            stream.quiet();
            told(&mut stream, &mut all);
            // The newest may be among what was dropped.
            stream.take(b"type=USER_CMD msg=audit(1700000099.000:999): x");
            told(&mut stream, &mut all);
            fill(&mut stream, lines.len(), &mut all);
            all.retain(|(serial, _)| *serial != 999);
            all.sort_unstable();
            let expected: Vec<(u64, usize)> = (1..=300).map(|serial| (serial, 3)).collect();
            prop_assert_eq!(all, expected);
        }
    }

    /// Without a log, what was heard is told all the same, though it may lack records.
    #[test]
    fn what_was_heard_is_not_forgotten_where_there_is_no_log() {
        let mut stream = Stream::new();
        stream.missed_since(1_700_000_000, 1_700_000_003);
        let (mut all, lines) = (Vec::new(), (1..=300).flat_map(event).collect::<Vec<_>>());
        for line in &lines {
            stream.take(line.as_bytes());
        }
        stream.gap();
        stream.quiet();
        told(&mut stream, &mut all);
        assert_eq!(all, []);
        stream.filled();
        told(&mut stream, &mut all);
        let expected: Vec<(u64, usize)> = (1..=300).map(|serial| (serial, 3)).collect();
        assert_eq!(all, expected);
    }
}
