//! The log book of incidents: a folder for each below the store, whose log only grows, and in which every entry
//! carries the hash of the one before, so that a page torn out or rewritten shows.

mod beneath;
mod public;

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nightkeep_triage::postmortem::Case;
use nightkeep_triage::report::Report;
use nightkeep_triage::timeline::Event;
use rustix::fs::{FlockOperation, OFlags, flock};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use public::{Public, Update, UpdateKind, keep, published};

use crate::model::text::hex;

/// The folder below the store.
const FOLDER: &str = "incidents";
/// The log of an incident, a JSON object a line.
const LOG: &str = "log.jsonl";
/// No log or report is read further, in bytes.
const MOST: u64 = 64 << 20;
/// Events kept of one triage, the newest.
const MOST_EVENTS: usize = 50_000;
/// Incidents of one day.
const MOST_A_DAY: u32 = 999;

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "IncidentEntry")]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who wrote it: the login user behind sudo, where that is known.
    pub author: String,
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// SHA-256 of the line before, in hexadecimal digits; empty in the first.
    pub previous: String,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "entry", rename_all = "kebab-case")]
#[schemars(rename = "IncidentWhat")]
pub enum What {
    /// The incident was opened.
    Opened {
        /// What it is called.
        title: String,
    },
    /// Somebody noted something.
    Note {
        /// What.
        text: String,
    },
    /// The server was looked at.
    Triage {
        /// What was found, in a file beside the log.
        file: String,
        /// SHA-256 of the file.
        sha256: String,
        /// The answer.
        answer: String,
        /// SHA-256 of what happened, event by event, in a file beside it (`FILE.events`); empty
        /// where none was kept.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        events: String,
    },
    /// The record was written by hand.
    Record {
        /// Its text, in a file beside the log.
        file: String,
        /// SHA-256 of the file.
        sha256: String,
    },
    /// Evidence was taken.
    Evidence {
        /// Where it is.
        place: String,
        /// SHA-256 of its manifest.
        sha256: String,
    },
    /// The public is told of it, on the status page.
    Published {
        /// What it is called there.
        title: String,
        /// What is so.
        text: String,
    },
    /// The public is told more.
    Update {
        /// What.
        text: String,
    },
    /// The public is told no more, and what it was told is taken back.
    Withdrawn,
    /// It is over.
    Closed {
        /// Why.
        text: String,
        /// What the public is told with it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        public: String,
    },
    /// It is not.
    Reopened,
}

/// An incident, as its log tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its number: the day it was opened and a count, `2026-11-23-1`.
    pub id: String,
    /// Where it is.
    pub folder: PathBuf,
    /// Its log.
    pub entries: Vec<Entry>,
    /// The entry, from 1, whose chain does not hold: it, or one before it, was changed.
    pub broken: Option<usize>,
}

/// An incident in a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Incident")]
pub struct Summary {
    /// Its number.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was closed, if it is.
    pub closed: Option<Timestamp>,
    /// How many entries its log has.
    pub entries: usize,
    /// Its log is what was written.
    pub intact: bool,
}

impl From<&Incident> for Summary {
    fn from(incident: &Incident) -> Self {
        Self {
            id: incident.id.clone(),
            title: incident.title().to_owned(),
            opened: incident.opened(),
            closed: incident.closed(),
            entries: incident.entries.len(),
            intact: incident.broken.is_none(),
        }
    }
}

/// Writes an entry, and what the public may know of it where the watch can read it.
pub fn write(
    store: &Path,
    to: &mut Incident,
    what: What,
    author: &str,
    at: Timestamp,
) -> io::Result<()> {
    to.append(what, author, at)?;
    keep(store, to)
}

/// All incidents, oldest first.
pub fn list(store: &Path) -> io::Result<Vec<Incident>> {
    let mut incidents = Vec::new();
    for id in ids(store)? {
        incidents.push(read(&store.join(FOLDER).join(&id), id)?);
    }
    incidents.sort_by_key(|incident| (incident.opened(), incident.id.clone()));
    Ok(incidents)
}

