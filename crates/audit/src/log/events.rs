//! The events of logs, in order.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::mem;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use super::bisect;
use super::blocks::{Blocks, SIZE, line};
use super::filter::Filter;
use crate::assemble::{Assembled, Assembler, Compat};
use crate::event::Event;
use crate::kind::Kind;
use crate::record::{Head, Malformed, Record};

/// So many bytes are kept of lines whose events are not complete. What is beyond is read again
/// from the file; of a stream, the events are then taken as complete.
const MOST_KEPT: usize = 8 << 20;

/// So many blocks are kept to go back in without reading them again.
const KEPT_BLOCKS: usize = 8;

/// In less than this every line is read, also to say which of them are damaged.
const LARGE: u64 = 16 << 20;

/// So many times that are none are remembered until asked for.
const MOST_MALFORMED: usize = 1000;

/// Something to read.
pub enum Input {
    /// A file; it is opened when its turn comes.
    File(PathBuf),
    /// A stream, read once.
    Stream(Box<dyn Read>),
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// Reading failed.
#[derive(Debug)]
pub enum Error {
    /// A file could not be opened.
    Open(PathBuf, io::Error),
    /// A file or stream could not be read on.
    Read(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(path, error) => write!(f, "cannot open {}: {error}", path.display()),
            Self::Read(error) => write!(f, "cannot read on: {error}"),
        }
    }
}

impl std::error::Error for Error {}

/// Which records count, by their seconds since 1970, both included.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// None before this.
    pub start: Option<u64>,
    /// None after this.
    pub end: Option<u64>,
}

impl Range {
    /// Does a record of this second count?
    pub fn contains(self, sec: u64) -> bool {
        self.start.is_none_or(|start| sec >= start) && self.end.is_none_or(|end| sec <= end)
    }
}

/// Lines of one event, one after the other, and where they are: in bytes from the start of the
/// first input.
#[derive(Debug, Clone, Copy)]
struct Run {
    at: u64,
    len: u32,
    /// Does the filter want one of them?
    wanted: bool,
    /// Is one of a kind that ends an event? Only told where that matters.
    is_last: bool,
}

enum Source {
    File(File),
    Stream(Box<dyn Read>),
}

/// Reads inputs, oldest first, as one log: an event may begin in one and end in the next.
pub struct Events {
    inputs: VecDeque<Input>,
    opened: usize,
    /// Kinds of records that are left out, by their names in a log.
    without: Vec<&'static [u8]>,
    source: Option<Source>,
    /// Files that may be read again, and where they began.
    files: VecDeque<(u64, File)>,
    blocks: Blocks,
    /// Where the next line begins.
    at: u64,
    /// Up to here lines were read; those from here to `at` were passed over.
    done: u64,
    /// Up to here nothing may be passed over.
    until: u64,
    /// All of the input that is read now is in the blocks.
    is_end: bool,
    /// How large the files are together, in bytes, and from what size on lines are passed over.
    size: u64,
    large: u64,
    filter: Filter,
    range: Range,
    compat: Compat,
    assembler: Assembler<Run>,
    /// How many open events are wanted.
    wanted: usize,
    is_partial: bool,
    is_over: bool,
    malformed: Vec<Vec<u8>>,
    event: Event,
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

impl Events {
    /// Reads these inputs. `timeout` is how long an event is waited for, in seconds.
    pub fn new(inputs: impl IntoIterator<Item = Input>, compat: Compat, timeout: u64) -> Self {
        let inputs: VecDeque<_> = inputs.into_iter().collect();
        let size = |input: &Input| match input {
            Input::File(path) => std::fs::metadata(path).map_or(0, |found| found.len()),
            Input::Stream(_) => 0,
        };
        Self {
            size: inputs.iter().map(size).sum(),
            inputs,
            opened: 0,
            without: Vec::new(),
            source: None,
            files: VecDeque::new(),
            blocks: Blocks::default(),
            at: 0,
            done: 0,
            until: 0,
            is_end: false,
            large: LARGE,
            filter: Filter::All,
            range: Range::default(),
            compat,
            assembler: Assembler::new(compat, timeout),
            wanted: 0,
            is_partial: false,
            is_over: false,
            malformed: Vec::new(),
            event: Event::default(),
        }
    }

