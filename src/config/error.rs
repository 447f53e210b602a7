//! What is wrong with a config, shown with file, line and a caret.

use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::json::Fault;
use super::value::Wrong;

/// Why there is no config.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read; says why and what mends it.
    #[error("{0}")]
    Unreadable(String),
    /// Files are wrong in one or more places.
    #[error("{}", rendered(.0, false))]
    Wrong(Vec<Report>),
}

impl ConfigError {
    /// What is wrong, to be read by a person; `colour` for a terminal.
    pub fn render(&self, colour: bool) -> String {
        match self {
            Self::Unreadable(why) => format!("error: {why}"),
            Self::Wrong(reports) => rendered(reports, colour),
        }
    }

    /// Everything that is wrong, for programs.
    pub fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Unreadable(why) => vec![Fault::new(None, why, None)],
            Self::Wrong(reports) => {
                let of = |report: &'_ Report| -> Vec<Fault> {
                    report.problems.iter().map(|problem| problem.fault(&report.text)).collect()
                };
                reports.iter().flat_map(of).collect()
            }
        }
    }

    /// The first thing that is wrong, on one line.
    pub fn first(&self) -> String {
        match self {
            Self::Unreadable(why) => why.lines().next().unwrap_or_default().to_owned(),
            Self::Wrong(reports) => {
                let problem = reports.iter().flat_map(|report| &report.problems).next();
                problem.map_or_else(String::new, |problem| {
                    format!("{}: {}", problem.title, problem.label)
                })
            }
        }
    }
}

fn rendered(reports: &[Report], colour: bool) -> String {
    reports.iter().map(|report| report.render(colour)).collect::<Vec<_>>().join("\n\n")
}

/// Everything wrong with one file.
#[derive(Debug)]
pub struct Report {
    /// The file's name, as given.
    pub(super) file: String,
    /// Its text, without secrets.
    pub(super) text: String,
    /// What is wrong, in the order of the file.
    pub(super) problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// Bytes of the text.
    pub(super) span: Range<usize>,
    /// What is wrong, as a headline.
    pub(super) title: String,
    /// Stands beside the caret.
    pub(super) label: String,
    /// What is allowed, what to write.
    pub(super) help: Option<String>,
}

impl Problem {
    /// A value that is not what it should be.
    pub(super) fn of(span: Range<usize>, title: impl Into<String>, wrong: Wrong) -> Self {
        Self { span, title: title.into(), label: wrong.why, help: wrong.help }
    }

    /// The same for programs; the key is that of the line it is in.
    fn fault(&self, text: &str) -> Fault {
        let at = text.floor_char_boundary(self.span.start.min(text.len()));
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        let key = line.split_once('=').map(|(key, _)| key.trim().trim_matches('"'));
        let what = match self.label.as_str() {
            "" => self.title.clone(),
            label => format!("{}: {label}", self.title),
        };
        Fault::new(key, &what, self.help.as_deref())
    }
}

/// More than these are not shown: the first ones are the ones to mend.
const SHOWN: usize = 20;

impl Report {
    fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut out = String::new();
        for problem in self.problems.iter().take(SHOWN) {
            // The library takes any span inside the text; an empty file has none to show.
            let end = self.text.len();
            let span = problem.span.start.min(end)..problem.span.end.min(end);
            let annotation = AnnotationKind::Primary.span(span).label(problem.label.as_str());
            let snippet =
                Snippet::source(self.text.as_str()).path(self.file.as_str()).annotation(annotation);
            let mut group = Level::ERROR.primary_title(problem.title.as_str()).element(snippet);
            if let Some(help) = &problem.help {
                group = group.element(Level::HELP.message(help.as_str()));
            }
            out.push_str(&renderer.render(&[group]));
            out.push_str("\n\n");
        }
        let count = self.problems.len();
        if count > SHOWN {
            let _ = writeln!(out, "… and {} more", count - SHOWN);
        }
        if count > 1 {
            let _ = writeln!(out, "{count} errors in {}", self.file);
        }
        out.truncate(out.trim_end().len());
        out
    }
}
