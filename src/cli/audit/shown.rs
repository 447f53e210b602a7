//! How events are printed: a sentence each, wrapped on a terminal.

use std::io::{self, Write};
use std::os::fd::AsFd;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use nightkeep_audit::action::Action;

use crate::cli::output;
use crate::trail::fold::{Fold, Line};
use crate::trail::told::{at, folder, sentence};

/// Narrower than this, what follows the first line of a sentence stands below the time.
const NARROW: usize = 60;

/// Prints sentences.
pub(super) struct Sentences<W> {
    out: W,
    zone: TimeZone,
    /// Columns of the terminal; none elsewhere, where each line stands for itself.
    width: Option<usize>,
    fold: Option<Fold>,
    day: Option<Date>,
    /// The machine of the last event, and whether there are several.
    machine: Option<String>,
    is_begun: bool,
    are_several: bool,
    here: String,
}

impl<W: Write> Sentences<W> {
    /// `each`: events that are the same have a line each as well.
    pub(super) fn new(out: W, width: Option<usize>, each: bool) -> Self {
        let here = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self {
            out,
            zone: TimeZone::system(),
            width,
            fold: (!each).then(Fold::default),
            day: None,
            machine: None,
            is_begun: false,
            are_several: false,
            here,
        }
    }

    /// Takes the next event.
    pub(super) fn add(&mut self, action: &Action, machine: Option<String>) -> io::Result<()> {
        self.are_several |= self.is_begun && self.machine != machine;
        self.machine.clone_from(&machine);
        self.is_begun = true;
        let at = at(action.id);
        let text = sentence(action);
        let line = Line { at, machine, text, more: 0, is_rest: false, until: at };
        let line = match &mut self.fold {
            None => Some(line),
            Some(fold) => fold.take(line, folder(action)),
        };
        line.map_or(Ok(()), |line| self.print(&line))
    }

    /// Prints what was held back. Returns how many events have no line of their own.
    pub(super) fn end(mut self) -> io::Result<u64> {
        while let Some(line) = self.fold.as_mut().and_then(Fold::pop) {
            self.print(&line)?;
        }
        self.out.flush()?;
        Ok(self.fold.map_or(0, |fold| fold.folded))
    }

    fn print(&mut self, line: &Line) -> io::Result<()> {
        let when = line.at.to_zoned(self.zone.clone());
        let mut text = String::new();
        if self.are_several {
            let name = line.machine.as_deref().unwrap_or(&self.here);
            text = format!("{}: ", output::safe(name));
        }
        text += &line.text;
        if line.more > 0 {
            let until = line.until.to_zoned(self.zone.clone());
            let until = if until.date() == when.date() {
                until.strftime("%H:%M:%S")
            } else {
                until.strftime("%Y-%m-%d %H:%M:%S")
            };
            text += &match (line.is_rest, line.more) {
                (true, 1) => format!(" (1 file more until {until})"),
                (true, more) => format!(" ({more} files more until {until})"),
                (false, more) => format!(" (and {more} more like it until {until})"),
            };
        }
        let Some(width) = self.width else {
            return writeln!(self.out, "{}  {text}", when.strftime("%Y-%m-%d %H:%M:%S"));
        };
        if self.day != Some(when.date()) {
            let gap = if self.day.is_some() { "\n" } else { "" };
            writeln!(self.out, "{gap}{}", when.strftime("%A %Y-%m-%d (%Z)"))?;
            self.day = Some(when.date());
        }
        let (space, hang) = if width < NARROW { (" ", 2) } else { ("  ", 10) };
        let text = format!("{}{space}{text}", when.strftime("%H:%M:%S"));
        self.out.write_all(wrapped(&text, width, hang).as_bytes())
    }
}

/// Wraps a text at spaces; what follows the first line stands so many columns in.
pub(super) fn wrapped(text: &str, width: usize, hang: usize) -> String {
    let width = width.max(hang + 10);
    let mut out = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let mut word = word;
        let len = word.chars().count();
        if column > 0 && column + 1 + len > width && column > hang {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', hang));
            column = hang;
        } else if column > 0 && column != hang || out.ends_with(' ') && word.is_empty() {
            out.push(' ');
            column += 1;
        }
        // What is longer than a line is cut.
        while column + word.chars().count() > width {
            let room = width - column;
            let cut = word.char_indices().nth(room).map_or(word.len(), |(at, _)| at);
            out.push_str(&word[..cut]);
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', hang));
            column = hang;
            word = &word[cut..];
        }
        out.push_str(word);
        column += word.chars().count();
    }
    out.push('\n');
    out
}

/// How wide the terminal is; none if it is none.
pub(super) fn width() -> Option<usize> {
    columns(&io::stdout())
}

fn columns(out: &(impl io::IsTerminal + AsFd)) -> Option<usize> {
    if !out.is_terminal() {
        return None;
    }
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || Some(usize::from(rustix::termios::tcgetwinsize(out).ok()?.ws_col));
    Some(told.or_else(asked).filter(|&width| width > 0).unwrap_or(80))
}

/// Says on standard error what there is to say besides the answer.
pub(super) fn say(notes: &[String]) {
    let mut err = io::stderr().lock();
    let width = columns(&err).unwrap_or(usize::MAX);
    for note in notes {
        // Nobody is left to be told when standard error is closed.
        let _ = err.write_all(wrapped(note, width, 2).as_bytes());
    }
}

/// How much was only counted.
pub(super) fn folded(count: u64, folded: u64) -> String {
    format!(
        "{count} events; {folded} of them are like others and only counted: --each shows every one."
    )
}

/// Prints sentences about what was not found; besides the answer where that is for programs.
pub(super) fn print_told(told: &[String], is_for_programs: bool) -> anyhow::Result<()> {
    if is_for_programs {
        say(told);
        return Ok(());
    }
    let width = width().unwrap_or(usize::MAX);
    output::print(&told.iter().map(|line| wrapped(line, width, 0)).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_fits_a_phone() {
        let text = "13:16:02 ann as root replaced /etc/passwd by /etc/passwd+ with usermod [identity] (session 4)";
        let out = wrapped(text, 40, 2);
        assert!(out.lines().all(|line| line.chars().count() <= 40), "{out}");
        assert_eq!(out.split_whitespace().collect::<Vec<_>>(), text.split(' ').collect::<Vec<_>>());
        assert!(out.lines().skip(1).all(|line| line.starts_with("  ")));
        let long = wrapped(&format!("13:16:02 x {}", "a".repeat(100)), 40, 2);
        assert!(long.lines().all(|line| line.chars().count() <= 40), "{long}");
        assert_eq!(long.matches('a').count(), 100);
    }
}