    /// Only events this filter wants come out.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Events come out without most records of these kinds: those that do not begin one, stand with
    /// the others and are not what the filter wants.
    #[must_use]
    pub fn without(mut self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        self.without = kinds.into_iter().filter_map(|kind| Some(kind.name()?.as_bytes())).collect();
        self
    }

    /// Reads every line, also where some could be passed over. To be asked for before a range is.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.large = u64::MAX;
        self
    }

    /// Only records of this range count. Files, and parts of files, outside of it are not read.
    #[must_use]
    pub fn range(mut self, range: Range) -> Self {
        self.range = range;
        if self.size < self.large {
            return self;
        }
        bisect::only(&mut self.inputs, range, self.assembler.timeout());
        self
    }

    /// At the end, events that may get more records later do not come out: with the rules of 3.0.9
    /// all that are open, with those of 4.0.2 those without a record of a last kind.
    #[must_use]
    pub fn leave_partial(mut self) -> Self {
        self.is_partial = true;
        self
    }

    /// What stood in the place of a time and was none, since this was last asked.
    pub fn malformed(&mut self) -> Vec<Vec<u8>> {
        mem::take(&mut self.malformed)
    }

    /// The next event, until there is none.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<&Event>, Error> {
        Ok(self.advance()?.then_some(&self.event))
    }

    /// How many inputs were opened so far.
    pub fn opened(&self) -> usize {
        self.opened
    }

    /// The event that was found last.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// Finds the next event; false if there is none.
    pub fn advance(&mut self) -> Result<bool, Error> {
        loop {
            while let Some(event) = self.assembler.ready() {
                if event.records.iter().any(|run| run.wanted) {
                    self.wanted -= 1;
                    self.fetch(event)?;
                    return Ok(true);
                }
                self.assembler.recycle(event.records);
            }
            if self.source.is_none() && !self.open()? {
                if self.is_over {
                    return Ok(false);
                }
                self.end();
                continue;
            }
            self.lines()?;
        }
    }

    /// Opens the next input.
    fn open(&mut self) -> Result<bool, Error> {
        let source = match self.inputs.pop_front() {
            None => return Ok(false),
            Some(Input::Stream(stream)) => Source::Stream(stream),
            Some(Input::File(path)) => {
                let file = File::open(&path).and_then(|file| Ok((file.try_clone()?, file)));
                let (again, mut file) = file.map_err(|error| Error::Open(path, error))?;
                let oldest = self.assembler.kept().flatten().map(|run| run.at).min();
                while self.files.len() > 1 && self.files[1].0 <= oldest.unwrap_or(self.at) {
                    self.files.pop_front();
                }
                let base = self.at;
                self.files.push_back((base, again));
                let start = if self.size < self.large {
                    0
                } else {
                    bisect::start(&file, self.range, self.assembler.timeout())
                };
                if start > 0 {
                    file.seek(SeekFrom::Start(start)).map_err(Error::Read)?;
                    self.blocks.clear();
                    self.at += start;
                }
                (self.done, self.until) = (self.at, self.at);
                Source::File(file)
            }
        };
        self.is_end = false;
        self.opened += 1;
        self.source = Some(source);
        Ok(true)
    }

    fn end(&mut self) {
        self.is_over = true;
        if !self.is_partial {
            self.assembler.finish();
        } else if self.compat == Compat::V4 {
            self.assembler.finish_whole(|run| run.is_last);
        }
    }

    /// Reads lines until an event is ready or the input is at its end.
    fn lines(&mut self) -> Result<(), Error> {
        loop {
            match self.skip()? {
                Skip::Over => {
                    self.source = None;
                    return Ok(());
                }
                Skip::Read => {}
                Skip::No => {
                    let is_more = self.retained();
                    if self.assembler.is_ready() {
                        return Ok(());
                    }
                    if is_more {
                        continue;
                    }
                }
            }
            if self.is_end || self.is_past_range() {
                self.source = None;
                return Ok(());
            }
            self.is_end = !self.read()?;
        }
    }

    /// Reads lines of the blocks that are there until an event is ready, or until the rest may be
    /// passed over: then it returns true.
    fn retained(&mut self) -> bool {
        while let Some(number) = self.blocks.at(self.at) {
            self.block(number);
            let is_last = number + 1 >= self.blocks.len();
            if is_last || self.assembler.is_ready() {
                return false;
            }
            if self.may_skip() {
                return true;
            }
        }
        false
    }

    /// Is all that follows younger than what counts?
    fn is_past_range(&self) -> bool {
        let Some(end) = self.range.end else { return false };
        let last = self.blocks.len().wrapping_sub(1);
        let Some(block) = self.blocks.block(last) else { return false };
        let is_file = matches!(self.source, Some(Source::File(_)));
        is_file
            && self.size >= self.large
            && block.bytes.len() == SIZE
            && bisect::first_time(&block.bytes).is_some_and(|sec| sec > end + bisect::SLACK)
    }

    /// Reads lines of a block until an event is ready or it is at its end.
    fn block(&mut self, number: usize) {
        let Some(block) = self.blocks.block(number) else { return };
        let is_end = self.is_end && number + 1 == self.blocks.len();
        // The next block begins with what this one has no end of.
        let stop = self.blocks.block(number + 1).map_or(block.end(), |next| next.base);
        let bytes = &block.bytes[..(stop - block.base) as usize];
        // What a line is need not be known if it is of the same event as the one before.
        let may_join =
            !self.is_partial && (self.filter.is_quick() || matches!(self.filter, Filter::All));
        let mut at = (self.at - block.base) as usize;
        let mut hit = block.hits.partition_point(|&hit| (hit as usize) < at);
        // Time and number of the line before, if it counted.
        let mut before: &[u8] = b"";
        while let Some((end, next)) = line(bytes, at, is_end) {
            let text = &bytes[at..end];
            let mut is_hit = false;
            while block.hits.get(hit).is_some_and(|&hit| (hit as usize) < next) {
                (hit, is_hit) = (hit + 1, true);
            }
            let start = block.base + at as u64;
            let len = (next - at) as u32;
            at = next;
            if may_join
                && !is_hit
                && let Some(head) = Head::like(text, before)
                && let Some(runs) = self.assembler.same_again()
            {
                if self.without.contains(&head.kind_name) {
                    continue;
                }
                match runs.last_mut() {
                    Some(run) if run.at + u64::from(run.len) == start => run.len += len,
                    _ => runs.push(Run { at: start, len, wanted: false, is_last: false }),
                }
                continue;
            }
            before = b"";
            let head = Head::of(text);
            match Record::with_head(text, head) {
                Ok(record) if self.range.contains(record.id.sec) => {
                    let is_last = self.is_partial && self.compat.is_last(record.kind());
                    let wanted = self.filter.wants(&record, is_hit);
                    let run = Run { at: start, len, wanted, is_last };
                    let is_first = if let Some(runs) = self.assembler.records_of(&record) {
                        let was_wanted = runs.iter().any(|run| run.wanted);
                        runs.push(run);
                        Some(!was_wanted)
                    } else {
                        self.assembler.begin(&record, run).then_some(true)
                    };
                    if wanted && is_first == Some(true) {
                        self.wanted += 1;
                    }
                    // One that is in no event is not what the next one could join.
                    if is_first.is_some() {
                        before = head.map_or(b"", |head| head.stamp);
                    }
                    if self.assembler.is_ready() {
                        break;
                    }
                }
                Err(Malformed::Time(time)) if self.malformed.len() < MOST_MALFORMED => {
                    // auditd's tools take the newline for a part of it.
                    let is_to_end = text.ends_with(time) && end < next;
                    let newline: &[u8] = if is_to_end { b"\n" } else { b"" };
                    self.malformed.push([time, newline].concat());
                }
                Ok(_) | Err(_) => {}
            }
        }
        self.at = block.base + at as u64;
        self.done = self.at;
    }

    /// May lines be passed over now? Not while an event that is wanted waits for its end.
    fn may_skip(&self) -> bool {
        self.wanted == 0
            && self.at >= self.until
            && !self.is_partial
            && self.filter.is_quick()
            && self.size >= self.large
            && matches!(self.source, Some(Source::File(_)))
    }

    /// Passes over lines up to shortly before the next one that is wanted. Events begin and end from
    /// there on as if all had been read: whatever the others left open is over before that line.
    fn skip(&mut self) -> Result<Skip, Error> {
        if !self.may_skip() {
            return Ok(Skip::No);
        }
        let number = self.blocks.at(self.at).unwrap_or_default();
        let hit = self.blocks.from(number).find_map(|block| block.hit(self.at));
        let Some(end) = self.blocks.end() else { return Ok(Skip::Read) };
        let goal = match hit {
            Some(hit) => hit,
            None if !self.is_end => {
                self.at = self.at.max(self.blocks.last_line());
                return Ok(Skip::Read);
            }
            None if self.inputs.is_empty() || self.done == end => {
                self.at = end;
                return Ok(Skip::Over);
            }
            // The next file goes on with what is open at the end of this one.
            None => end,
        };
        self.until = goal + u64::from(hit.is_some());
        let start = self.files.back().and_then(|(base, file)| {
            let margin = self.assembler.timeout() + bisect::SLACK;
            Some(base + bisect::before(file, goal - base, margin)?)
        });
        match start {
            Some(start) if start > self.done => {
                self.assembler.clear();
                self.done = start;
            }
            _ => {}
        }
        self.at = self.done;
        if self.blocks.start().is_none_or(|start| self.at < start) {
            self.again()?;
        }
        Ok(Skip::No)
    }

    /// Reads the file again from where the next line begins.
    fn again(&mut self) -> Result<(), Error> {
        let base = self.files.back().map_or(0, |(base, _)| *base);
        if let Some(Source::File(file)) = &mut self.source {
            file.seek(SeekFrom::Start(self.at - base)).map_err(Error::Read)?;
            self.blocks.clear();
            self.is_end = false;
        }
        Ok(())
    }

    /// Reads the next block; false at the end of the input.
    fn read(&mut self) -> Result<bool, Error> {
        let is_stream = matches!(self.source, Some(Source::Stream(_)));
        let mut needed = self.at;
        for runs in self.assembler.kept() {
            if is_stream || runs.iter().any(|run| run.wanted) {
                needed = runs.iter().fold(needed, |needed, run| needed.min(run.at));
            }
        }
        self.blocks.release(needed, if self.may_skip() { KEPT_BLOCKS } else { 1 });
        if self.blocks.len() * SIZE > MOST_KEPT {
            if is_stream {
                self.assembler.finish();
            } else {
                self.blocks.release_one();
            }
        }
        let read = match &mut self.source {
            Some(Source::File(file)) => self.blocks.read(file, self.at, &self.filter),
            Some(Source::Stream(stream)) => self.blocks.read(stream, self.at, &self.filter),
            None => Ok(false),
        };
        read.map_err(Error::Read)
    }

    /// Gathers the lines of an event.
    fn fetch(&mut self, event: Assembled<Run>) -> Result<(), Error> {
        self.event.begin(event.id, event.kind, event.node);
        let mut again = Vec::new();
        for run in &event.records {
            let len = run.len as usize;
            let lines = if let Some(lines) = self.blocks.get(run.at, len) {
                lines
            } else {
                let file = self.files.iter().rev().find(|(base, _)| *base <= run.at);
                let Some((base, file)) = file else { continue };
                again.resize(len, 0);
                file.read_exact_at(&mut again, run.at - base).map_err(Error::Read)?;
                &again
            };
            let mut at = 0;
            while let Some((end, next)) = line(lines, at, true) {
                self.event.push(&lines[at..end]);
                at = next;
            }
        }
        self.assembler.recycle(event.records);
        Ok(())
    }
}

