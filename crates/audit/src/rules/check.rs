//! What a set of rules will really do on a machine: what does not load and what is lost with it,
//! what loads and never fires, what vanishes later, and what floods the log.
//!
//! Pure over [`Machine`], which answers what is asked of the filesystem. Each trap was tried with
//! the kernel; audit's manual pages name few of them.

mod blind;
mod flood;
mod load;
mod machine;
#[cfg(test)]
mod tests;
mod whole;

pub(super) use blind::is_lasting;
pub(super) use load::first_missing;
pub use machine::{Found, Machine, ThisMachine};
pub(super) use whole::twin;

use super::pair::show;
use super::parse::{Line, Way};
use super::rule::{FieldName, Rule};

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works; there is a better way to write it.
    Advice,
    /// Something will be missed or drowned one day.
    Warning,
    /// Something is missed now.
    Critical,
}

impl Severity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Where in which file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 1.
    pub column: usize,
}

/// Something to know about a set of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A short name that stays the same, for programs.
    pub kind: &'static str,
    /// Where; the first one is the one to go to.
    pub places: Vec<Place>,
    /// One sentence.
    pub what: String,
    /// What to write or do instead; may be several lines.
    pub instead: String,
}

/// How the files come to the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// One file by `auditctl -R`: as it is written.
    AsWritten,
    /// A directory by augenrules, which orders it; the lines are so ordered already.
    Augenrules,
}

/// What comes of a set of rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Worst first.
    pub findings: Vec<Finding>,
    /// How many rules the kernel will hold.
    pub loaded: usize,
    /// How many are written and will not be there.
    pub lost: usize,
}

/// A rule that will load.
#[derive(Debug, Clone, Copy)]
struct Loaded<'a> {
    line: &'a Line,
    rule: &'a Rule,
    way: Way,
}

impl Loaded<'_> {
    fn place(&self) -> Place {
        place(self.line)
    }

    fn keys(&self) -> String {
        let keys: Vec<String> = self.rule.keys().map(show).collect();
        keys.join(", ")
    }
}

/// Says what comes of these lines, in the order in which they are loaded.
pub fn check(lines: &[Line], order: Order, machine: &dyn Machine) -> Checked {
    let load::Followed { rules: loaded, loaded: count, lost, mut findings } =
        load::follow(lines, order, machine);
    findings.extend(loaded.iter().filter_map(|one| blind::link(one, machine)));
    findings.extend(blind::vanishing(&loaded, machine));
    findings.extend(blind::covered(&loaded));
    findings.extend(loaded.iter().filter_map(|one| flood::of(one, machine)));
    findings.extend(whole::without_twin(&loaded, machine));
    findings.extend(whole::without_arch(&loaded, machine));
    findings.extend(whole::keys(&loaded));
    findings.extend(whole::settings(lines, order));
    findings.extend(whole::old_watches(&loaded));
    findings.sort_by(|one, other| {
        (other.severity.cmp(&one.severity)).then_with(|| one.places.cmp(&other.places))
    });
    Checked { findings, loaded: count, lost }
}

fn place(line: &Line) -> Place {
    let column = match &line.said {
        Err(error) => error.column,
        Ok(_) => 1,
    };
    Place { file: line.file.clone(), line: line.number, column }
}

/// The path or directory a rule watches.
fn watched(rule: &Rule) -> Option<&[u8]> {
    rule.path().or_else(|| rule.dir())
}

/// The directory a path is in; none for `/`.
pub(super) fn parent(path: &[u8]) -> Option<&[u8]> {
    let path = trim(path);
    let end = path.iter().rposition(|byte| *byte == b'/')?;
    if path.len() <= 1 {
        return None;
    }
    Some(if end == 0 { b"/" } else { path.get(..end)? })
}

/// Without slashes at its end.
fn trim(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(1, |end| end + 1);
    path.get(..end).unwrap_or(path)
}

/// Is it this directory or below it?
fn is_within(path: &[u8], directory: &[u8]) -> bool {
    let (path, directory) = (trim(path), trim(directory));
    path == directory
        || directory == b"/"
        || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with(b"/"))
}

/// A rule with other paths, permissions and keys of this one, as it would be written.
fn line_for(name: FieldName, path: &[u8], like: &Rule) -> String {
    let name = name.name().unwrap_or_default();
    let perm = like.perm().map_or_else(|| String::from("wa"), super::write::perm);
    let keys = keys_of(like);
    let mut escaped = Vec::new();
    super::line::escape(path, &mut escaped);
    format!("-a always,exit -F arch=b64 -S all -F {name}={} -F perm={perm}{keys}", show(&escaped))
}

/// Its keys as they are written.
fn keys_of(rule: &Rule) -> String {
    rule.keys().fold(String::new(), |all, key| format!("{all} -F key={}", show(key)))
}
