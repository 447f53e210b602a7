//! Triage that the page asked for. It needs root, and the watch is not root: so the watch lays a
//! request into a folder, systemd sees it and starts `nightkeep triage --for-page` as root, and that
//! says step by step how far it is.
//!
//! A request has no path and no command in it. Root believes none of it that it does not check.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{Access, FlockOperation, access, flock};
use serde::{Deserialize, Serialize};

use crate::model::text::visible;
use crate::source::Blind;

/// Where requests are laid.
const SPOOL: &str = "/var/spool/nightkeep-triage";
/// Where it is said how far it is.
const RUN: &str = "/run/nightkeep-triage";
/// Set in tests: a folder in which both are.
const ELSEWHERE: &str = "NIGHTKEEP_TRIAGE";
/// Where the units are, as packaging/install.sh or a package puts them.
const UNITS: [&str; 3] = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
const UNIT: &str = "nightkeep-triage.path";

const REQUEST: &str = "request.json";
const PROGRESS: &str = "progress.jsonl";
/// A request is not longer, in bytes.
const LONGEST: u64 = 4096;
/// Nor is what is said of the steps.
const MOST: u64 = 256 << 10;
/// What happened longer ago is not looked at, in seconds.
const BACK: u64 = 90 * 86_400;
const TITLE: usize = 120;
const NAME: usize = 64;

/// What somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What happened since so many seconds ago counts as lately.
    pub since: u64,
    /// What the incident is called; empty: as what was found, or the one that is open.
    pub title: String,
    /// Who asked.
    pub by: String,
}

/// Where both are.
#[derive(Debug, Clone)]
pub struct Places {
    spool: PathBuf,
    run: PathBuf,
    is_elsewhere: bool,
}

/// A step, or how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Said {
    /// This is done now.
    Step {
        /// When it began.
        at: Timestamp,
        /// What.
        step: String,
    },
    /// It is done.
    Ended {
        /// When.
        at: Timestamp,
        /// In which incident it is.
        incident: String,
        /// The answer.
        answer: String,
    },
    /// It could not be done.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
    },
}

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// What was said, oldest first.
    pub said: Vec<Said>,
    /// Somebody is at it.
    pub is_running: bool,
    /// It was asked for, and nobody began.
    pub is_waiting: bool,
}

impl Places {
    /// Those of this machine.
    pub fn of_machine() -> Self {
        match std::env::var_os(ELSEWHERE) {
            Some(folder) => {
                let folder = Path::new(&folder);
                Self { spool: folder.join("spool"), run: folder.join("run"), is_elsewhere: true }
            }
            None => Self { spool: SPOOL.into(), run: RUN.into(), is_elsewhere: false },
        }
    }

    /// Can it be asked for?
    ///
    /// # Errors
    /// What is missing, and what to type.
    pub fn examine(&self) -> Result<(), Blind> {
        let mend = "sudo packaging/install.sh; until then: sudo nightkeep triage";
        let is_unit_there =
            self.is_elsewhere || UNITS.iter().any(|at| Path::new(at).join(UNIT).exists());
        if !is_unit_there {
            let why = format!("the unit {UNIT}, by which root does it, is not installed");
            return Err(Blind { why, mend: mend.to_owned() });
        }
        access(&self.spool, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| Blind {
            why: format!("requests cannot be laid into {}: {error}", self.spool.display()),
            mend: format!(
                "sudo systemd-tmpfiles --create; sudo systemctl restart nightkeep; {mend}"
            ),
        })
    }

