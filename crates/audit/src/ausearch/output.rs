//! Printing events as ausearch does.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::options::{Escape, Format, Ground, Options};
use crate::event::Event;
use crate::interpret::Interpreter;
use crate::record::{Record, SEPARATOR};
use crate::time;

/// Prints events one after the other.
pub struct Printer<'a> {
    format: Format,
    escape: Escape,
    zone: &'a TimeZone,
    interpreter: Interpreter<'a>,
    line: Vec<u8>,
}

impl<'a> Printer<'a> {
    /// Prints as these options say.
    pub fn new(options: &Options, ground: &'a Ground) -> Self {
        let Ground { users, groups, root, compat, .. } = ground;
        let interpreter = Interpreter::new(users, groups, root, *compat, options.escape);
        let Options { format, escape, .. } = *options;
        Self { format, escape, zone: &ground.now.zone, interpreter, line: Vec::new() }
    }

    /// Prints an event.
    pub fn print(&mut self, out: &mut dyn Write, event: &Event) -> io::Result<()> {
        match self.format {
            Format::Raw => raw(out, event),
            Format::Default => plain(out, event, self.escape, self.zone),
            Format::Interpreted | Format::Csv | Format::Text => self.interpreted(out, event),
        }
    }

    /// The lines in words, last first.
    fn interpreted(&mut self, out: &mut dyn Write, event: &Event) -> io::Result<()> {
        out.write_all(b"----\n")?;
        for record in event.records().rev() {
            self.line.clear();
            self.interpreter.record(&record, self.zone, &mut self.line);
            out.write_all(&self.line)?;
            if is_daemon(&record) {
                break;
            }
        }
        Ok(())
    }
}

/// What auditd says of itself is one line.
fn is_daemon(record: &Record<'_>) -> bool {
    (1200..1300).contains(&record.kind().0)
}

/// The lines as they are. Of an event of which auditd enriched a line, all others end as if it had.
fn raw(out: &mut dyn Write, event: &Event) -> io::Result<()> {
    let is_enriched = event.records().any(|record| record.enriched().is_some());
    for record in event.records() {
        out.write_all(record.line)?;
        if is_enriched && record.enriched().is_none() {
            out.write_all(&[SEPARATOR])?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The lines, last first.
fn plain(out: &mut dyn Write, event: &Event, mode: Escape, zone: &TimeZone) -> io::Result<()> {
    writeln!(out, "----\ntime->{}", time::ctime(event.id.sec, zone))?;
    for record in event.records().rev() {
        // It is also taken at its word.
        let is_daemon = is_daemon(&record);
        escaped(out, record.plain(), if is_daemon { Escape::Raw } else { mode })?;
        out.write_all(b"\n")?;
        if is_daemon {
            break;
        }
    }
    Ok(())
}

/// Prints a text with control characters in octal.
fn escaped(out: &mut dyn Write, text: &[u8], mode: Escape) -> io::Result<()> {
    let special: &[u8] = match mode {
        Escape::Raw => return out.write_all(text),
        Escape::Tty => b"",
        Escape::Shell => b"\"'`$\\!()| ",
        Escape::ShellQuote => b"\"'`$\\!()| ;#&*?[]<>{}",
    };
    for part in text.split_inclusive(|byte| *byte < 32 || special.contains(byte)) {
        let Some((&last, plain)) = part.split_last() else { continue };
        out.write_all(plain)?;
        if last < 32 {
            write!(out, "\\{last:03o}")?;
        } else if special.contains(&last) {
            out.write_all(&[b'\\', last])?;
        } else {
            out.write_all(&[last])?;
        }
    }
    Ok(())
}
