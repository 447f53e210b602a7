//! The command of a line: what the shell gets of it, and what the job reads. A `%` ends the command
//! and is a newline after it; `\%` is a `%`, and before the first `%` also `\\` is a `\` (Debian's
//! `do_command.c`, seen so with cron 3.0pl1).

/// A command, as cron understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command<'a> {
    /// What the shell gets.
    pub(super) text: String,
    /// The same as it is written.
    pub(super) written: &'a str,
    /// What follows, as it is written: from the first `%` on, the job's standard input.
    pub(super) input: &'a str,
}

impl<'a> Command<'a> {
    /// As cron reads it.
    pub(super) fn read(written: &'a str) -> Self {
        let mut text = String::new();
        let mut chars = written.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '%' => {
                    let (written, input) = written.split_at(at);
                    return Self { text, written, input };
                }
                '\\' => match chars.next() {
                    Some((_, next @ ('%' | '\\'))) => text.push(next),
                    Some((_, next)) => text.extend(['\\', next]),
                    None => text.push('\\'),
                },
                _ => text.push(c),
            }
        }
        Self { text, written, input: "" }
    }

    /// As anacron reads it, to which `%` is nothing special.
    pub(super) fn whole(written: &'a str) -> Self {
        Self { text: written.to_owned(), written, input: "" }
    }
}
