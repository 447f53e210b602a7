//! The record of an incident, under the usual headings of a post-mortem: facts and timeline are filled in,
//! judgement is left to a person and marked.

use jiff::Timestamp;

use crate::document::{Document, Part};
use crate::remedy::{Carry, Renewal};
use crate::report::Report;
use crate::severity::Severity;

/// Steps of the story that are written down.
const STEPS: usize = 300;

/// What is known of an incident.
#[derive(Debug, Clone, Default)]
pub struct Case<'c> {
    /// Its number: `2026-11-23-1`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// Who wrote in the log book.
    pub authors: Vec<String>,
    /// What triage said, oldest first.
    pub reports: &'c [Report],
    /// What people noted: when, who, what.
    pub notes: Vec<(Timestamp, String, String)>,
    /// Evidence that was taken: what, and the hash of its manifest.
    pub evidence: Vec<String>,
}

/// Writes the record.
pub fn record(case: &Case<'_>) -> Document {
    let latest = case.reports.last();
    let mut parts = head(case, latest);
    let heading = |text: &str| Part::Heading(text.to_owned());
    parts.push(heading("Impact"));
    parts.push(Part::Judgement("Who was affected, how, from when to when? Was data read, changed or lost? Must anybody be told (customers, the data protection authority within 72 hours)?"));
    parts.push(heading("Contributing factors"));
    parts.push(Part::Judgement(
        "What made it possible? Not who: what would have had to be different?",
    ));
    parts.push(heading("Trigger"));
    parts.push(Part::Text(trigger(latest)));
    parts.push(Part::Judgement("Is that where it began?"));
    parts.push(heading("Detection"));
    let detected = latest.map_or_else(
        || format!("Opened by hand at {}.", when(case.opened)),
        |_| format!("nightkeep triage, at {}.", when(case.reports[0].at)),
    );
    parts.push(Part::Text(detected));
    parts.push(Part::Judgement("Who or what noticed it first, and how long after it began?"));
    parts.push(heading("Resolution"));
    parts.push(Part::Judgement("What ended it? How was it checked that it is over?"));
    parts.push(heading("Timeline (UTC)"));
    parts.push(timeline(case, latest));
    parts.push(heading("What went well, what went wrong, where we were lucky"));
    parts.push(Part::Judgement("What went well?"));
    parts.push(Part::Judgement("What went wrong?"));
    parts.push(Part::Judgement("Where were we lucky?"));
    parts.push(heading("Action items"));
    parts.push(Part::Tasks(tasks(latest)));
    parts.push(Part::Judgement("Which of these are yours, whose are they, until when? What else would prevent it, notice it sooner, or make it smaller?"));
    parts.push(heading("Supporting information"));
    parts.extend(support(case, latest));
    Document { title: format!("Incident {}: {}", case.id, case.title), parts }
}

fn head(case: &Case<'_>, latest: Option<&Report>) -> Vec<Part> {
    let status = match case.closed {
        Some(at) => format!("closed {}", when(at)),
        None => String::from("open"),
    };
    let authors =
        if case.authors.is_empty() { String::from("nobody yet") } else { case.authors.join(", ") };
    let worst = latest.and_then(|report| report.findings.iter().map(|found| found.severity).max());
    let severity = worst.unwrap_or(Severity::Info);
    let host = latest.map_or("", |report| &report.host);
    let mut parts = vec![Part::Table(
        vec!["", ""],
        vec![
            vec![String::from("Server"), host.to_owned()],
            vec![String::from("Opened"), when(case.opened)],
            vec![String::from("Status"), status],
            vec![String::from("Authors"), authors],
            vec![String::from("Worst finding"), severity.to_string()],
        ],
    )];
    parts.push(Part::Heading(String::from("Summary")));
    let Some(report) = latest else {
        parts.push(Part::Text(String::from("The server was not looked at yet: nightkeep triage.")));
        return parts;
    };
    let verdict = &report.verdict;
    parts.push(Part::Text(format!(
        "Looked at {} for what happened since {}: {}. How sure: {}.",
        when(report.at),
        when(report.since),
        verdict.answer.as_str(),
        verdict.confidence.as_str()
    )));
    let reason = |reason: &crate::verdict::Reason| {
        format!("{}: {}; by {}", reason.rule, reason.criterion, named(&reason.findings))
    };
    parts.push(Part::List(verdict.reasons.iter().map(reason).collect()));
    for chain in &report.story {
        parts.push(Part::Text(format!("What belongs together: {}.", chain.title)));
    }
    parts.push(Part::Judgement("In two sentences, for somebody who was asleep: what happened?"));
    parts
}

fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn named(findings: &[String]) -> String {
    if findings.is_empty() { String::from("what was not seen") } else { findings.join(", ") }
}

