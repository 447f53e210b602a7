//! The command of a line: what the shell gets of it, and what the job reads. A `%` ends the command
//! and is a newline after it; `\%` is a `%`, and before the first `%` also `\\` is a `\` (Debian's
//! `do_command.c`, seen so with cron 3.0pl1).

/// A command, as cron understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// What the shell gets.
    pub(crate) text: String,
    /// What follows, as it is written: from the first `%` on, the job's standard input.
    pub(crate) input: String,
}

impl Command {
    /// As cron reads it.
    pub(crate) fn read(written: &str) -> Self {
        let mut text = String::new();
        let mut chars = written.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '%' => return Self { text, input: written[at..].to_owned() },
                '\\' => match chars.next() {
                    Some((_, next @ ('%' | '\\'))) => text.push(next),
                    Some((_, next)) => text.extend(['\\', next]),
                    None => text.push('\\'),
                },
                _ => text.push(c),
            }
        }
        Self { text, input: String::new() }
    }

    /// Written so that cron reads the same.
    pub(crate) fn write(&self) -> String {
        let mut written = String::new();
        let mut chars = self.text.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            let is_last = next.is_none() && !self.input.is_empty();
            match c {
                '%' => written.push_str("\\%"),
                '\\' if is_last || matches!(next, Some('\\' | '%')) => written.push_str("\\\\"),
                _ => written.push(c),
            }
        }
        written + &self.input
    }
}
