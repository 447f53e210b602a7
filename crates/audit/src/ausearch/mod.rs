//! ausearch: searching the log, with its options and its output.
//!
//! The reference is the tool of that name; where it errs, this errs with it.

mod checkpoint;
mod csv;
mod matching;
mod options;
mod output;
mod parse;
mod pipe;
mod text;
mod value;

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::assemble::Compat;
use crate::log::{self, Config, ConfigError, Error, Events, Filter, Input};
use crate::record::Id;
use checkpoint::{Checkpoint, Gate, Last, Turn};
pub use options::{Command, Escape, Extra, Format, Ground, Options, Search};
pub use output::Printer;
pub use parse::parse;
use pipe::Stretch;

/// What is shown for `--help`, and without arguments.
const USAGE: &str = "\
usage: ausearch [options]

All that is asked for must hold. What to look for:
  -a, --event N            serial number         -m, --message TYPE,…     kind of record
  -k, --key TEXT           key of a rule         -f, --file TEXT          file or directory
  -x, --executable TEXT    program by path       -c, --comm TEXT          program by name
  -p, --pid N              process               -pp, --ppid N            parent process
  -ui, --uid USER          user                  -gi, --gid GROUP         group
  -ue, --uid-effective     effective user        -ge, --gid-effective     effective group
  -ul, --loginuid USER     who logged in         -ua, -ga                 any of these
  --session N              login session         -tm, --terminal TEXT     terminal
  -sc, --syscall NAME      system call           --arch ARCH              architecture
  -e, --exit N             what it returned      -sv, --success yes|no    how it went
  -hn, --host TEXT         the other end         -n, --node NAME          machine
  -su, -o, -se TEXT        SELinux contexts      -vm, -uu TEXT            virtual machine
  -w, --word               texts must be equal, not only contained
  -ts, --start, -te, --end [DATE] [TIME]         when (11/23/26 14:00, today, recent, …)
Where:
  -if, --input PATH        a file or directory   --input-logs             not from a pipe
  --checkpoint FILE        go on where the last search ended
How it is shown:
  --format raw|default|interpret|csv|text        -i, --interpret          -r, --raw
  --escape raw|tty|shell|shell_quote             --extra-keys, -labels, -obj2, -time
  --just-one, -l, --line-buffered, --debug, --eoe-timeout SECONDS, -h, --help, -v, --version
";

/// Runs ausearch and returns its exit code.
///
/// `pipe` is the standard input if that is a pipe: it is then read instead of the logs. An error is
/// one of writing to `out` or `err`.
pub fn run(
    args: &[String],
    ground: &Ground,
    pipe: Option<File>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    if args.is_empty() {
        out.write_all(USAGE.as_bytes())?;
        return Ok(1);
    }
    let options = match parse(args, ground) {
        Ok(Command::Search(options)) => options,
        Ok(Command::Help) => return out.write_all(USAGE.as_bytes()).map(|()| 0),
        Ok(Command::Version) => {
            let version = match ground.compat {
                Compat::V3 => "3.0.9",
                Compat::V4 => "4.0.2",
            };
            writeln!(out, "ausearch version {version}")?;
            return Ok(0);
        }
        Err(why) => {
            err.write_all(why.as_bytes())?;
            return Ok(1);
        }
    };
    let printer = Printer::new(&options, ground);
    let mut run = Run {
        options: &options,
        ground,
        out,
        err,
        printer,
        opened: 0,
        has_events: false,
        is_found: false,
    };
    let code = run.search(pipe)?;
    if code == 0 && !run.is_found {
        if options.format != Format::Raw {
            err.write_all(b"<no matches>\n")?;
        }
        return Ok(1);
    }
    Ok(code)
}

/// How the system words an error.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

struct Run<'a> {
    options: &'a Options,
    ground: &'a Ground,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    printer: Printer<'a>,
    /// How many files were opened.
    opened: usize,
    /// Did an event come, matching or not?
    has_events: bool,
    is_found: bool,
}