fn trigger(latest: Option<&Report>) -> String {
    let first = latest.and_then(|report| report.story.first()?.steps.first());
    match first {
        Some(step) => {
            format!("The oldest step that was found: {}: {}", when(step.at), step.message)
        }
        None => String::from("No step was found."),
    }
}

fn timeline(case: &Case<'_>, latest: Option<&Report>) -> Part {
    let mut rows: Vec<(Timestamp, String, String, String)> = Vec::new();
    for step in
        latest.iter().flat_map(|report| &report.story).flat_map(|chain| &chain.steps).take(STEPS)
    {
        let source = step.source.as_str().to_owned();
        rows.push((step.at, step.message.clone(), source, step.findings.join(", ")));
    }
    for report in case.reports {
        let said = format!("triage says: {}", report.verdict.answer.as_str());
        rows.push((report.at, said, String::from("nightkeep"), String::new()));
    }
    for (at, author, text) in &case.notes {
        rows.push((*at, text.clone(), author.clone(), String::new()));
    }
    rows.sort_by_key(|(at, ..)| *at);
    let row = |(at, what, source, evidence): (Timestamp, String, String, String)| {
        vec![at.strftime("%Y-%m-%d %H:%M:%S").to_string(), what, source, evidence]
    };
    Part::Table(vec!["When", "What", "Source", "Evidence"], rows.into_iter().map(row).collect())
}

fn tasks(latest: Option<&Report>) -> Vec<String> {
    let Some(report) = latest else {
        return vec![String::from("Look at the server: sudo nightkeep triage")];
    };
    let renewal = |renewal: &Renewal| {
        format!("Change: {} ({}); {}", renewal.what, renewal.paths.join(", "), renewal.how)
    };
    let carry = |carry: &Carry| format!("Carry over {}: {}", carry.path, carry.how);
    let remedy = &report.remedy;
    let renewals = remedy.secrets.iter().map(renewal);
    remedy.steps.iter().cloned().chain(renewals).chain(remedy.data.iter().map(carry)).collect()
}

fn support(case: &Case<'_>, latest: Option<&Report>) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(report) = latest {
        let row = |found: &crate::finding::Finding| {
            vec![
                format!("{} {}", found.id, found.subject),
                found.severity.to_string(),
                found.sentence.clone(),
                found.evidence.join("; "),
            ]
        };
        let told = report.findings.iter().filter(|found| found.severity > Severity::Info);
        let rows: Vec<Vec<String>> = told.map(row).collect();
        if !rows.is_empty() {
            parts.push(Part::Table(vec!["Finding", "Severity", "What", "Evidence"], rows));
        }
        if !report.verdict.unseen.is_empty() {
            parts.push(Part::Text(String::from("Not seen, and so not judged:")));
            parts.push(Part::List(report.verdict.unseen.clone()));
        }
    }
    if !case.evidence.is_empty() {
        parts.push(Part::Text(String::from("Evidence that was taken:")));
        parts.push(Part::List(case.evidence.clone()));
    }
    parts.push(Part::Text(String::from(
        "What was seen was seen through the server's own kernel, which may lie if it was taken over.",
    )));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remedy::remedy;
    use crate::scene::Scene;
    use crate::{detector, verdict};

    #[test]
    fn facts_are_filled_in_and_judgement_is_left_blank() {
        let scene = Scene::default();
        let about = detector::named("D7").unwrap().about;
        let subject = crate::finding::Subject::Process { pid: 812, name: String::from("sh") };
        let found = crate::finding::Finding::new(
            about,
            Severity::Critical,
            crate::finding::Certainty::Sure,
            subject,
            "a shell talks to 198.51.100.7",
        )
        .means(crate::finding::Meaning::ForeignRoot);
        let verdict = verdict::judge(&scene, std::slice::from_ref(&found));
        let report = Report {
            host: String::from("web1"),
            is_disk: false,
            at: scene.at,
            since: scene.since,
            remedy: remedy(&scene, std::slice::from_ref(&found), verdict.answer),
            verdict,
            story: Vec::new(),
            findings: vec![found],
            steps: Vec::new(),
        };
        let case = Case {
            id: String::from("2026-11-23-1"),
            title: String::from("a shell"),
            notes: vec![(scene.at, String::from("ann"), String::from("took it off the network"))],
            reports: std::slice::from_ref(&report),
            ..Case::default()
        };
        let text = record(&case).markdown();
        for expected in [
            "# Incident 2026-11-23-1: a shell",
            "rebuild from scratch",
            "R1: somebody was root here",
            "took it off the network",
            "a shell talks to 198.51.100.7",
            "- [ ] Change every secret",
            "> **To be judged by a person:** What went well?",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
        for heading in
            ["Summary", "Impact", "Contributing factors", "Trigger", "Resolution", "Timeline (UTC)"]
        {
            assert!(text.contains(&format!("## {heading}\n")), "{heading}");
        }
    }
}
