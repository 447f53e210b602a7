//! What a detector saw.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::scene::Process;
use crate::severity::Severity;
use crate::text::visible;

/// The longest sentence, in characters.
const SENTENCE: usize = 300;
/// The longest piece of evidence, in characters.
const EVIDENCE: usize = 500;
/// The longest command line shown, in characters.
const COMMAND: usize = 160;
/// Pieces of evidence of a finding.
const PIECES: usize = 20;

/// What a detector saw, for a person to read and for the verdict to weigh. Everything in it that came
/// from the machine is escaped and cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which detector: `D1` to `D31`.
    pub id: String,
    /// How bad it is if it is what it looks like.
    pub severity: Severity,
    /// How likely it is that.
    pub certainty: Certainty,
    /// What it is about.
    pub subject: Subject,
    /// One sentence that a frightened person understands.
    pub sentence: String,
    /// What was seen, a line each, with where it was seen.
    pub evidence: Vec<String>,
    /// Why it may be innocent.
    pub innocent: String,
    /// What to type next. Reads only; nothing that destroys evidence.
    pub next: String,
    /// What it means for the verdict.
    pub meaning: Vec<Meaning>,
    /// Techniques of MITRE ATT&CK [`ATTACK_VERSION`].
    #[serde(default)]
    pub attack: Vec<String>,
}

/// How likely it is that a finding is what it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Innocent more often than not; counts only beside others.
    Hint,
    /// Seldom innocent.
    Likely,
    /// There is no innocent way to it that is known.
    Sure,
}

/// What a finding says of the machine. The rules of the verdict ask for these, never for ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// Code ran as root, or somebody was root, that does not belong here (R1).
    ForeignRoot,
    /// Code ran, or somebody was in, as an ordinary user (R5).
    ForeignUser,
    /// Programs, libraries, the kernel or the checking of passwords were changed (R2).
    IntegrityLost,
    /// Traces were removed, so nobody can say how far it went (R3).
    EvidenceDestroyed,
    /// Something stays over a restart or a new password (R4).
    Persistence,
    /// Tried, and not let in (R6).
    AttemptOnly,
    /// A fault without an intruder (R7).
    Fault,
}

/// What a finding is about. Its text form is its identity: `pid:812`, `path:/tmp/x`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A process, with its name.
    Process {
        /// Its id.
        pid: u32,
        /// Its name, as it calls itself.
        name: String,
    },
    /// A file or directory.
    Path(String),
    /// A user.
    User(String),
    /// An address of the network.
    Address(String),
    /// A unit of systemd.
    Unit(String),
    /// A socket: protocol, address and port.
    Socket(String),
    /// A module of the kernel.
    Module(String),
    /// A log or a source of records.
    Log(String),
    /// The machine.
    Host,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process { pid, .. } => write!(f, "pid:{pid}"),
            Self::Path(path) => write!(f, "path:{path}"),
            Self::User(user) => write!(f, "user:{user}"),
            Self::Address(address) => write!(f, "address:{address}"),
            Self::Unit(unit) => write!(f, "unit:{unit}"),
            Self::Socket(socket) => write!(f, "socket:{socket}"),
            Self::Module(module) => write!(f, "module:{module}"),
            Self::Log(log) => write!(f, "log:{log}"),
            Self::Host => f.write_str("host"),
        }
    }
}

impl Finding {
    /// A finding of a detector with nothing said yet but the sentence.
    pub fn new(
        about: &About,
        severity: Severity,
        certainty: Certainty,
        subject: Subject,
        sentence: &str,
    ) -> Self {
        Self {
            id: about.id.to_owned(),
            severity,
            certainty,
            subject: subject.visible(),
            sentence: visible(sentence, SENTENCE),
            evidence: Vec::new(),
            innocent: about.innocent.to_owned(),
            next: String::new(),
            meaning: Vec::new(),
            attack: about.attack.iter().map(|&id| id.to_owned()).collect(),
        }
    }

    /// A finding about a process, with what it runs and whose it is.
    pub fn of_process(
        about: &About,
        severity: Severity,
        certainty: Certainty,
        process: &Process,
        sentence: &str,
    ) -> Self {
        let pid = process.pid;
        let subject = Subject::Process { pid, name: process.name.clone() };
        let unit = process.unit.as_deref().map(|unit| format!(", unit {unit}")).unwrap_or_default();
        Self::new(about, severity, certainty, subject, sentence)
            .seen(format!("/proc/{pid}/exe: {}", process.path()))
            // Command lines hold passwords now and then: the beginning is enough to know it by.
            .seen(format!("/proc/{pid}/cmdline: {}", visible(&process.command(), COMMAND)))
            .seen(format!("user id {}, parent {}{unit}", process.effective_uid, process.parent))
            .next(format!("sudo ls -l /proc/{pid}/exe /proc/{pid}/cwd /proc/{pid}/fd"))
    }

    /// Says that foreign code runs, as root or as an ordinary user.
    #[must_use]
    pub fn means_foreign(self, process: &Process) -> Self {
        self.means(if process.is_root() { Meaning::ForeignRoot } else { Meaning::ForeignUser })
    }

    /// Adds what was seen.
    #[must_use]
    pub fn seen(mut self, evidence: impl AsRef<str>) -> Self {
        if self.evidence.len() < PIECES {
            self.evidence.push(visible(evidence.as_ref(), EVIDENCE));
        }
        self
    }

    /// Says what to type next.
    #[must_use]
    pub fn next(mut self, command: impl AsRef<str>) -> Self {
        self.next = visible(command.as_ref(), SENTENCE);
        self
    }

    /// Says what it means for the verdict.
    #[must_use]
    pub fn means(mut self, meaning: Meaning) -> Self {
        self.meaning.push(meaning);
        self
    }
}

impl Subject {
    /// With nothing in it that could not be shown.
    fn visible(self) -> Self {
        let clean = |text: String| visible(&text, 200);
        match self {
            Self::Process { pid, name } => Self::Process { pid, name: clean(name) },
            Self::Path(text) => Self::Path(clean(text)),
            Self::User(text) => Self::User(clean(text)),
            Self::Address(text) => Self::Address(clean(text)),
            Self::Unit(text) => Self::Unit(clean(text)),
            Self::Socket(text) => Self::Socket(clean(text)),
            Self::Module(text) => Self::Module(clean(text)),
            Self::Log(text) => Self::Log(clean(text)),
            Self::Host => Self::Host,
        }
    }
}

/// What there is to know of a detector: `nightkeep triage --explain ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// `D1` to `D31`.
    pub id: &'static str,
    /// What it looks for, in a few words.
    pub title: &'static str,
    /// Where it looks, and its exact logic.
    pub logic: &'static str,
    /// What looks the same and is harmless, and how it is told apart.
    pub innocent: &'static str,
    /// Techniques of MITRE ATT&CK [`ATTACK_VERSION`].
    pub attack: &'static [&'static str],
}

/// The version of ATT&CK the technique ids are of: T1562 and T1070.002 of older ones are T1685 and
/// T1685.006 there.
pub const ATTACK_VERSION: &str = "19";
