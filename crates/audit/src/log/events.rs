//! The events of logs, in order.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::mem;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use super::blocks::{Blocks, line};
use super::filter::{Filter, Sieve};
use crate::assemble::{Assembled, Assembler, Compat};
use crate::event::Event;
use crate::record::{Malformed, Record};

/// So many bytes are kept of lines whose events are not complete. What is beyond is read again
/// from the file; of a stream, the events are then taken as complete.
const MOST_KEPT: usize = 8 << 20;

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

/// Where a line is, in bytes from the start of the first input, and whether the filter wants it.
#[derive(Debug, Clone, Copy)]
struct Kept {
    at: u64,
    len: u32,
    wanted: bool,
    /// Is it of a kind that ends an event? Only told where that matters.
    is_last: bool,
}

enum Source {
    File(File),
    Stream(Box<dyn Read>),
}

/// Reads inputs, oldest first, as one log: an event may begin in one and end in the next.
pub struct Events {
    inputs: VecDeque<Input>,
    source: Option<Source>,
    /// Files that may be read again, and where they began.
    files: VecDeque<(u64, File)>,
    blocks: Blocks,
    /// Where the next line begins.
    at: u64,
    sieve: Sieve,
    range: Range,
    compat: Compat,
    assembler: Assembler<Kept>,
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
        Self {
            inputs: inputs.into_iter().collect(),
            source: None,
            files: VecDeque::new(),
            blocks: Blocks::default(),
            at: 0,
            sieve: Sieve::new(Filter::All),
            range: Range::default(),
            compat,
            assembler: Assembler::new(compat, timeout),
            is_partial: false,
            is_over: false,
            malformed: Vec::new(),
            event: Event::default(),
        }
    }

    /// Only events this filter wants come out.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.sieve = Sieve::new(filter);
        self
    }

    /// Only records of this range count.
    #[must_use]
    pub fn range(mut self, range: Range) -> Self {
        self.range = range;
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

    /// The event that was found last.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// Finds the next event; false if there is none.
    pub fn advance(&mut self) -> Result<bool, Error> {
        loop {
            while let Some(event) = self.assembler.ready() {
                if event.records.iter().any(|kept| kept.wanted) {
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
                let (again, file) = file.map_err(|error| Error::Open(path, error))?;
                let oldest = self.assembler.kept().flatten().map(|kept| kept.at).min();
                while self.files.len() > 1 && self.files[1].0 <= oldest.unwrap_or(self.at) {
                    self.files.pop_front();
                }
                self.files.push_back((self.at, again));
                Source::File(file)
            }
        };
        self.source = Some(source);
        Ok(true)
    }

    fn end(&mut self) {
        self.is_over = true;
        if !self.is_partial {
            self.assembler.finish();
        } else if self.compat == Compat::V4 {
            self.assembler.finish_whole(|kept| kept.is_last);
        }
    }

    /// Reads lines until an event is ready or the input is at its end.
    fn lines(&mut self) -> Result<(), Error> {
        let mut is_end = false;
        loop {
            if let Some(block) = self.blocks.last() {
                let bytes = block.bytes.as_slice();
                let mut at = (self.at - block.base) as usize;
                let mut is_ready = false;
                while let Some((end, next)) = line(bytes, at, is_end) {
                    let text = &bytes[at..end];
                    match Record::parse(text) {
                        Ok(record) if self.range.contains(record.id.sec) => {
                            let len = text.len() as u32;
                            let wanted = self.sieve.wants(bytes, at, end, &record);
                            let is_last = self.is_partial && self.compat.is_last(record.kind());
                            let at = block.base + at as u64;
                            let kept = Kept { at, len, wanted, is_last };
                            self.assembler.add(&record, kept);
                            is_ready = true;
                        }
                        Err(Malformed::Time(time)) if self.malformed.len() < MOST_MALFORMED => {
                            // auditd's tools take the newline for a part of it.
                            let is_to_end = text.ends_with(time) && end < next;
                            let newline: &[u8] = if is_to_end { b"\n" } else { b"" };
                            self.malformed.push([time, newline].concat());
                        }
                        Ok(_) | Err(_) => {}
                    }
                    at = next;
                    if is_ready && self.assembler.is_ready() {
                        self.at = block.base + at as u64;
                        return Ok(());
                    }
                }
                self.at = block.base + at as u64;
            }
            if is_end {
                self.source = None;
                return Ok(());
            }
            is_end = !self.read()?;
        }
    }

    /// Reads the next block; false at the end of the input.
    fn read(&mut self) -> Result<bool, Error> {
        let is_stream = matches!(self.source, Some(Source::Stream(_)));
        let mut needed = self.at;
        for kept in self.assembler.kept() {
            if is_stream || kept.iter().any(|kept| kept.wanted) {
                needed = kept.iter().fold(needed, |needed, kept| needed.min(kept.at));
            }
        }
        self.blocks.release(needed);
        if self.blocks.size() > MOST_KEPT {
            if is_stream {
                self.assembler.finish();
            } else {
                self.blocks.release_one();
            }
        }
        let read = match &mut self.source {
            Some(Source::File(file)) => self.blocks.read(file, self.at),
            Some(Source::Stream(stream)) => self.blocks.read(stream, self.at),
            None => Ok(false),
        };
        let read = read.map_err(Error::Read)?;
        if let (true, Some(block)) = (read, self.blocks.last()) {
            self.sieve.begin(&block.bytes);
        }
        Ok(read)
    }

    /// Gathers the lines of an event.
    fn fetch(&mut self, event: Assembled<Kept>) -> Result<(), Error> {
        self.event.begin(event.id, event.kind, event.node);
        let mut again = Vec::new();
        for kept in &event.records {
            let len = kept.len as usize;
            if let Some(line) = self.blocks.get(kept.at, len) {
                self.event.push(line);
                continue;
            }
            let file = self.files.iter().rev().find(|(base, _)| *base <= kept.at);
            let Some((base, file)) = file else { continue };
            again.resize(len, 0);
            file.read_exact_at(&mut again, kept.at - base).map_err(Error::Read)?;
            self.event.push(&again);
        }
        self.assembler.recycle(event.records);
        Ok(())
    }
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
        for serial in 0..30_000 {
            let id = format!("msg=audit(1700000000.{:03}:{serial}):", serial / 100);
            let pad = "x".repeat(200);
            writeln!(log, "type=SYSCALL {id} a0=1 pad={pad} key=\"k{}\"", serial % 1000).unwrap();
            if serial > 20_000 {
                let id = format!(
                    "msg=audit(1700000000.{:03}:{}):",
                    (serial - 20_000) / 100,
                    serial - 20_000
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
        assert!(log.len() > 6 << 20);
        let middle = log.len() / 2;
        let cut = middle + memchr::memchr(b'\n', &log[middle..]).unwrap() + 1;
        let (one, two) = (dir.path().join("log.1"), dir.path().join("log"));
        std::fs::write(&one, &log[..cut]).unwrap();
        std::fs::write(&two, &log[cut..]).unwrap();
        let files = || [Input::File(one.clone()), Input::File(two.clone())];
        let all = lines(Events::new(files(), Compat::V4, 2));
        let stream = Input::Stream(Box::new(Cursor::new(log.clone())));
        assert_eq!(all.len(), 30_000);
        assert_eq!(lines(Events::new([stream], Compat::V4, 2)).len(), 30_000);
        for text in ["\"k7\"", " late"] {
            let wanted = |event: &&Vec<String>| event.iter().any(|line| line.contains(text));
            let some: Vec<_> = all.iter().filter(wanted).cloned().collect();
            assert!(some.len() > 10);
            let filtered = Events::new(files(), Compat::V4, 2);
            assert_eq!(lines(filtered.filter(Filter::texts([text.as_bytes()]))), some);
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
