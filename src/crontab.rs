//! Crontabs as people and packages write them, line by line, and lines that tell the watch of their
//! job. Pure.
//!
//! What is not changed stays as it was, to the last blank: only the command of a line is ever
//! replaced.

mod command;
mod entry;
mod name;
mod shell;
mod when;
mod wrapped;

pub(crate) use entry::{Entry, Form, variable};
pub(crate) use name::Names;
pub(crate) use when::{When, grace};
pub(crate) use wrapped::{unwrap, watched_by, wrap};

/// Where a crontab's variables do not say otherwise, commands are run by this.
pub(crate) const SHELL: &str = "/bin/sh";

/// A crontab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Crontab {
    form: Form,
    lines: Vec<String>,
}

/// A line that runs something, and what its variables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// Its line, from 0.
    pub(crate) line: usize,
    pub(crate) entry: Entry,
    /// What runs its command.
    pub(crate) shell: String,
    /// `CRON_TZ`, which some crons know.
    pub(crate) zone: Option<String>,
    /// Who gets its output, if it is said.
    pub(crate) mail: Option<String>,
}

impl Crontab {
    /// Reads a crontab of this form.
    pub(crate) fn read(form: Form, text: &str) -> Self {
        Self { form, lines: text.split('\n').map(str::to_owned).collect() }
    }

    /// As it is written.
    pub(crate) fn write(&self) -> String {
        self.lines.join("\n")
    }

    /// All lines that run something.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let (mut shell, mut zone, mut mail) = (SHELL.to_owned(), None, None);
        let mut jobs = Vec::new();
        for (line, text) in self.lines.iter().enumerate() {
            if let Some((name, value)) = variable(text) {
                match name.as_str() {
                    "SHELL" => shell = value,
                    "CRON_TZ" => zone = Some(value),
                    "MAILTO" => mail = Some(value),
                    _ => {}
                }
            } else if let Some(entry) = Entry::read(self.form, text) {
                let (shell, zone, mail) = (shell.clone(), zone.clone(), mail.clone());
                jobs.push(Job { line, entry, shell, zone, mail });
            }
        }
        jobs
    }

    /// Replaces the command of a line.
    pub(crate) fn replace(&mut self, job: &Job, command: &str) {
        if let Some(line) = self.lines.get_mut(job.line) {
            line.replace_range(job.entry.place.clone(), command);
        }
    }
}

#[cfg(test)]
mod tests;
