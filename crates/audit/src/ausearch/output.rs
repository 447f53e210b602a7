//! Printing events as ausearch does.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::csv::Csv;
use super::options::{Escape, Format, Ground, Options};
use super::text;
use crate::event::Event;
use crate::interpret::Interpreter;
use crate::normalize::Normalizer;
use crate::record::{Record, SEPARATOR};
use crate::time;

/// Prints events one after the other.
pub struct Printer<'a> {
    escape: Escape,
    zone: &'a TimeZone,
    style: Style<'a>,
    line: Vec<u8>,
}

/// How an event is printed, with what is needed for it.
enum Style<'a> {
    Raw,
    Default,
    Interpreted(Interpreter<'a>),
    Csv(Csv, Normalizer<'a>),
    Text(Normalizer<'a>),
}

impl<'a> Printer<'a> {
    /// Prints as these options say.
    pub fn new(options: &Options, ground: &'a Ground) -> Self {
        let Ground { users, groups, root, compat, .. } = ground;
        let Options { format, escape, extra, .. } = *options;
        let interpreter = || Interpreter::new(users, groups, root, *compat, escape);
        let normalizer = |is_labels| Normalizer::new(interpreter(), users, *compat, is_labels);
        let style = match format {
            Format::Raw => Style::Raw,
            Format::Default => Style::Default,
            Format::Interpreted => Style::Interpreted(interpreter()),
            Format::Csv => Style::Csv(Csv::new(extra), normalizer(extra.labels)),
            Format::Text => Style::Text(normalizer(false)),
        };
        Self { escape, zone: &ground.now.zone, style, line: Vec::new() }
    }

    /// Prints an event. What could not be put into words is said on `err`.
    pub fn print(
        &mut self,
        out: &mut dyn Write,
        err: &mut dyn Write,
        event: &Event,
    ) -> io::Result<()> {
        let (zone, line) = (self.zone, &mut self.line);
        match &mut self.style {
            Style::Raw => raw(out, event),
            Style::Default => plain(out, event, self.escape, zone),
            Style::Interpreted(interpreter) => interpreted(out, event, interpreter, zone, line),
            Style::Csv(csv, normalizer) => {
                normalizer.each(event, |event| csv.print(out, err, event, zone))
            }
            Style::Text(normalizer) => {
                normalizer.each(event, |event| text::print(out, event, zone))
            }
        }
    }
}

/// The lines in words, last first.
fn interpreted(
    out: &mut dyn Write,
    event: &Event,
    interpreter: &mut Interpreter<'_>,
    zone: &TimeZone,
    line: &mut Vec<u8>,
) -> io::Result<()> {
    out.write_all(b"----\n")?;
    for record in last_first(event) {
        line.clear();
        interpreter.record(&record, zone, line);
        out.write_all(line)?;
    }
    Ok(())
}

/// The records, last first; of what auditd says of itself only the last.
fn last_first(event: &Event) -> impl Iterator<Item = Record<'_>> {
    let is_single = is_daemon(event);
    event.records().rev().take(if is_single { 1 } else { usize::MAX })
}

/// Does it end with what auditd says of itself?
fn is_daemon(event: &Event) -> bool {
    event.records().next_back().is_some_and(|record| (1200..1300).contains(&record.kind().0))
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
    // What auditd says of itself is taken at its word.
    let mode = if is_daemon(event) { Escape::Raw } else { mode };
    for record in last_first(event) {
        escaped(out, record.plain(), mode)?;
        out.write_all(b"\n")?;
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
