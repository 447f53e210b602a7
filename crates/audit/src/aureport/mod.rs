//! aureport: reports on the log, with its options and its output.
//!
//! The reference is the tool of that name; where it errs, this errs with it.

mod options;
mod report;
mod row;
mod tally;
mod total;

use std::cell::Cell;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::path::PathBuf;
use std::rc::Rc;

use crate::assemble::Compat;
use crate::ausearch::{Ground, reason};
use crate::event::Event;
use crate::items::Items;
use crate::kind::Kind;
use crate::log::{self, Config, ConfigError, Error, Events, Filter, Input, Range};
use crate::record::{LONGEST, Record};
pub use options::{Change, Command, Options, Refused, parse};
pub use report::Report;
use row::Told;
use total::{Span, Totals};

/// What is shown for `--help`, and after an error in the arguments.
const USAGE: &str = "\
usage: aureport [options]

Without a report: how much there is of everything. Reports have a row for each event, or totals:
  --summary                totals, most first
  -au, --auth              authentications       -l, --login              logins
  -m, --mods               changes of accounts   -u, --user               users
  -k, --key                keys of rules         -e, --event              events
  -x, --executable         programs by path      --comm                   programs by name
  -f, --file               files                 -h, --host               other ends
  -p, --pid                processes             -s, --syscall            system calls
  -tm, --terminal          terminals             --tty                    keystrokes
  -c, --config             configuration         -n, --anomaly            anomalies
  -r, --response           answers to anomalies  -a, --avc                SELinux
  -ma, --mac               access control        -cr, --crypto            cryptography
  --integrity              integrity             --virt                   virtual machines
  -t, --log                from when to when each file is
Which events:
  --success, --failed      how it went           --add, --delete          what was changed
  -ts, --start, -te, --end [DATE] [TIME]         when (11/23/26 14:00, today, recent, …)
  --node NAME              machine               -nc, --no-config         no CONFIG_CHANGE
Where and how:
  -if, --input PATH        a file or directory   --input-logs             not from a pipe
  -i, --interpret          names for numbers     --escape raw|tty|shell|shell_quote
  --eoe-timeout SECONDS, --debug, --help, -v, --version
";

/// Runs aureport and returns its exit code.
///
/// `pipe` is the standard input if that is a pipe: it is then read instead of the logs. An error is
/// one of writing to `out` or `err`.
pub fn run(
    args: &[String],
    ground: &Ground,
    pipe: Option<Box<dyn Read>>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let options = match parse(args, ground) {
        Ok(Command::Report(options)) => options,
        Ok(Command::Help) => return out.write_all(USAGE.as_bytes()).map(|()| 0),
        Ok(Command::Version) => {
            let version = if ground.compat == Compat::V3 { "3.0.9" } else { "4.0.2" };
            writeln!(out, "aureport version {version}")?;
            return Ok(0);
        }
        Err(Refused::Unimplemented) => {
            err.write_all(b"Unimplemented option\n")?;
            return Ok(1);
        }
        Err(Refused::Wrong(why)) => {
            err.write_all(why.as_bytes())?;
            out.write_all(USAGE.as_bytes())?;
            return Ok(1);
        }
    };
    let mut run = Run { options: &options, ground, out, err };
    run.report(pipe)
}

