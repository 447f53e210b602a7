//! One line of a crontab, as Debian's cron reads it (`entry.c`, `env.c`).

use std::ops::Range;

use super::When;

/// What columns there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// When and command: a user's own crontab.
    User,
    /// When, user and command: `/etc/crontab` and `/etc/cron.d`.
    System,
    /// Days, delay, name and command: `/etc/anacrontab`.
    Anacron,
}

/// A line that runs something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) when: When,
    /// As whom, if the line says so.
    pub(crate) user: Option<String>,
    /// anacron's name of it.
    pub(crate) name: Option<String>,
    /// The command as it is written.
    pub(crate) command: String,
    /// And where in the line.
    pub(super) place: Range<usize>,
}

impl Entry {
    /// Reads a line. None if it runs nothing.
    pub(super) fn read(form: Form, line: &str) -> Option<Self> {
        let mut words = Words { line, at: 0 };
        let first = words.next()?;
        if first.starts_with('#') {
            return None;
        }
        let (when, user, name) = match form {
            Form::Anacron => {
                let when = When::period(first)?;
                words.next()?.parse::<u32>().ok()?;
                (when, None, Some(words.next()?.to_owned()))
            }
            Form::User => (when(first, &mut words)?, None, None),
            Form::System => {
                let when = when(first, &mut words)?;
                (when, Some(words.next()?.to_owned()), None)
            }
        };
        let command = words.rest();
        let place = line.len() - command.len()..line.len();
        (!command.is_empty()).then(|| Self { when, user, name, command: command.to_owned(), place })
    }
}

fn when(first: &str, words: &mut Words<'_>) -> Option<When> {
    if let Some(name) = first.strip_prefix('@') {
        return When::named(name);
    }
    let rest = [words.next()?, words.next()?, words.next()?, words.next()?];
    let [minute, hour, day, month, weekday] = [&[first][..], &rest[..]].concat().try_into().ok()?;
    When::fields([minute, hour, day, month, weekday])
}

/// The variable a line sets, and its value.
pub(crate) fn variable(line: &str) -> Option<(String, String)> {
    let line = line.trim_matches(BLANK);
    let (name, rest) = match line.chars().next()? {
        quote @ ('"' | '\'') => line[1..].split_once(quote)?,
        '#' => return None,
        _ => line.split_at(line.find(|c| c == '=' || BLANK.contains(&c))?),
    };
    let value = rest.trim_start_matches(BLANK).strip_prefix('=')?.trim_start_matches(BLANK);
    let unquoted = ['"', '\''].into_iter().find_map(|quote| {
        let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then_some(inner)
    });
    let value = unquoted.unwrap_or(value);
    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

/// What separates words.
const BLANK: [char; 2] = [' ', '\t'];

struct Words<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(BLANK).unwrap_or(rest.len());
        self.at = self.line.len() - rest.len() + end;
        (end > 0).then(|| &rest[..end])
    }

    fn rest(&self) -> &'a str {
        self.line[self.at..].trim_start_matches(BLANK)
    }
}