/// The incidents whoever asks may read, oldest first, and the numbers of the others: those that
/// root opened are root's alone.
pub fn readable(store: &Path) -> io::Result<(Vec<Incident>, Vec<String>)> {
    let (mut incidents, mut others) = (Vec::new(), Vec::new());
    for id in ids(store)? {
        match read(&store.join(FOLDER).join(&id), id.clone()) {
            Ok(incident) => incidents.push(incident),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => others.push(id),
            Err(error) => return Err(error),
        }
    }
    incidents.sort_by_key(|incident| (incident.opened(), incident.id.clone()));
    others.sort();
    Ok((incidents, others))
}

fn ids(store: &Path) -> io::Result<Vec<String>> {
    let listed = match fs::read_dir(store.join(FOLDER)) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut ids = Vec::new();
    for entry in listed {
        let entry = entry?;
        let id = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && is_id(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// `2026-11-23-1`
fn is_id(text: &str) -> bool {
    text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn read(folder: &Path, id: String) -> io::Result<Incident> {
    let mut bytes = Vec::new();
    match File::open(folder.join(LOG)) {
        Ok(file) => file.take(MOST).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    let (mut entries, mut broken, mut previous) = (Vec::new(), None, String::new());
    for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        // What was cut in the middle of writing was never said to be written.
        let Some(line) = line.strip_suffix(b"\n") else { break };
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) => {
                if entry.previous != previous && broken.is_none() {
                    broken = Some(at + 1);
                }
                entries.push(entry);
            }
            Err(_) => broken = broken.or(Some(at + 1)),
        }
        previous = hex(&Sha256::digest(line));
    }
    Ok(Incident { id, folder: folder.to_owned(), entries, broken })
}

/// Opens a new incident.
pub fn open(store: &Path, title: &str, author: &str, at: Timestamp) -> io::Result<Incident> {
    let parent = store.join(FOLDER);
    fs::create_dir_all(store)?;
    match DirBuilder::new().mode(0o700).create(&parent) {
        Ok(()) => beneath::share(store, &parent)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let day = at.strftime("%Y-%m-%d").to_string();
    for number in 1..=MOST_A_DAY {
        let id = format!("{day}-{number}");
        let folder = parent.join(&id);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => {
                beneath::share(store, &folder)?;
                let mut incident = Incident { id, folder, entries: Vec::new(), broken: None };
                let title = title.to_owned();
                incident.append(What::Opened { title }, author, at)?;
                return Ok(incident);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("there are too many incidents of this day"))
}

impl Incident {
    /// What it is called.
    pub fn title(&self) -> &str {
        let title = self.entries.iter().find_map(|entry| match &entry.what {
            What::Opened { title } => Some(title.as_str()),
            _ => None,
        });
        title.unwrap_or("its log cannot be read")
    }

    /// When it was opened.
    pub fn opened(&self) -> Timestamp {
        self.entries.first().map(|entry| entry.at).unwrap_or_default()
    }

    /// When it was closed, if it is.
    pub fn closed(&self) -> Option<Timestamp> {
        self.entries.iter().fold(None, |closed, entry| match entry.what {
            What::Closed { .. } => Some(entry.at),
            What::Reopened => None,
            _ => closed,
        })
    }

    /// Adds an entry, for good: it is on the disk when this returns.
    pub fn append(&mut self, what: What, author: &str, at: Timestamp) -> io::Result<()> {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE;
        let mut file = beneath::open(&self.folder, LOG, flags)?;
        // Two who write at once would carry the same hash.
        flock(&file, FlockOperation::LockExclusive)?;
        let now = read(&self.folder, self.id.clone())?;
        let mut bytes = Vec::new();
        (&file).take(MOST).read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        // The rest of an entry that was cut off by a crash: it was never acknowledged.
        file.set_len(whole as u64)?;
        let last = bytes[..whole].strip_suffix(b"\n").unwrap_or_default();
        let last = last.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let previous = if whole == 0 { String::new() } else { hex(&Sha256::digest(last)) };
        let entry = Entry { at, author: author.to_owned(), what, previous };
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        file.write_all(&line)?;
        file.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        (self.entries, self.broken) = (now.entries, now.broken);
        self.entries.push(entry);
        Ok(())
    }

    /// Keeps what triage said beside the log, with the newest of what happened, and says so in it.
    pub fn keep(&mut self, report: &Report, events: &[Event], author: &str) -> io::Result<()> {
        let bytes = serde_json::to_vec(report)?;
        let number =
            1 + self.entries.iter().filter(|e| matches!(e.what, What::Triage { .. })).count();
        let file = format!("triage-{number}-{}.json", report.at.as_second());
        let sha256 = beneath::write(&self.folder, &file, &bytes)?;
        let newest = &events[events.len().saturating_sub(MOST_EVENTS)..];
        let events = serde_json::to_vec(newest)?;
        let events = beneath::write(&self.folder, &format!("{file}.events"), &events)?;
        let answer = report.verdict.answer.as_str().to_owned();
        self.append(What::Triage { file, sha256, answer, events }, author, report.at)
    }

    /// What happened, oldest first, as the last triage read it; none if it kept none, or it is not as
    /// it was kept.
    pub fn events(&self) -> Option<Vec<Event>> {
        let last = self.entries.iter().rev().find_map(|entry| match &entry.what {
            What::Triage { file, events, .. } => Some((file, events)),
            _ => None,
        });
        let (file, sha256) = last.filter(|(_, sha256)| !sha256.is_empty())?;
        serde_json::from_slice(&self.kept(&format!("{file}.events"), sha256)?).ok()
    }

    /// The record as somebody wrote it last; none if nobody did.
    fn written(&self) -> Option<String> {
        let last = self.entries.iter().rev().find_map(|entry| match &entry.what {
            What::Record { file, sha256 } => Some((file, sha256)),
            _ => None,
        });
        let (file, sha256) = last?;
        Some(String::from_utf8_lossy(&self.kept(file, sha256)?).into_owned())
    }

    /// How often the record was written.
    pub fn version(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry.what, What::Record { .. })).count()
    }

    /// The record as somebody wrote it, else as it comes out of what is known; with the files that
    /// are not as they were kept.
    pub fn record(&self) -> (String, Vec<String>) {
        let (reports, mut altered) = self.reports();
        if let Some(text) = self.written() {
            return (text, altered);
        }
        if self.version() > 0 {
            altered.push(String::from("the record that was written"));
        }
        (nightkeep_triage::postmortem::record(&self.case(&reports)).markdown(), altered)
    }

    /// Writes the record by hand, for good. `version` is the one it was made from: another that was
    /// written meanwhile is not overwritten (`AlreadyExists`).
    pub fn write_record(
        &mut self,
        text: &str,
        version: usize,
        author: &str,
        at: Timestamp,
    ) -> io::Result<()> {
        let now = read(&self.folder, self.id.clone())?;
        if now.version() != version {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // Of two who write at once, one makes the file.
        let file = format!("record-{}.md", version + 1);
        let sha256 = beneath::write(&self.folder, &file, text.as_bytes())?;
        self.append(What::Record { file, sha256 }, author, at)
    }

    /// A file beside the log, if it is as it was kept.
    fn kept(&self, file: &str, sha256: &str) -> Option<Vec<u8>> {
        // A name in a log that was rewritten must not lead elsewhere.
        let is_ours =
            (file.starts_with("triage-") || file.starts_with("record-")) && !file.contains('/');
        let mut bytes = Vec::new();
        let opened = File::open(self.folder.join(file)).ok().filter(|_| is_ours)?;
        opened.take(MOST).read_to_end(&mut bytes).ok()?;
        (hex(&Sha256::digest(&bytes)) == sha256).then_some(bytes)
    }

    /// What triage said, oldest first, and the files that are not as they were kept.
    pub fn reports(&self) -> (Vec<Report>, Vec<String>) {
        let (mut reports, mut altered) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            let What::Triage { file, sha256, .. } = &entry.what else { continue };
            let report = self.kept(file, sha256).map(|bytes| serde_json::from_slice(&bytes));
            match report {
                Some(Ok(report)) => reports.push(report),
                _ => altered.push(file.clone()),
            }
        }
        (reports, altered)
    }

    /// Everything for the record.
    pub fn case<'c>(&self, reports: &'c [Report]) -> Case<'c> {
        let mut authors: Vec<String> = Vec::new();
        let (mut notes, mut evidence) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            if !authors.contains(&entry.author) {
                authors.push(entry.author.clone());
            }
            let mut note = |text: String| notes.push((entry.at, entry.author.clone(), text));
            match &entry.what {
                What::Opened { title } => note(format!("opened: {title}")),
                What::Note { text } => note(text.clone()),
                What::Published { title, text } => {
                    note(format!("told the public: {title}. {text}"));
                }
                What::Update { text } => note(format!("told the public: {text}")),
                What::Withdrawn => note(String::from("took back what the public was told")),
                What::Closed { text, .. } if text.is_empty() => note(String::from("closed")),
                What::Closed { text, .. } => note(format!("closed: {text}")),
                What::Reopened => note(String::from("opened again")),
                What::Evidence { place, sha256 } => {
                    evidence.push(format!("{place}; its manifest has SHA-256 {sha256}"));
                }
                What::Triage { .. } | What::Record { .. } => {}
            }
        }
        Case {
            id: self.id.clone(),
            title: self.title().to_owned(),
            opened: self.opened(),
            closed: self.closed(),
            authors,
            reports,
            notes,
            evidence,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn note(text: &str) -> What {
        What::Note { text: text.to_owned() }
    }

    #[test]
    fn what_is_written_stays_and_what_is_rewritten_shows() {
        let store = tempfile::tempdir().unwrap();
        let mut incident = open(store.path(), "a shell", "ann", at(0)).unwrap();
        incident.append(note("one"), "ann", at(1)).unwrap();
        incident.append(note("two"), "bob", at(2)).unwrap();
        incident
            .append(What::Closed { text: String::new(), public: String::new() }, "ann", at(3))
            .unwrap();
        let again = open(store.path(), "another", "ann", at(4)).unwrap();
        assert_eq!((incident.id.as_str(), again.id.as_str()), ("2023-11-14-1", "2023-11-14-2"));
        let read = list(store.path()).unwrap();
        assert_eq!(read, [incident.clone(), again]);
        assert_eq!((read[0].broken, read[0].closed()), (None, Some(at(3))));
        let log = incident.folder.join(LOG);
        let text = fs::read_to_string(&log).unwrap();
        // Changed, and taken out.
        fs::write(&log, text.replace("\"one\"", "\"won\"")).unwrap();
        assert_eq!(list(store.path()).unwrap()[0].broken, Some(3));
        let without: Vec<&str> = text.lines().filter(|line| !line.contains("\"two\"")).collect();
        fs::write(&log, without.join("\n") + "\n").unwrap();
        assert_eq!(list(store.path()).unwrap()[0].broken, Some(3));
    }

    #[test]
    fn a_record_that_was_written_meanwhile_is_not_overwritten() {
        let store = tempfile::tempdir().unwrap();
        let mut mine = open(store.path(), "a shell", "ann", at(0)).unwrap();
        assert!(mine.record().0.starts_with("# Incident 2023-11-14-1: a shell"));
        let mut other = mine.clone();
        other.write_record("# theirs", 0, "bob", at(1)).unwrap();
        let refused = mine.write_record("# mine", 0, "ann", at(2)).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        let read = list(store.path()).unwrap().remove(0);
        assert_eq!((read.written(), read.broken), (Some(String::from("# theirs")), None));
        // What was changed beside the log is not shown as what was written.
        fs::write(read.folder.join("record-1.md"), "# forged").unwrap();
        assert_eq!((read.written(), read.record().1.len()), (None, 1));
    }

    #[test]
    fn no_link_is_followed() {
        let store = tempfile::tempdir().unwrap();
        let mut incident = open(store.path(), "a shell", "ann", at(0)).unwrap();
        let elsewhere = store.path().join("elsewhere");
        fs::write(&elsewhere, "x").unwrap();
        fs::remove_file(incident.folder.join(LOG)).unwrap();
        std::os::unix::fs::symlink(&elsewhere, incident.folder.join(LOG)).unwrap();
        assert!(incident.append(note("one"), "ann", at(1)).is_err());
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "x");
    }

    #[test]
    fn an_entry_cut_by_a_crash_is_passed_over() {
        let store = tempfile::tempdir().unwrap();
        let mut incident = open(store.path(), "a shell", "ann", at(0)).unwrap();
        let log = incident.folder.join(LOG);
        let mut file = OpenOptions::new().append(true).open(&log).unwrap();
        file.write_all(b"{\"at\":\"2023-").unwrap();
        incident.append(note("after"), "ann", at(1)).unwrap();
        let read = list(store.path()).unwrap().remove(0);
        assert_eq!((read.broken, read.entries.len()), (None, 2));
    }
}