impl Run<'_> {
    fn search(&mut self, pipe: Option<File>) -> io::Result<u8> {
        let config = self.config()?;
        let mut checkpoint = None;
        if let Some(path) = &self.options.checkpoint {
            match Checkpoint::load(path) {
                Ok(loaded) => checkpoint = loaded,
                Err(why) => {
                    self.err.write_all(why.as_bytes())?;
                    return Ok(10);
                }
            }
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
                    self.logs(&log_file, checkpoint.as_ref())
                }
                Ok(_) => Some(vec![path.clone()]),
            },
            (None, Some(pipe)) if !self.options.is_logs => {
                let code = self.print_pipe(&pipe, timeout)?;
                if self.options.checkpoint.is_some() {
                    self.err.write_all(b"Warning - checkpointing stdin is not supported")?;
                }
                return Ok(code);
            }
            (None, _) => self.logs(&config.log_file, checkpoint.as_ref()),
        };
        let Some(files) = files else { return Ok(10) };
        let inputs = files.iter().cloned().map(Input::File);
        if self.options.checkpoint.is_none() {
            return self.print(inputs, timeout, None);
        }
        let mut gate = Gate::new(checkpoint.as_ref(), self.options.is_checkpoint_time_only);
        let mut last = Last::default();
        let code = self.print(inputs, timeout, Some((&mut gate, &mut last)))?;
        // With `--just-one` the files after that one were not looked into.
        let read = files.get(self.opened.saturating_sub(1)).cloned().unwrap_or_default();
        if code == 0 { self.save(&read, last) } else { Ok(code) }
    }

    /// Prints what matches, from one silence to the next.
    fn print_pipe(&mut self, pipe: &File, timeout: u64) -> io::Result<u8> {
        loop {
            let is_silent = Rc::new(Cell::new(false));
            let is_live = self.options.is_line_buffered;
            let stretch = Stretch::new(pipe.try_clone()?, is_live, Rc::clone(&is_silent));
            self.has_events = false;
            let code = self.print([Input::Stream(Box::new(stretch))], timeout, None)?;
            if code != 0 || !is_silent.get() || !self.has_events {
                return Ok(code);
            }
        }
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
        if self.ground.compat == Compat::V4 {
            writeln!(self.err, "NOTE - using built-in end_of_event_timeout: {}", config.timeout)?;
        }
        if self.ground.compat == Compat::V3 || self.options.input.is_none() {
            writeln!(self.err, "NOTE - using built-in logs: {}", config.log_file.display())?;
        }
        Ok(config)
    }

    /// The log with what was rotated away, from the file of the checkpoint on; none if that is gone.
    fn logs(&mut self, log_file: &Path, checkpoint: Option<&Checkpoint>) -> Option<Vec<PathBuf>> {
        let mut files = log::rotated(log_file);
        let Some(checkpoint) = checkpoint.filter(|_| !self.options.is_checkpoint_time_only) else {
            return Some(files);
        };
        let is_it = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| checkpoint.is_of(&found));
        files.drain(..files.iter().rposition(is_it)?);
        Some(files)
    }

    /// Prints what matches. Returns the exit code.
    fn print(
        &mut self,
        inputs: impl IntoIterator<Item = Input>,
        timeout: u64,
        mut checkpoint: Option<(&mut Gate, &mut Last)>,
    ) -> io::Result<u8> {
        let Self { options, ground, .. } = *self;
        let wanted = matching::wanted(options);
        // For a checkpoint every event counts, matching or not.
        let filter = if checkpoint.is_some() { Filter::All } else { matching::filter(options) };
        let mut events =
            Events::new(inputs, ground.compat, timeout).filter(filter).range(options.range);
        if checkpoint.is_some() {
            events = events.leave_partial();
        }
        loop {
            let advanced = events.advance();
            self.opened = events.opened();
            for text in events.malformed() {
                self.err.write_all(b"Error extracting time stamp (")?;
                self.err.write_all(&text)?;
                self.err.write_all(b")\n")?;
            }
            match advanced {
                Ok(true) => {}
                // ausearch takes an error for the end.
                Ok(false) | Err(Error::Read(_)) => return Ok(0),
                Err(Error::Open(path, error)) => {
                    writeln!(self.err, "Error opening {} ({})", path.display(), reason(&error))?;
                    return Ok(1);
                }
            }
            self.has_events = true;
            let event = events.event();
            let is_match = matching::matches(event, options, wanted, ground);
            if let (true, Err(_), Some(record)) =
                (options.is_debug, is_match, event.records().next())
            {
                self.err.write_all(b"Malformed event skipped. ")?;
                self.err.write_all(record.plain())?;
                self.err.write_all(b"\n")?;
            }
            if is_match == Ok(true) {
                let turn = match &mut checkpoint {
                    Some((gate, _)) => gate.turn(event),
                    None => Turn::Print,
                };
                if let (Turn::Lost, Some((gate, _))) = (turn, &checkpoint) {
                    self.lost(event.id, gate.since())?;
                    return Ok(12);
                }
                if turn == Turn::Print {
                    self.is_found = true;
                    self.printer.print(self.out, self.err, event)?;
                }
                if options.is_just_one {
                    return Ok(0);
                }
                if options.is_line_buffered {
                    self.out.flush()?;
                }
            }
            if let Some((_, last)) = &mut checkpoint {
                **last = Last::of(event);
            }
        }
    }

    fn lost(&mut self, found: Id, since: Id) -> io::Result<()> {
        let show = |id: Id| format!("{}.{:03}:{}", id.sec, id.ms, id.serial);
        writeln!(
            self.err,
            "Corrupted checkpoint file. Inode match, but newer complete event ({}) found before loaded checkpoint {}",
            show(found),
            show(since)
        )
    }

    fn save(&mut self, last_file: &Path, last: Last) -> io::Result<u8> {
        use std::os::unix::fs::MetadataExt as _;
        let Some(path) = &self.options.checkpoint else { return Ok(0) };
        let found = match fs::metadata(last_file) {
            Ok(found) => found,
            Err(error) => {
                let (file, why) = (last_file.display(), reason(&error));
                writeln!(
                    self.err,
                    "Cannot stat audit file for checkpoint details - {file}: {why}"
                )?;
                return Ok(11);
            }
        };
        let checkpoint = Checkpoint { device: found.dev(), inode: found.ino(), last };
        if let Err(error) = fs::write(path, checkpoint.text()) {
            let (file, why) = (path.display(), reason(&error));
            writeln!(self.err, "Cannot open checkpoint file - {file}: {why}")?;
            return Ok(11);
        }
        Ok(0)
    }
}
