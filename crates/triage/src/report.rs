//! What was found, for a frightened person to read on a phone: the answer first.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::remedy::Remedy;
use crate::severity::Severity;
use crate::story::Chain;
use crate::text::visible;
use crate::verdict::{Answer, Verdict};

/// Everything that is said of a machine after it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The machine.
    pub host: String,
    /// A disk of it was looked at, and not the running machine.
    #[serde(default)]
    pub is_disk: bool,
    /// When it was looked at.
    pub at: Timestamp,
    /// Since when.
    pub since: Timestamp,
    /// The answer.
    pub verdict: Verdict,
    /// What to do.
    #[serde(default)]
    pub remedy: Remedy,
    /// What happened, as far as it belongs together.
    #[serde(default)]
    pub story: Vec<Chain>,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
    /// The steps of the checklist.
    pub steps: Vec<Step>,
}

/// A step of the checklist.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub title: String,
    /// What was seen, a line each.
    pub found: Vec<String>,
    /// More of it, for those who want to see all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<String>,
    /// What could not be seen, why, and the command that mends it.
    pub unseen: Vec<String>,
}

/// Paths shown of a kind of secret.
const PATHS: usize = 8;

/// How the report is written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Columns.
    pub width: usize,
    /// Findings that are only good to know, as well.
    pub all: bool,
}

/// How a line is meant, for those who colour it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As any.
    Plain,
    /// A heading.
    Heading,
    /// Trouble now.
    Bad,
    /// To be looked at.
    Doubtful,
    /// All is well.
    Good,
    /// Less important.
    Faint,
}

/// Lines of a text, with how they are meant.
pub type Lines = Vec<(Tone, String)>;

impl Report {
    /// The report in lines.
    pub fn lines(&self, style: Style) -> Lines {
        let mut out = Page { lines: Vec::new(), width: style.width.max(30) };
        self.answer(&mut out);
        self.now(&mut out);
        self.story(&mut out);
        self.findings(&mut out, style.all);
        self.after(&mut out);
        self.steps(&mut out, style.all);
        out.lines
    }

    fn answer(&self, out: &mut Page) {
        let verdict = &self.verdict;
        let tone = match verdict.answer {
            Answer::NothingSeen => Tone::Good,
            Answer::CannotTell => Tone::Doubtful,
            Answer::Patch | Answer::Rebuild => Tone::Bad,
        };
        let answer = verdict.answer.as_str().to_uppercase();
        out.put(tone, 0, &format!("{}: {answer}", visible(&self.host, 80)));
        out.put(Tone::Plain, 0, &format!("How sure: {}.", verdict.confidence.as_str()));
        for reason in &verdict.reasons {
            out.put(Tone::Plain, 0, &format!("{} {}.", reason.rule, reason.criterion));
            if !reason.findings.is_empty() {
                let most = 6;
                let more = reason.findings.len().saturating_sub(most);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let shown: Vec<&str> =
                    reason.findings.iter().take(most).map(String::as_str).collect();
                out.put(Tone::Faint, 3, &format!("by {}{more}", shown.join(", ")));
            }
            out.put(Tone::Faint, 3, &format!("would change it: {}", reason.otherwise));
        }
        if !verdict.unseen.is_empty() {
            out.put(Tone::Heading, 0, "Not seen");
            for unseen in &verdict.unseen {
                out.put(Tone::Plain, 2, unseen);
            }
        }
    }

    fn now(&self, out: &mut Page) {
        let steps = &self.remedy.steps;
        if steps.is_empty() {
            return;
        }
        out.put(Tone::Heading, 0, "Now");
        for (number, step) in steps.iter().enumerate() {
            out.put(Tone::Plain, 2, &format!("{}. {step}", number + 1));
        }
        if !self.is_disk {
            out.put(
                Tone::Faint,
                2,
                "This was seen through the machine's own kernel: a rootkit in it can hide from any program here.",
            );
        }
    }

    fn story(&self, out: &mut Page) {
        if !self.story.is_empty() {
            out.put(Tone::Heading, 0, "What happened (UTC)");
        }
        for chain in &self.story {
            out.put(Tone::Plain, 0, &chain.title);
            for step in &chain.steps {
                let at = step.at.strftime("%Y-%m-%d %H:%M:%S");
                let wrong = match step.correction {
                    Some(by) => format!(" (clock wrong by {by} s)"),
                    None => String::new(),
                };
                let ids: BTreeSet<&str> =
                    step.findings.iter().filter_map(|found| found.split(' ').next()).collect();
                let ids: Vec<&str> = ids.into_iter().collect();
                let ids =
                    if ids.is_empty() { String::new() } else { format!(" {}", ids.join(" ")) };
                let line = format!("{at}{wrong} {} [{}{ids}]", step.message, step.source.as_str());
                out.put(Tone::Plain, 2, &line);
            }
            if chain.more > 0 {
                out.put(Tone::Faint, 2, &format!("and {} more: nightkeep timeline", chain.more));
            }
        }
    }

