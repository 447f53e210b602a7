//! One incident: the verdict and its reasons, what was found, what is written down.

use std::path::Path;

use askama::Template;
use jiff::Timestamp;
use nightkeep_triage::detector;
use nightkeep_triage::finding::{Certainty, Finding};
use nightkeep_triage::report::Report;

use super::timeline::Strip;
use super::{found, severity, tone};
use crate::model::text::bytes;
use crate::respond::incident::{Incident, Public, UpdateKind, What};
use crate::source::plain;
use crate::web::api::problem::Problem;
use crate::web::book;
use crate::web::locale::{Html, incidents as t, layout};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::{self, Clock};
use crate::web::page::{Result, Shown, html};
use crate::web::xml::Escaped;

/// A bundle is sent from memory: a larger one is copied by scp.
const LARGEST: u64 = 64 << 20;
/// Findings behind a reason that are named.
const NAMED: usize = 6;

#[derive(Template)]
#[template(path = "page/incidents/one.html")]
struct One {
    frame: Frame,
    clock: Clock,
    id: String,
    title: String,
    opened: Timestamp,
    closed: Option<Timestamp>,
    /// The entry from which on the log is not what was written.
    broken: Option<usize>,
    altered: Vec<String>,
    report: Option<Report>,
    tone: &'static str,
    /// Findings by how bad they are.
    findings: Vec<Group>,
    strip: Option<Strip>,
    log: Vec<Line>,
    public: Option<Public>,
    is_status_page_on: bool,
    evidence: Vec<Evidence>,
    host: String,
}

/// Findings that are equally bad.
struct Group {
    name: &'static str,
    tone: &'static str,
    found: Vec<Found>,
}

/// A finding, with what its detector looks for.
struct Found {
    finding: Finding,
    title: &'static str,
    certainty: &'static str,
    subject: String,
}

/// An entry of the log, in words.
struct Line {
    at: Timestamp,
    author: String,
    what: String,
}

/// A bundle of evidence.
struct Evidence {
    place: String,
    sha256: String,
    /// Its size, where the watch may see it.
    size: Option<String>,
    /// It can be had from here.
    is_here: bool,
}

pub(super) async fn show(visit: &Visit) -> Result {
    let incident = found(visit).await?;
    let read = book::blocking(move || {
        let (reports, altered) = incident.reports();
        let events = incident.events().unwrap_or_default();
        let evidence = evidence_of(&incident);
        Ok((incident, reports, altered, events, evidence))
    });
    let (incident, mut reports, altered, events, evidence) = read.await?;
    let report = reports.pop();
    let of_answer =
        report.as_ref().map_or("unknown", |report| tone(report.verdict.answer.as_str()));
    let strip = Strip::of(&events, None);
    html(&One {
        // Only people write here: it is not read again and again.
        frame: Frame { live: String::new(), ..visit.frame("i").await? },
        clock: visit.clock(),
        title: incident.title().to_owned(),
        opened: incident.opened(),
        closed: incident.closed(),
        broken: incident.broken,
        altered,
        tone: of_answer,
        findings: report.as_ref().map(by_severity).unwrap_or_default(),
        report,
        strip,
        log: incident.entries.iter().rev().map(line).collect(),
        public: Public::of(&incident),
        is_status_page_on: visit.config.status_page.is_on(),
        evidence,
        host: visit.config.host.clone(),
        id: incident.id,
    })
}

/// The worst first.
fn by_severity(report: &Report) -> Vec<Group> {
    use crate::model::Severity;
    let groups = [
        (Severity::Critical, t::critical()),
        (Severity::Warning, t::to_look_at()),
        (Severity::Info, t::to_know()),
    ];
    let of = |wanted: Severity| {
        let mine = report.findings.iter().filter(|found| severity(found.severity) == wanted);
        mine.map(found_in_words).collect::<Vec<_>>()
    };
    let group = |(wanted, name)| Group { name, tone: words::tone(wanted), found: of(wanted) };
    groups.into_iter().map(group).filter(|group| !group.found.is_empty()).collect()
}

