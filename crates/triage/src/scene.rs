//! What was seen of a machine at one time, and what could not be. Plain data: no I/O.

pub mod account;
pub mod file;
pub mod inventory;
pub mod kernel;
pub mod log;
pub mod login;
pub mod package;
pub mod process;
pub mod secret;
pub mod socket;
pub mod startup;
pub mod unix;

use jiff::Timestamp;

use crate::baseline::{Baseline, Standing, Topic};

pub use self::account::{Account, Key};
pub use self::file::Files;
pub use self::kernel::Kernel;
pub use self::log::Logs;
pub use self::login::{Login, Sudo, Tries};
pub use self::package::Packages;
pub use self::process::Process;
pub use self::secret::Secret;
pub use self::socket::Socket;
pub use self::startup::Startup;
pub use self::unix::UnixSocket;

/// Everything the detectors judge by.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// When it was looked at.
    pub at: Timestamp,
    /// The window: what happened before is the past.
    pub since: Timestamp,
    /// A running machine; otherwise a disk of one.
    pub is_live: bool,
    /// Its processes, by their ids.
    pub processes: Vec<Process>,
    /// Processes that one view of the kernel shows and another does not.
    pub hidden: Vec<Hidden>,
    /// Its sockets of networks.
    pub sockets: Vec<Socket>,
    /// Its Unix sockets.
    pub unix_sockets: Vec<UnixSocket>,
    /// Its kernel.
    pub kernel: Kernel,
    /// Its packages.
    pub packages: Packages,
    /// Its accounts.
    pub accounts: Vec<Account>,
    /// The keys that open them.
    pub keys: Vec<Key>,
    /// What starts by itself.
    pub startups: Vec<Startup>,
    /// What `/etc/ld.so.preload` forces upon every program.
    pub preloads: Vec<String>,
    /// Its files.
    pub files: Files,
    /// Logins within the window.
    pub logins: Vec<Login>,
    /// Tries that failed within the window.
    pub tries: Vec<Tries>,
    /// Commands by sudo within the window.
    pub sudos: Vec<Sudo>,
    /// The logs themselves.
    pub logs: Logs,
    /// What is normal here, if that was taken down.
    pub baseline: Option<Baseline>,
    /// What could not be seen.
    pub unseen: Vec<Unseen>,
}

impl Scene {
    /// Did it happen within the window?
    pub fn is_recent(&self, at: Timestamp) -> bool {
        at >= self.since
    }

    /// How something stands to the baseline.
    pub fn standing(&self, topic: Topic, name: &str, value: &str) -> Standing {
        let Some(baseline) = &self.baseline else { return Standing::NotTold };
        match baseline.facts.get(topic, name) {
            None => Standing::New,
            Some(known) if known == value => Standing::Known,
            Some(_) => Standing::Changed,
        }
    }
}

/// A process that hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Its id.
    pub pid: u32,
    /// How it was seen all the same.
    pub how: HiddenBy,
    /// What is known of it.
    pub name: String,
}

/// How a process is hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HiddenBy {
    /// Something is mounted over its folder in `/proc`: the kind of filesystem.
    Mount(String),
    /// It answers to signals, but its folder cannot be read.
    Unreadable,
    /// It is in a control group, and runs, but is not listed in `/proc`.
    NotListed,
}

/// What could not be seen, and what would make it be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// What: `the processes of other users`, `auth.log`.
    pub what: String,
    /// Why.
    pub why: String,
    /// The command that mends it; empty where none does.
    pub mend: String,
    /// The detectors that cannot answer without it.
    pub detectors: Vec<&'static str>,
}