    /// What was within reach, and what may come along.
    fn after(&self, out: &mut Page) {
        if !self.remedy.secrets.is_empty() {
            out.put(Tone::Heading, 0, "Secrets to change, from another machine");
        }
        for renewal in &self.remedy.secrets {
            out.put(Tone::Plain, 0, &format!("{}: {}", renewal.what, renewal.how));
            for path in renewal.paths.iter().take(PATHS) {
                out.put(Tone::Plain, 3, path);
            }
            let more = renewal.paths.len().saturating_sub(PATHS);
            if more > 0 {
                out.put(Tone::Faint, 3, &format!("and {more} more: --json"));
            }
        }
        if !self.remedy.data.is_empty() {
            out.put(Tone::Heading, 0, "Data to carry over");
        }
        for carry in &self.remedy.data {
            out.put(Tone::Plain, 0, &format!("{}: {}", carry.path, carry.how));
        }
    }

    fn findings(&self, out: &mut Page, all: bool) {
        let is_shown = |found: &&Finding| all || found.severity > Severity::Info;
        let shown: Vec<&Finding> = self.findings.iter().filter(is_shown).collect();
        if !shown.is_empty() {
            out.put(Tone::Heading, 0, "Found");
        }
        let mut explained = BTreeSet::new();
        for found in &shown {
            let tone = match found.severity {
                Severity::Critical => Tone::Bad,
                Severity::Warning => Tone::Doubtful,
                Severity::Info => Tone::Plain,
            };
            out.put(tone, 0, &format!("{} {}: {}", found.severity, found.id, found.sentence));
            for piece in &found.evidence {
                out.put(Tone::Plain, 3, piece);
            }
            // Once for each detector: it is the same for all of its findings.
            if explained.insert(&found.id) {
                out.put(Tone::Faint, 3, &format!("may be innocent: {}", found.innocent));
            }
            if !found.next.is_empty() {
                out.put(Tone::Plain, 3, &format!("next: {}", found.next));
            }
        }
        let hidden = self.findings.len() - shown.len();
        if hidden > 0 {
            let are = if hidden == 1 { "one more is" } else { "more are" };
            let count = if hidden == 1 { String::new() } else { format!("{hidden} ") };
            out.put(Tone::Faint, 0, &format!("{count}{are} only good to know: --all"));
        }
    }

    fn steps(&self, out: &mut Page, all: bool) {
        out.put(Tone::Heading, 0, "Looked at (times in UTC)");
        for (number, step) in self.steps.iter().enumerate() {
            out.put(Tone::Plain, 0, &format!("{}. {}", number + 1, step.title));
            let more = step.more.iter().filter(|_| all);
            for line in step.found.iter().chain(more) {
                // What belongs to the line above stands further in.
                let text = line.trim_start_matches(' ');
                out.put(Tone::Plain, 3 + (line.len() - text.len()), &visible(text, 400));
            }
            for line in &step.unseen {
                out.put(Tone::Doubtful, 3, &format!("not seen: {}", visible(line, 400)));
            }
        }
    }
}

struct Page {
    lines: Lines,
    width: usize,
}

impl Page {
    /// Adds a paragraph, broken between words, all lines after the first further in.
    fn put(&mut self, tone: Tone, indent: usize, text: &str) {
        if tone == Tone::Heading && !self.lines.is_empty() {
            self.lines.push((Tone::Plain, String::new()));
        }
        let mut line = " ".repeat(indent);
        let mut is_empty = true;
        for word in text.split(' ') {
            let room = self.width.saturating_sub(line.chars().count());
            if !is_empty && word.chars().count() + 1 > room {
                self.lines.push((tone, std::mem::replace(&mut line, " ".repeat(indent + 2))));
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.lines.push((tone, line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Certainty, Meaning, Subject};
    use crate::scene::Scene;
    use crate::{detector, verdict};

    fn page(findings: Vec<Finding>, steps: Vec<Step>) -> String {
        let scene = Scene::default();
        let verdict = verdict::judge(&scene, &findings);
        let report = Report {
            host: String::from("web1"),
            is_disk: false,
            at: scene.at,
            since: scene.since,
            verdict,
            remedy: Remedy::default(),
            story: Vec::new(),
            findings,
            steps,
        };
        let lines = report.lines(Style { width: 60, all: false });
        lines.into_iter().map(|(_, line)| line + "\n").collect()
    }

    #[test]
    fn the_answer_comes_first_and_fits_a_phone() {
        let about = detector::named("D7").unwrap().about;
        let subject = Subject::Process { pid: 812, name: String::from("sh") };
        let sentence = "process 812 is a shell (sh) that somebody at 203.0.113.9:443 types into";
        let found = Finding::new(about, Severity::Critical, Certainty::Sure, subject, sentence)
            .seen("descriptors 0 and 1 are tcp 10.0.0.1:40000 to 203.0.113.9:443")
            .next("sudo ls -l /proc/812/fd")
            .means(Meaning::ForeignRoot);
        let hint = Finding { severity: Severity::Info, ..found.clone() };
        let step = Step {
            title: String::from("Processes"),
            found: vec![String::from("a\x1b[2J")],
            ..Step::default()
        };
        let page = page(vec![found, hint], vec![step]);
        assert!(page.starts_with("web1: REBUILD FROM SCRATCH\nHow sure: high.\nR1 "), "{page}");
        assert!(page.contains("one more is only good to know: --all"), "{page}");
        assert!(!page.contains('\x1b'), "{page}");
        let long: Vec<&str> = page.lines().filter(|line| line.chars().count() > 60).collect();
        assert_eq!(long, [""; 0]);
    }
}