fn found_in_words(finding: &Finding) -> Found {
    Found {
        title: detector::named(&finding.id).map_or("", |detector| detector.about.title),
        certainty: match finding.certainty {
            Certainty::Hint => t::hint(),
            Certainty::Likely => t::likely(),
            Certainty::Sure => t::sure(),
        },
        subject: finding.subject.to_string(),
        finding: finding.clone(),
    }
}

/// What findings a reason stands on; the first of them.
fn behind(findings: &[String]) -> Html<String> {
    let named = findings.iter().take(NAMED).map(|one| format!("<bdi>{}</bdi>", Escaped(one)));
    let named = Html(named.collect::<Vec<_>>().join(", "));
    match findings.len().saturating_sub(NAMED) {
        0 => t::by_html(named),
        more => t::by_more_html(named, more),
    }
}

fn line(entry: &crate::respond::incident::Entry) -> Line {
    let what = match &entry.what {
        What::Opened { title } => t::logged_opened(title),
        What::Note { text } => text.clone(),
        What::Triage { answer, .. } => t::logged_triage(answer),
        What::Record { .. } => t::logged_record().to_owned(),
        What::Evidence { place, .. } => t::logged_evidence(place),
        What::Published { title, text } => format!("{}\n{text}", t::logged_published(title)),
        What::Update { text } => t::logged_update(text),
        What::Withdrawn => t::logged_withdrawn().to_owned(),
        What::Closed { text, .. } if text.is_empty() => t::logged_closed().to_owned(),
        What::Closed { text, .. } => t::logged_closed_why(text),
        What::Reopened => t::logged_reopened().to_owned(),
    };
    Line { at: entry.at, author: entry.author.clone(), what }
}

fn evidence_of(incident: &Incident) -> Vec<Evidence> {
    let taken = incident.entries.iter().filter_map(|entry| match &entry.what {
        What::Evidence { place, sha256 } => Some((place, sha256)),
        _ => None,
    });
    let told = |(place, sha256): (&String, &String)| {
        let len = std::fs::metadata(place).ok().map(|found| found.len());
        let is_open = bundle(Path::new(place)).is_ok();
        Evidence {
            place: place.clone(),
            sha256: sha256.clone(),
            size: len.map(|len| bytes(len as f64)),
            is_here: is_open && len.is_some_and(|len| len <= LARGEST),
        }
    };
    taken.map(told).collect()
}

/// Opens a bundle, and nothing that is none.
fn bundle(path: &Path) -> std::io::Result<std::fs::File> {
    let is_bundle = path.is_absolute() && path.to_string_lossy().ends_with(".tar.zst");
    if is_bundle && !std::fs::symlink_metadata(path)?.is_symlink() {
        return plain::open(path);
    }
    Err(std::io::Error::other("it is no bundle of evidence"))
}

/// Sends a bundle of evidence.
pub(super) async fn evidence(visit: &Visit) -> Result {
    let incident = found(visit).await?;
    let nth = usize::try_from(visit.number(1, "bundle")?).unwrap_or(usize::MAX);
    let all = incident.entries.into_iter().filter_map(|entry| match entry.what {
        What::Evidence { place, .. } => Some(place),
        _ => None,
    });
    let place = all.into_iter().nth(nth).ok_or_else(|| Problem::missing(t::no_bundle()))?;
    let name = Path::new(&place).file_name().map(|name| name.to_string_lossy().into_owned());
    let read = book::blocking(move || {
        let mut body = Vec::new();
        let file = bundle(Path::new(&place))?;
        std::io::Read::read_to_end(&mut std::io::Read::take(file, LARGEST + 1), &mut body)?;
        if body.len() as u64 > LARGEST {
            return Err(std::io::Error::other("it is too large to be sent: copy it by scp"));
        }
        Ok(body)
    });
    let body = read.await?;
    visit.note(&t::changed_downloaded(visit.part(0))).await?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let name = name.map(|name| name.chars().filter(|c| is_plain(*c)).collect());
    Ok(Shown::File { kind: "application/zstd", name, body })
}

impl One {
    /// What became of the incident, for the public.
    fn kind(kind: UpdateKind) -> &'static str {
        match kind {
            UpdateKind::Published => t::published(),
            UpdateKind::Update => t::update(),
            UpdateKind::Closed => t::update_closed(),
            UpdateKind::Reopened => t::update_reopened(),
        }
    }
}
