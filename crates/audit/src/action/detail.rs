//! What a sentence leaves out.

use super::read::{MOST_ARGUMENTS, MOST_TEXT, arguments, string, title};
use crate::event::Event;
use crate::kind::Kind;

/// Of an event, for programs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The command line of the process, as far as it is recorded.
    pub command: Vec<String>,
    /// What the system call returned.
    pub exit: Option<i64>,
}

impl Detail {
    /// Takes it from an event.
    pub fn of(event: &Event) -> Self {
        let records = |kind: Kind| event.records().filter(move |record| record.kind() == kind);
        let started: Vec<_> = records(Kind::EXECVE).collect();
        let command = arguments(&started, MOST_ARGUMENTS, MOST_TEXT);
        let command = (!command.is_empty())
            .then_some(command)
            .or_else(|| records(Kind::PROCTITLE).next().map(|record| title(&record)))
            .or_else(|| {
                records(Kind::USER_CMD).find_map(|record| Some(vec![string(&record, b"cmd")?]))
            });
        let exit = records(Kind::SYSCALL).find_map(|record| {
            std::str::from_utf8(record.field(b"exit")?.bytes()).ok()?.parse().ok()
        });
        Self { command: command.unwrap_or_default(), exit }
    }
}
