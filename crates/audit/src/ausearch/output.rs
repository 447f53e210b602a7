//! Printing events as ausearch does.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::options::{Escape, Format};
use crate::event::Event;
use crate::record::SEPARATOR;
use crate::time;

/// Prints an event.
pub(super) fn event(
    out: &mut dyn Write,
    event: &Event,
    format: Format,
    escape: Escape,
    zone: &TimeZone,
) -> io::Result<()> {
    match format {
        Format::Raw => raw(out, event),
        _ => plain(out, event, escape, zone),
    }
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
        // What auditd says of itself is one line, and taken at its word.
        let is_daemon = (1200..1300).contains(&record.kind().0);
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
