//! What the command lines of auditd's tools have in common.

use crate::ausearch::{Escape, Ground};
use crate::time::{self, Bound};

/// Arguments (without the name of the program), and which of them is read.
#[derive(Debug)]
pub(crate) struct Args<'a> {
    args: &'a [String],
    at: usize,
}

impl<'a> Args<'a> {
    /// Before the first one.
    pub(crate) fn new(args: &'a [String]) -> Self {
        Self { args, at: 0 }
    }

    /// The option to be read.
    pub(crate) fn option(&self) -> Option<&'a str> {
        self.following(0)
    }

    /// To what follows.
    pub(crate) fn advance(&mut self) {
        self.at += 1;
    }

    /// What follows so far ahead, whatever it is.
    pub(crate) fn following(&self, ahead: usize) -> Option<&'a str> {
        self.args.get(self.at + ahead).map(String::as_str)
    }

    /// The argument of the option so far ahead, if there is one.
    pub(crate) fn argument(&self, ahead: usize) -> Option<&'a str> {
        self.following(ahead).filter(|word| !word.starts_with('-'))
    }

    fn shown(&self) -> &'a str {
        self.option().unwrap_or_default()
    }

    fn missing(&self) -> String {
        format!("Argument is required for {}\n", self.shown())
    }

    /// The argument, which must follow.
    pub(crate) fn text(&mut self) -> Result<&'a str, String> {
        let text = self.argument(1).ok_or_else(|| self.missing())?;
        self.at += 1;
        Ok(text)
    }

    /// The argument, which must follow and may begin with a minus.
    pub(crate) fn any_text(&mut self) -> Result<&'a str, String> {
        let text = self.following(1).ok_or_else(|| self.missing())?;
        self.at += 1;
        Ok(text)
    }

    /// Nothing may follow.
    pub(crate) fn none(&self) -> Result<(), String> {
        match self.argument(1) {
            Some(_) => Err(format!("Argument is NOT required for {}\n", self.shown())),
            None => Ok(()),
        }
    }

    /// A date, a time, or both in any order.
    pub(crate) fn moment(&mut self, bound: Bound, ground: &Ground) -> Result<Option<u64>, String> {
        let needed = || format!("{} requires either date and/or time\n", self.shown());
        let first = self.argument(1).ok_or_else(needed)?;
        let second = self.argument(2);
        self.at += 1 + usize::from(second.is_some());
        time::moment(bound, first, second, &ground.now, ground.compat)
    }

    /// How control characters are to be printed.
    pub(crate) fn escape(&mut self) -> Result<Escape, String> {
        Ok(match self.text()? {
            "raw" => Escape::Raw,
            "tty" => Escape::Tty,
            "shell" => Escape::Shell,
            "shell_quote" => Escape::ShellQuote,
            unknown => return Err(format!("Unknown option ({unknown})\n")),
        })
    }

    /// How long an event is waited for, in seconds.
    pub(crate) fn timeout(&mut self) -> Result<u64, String> {
        let text = self.text()?;
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(format!("End of Event Timeout must be a numeric value, was {text}\n"));
        }
        let timeout = text.parse().ok().filter(|&timeout| timeout > 0);
        timeout.ok_or_else(|| format!("Illegal value for End of Event Timeout, was {text}\n"))
    }
}