/// What may be done with the lines that come.
enum Skip {
    /// They must be read.
    No,
    /// None of those that are here: on with the next block.
    Read,
    /// None of those that are left.
    Over,
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;

    fn lines(events: Events) -> Vec<Vec<String>> {
        let mut events = events;
        let mut all = Vec::new();
        while let Some(event) = events.next().unwrap() {
            let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
            all.push(event.records().map(|record| text(record.line)).collect());
        }
        all
    }

    /// A log in which events stay open over many blocks.
    fn busy() -> Vec<u8> {
        let mut log = Vec::new();
        for serial in 0..22_000 {
            let id = format!("msg=audit(1700000000.{:03}:{serial}):", serial / 100);
            let pad = "x".repeat(200);
            writeln!(log, "type=SYSCALL {id} a0=1 pad={pad} key=\"k{}\"", serial % 1000).unwrap();
            if serial > 14_000 {
                let id = format!(
                    "msg=audit(1700000000.{:03}:{}):",
                    (serial - 14_000) / 100,
                    serial - 14_000
                );
                writeln!(log, "type=PATH {id} item=0 late").unwrap();
            }
        }
        log
    }

    #[test]
    fn an_event_is_whole_over_blocks_and_files_filtered_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let log = busy();
        assert!(log.len() > 5 << 20);
        let middle = log.len() / 2;
        let cut = middle + memchr::memchr(b'\n', &log[middle..]).unwrap() + 1;
        let (one, two) = (dir.path().join("log.1"), dir.path().join("log"));
        std::fs::write(&one, &log[..cut]).unwrap();
        std::fs::write(&two, &log[cut..]).unwrap();
        let files = || [Input::File(one.clone()), Input::File(two.clone())];
        let all = lines(Events::new(files(), Compat::V4, 2));
        let stream = Input::Stream(Box::new(Cursor::new(log.clone())));
        assert_eq!(all.len(), 22_000);
        assert_eq!(lines(Events::new([stream], Compat::V4, 2)).len(), 22_000);
        for text in ["\"k7\"", " late"] {
            let wanted = |event: &&Vec<String>| event.iter().any(|line| line.contains(text));
            let some: Vec<_> = all.iter().filter(wanted).cloned().collect();
            assert!(some.len() > 10);
            for large in [0, u64::MAX] {
                let mut filtered = Events::new(files(), Compat::V4, 2);
                filtered.large = large;
                assert_eq!(lines(filtered.filter(Filter::texts([text.as_bytes()]))), some);
            }
        }
    }

    /// A quiet log in which lines of events are mixed, some late and some alone.
    fn quiet(seed: u64) -> Vec<u8> {
        let mut log = Vec::new();
        let mut state = seed;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        let mut late = Vec::new();
        for serial in 0..20_000_u64 {
            let sec = 1_700_000_000 + serial / 20 - random(2);
            let id = format!("msg=audit({sec}.{:03}:{serial}):", random(1000));
            let kind = ["SYSCALL", "USER_CMD", "LOGIN", "CWD"][random(4) as usize];
            let pad = "x".repeat(random(300) as usize);
            let key = random(3000);
            writeln!(log, "type={kind} {id} pad={pad} key=\"k{key}\"").unwrap();
            for item in 0..random(4) {
                let line = format!("type=PATH {id} item={item} late=\"l{}\"\n", random(3000));
                if random(3) == 0 {
                    late.push((serial + random(50), line));
                } else {
                    log.extend_from_slice(line.as_bytes());
                }
            }
            for (_, line) in late.extract_if(.., |(due, _)| *due == serial) {
                log.extend_from_slice(line.as_bytes());
            }
        }
        log
    }

    #[test]
    fn passing_over_lines_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let range = Range { start: Some(1_700_000_400), end: Some(1_700_000_410) };
        for seed in 1..4 {
            std::fs::write(&path, quiet(seed)).unwrap();
            let read = |large, filter: Filter, range| {
                let mut events = Events::new([Input::File(path.clone())], Compat::V4, 2);
                events.large = large;
                lines(events.range(range).filter(filter))
            };
            let all = read(u64::MAX, Filter::All, Range::default());
            for text in ["\"k1\"", "\"l2", "\"k77\"", "USER"] {
                let filter = || Filter::texts([text.as_bytes()]);
                let some: Vec<_> =
                    all.iter().filter(|event| event.concat().contains(text)).cloned().collect();
                assert_eq!(read(0, filter(), Range::default()), some, "{text} {seed}");
                // Only records of the range, whatever part of the file is read.
                let mut whole =
                    Events::new([Input::File(path.clone())], Compat::V4, 2).filter(filter());
                whole.range = range;
                assert_eq!(read(0, filter(), range), lines(whole), "{text} {seed}");
            }
            let logins = read(0, Filter::kinds([crate::Kind::LOGIN]), Range::default());
            let is_login =
                |event: &&Vec<String>| event.iter().any(|line| line.starts_with("type=LOGIN"));
            assert_eq!(logins, all.iter().filter(is_login).cloned().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_line_that_is_too_long_counts_as_two() {
        let mut log = b"type=CWD msg=audit(1700000000.001:1): cwd=".to_vec();
        log.resize(crate::record::LONGEST, b'x');
        log.extend_from_slice(b"type=PATH msg=audit(1700000000.001:1): item=0\n");
        let events = lines(Events::new([Input::Stream(Box::new(Cursor::new(log)))], Compat::V4, 2));
        assert_eq!(events.len(), 1);
        assert_eq!(events[0][1], "type=PATH msg=audit(1700000000.001:1): item=0");
    }
}
