//! What was not yet taken, in files: a directory a heartbeat, a file a ping, the oldest first.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{Access, FlockOperation, access, flock};
use rustix::process::Uid;

use super::ping::{Ping, Slug};
use super::place::{self, Place};

/// Where root's pings wait. Not the watch's own directory: its user could lead root astray there.
const OF_ROOT: &str = "/var/spool/nightkeep";
/// And, with the user's number, those of whoever has no place of their own.
const OF_ALL: &str = "/var/tmp/nightkeep";
/// Names a directory in its stead.
const DIRECTORY: &str = "NIGHTKEEP_SPOOL";
/// What is older than this no watch takes any more.
const OLDEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// More than this for one heartbeat is not kept: the oldest go.
const MOST: usize = 2000;

/// Where the pings go, beside those that wait.
const PLACE: &str = ".place";
/// Held by whoever sends the pings of a heartbeat.
const SENDING: &str = ".sending";
/// Held by the run that wants to be the only one.
const RUNNING: &str = ".running";
/// Held by the process that goes on when the job has long ended.
const DELIVERING: &str = ".delivering";

/// All pings of one user that wait.
#[derive(Debug, Clone)]
pub(super) struct Spool(PathBuf);

/// Those of one heartbeat.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    slug: Slug,
    directory: PathBuf,
}

/// Held until dropped, also when killed.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held")] File);

impl Spool {
    /// The one of this user, if there is a place for it. Many that are no people cannot write into
    /// their home.
    pub(super) fn of_this_process() -> Option<Self> {
        let user = rustix::process::geteuid();
        let places = if let Some(directory) = std::env::var_os(DIRECTORY) {
            vec![PathBuf::from(directory)]
        } else if user.is_root() {
            vec![PathBuf::from(OF_ROOT)]
        } else {
            let own = place::home("XDG_STATE_HOME", ".local/state");
            let own = own.map(|state| state.join("nightkeep/cron"));
            let of_all = PathBuf::from(format!("{OF_ALL}-{}", user.as_raw()));
            own.into_iter().chain([of_all]).collect()
        };
        places.into_iter().find(|directory| is_ours(directory, user)).map(Self)
    }

    pub(super) fn of(&self, slug: &Slug) -> Waiting {
        Waiting { slug: slug.clone(), directory: self.0.join(slug.as_str()) }
    }

    /// Every heartbeat that something ever waited for.
    pub(super) fn all(&self) -> io::Result<Vec<Waiting>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let slug = entry?.file_name().to_str().and_then(|name| name.parse().ok());
            all.extend(slug.map(|slug| self.of(&slug)));
        }
        Ok(all)
    }

    /// To be the only process of this user that delivers; none if there is one.
    pub(super) fn delivering(&self) -> io::Result<Option<Lock>> {
        lock(&self.0, DELIVERING)
    }
}

impl Waiting {
    /// Keeps a ping. Once this returns, only the disk can lose it.
    pub(super) fn keep(&self, ping: &Ping) -> io::Result<()> {
        make(&self.directory)?;
        let place = self.directory.join(name(ping));
        write(&place, &ping.write()?)
    }

    /// Remembers where they go, for whoever sends them later.
    pub(super) fn goes_to(&self, place: &Place) -> io::Result<()> {
        make(&self.directory)?;
        write(&self.directory.join(PLACE), place.write().as_bytes())
    }

    /// Where they go.
    pub(super) fn place(&self) -> Option<Place> {
        Place::read(&fs::read_to_string(self.directory.join(PLACE)).ok()?).ok()
    }