    /// Asks for it.
    ///
    /// # Errors
    /// `AlreadyExists` when it was asked for and nobody has begun; else what does not work.
    pub fn ask(&self, request: &Request) -> io::Result<()> {
        let new = self.spool.join(format!("request.{}", std::process::id()));
        let _ = fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o640).open(&new)?;
        file.write_all(&serde_json::to_vec(request)?)?;
        file.sync_all()?;
        // Whole or not at all, and not over one that waits.
        let laid = fs::hard_link(&new, self.spool.join(REQUEST));
        fs::remove_file(&new)?;
        laid
    }

    /// Takes the request, if there is one: it is gone then, whatever was in it.
    ///
    /// # Errors
    /// When it cannot be read, or is none that is followed.
    pub fn take(&self) -> io::Result<Option<Request>> {
        let path = self.spool.join(REQUEST);
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(&path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let _ = fs::remove_file(&path);
                return Err(error);
            }
        };
        fs::remove_file(&path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("the request is no plain file"));
        }
        let mut bytes = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST {
            return Err(io::Error::other("the request is too long"));
        }
        let request: Request = serde_json::from_slice(&bytes)?;
        request.checked().map(Some)
    }

    /// How far it is; blocks.
    pub fn read(&self) -> Run {
        let is_waiting = self.spool.join(REQUEST).exists();
        let Ok(file) = File::open(self.run.join(PROGRESS)) else {
            return Run { is_waiting, ..Run::default() };
        };
        let is_running = match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => {
                let _ = flock(&file, FlockOperation::Unlock);
                false
            }
            Err(_) => true,
        };
        let mut text = String::new();
        let _ = file.take(MOST).read_to_string(&mut text);
        let said = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Run { said, is_running, is_waiting }
    }
}

impl Request {
    /// With nothing in it that is not as it should be.
    fn checked(self) -> io::Result<Self> {
        if !(60..=BACK).contains(&self.since) {
            return Err(io::Error::other(
                "the time is none that is looked at: 1 minute to 90 days",
            ));
        }
        Ok(Self {
            title: visible(self.title.trim(), TITLE),
            by: visible(self.by.trim(), NAME),
            ..self
        })
    }

    /// How long ago.
    pub fn since(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::try_from(self.since).unwrap_or(86_400))
    }
}

/// Says how far it is. It is at it for as long as this lives.
#[derive(Debug)]
pub struct Progress(File);

impl Progress {
    /// Begins anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(places: &Places) -> io::Result<Self> {
        let path = places.run.join(PROGRESS);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = OpenOptions::new().append(true).create_new(true).mode(0o640).open(&path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(Self(file))
    }

    /// Says something. What cannot be said does not stop the work.
    pub fn say(&mut self, said: &Said) {
        let mut line = serde_json::to_vec(said).unwrap_or_default();
        line.push(b'\n');
        let _ = self.0.write_all(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(folder: &Path) -> Places {
        let places =
            Places { spool: folder.join("spool"), run: folder.join("run"), is_elsewhere: true };
        fs::create_dir_all(&places.spool).unwrap();
        fs::create_dir_all(&places.run).unwrap();
        places
    }

    #[test]
    fn a_request_is_taken_once_and_checked() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        assert!(places.examine().is_ok());
        assert_eq!(places.take().unwrap(), None);
        let request =
            Request { since: 3600, title: String::from(" a\nb "), by: String::from("ann") };
        places.ask(&request).unwrap();
        assert!(places.read().is_waiting);
        let twice = places.ask(&request).unwrap_err();
        assert_eq!(twice.kind(), io::ErrorKind::AlreadyExists);
        let taken = places.take().unwrap().unwrap();
        assert_eq!((taken.title.as_str(), taken.since), ("a\\u{a}b", 3600));
        assert_eq!(places.take().unwrap(), None);
        let wrong = [
            String::from(r#"{"since":1,"title":"","by":""}"#),
            String::from(r#"{"since":3600,"title":"","by":"","root":"/x"}"#),
            format!(r#"{{"since":3600,"title":"{}","by":""}}"#, "x".repeat(5000)),
        ];
        for text in wrong {
            fs::write(places.spool.join(REQUEST), &text).unwrap();
            assert!(places.take().is_err(), "{text}");
            assert!(!places.read().is_waiting);
        }
        std::os::unix::fs::symlink("/etc/passwd", places.spool.join(REQUEST)).unwrap();
        assert!(places.take().is_err());
        assert!(fs::symlink_metadata(places.spool.join(REQUEST)).is_err());
    }

    #[test]
    fn how_far_it_is_and_whether_somebody_is_at_it() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        assert_eq!(places.read(), Run::default());
        let mut progress = Progress::begin(&places).unwrap();
        let step = Said::Step { at: Timestamp::UNIX_EPOCH, step: String::from("x") };
        progress.say(&step);
        let run = places.read();
        assert_eq!((run.is_running, run.said.as_slice()), (true, &[step][..]));
        drop(progress);
        assert!(!places.read().is_running);
    }
}
