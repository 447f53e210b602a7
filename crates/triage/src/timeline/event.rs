//! One line of the timeline.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::scene::Process;
use crate::scene::file::Recent;
use crate::text::visible;

/// The longest message, in characters.
const MESSAGE: usize = 500;
/// The longest path or name, in characters.
const NAME: usize = 300;

/// Something that happened. Text in it is escaped and cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, by the clock of the machine.
    pub at: Timestamp,
    /// Who says so.
    pub source: Source,
    /// What kind of thing it is.
    pub act: Act,
    /// What happened, in a sentence.
    pub message: String,
    /// The user who did it, or to whom it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The address of the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The login session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<u32>,
    /// The process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Until when, of what lasts: a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// By how many seconds the clock was set right later: add them to get the true time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<i64>,
    /// Findings that are about the same thing, by detector and subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// systemd's journal.
    Journal,
    /// `auth.log` and its older ones.
    AuthLog,
    /// wtmp, btmp or wtmpdb.
    Wtmp,
    /// The kernel's audit.
    Audit,
    /// fail2ban's log.
    Fail2ban,
    /// dpkg's log.
    Packages,
    /// Times of files.
    File,
    /// Processes that run.
    Process,
    /// What nightkeep remembers.
    Nightkeep,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Somebody tried to get in, and did not.
    Tried,
    /// Somebody came in.
    CameIn,
    /// He left.
    Left,
    /// Somebody became another user: sudo, su.
    Sudo,
    /// An account, a password or a group was changed.
    Account,
    /// A key that opens an account.
    Key,
    /// Something that will start by itself.
    Schedule,
    /// A module of the kernel.
    Module,
    /// A file was made.
    FileMade,
    /// A file was changed.
    FileChanged,
    /// A process began.
    Started,
    /// A service broke.
    Service,
    /// A package was installed, upgraded or removed.
    Package,
    /// An address was banned.
    Banned,
    /// An address was let go, or fail2ban was stopped.
    Unbanned,
    /// The machine started or stopped.
    Boot,
    /// The clock was set.
    Clock,
    /// nightkeep raised an alert, or said that it was over.
    Alert,
    /// Traces were removed.
    Hidden,
    /// Anything else.
    Other,
}

impl Source {
    /// In words, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::AuthLog => "auth.log",
            Self::Wtmp => "wtmp",
            Self::Audit => "audit",
            Self::Fail2ban => "fail2ban",
            Self::Packages => "dpkg",
            Self::File => "file",
            Self::Process => "process",
            Self::Nightkeep => "nightkeep",
        }
    }
}

impl Act {
    /// In words: the `timestamp_desc` of Timesketch.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tried => "Failed login",
            Self::CameIn => "Login",
            Self::Left => "Logout",
            Self::Sudo => "Privilege change",
            Self::Account => "Account changed",
            Self::Key => "Key changed",
            Self::Schedule => "Schedule changed",
            Self::Module => "Kernel module",
            Self::FileMade => "File created",
            Self::FileChanged => "File changed",
            Self::Started => "Process started",
            Self::Service => "Service failed",
            Self::Package => "Package changed",
            Self::Banned => "Address banned",
            Self::Unbanned => "Address released",
            Self::Boot => "Boot",
            Self::Clock => "Clock set",
            Self::Alert => "Alert",
            Self::Hidden => "Traces removed",
            Self::Other => "Event",
        }
    }
}

impl Event {
    /// An event with nothing known of it yet but what is said.
    pub fn new(at: Timestamp, source: Source, act: Act, message: &str) -> Self {
        Self {
            // For people to read, and all sources alike.
            at: Timestamp::from_second(at.as_second()).unwrap_or(at),
            source,
            act,
            message: visible(message, MESSAGE),
            user: None,
            address: None,
            session: None,
            pid: None,
            path: None,
            until: None,
            correction: None,
            findings: Vec::new(),
        }
    }

    /// Says who.
    #[must_use]
    pub fn by(mut self, user: &str) -> Self {
        self.user = (!user.is_empty()).then(|| visible(user, NAME));
        self
    }

    /// Says from where.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        self.address = (!address.is_empty()).then(|| visible(address, NAME));
        self
    }

    /// Says which file.
    #[must_use]
    pub fn on(mut self, path: &str) -> Self {
        self.path = (!path.is_empty()).then(|| visible(path, NAME));
        self
    }
}

/// A file's times: made, and changed if that was later.
pub(super) fn of_file(file: &Recent) -> Vec<Event> {
    let kind = if file.mode & 0o111 == 0 { "file" } else { "program" };
    let of = |at, act, words: &str| {
        let what = format!("{words} {kind} {} ({} bytes, user {})", file.path, file.size, file.uid);
        Event::new(at, Source::File, act, &what).on(&file.path)
    };
    let made = file.born.map(|born| of(born, Act::FileMade, "new"));
    let is_later = file.born.is_none_or(|born| file.changed.duration_since(born).as_secs() > 1);
    let changed = is_later.then(|| of(file.changed, Act::FileChanged, "changed"));
    made.into_iter().chain(changed).collect()
}

pub(super) fn of_process(process: &Process) -> Event {
    let what = format!("{} began: {}", process.label(), process.path());
    let mut event =
        Event::new(process.started, Source::Process, Act::Started, &what).on(process.path());
    (event.pid, event.session) = (Some(process.pid), process.session);
    event
}