struct Run<'a> {
    options: &'a Options,
    ground: &'a Ground,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl Run<'_> {
    fn report(&mut self, pipe: Option<Box<dyn Read>>) -> io::Result<u8> {
        let config = self.config()?;
        if !self.title()? {
            self.err.write_all(b"Unimplemented option\n")?;
            return Ok(1);
        }
        let timeout = self.options.timeout.unwrap_or(config.timeout);
        let files = match (&self.options.input, pipe) {
            (Some(path), _) => match fs::metadata(path) {
                Err(error) => {
                    writeln!(self.err, "stat: {}", reason(&error))?;
                    return Ok(1);
                }
                Ok(found) if found.is_dir() => {
                    let log_file = log::in_directory(path);
                    writeln!(self.err, "NOTE - using logs in {}", log_file.display())?;
                    log::rotated(&log_file)
                }
                Ok(_) => vec![path.clone()],
            },
            (None, Some(pipe)) if !self.options.is_logs => {
                let first = Rc::new(Cell::new((0, 0)));
                let (line, range) = (Vec::new(), self.options.range);
                let watched = Watched { pipe, line, range, first: Rc::clone(&first) };
                let inputs = vec![Input::Stream(Box::new(watched))];
                return self.events(inputs, &["stdin".into()], timeout, &|| first.get());
            }
            (None, _) => log::rotated(&config.log_file),
        };
        let inputs = files.iter().cloned().map(Input::File).collect();
        let range = self.options.range;
        self.events(inputs, &files, timeout, &|| first_record(&files, range))
    }

    fn config(&mut self) -> io::Result<Config> {
        let error = match Config::of(&self.ground.root) {
            Ok(config) => return Ok(config),
            Err(error) => error,
        };
        let config = Config::default().below(&self.ground.root);
        writeln!(self.err, "{error}")?;
        if matches!(error, ConfigError::Missing) {
            return Ok(config);
        }
        writeln!(self.err, "NOTE - using built-in logs: {}", config.log_file.display())?;
        Ok(config)
    }

    /// Prints the title; false if there is no such report.
    fn title(&mut self) -> io::Result<bool> {
        let Self { options, out, .. } = self;
        writeln!(out)?;
        let rule = |len| "=".repeat(len);
        if !options.is_summary {
            let (title, columns, before, after) = options.report.rows();
            writeln!(out, "{title}\n{}", rule(before))?;
            if after > 0 {
                writeln!(out, "# date time {columns}\n{}", rule(after))?;
            }
            return Ok(true);
        }
        match options.success {
            Some(true) => write!(out, "Success ")?,
            Some(false) => write!(out, "Failed ")?,
            None => {}
        }
        let Some((title, what, len)) = options.report.summary() else { return Ok(false) };
        writeln!(out, "{title}\n{}", rule(len))?;
        if !what.is_empty() {
            writeln!(out, "total  {what}\n{}", rule(len))?;
        }
        Ok(true)
    }

    fn events(
        &mut self,
        inputs: Vec<Input>,
        names: &[PathBuf],
        timeout: u64,
        first: &dyn Fn() -> (u64, u16),
    ) -> io::Result<u8> {
        let Self { options, ground, .. } = *self;
        let (report, wanted) = (options.report, options.wanted());
        let is_times = report == Report::Times;
        let mut span = Span::default();
        let mut events = Events::new(inputs, ground.compat, timeout).filter(filter(options));
        // In words, how many records there are makes a difference.
        if !options.is_interpreted {
            events = events.without(wanted.idle());
        }
        if is_times {
            // Every file is told of, also one that is outside of the range.
            events = events.whole();
        }
        events = events.range(options.range);
        let mut totals = Totals::default();
        let (mut count, mut line) = (0, Vec::new());
        let mut times = Times::new(names);
        let mut code = 0;
        loop {
            let advanced = events.advance();
            for text in events.malformed() {
                self.err.write_all(b"Error extracting time stamp (")?;
                self.err.write_all(&text)?;
                self.err.write_all(b")\n")?;
            }
            match advanced {
                Ok(true) => {}
                Ok(false) | Err(Error::Read(_)) => break,
                Err(Error::Open(path, error)) => {
                    writeln!(self.err, "Error opening {} ({})", path.display(), reason(&error))?;
                    code = 1;
                    break;
                }
            }
            let opened = events.opened();
            let event = events.event();
            let id = event.id;
            if is_times {
                times.see(opened, (id.sec, id.ms), ground, self.out)?;
                continue;
            }
            span.last = (id.sec, id.ms);
            // Filled in place: it is large, and there are many.
            let mut items = Items::none(wanted, &ground.users);
            if !self.items(event, &mut items)? {
                continue;
            }
            let kinds = &items.kinds;
            let told = Told::new(event, &items, kinds.len(), options, ground);
            if options.is_summary {
                totals.add(&told, kinds);
            } else if is_row(&told, kinds) {
                line.clear();
                told.rows(&mut count, &mut line);
                self.out.write_all(&line)?;
            }
        }
        if is_times {
            times.finish(
                if code == 0 { names.len() } else { events.opened() },
                ground,
                self.out,
            )?;
        }
        if code > 0 {
            return Ok(code);
        }
        if !options.is_summary && !is_times && count == 0 {
            self.out.write_all(b"<no events of interest were found>\n\n")?;
            return Ok(1);
        }
        if options.is_summary {
            if report == Report::Total {
                span.first = first();
            }
            totals.print(options, ground, &span, self.out)?;
        }
        Ok(0)
    }

    /// Takes what is wanted of an event; false if it does not count.
    fn items<'b>(&mut self, event: &'b Event, items: &mut Items<'b>) -> io::Result<bool> {
        let Self { options, ground, .. } = *self;
        if items.read(event, ground.compat).is_err() {
            if let (true, Some(record)) = (options.is_debug, event.records().next()) {
                self.err.write_all(b"Malformed event skipped. ")?;
                self.err.write_all(record.plain())?;
                self.err.write_all(b"\n")?;
            }
            return Ok(false);
        }
        let node = |node: &String| Some(node.as_bytes()) == event.node();
        let counts = (options.nodes.is_empty() || options.nodes.iter().any(node))
            && options.success.is_none_or(|success| items.success == i32::from(success))
            && is_change(event.kind, options);
        Ok(counts)
    }
}

