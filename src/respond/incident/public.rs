//! What of an incident is for the public: only what the owner wrote for it.
//!
//! The log book is root's alone, and the watch, which serves the status page, is not root. So the
//! public words are copied into a file beside it whenever the log grows. The log stays the truth.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Incident, What, is_id};
use crate::model::text::clean;

/// The folder below the store.
const FOLDER: &str = "public";
/// A title is not longer, in characters.
const TITLE: usize = 120;
/// Nor is a text.
const TEXT: usize = 4000;
/// No file is read further, in bytes.
const MOST: u64 = 1 << 20;
/// Incidents that are read, the newest.
const MOST_READ: usize = 100;

/// An incident as the public knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Public {
    /// Its number in the log book.
    pub id: String,
    /// What the public calls it.
    pub title: String,
    /// When it was opened.
    pub begun: Timestamp,
    /// When it was closed, if it is.
    pub ended: Option<Timestamp>,
    /// What was said of it, oldest first.
    pub updates: Vec<Update>,
}

/// Something said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// When.
    pub at: Timestamp,
    /// What became of the incident.
    pub kind: UpdateKind,
    /// In the owner's words; may be empty at the end.
    pub text: String,
}

/// What an update does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateKind {
    /// The first word on it.
    Published,
    /// Another one.
    Update,
    /// It is over.
    Closed,
    /// It is not.
    Reopened,
}

impl Public {
    /// What the log of an incident has for the public. None: nothing, or it was taken back.
    pub fn of(incident: &Incident) -> Option<Self> {
        let mut public: Option<Self> = None;
        let mut closed = None;
        for entry in &incident.entries {
            let at = entry.at;
            match (&entry.what, &mut public) {
                (What::Published { title, text }, None) => {
                    let first = Update { at, kind: UpdateKind::Published, text: lines(text) };
                    public = Some(Self {
                        id: incident.id.clone(),
                        title: clean(title, TITLE),
                        begun: incident.opened(),
                        ended: None,
                        updates: vec![first],
                    });
                }
                (What::Published { title, text }, Some(public)) => {
                    public.title = clean(title, TITLE);
                    public.say(at, UpdateKind::Update, text);
                }
                (What::Update { text }, Some(public)) => public.say(at, UpdateKind::Update, text),
                (What::Closed { public: text, .. }, Some(public)) => {
                    public.say(at, UpdateKind::Closed, text);
                }
                (What::Reopened, Some(public)) => public.say(at, UpdateKind::Reopened, ""),
                (What::Withdrawn, _) => public = None,
                _ => {}
            }
            match entry.what {
                What::Closed { .. } => closed = Some(at),
                What::Reopened => closed = None,
                _ => {}
            }
        }
        public.map(|public| Self { ended: closed, ..public })
    }

    fn say(&mut self, at: Timestamp, kind: UpdateKind, text: &str) {
        self.updates.push(Update { at, kind, text: lines(text) });
    }
}

/// A text of several lines without anything that moves a cursor or turns a line round.
fn lines(text: &str) -> String {
    let cleaned: Vec<String> = text.lines().map(|line| clean(line, TEXT)).collect();
    let mut text = cleaned.join("\n").trim().to_owned();
    if let Some((end, _)) = text.char_indices().nth(TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Keeps what an incident has for the public where the watch can read it, or takes it away there.
pub fn keep(store: &Path, incident: &Incident) -> io::Result<()> {
    let folder = store.join(FOLDER);
    let file = folder.join(format!("{}.json", incident.id));
    let Some(public) = Public::of(incident) else {
        return match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    };
    DirBuilder::new().mode(0o755).recursive(true).create(&folder)?;
    let new = folder.join(format!("{}.new", incident.id));
    // What a crash left there, or somebody put in the way, is not written into.
    let _ = fs::remove_file(&new);
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&new)?;
    // The mask of whoever types must not hide from the watch what is for all.
    out.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    out.write_all(&serde_json::to_vec(&public)?)?;
    out.sync_all()?;
    fs::rename(&new, &file)?;
    File::open(&folder)?.sync_all()
}

/// What is for the public, newest first. What cannot be read is left out.
pub fn published(store: &Path) -> Vec<Public> {
    let Ok(listed) = fs::read_dir(store.join(FOLDER)) else { return Vec::new() };
    let named = |entry: io::Result<fs::DirEntry>| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let id = name.strip_suffix(".json").filter(|id| is_id(id))?;
        Some((id.rsplit_once('-').map(|(day, n)| (day.to_owned(), n.parse::<u32>().ok()))?, name))
    };
    let mut names: Vec<_> = listed.filter_map(named).collect();
    names.sort_unstable_by(|one, other| other.cmp(one));
    let read = |(_, name): (_, String)| {
        let mut bytes = Vec::new();
        let file = File::open(store.join(FOLDER).join(&name)).ok()?;
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).map_err(|error| tracing::warn!("{name}: {error}")).ok()
    };
    names.into_iter().take(MOST_READ).filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::respond::incident;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn say(incident: &mut Incident, second: i64, what: What) -> Option<Public> {
        incident.append(what, "ann", at(second)).unwrap();
        Public::of(incident)
    }

    #[test]
    fn only_what_was_written_for_the_public_gets_out() {
        let store = tempfile::tempdir().unwrap();
        let mut incident = incident::open(store.path(), "bob's key leaked", "ann", at(0)).unwrap();
        let note = What::Note { text: "secret note".into() };
        assert_eq!(say(&mut incident, 1, note), None);
        // Nothing is updated before there is something.
        assert_eq!(say(&mut incident, 2, What::Update { text: "too soon".into() }), None);
        let published =
            What::Published { title: "The shop\u{202e} is down".into(), text: "a\nb".into() };
        say(&mut incident, 3, published);
        say(&mut incident, 4, What::Update { text: "a disk".into() });
        let closed = What::Closed { text: "fired bob".into(), public: "all is well".into() };
        let public = say(&mut incident, 5, closed).unwrap();
        assert_eq!(public.title, "The shop? is down");
        assert_eq!((public.begun, public.ended), (at(0), Some(at(5))));
        let said: Vec<_> = public.updates.iter().map(|update| update.text.as_str()).collect();
        assert_eq!(said, ["a\nb", "a disk", "all is well"]);
        let all = serde_json::to_string(&public).unwrap();
        assert!(!all.contains("bob") && !all.contains("secret") && !all.contains("ann"), "{all}");
        let again = say(&mut incident, 6, What::Reopened).unwrap();
        assert_eq!((again.ended, again.updates.len()), (None, 4));
    }

    #[test]
    fn the_copy_follows_the_log() {
        let store = tempfile::tempdir().unwrap();
        let mut first = incident::open(store.path(), "one", "ann", at(0)).unwrap();
        let mut second = incident::open(store.path(), "two", "ann", at(1)).unwrap();
        for incident in [&mut first, &mut second] {
            let what = What::Published { title: incident.id.clone(), text: String::new() };
            incident.append(what, "ann", at(2)).unwrap();
            keep(store.path(), incident).unwrap();
        }
        let ids = || published(store.path()).into_iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(ids(), ["2023-11-14-2", "2023-11-14-1"]);
        first.append(What::Withdrawn, "ann", at(3)).unwrap();
        keep(store.path(), &first).unwrap();
        keep(store.path(), &first).unwrap();
        assert_eq!(ids(), ["2023-11-14-2"]);
        fs::write(store.path().join("public/2023-11-14-2.json"), "{").unwrap();
        assert!(ids().is_empty());
    }
}