    /// The files that wait, oldest first. What is too old or too much is gone.
    pub(super) fn files(&self, now: Timestamp) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries {
            let file = entry?.path();
            files.extend(time(&file).map(|at| (at, file)));
        }
        files.sort();
        let enough = files.len().saturating_sub(MOST);
        let mut kept = Vec::with_capacity(files.len());
        for (nth, (at, file)) in files.into_iter().enumerate() {
            if nth < enough || now.duration_since(at) > OLDEST {
                let _ = fs::remove_file(file);
            } else {
                kept.push(file);
            }
        }
        Ok(kept)
    }

    /// Whether anything waits.
    pub(super) fn is_empty(&self, now: Timestamp) -> io::Result<bool> {
        Ok(self.files(now)?.is_empty())
    }

    /// What is in a file; none if it was sent meanwhile, or cut short by a full disk.
    pub(super) fn read(&self, file: &Path) -> Option<Ping> {
        Ping::read(&self.slug, &fs::read(file).ok()?)
    }

    /// To be the only one that sends; none if another does.
    pub(super) fn sending(&self) -> io::Result<Option<Lock>> {
        lock(&self.directory, SENDING)
    }

    /// To be the only run; none if there is another.
    pub(super) fn running(&self) -> io::Result<Option<Lock>> {
        lock(&self.directory, RUNNING)
    }
}

/// Its time in microseconds, and the run: as long as times have 16 digits, names sort as times do.
fn name(ping: &Ping) -> String {
    format!("{:016}-{}", ping.about.at.as_microsecond().max(0), ping.about.rid)
}

fn time(file: &Path) -> Option<Timestamp> {
    let name = file.file_name().and_then(OsStr::to_str)?;
    let (time, _) = name.split_once('-')?;
    Timestamp::from_microsecond(time.parse().ok()?).ok()
}

/// Whole or not at all, and for nobody else's eyes: output and key may be secret.
fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let draft = file.with_file_name(format!(".new-{}-{name}", std::process::id()));
    let mut options = OpenOptions::new();
    let written = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut open| open.write_all(bytes))
        .and_then(|()| fs::rename(&draft, file));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

/// Whether it can be written, and nobody else could have made it.
fn is_ours(directory: &Path, user: Uid) -> bool {
    let is_own = |file: fs::Metadata| file.is_dir() && file.uid() == user.as_raw();
    make(directory).is_ok()
        && fs::symlink_metadata(directory).is_ok_and(is_own)
        && access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

fn make(directory: &Path) -> io::Result<()> {
    match DirBuilder::new().recursive(true).mode(0o700).create(directory) {
        Err(error) if !directory.is_dir() => Err(error),
        _ => Ok(()),
    }
}

fn lock(directory: &Path, name: &str) -> io::Result<Option<Lock>> {
    make(directory)?;
    let mut options = OpenOptions::new();
    let file =
        options.write(true).create(true).truncate(false).mode(0o600).open(directory.join(name))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(Lock(file))),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ping::{About, Said};
    use super::*;

    fn ping(slug: &Slug, second: i64) -> Ping {
        let at = Timestamp::from_second(second).unwrap();
        let about = About { rid: format!("run-{second}"), said: Said::Start, at };
        Ping { slug: slug.clone(), about, body: Vec::new() }
    }

    #[test]
    fn what_waits_comes_in_order_and_not_for_ever() {
        let directory = tempfile::tempdir().unwrap();
        let slug: Slug = "backup".parse().unwrap();
        let waiting = Spool(directory.path().join("spool")).of(&slug);
        let week = 7 * 24 * 3600;
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let seconds = |ago: i64| now.as_second() - ago;
        assert!(waiting.is_empty(now).unwrap());
        for ago in [5, week + 1, 1, week - 1, 3] {
            waiting.keep(&ping(&slug, seconds(ago))).unwrap();
        }
        let read = || {
            let files = waiting.files(now).unwrap();
            files.iter().map(|file| waiting.read(file).unwrap()).collect::<Vec<_>>()
        };
        let expected: Vec<_> = [week - 1, 5, 3, 1].map(|ago| ping(&slug, seconds(ago))).into();
        assert_eq!(read(), expected);
        for nth in 0..i64::try_from(MOST).unwrap() {
            waiting.keep(&ping(&slug, seconds(6) - nth)).unwrap();
        }
        assert_eq!(read().len(), MOST);
        assert_eq!(read().last(), Some(&ping(&slug, seconds(1))));
    }

    #[test]
    fn one_holds_a_lock_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let waiting = Spool(directory.path().into()).of(&"a".parse().unwrap());
        let held = waiting.sending().unwrap();
        assert!(held.is_some());
        assert!(waiting.sending().unwrap().is_none());
        assert!(waiting.running().unwrap().is_some());
        drop(held);
        assert!(waiting.sending().unwrap().is_some());
    }
}