/// Does an event of this kind count, as far as changes go?
fn is_change(head: Kind, options: &Options) -> bool {
    if head == Kind::CONFIG_CHANGE {
        return !options.no_config;
    }
    let added = [
        Kind::ADD_USER,
        Kind::ADD_GROUP,
        Kind::MAC_CIPSOV4_ADD,
        Kind::MAC_MAP_ADD,
        Kind::MAC_IPSEC_ADDSA,
        Kind::MAC_IPSEC_ADDSPD,
        Kind::MAC_UNLBL_STCADD,
    ];
    let deleted = [
        Kind::DEL_USER,
        Kind::DEL_GROUP,
        Kind::MAC_CIPSOV4_DEL,
        Kind::MAC_MAP_DEL,
        Kind::MAC_IPSEC_DELSA,
        Kind::MAC_IPSEC_DELSPD,
        Kind::MAC_UNLBL_STCDEL,
    ];
    match options.change {
        None => true,
        Some(Change::Add) => !deleted.contains(&head),
        Some(Change::Delete) => !added.contains(&head),
    }
}

/// Is there a row for this event?
fn is_row(told: &Told<'_>, kinds: &[Kind]) -> bool {
    let items = told.items;
    let has = |kind: Kind| kinds.contains(&kind);
    match told.options.report {
        Report::Total | Report::Times => false,
        Report::Auth => has(Kind::USER_AUTH) || has(Kind::USER_MGMT) && items.success == 0,
        Report::Event => true,
        Report::File => items.files.is_some(),
        Report::Host => items.host.is_some(),
        Report::Pid => items.pid >= 0,
        Report::Syscall => items.syscall != 0,
        Report::Terminal => items.terminal.is_some(),
        Report::User => items.uid != u32::MAX,
        Report::Exe => items.exe.is_some(),
        Report::Comm => items.comm.is_some(),
        Report::Key => items.keys.iter().flatten().next().is_some_and(|key| &key[..] != b"(null)"),
        Report::Tty => told.event.kind == Kind::TTY || told.event.kind == Kind::USER_TTY,
        report => kinds.iter().any(|kind| report.is_about(*kind, false)),
    }
}

/// What lines of an event must have, cheap to look for beforehand.
fn filter(options: &Options) -> Filter {
    match options.report.kinds() {
        [] => Filter::All,
        kinds => Filter::kinds(kinds.iter().copied()),
    }
}

/// When a line was written that counts as the first of a log: any, or one outside of what was asked
/// for if a start was given.
fn first_time(line: &[u8], range: Range) -> Option<(u64, u16)> {
    let id = Record::parse(line).ok()?.id;
    (range.start.is_none() || !range.contains(id.sec)).then_some((id.sec, id.ms))
}

/// When the first record of files was written, or 0.
fn first_record(files: &[PathBuf], range: Range) -> (u64, u16) {
    let mut line = Vec::new();
    for path in files {
        let Ok(file) = fs::File::open(path) else { continue };
        let mut reader = BufReader::new(file);
        loop {
            line.clear();
            match reader.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            if let Some(time) = first_time(line.strip_suffix(b"\n").unwrap_or(&line), range) {
                return time;
            }
        }
    }
    (0, 0)
}

/// A pipe of which the first record is remembered.
struct Watched {
    pipe: Box<dyn Read>,
    /// The line that is not read to its end.
    line: Vec<u8>,
    range: Range,
    first: Rc<Cell<(u64, u16)>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.pipe.read(buffer)?;
        for part in buffer[..len].split_inclusive(|byte| *byte == b'\n') {
            if self.first.get() != (0, 0) {
                break;
            }
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") || self.line.len() >= LONGEST {
                let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
                self.first.set(first_time(line, self.range).unwrap_or_default());
                self.line.clear();
            }
        }
        Ok(len)
    }
}

/// From when to when each file is.
struct Times<'a> {
    names: &'a [PathBuf],
    /// The file that is read now.
    at: usize,
    seen: Option<((u64, u16), (u64, u16))>,
}

impl<'a> Times<'a> {
    fn new(names: &'a [PathBuf]) -> Self {
        Self { names, at: 0, seen: None }
    }

    /// An event was found while the file of this number (from 1 on) was read.
    fn see(
        &mut self,
        opened: usize,
        time: (u64, u16),
        ground: &Ground,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.finish(opened.saturating_sub(1), ground, out)?;
        let (first, _) = self.seen.unwrap_or((time, time));
        self.seen = Some((first, time));
        Ok(())
    }

    /// Prints the files before this number.
    fn finish(&mut self, until: usize, ground: &Ground, out: &mut dyn Write) -> io::Result<()> {
        while self.at < until.min(self.names.len()) {
            let name = self.names[self.at].display();
            match self.seen.take() {
                None => writeln!(out, "{name}: no records")?,
                Some((first, last)) => writeln!(
                    out,
                    "{name}: {}.{:03} - {}.{:03}",
                    row::moment(first.0, ground),
                    first.1,
                    row::moment(last.0, ground),
                    last.1
                )?,
            }
            self.at += 1;
        }
        Ok(())
    }
}
