//! Sigma rules of a single event, over the events of the audit trail.
//!
//! The language is that of the Sigma specification 2.1.0 (public domain): searches with modifiers, and
//! a condition. What needs several events (correlation, counting) is not run. Which view of an event a
//! rule is asked over is chosen by its `logsource`: records as they are (`service: auditd`), or
//! programs started, files written and connections made (`category:`).
//!
//! A rule for auditd was written for one record; here each record is asked with the fields of the
//! event's other records beside its own.

mod acts;
mod condition;
mod document;
mod encode;
mod fault;
mod files;
mod glob;
mod hold;
mod index;
mod item;
mod need;
mod records;
mod rule;
mod source;
#[cfg(test)]
mod tests;
mod value;
mod view;
pub mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use fault::Fault;
pub use files::{files, text};
pub use need::Need;
pub use rule::{About, Level};
pub use source::Logsource;

use self::acts::{Filler, Processes, command_line};
use self::index::Index;
use self::rule::Rule;
use self::source::Route;
use self::view::{Fields, View};
use crate::action::{Action, What};
use crate::event::Event;
use crate::users::Names;

/// Rules, ready to be asked.
#[derive(Debug, Default)]
pub struct Detector {
    rules: Vec<Rule>,
    files: Vec<PathBuf>,
    fields: Fields,
    routes: Vec<(Route, Index)>,
    needs: BTreeMap<Need, Wanted>,
    processes: Processes,
    view: View,
    hits: Vec<usize>,
}

/// Who wants something recorded.
#[derive(Debug, Default)]
struct Wanted {
    rules: Vec<u32>,
    is_met: bool,
}

/// A rule that is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its file.
    pub file: PathBuf,
    /// Its title, as far as it could be read.
    pub title: Option<String>,
    /// Why.
    pub why: Why,
}

/// Why a rule is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is wrong, or says what is not supported.
    Broken(Fault),
    /// It is about what the audit trail does not have.
    Elsewhere(String),
}

/// Reads rules one by one.
#[derive(Debug, Default)]
pub struct Loader {
    detector: Detector,
    least: Option<Level>,
    left: Vec<Left>,
    milder: usize,
}

impl Loader {
    /// One that keeps rules of this level and above.
    pub fn new(least: Level) -> Self {
        Self { least: Some(least), ..Self::default() }
    }

    /// Takes the rules in the text of a file. One that is broken does not stop the others.
    pub fn add(&mut self, file: &Path, text: &str) {
        let (documents, fault) = yaml::read(text);
        let (documents, faults) = document::rules(documents);
        for document in documents {
            let title = document.get("title").and_then(yaml::Node::text).map(str::to_owned);
            let left = |why| Left { file: file.to_owned(), title, why };
            match self.take(&document) {
                Ok(true) => self.detector.files.push(file.to_owned()),
                Ok(false) => self.milder += 1,
                Err(why) => self.left.push(left(why)),
            }
        }
        for fault in faults.into_iter().chain(fault) {
            self.left.push(Left { file: file.to_owned(), title: None, why: Why::Broken(fault) });
        }
    }

    /// Says whether the rule is of the level that is kept.
    fn take(&mut self, document: &yaml::Node) -> Result<bool, Why> {
        let rule = rule::read(document, &mut self.detector.fields).map_err(Why::Broken)?;
        let route = rule.source.route().map_err(Why::Elsewhere)?;
        if self.least.is_some_and(|least| rule.about.level < least) {
            return Ok(false);
        }
        let missing = hold::missing(&rule, route, &self.detector.fields);
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(Why::Elsewhere(format!(
                "it needs {missing}, which audit events do not have"
            )));
        }
        let number = self.detector.rules.len() as u32;
        for need in need::of(&rule, route, &self.detector.fields) {
            self.detector.needs.entry(need).or_default().rules.push(number);
        }
        self.detector.rules.push(rule);
        Ok(true)
    }

    /// The rules, those that are not asked, and how many were below the level.
    pub fn finish(self) -> (Detector, Vec<Left>, usize) {
        let mut detector = self.detector;
        let mut routes: Vec<(Route, Vec<u32>)> = Vec::new();
        for (number, rule) in detector.rules.iter().enumerate() {
            let Ok(route) = rule.source.route() else { continue };
            match routes.iter_mut().find(|(known, _)| *known == route) {
                Some((_, numbers)) => numbers.push(number as u32),
                None => routes.push((route, vec![number as u32])),
            }
        }
        let index = |numbers: &[u32]| Index::new(numbers, &detector.rules, &detector.fields);
        detector.routes = routes.iter().map(|(route, numbers)| (*route, index(numbers))).collect();
        (detector, self.left, self.milder)
    }
}

impl Detector {
    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule of a number, and its file.
    pub fn rule(&self, number: usize) -> (&About, &Path) {
        (&self.rules[number].about, &self.files[number])
    }

    /// What is known of a process that was there before: parents are named by it.
    pub fn process(&mut self, pid: u32, image: String, command: String) {
        self.processes.insert(pid, image, command);
    }

    /// The rules that hold for an event, by number. `action` is what [`crate::action::read`] says
    /// of it.
    pub fn hits(&mut self, event: &Event, action: &Action, names: &Names) -> &[usize] {
        self.look(event, action, names, false);
        &self.hits
    }

    fn look(&mut self, event: &Event, action: &Action, names: &Names, by_all: bool) {
        self.hits.clear();
        for (need, wanted) in &mut self.needs {
            wanted.is_met = wanted.is_met || need.is_shown(event, action);
        }
        let is_start = matches!(action.what, What::Ran { .. });
        // Who looks for a program along PATH tries to start it in each folder.
        if is_start && action.error == Some("ENOENT") {
            return;
        }
        let arguments = if is_start { records::command(event) } else { Vec::new() };
        let command = match &action.what {
            What::Ran { command, .. } if arguments.is_empty() => command_line(command),
            _ => command_line(&arguments),
        };
        for (route, index) in &mut self.routes {
            self.view.clear();
            let (view, fields) = (&mut self.view, &self.fields);
            let filler = Filler { view, fields, action };
            let is_there = match route {
                Route::Process => filler.process(&command, &self.processes),
                Route::File(kind) => filler.file(*kind),
                Route::Network => filler.network(event),
                Route::Sudo => filler.sudo(),
                Route::Records => {
                    records::fill(&mut self.view, event, &arguments, &self.fields, names);
                    true
                }
            };
            if !is_there {
                continue;
            }
            self.view.seal();
            let mut ask = |number: u32| {
                if hold::holds(&self.rules[number as usize], &self.view) {
                    self.hits.push(number as usize);
                }
            };
            if by_all {
                let all = 0..self.rules.len() as u32;
                let of_route =
                    |number: &u32| self.rules[*number as usize].source.route() == Ok(*route);
                all.filter(of_route).for_each(&mut ask);
            } else {
                index.candidates(self.view.lower()).iter().copied().for_each(&mut ask);
            }
        }
        if is_start
            && action.success != Some(false)
            && let Some(pid) = action.actor.pid
        {
            self.processes.insert(pid, action.program.clone(), command);
        }
    }

    /// What rules need and no event so far has shown, and how many rules that are. Sorted by kind.
    pub fn unmet(&self) -> impl Iterator<Item = (&Need, usize)> {
        self.needs
            .iter()
            .filter(|(_, wanted)| !wanted.is_met)
            .map(|(need, wanted)| (need, wanted.rules.len()))
    }
}
