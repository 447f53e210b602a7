//! What can be asked of ausearch.

use std::path::PathBuf;

use crate::assemble::Compat;
use crate::kind::Kind;
use crate::log::Range;
use crate::syscall::Arch;
use crate::time::Now;
use crate::users::Names;

/// How events are printed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// The lines as they are, so that another ausearch can read them.
    Raw,
    /// The lines, last first, without what auditd added.
    #[default]
    Default,
    /// With words for numbers.
    Interpreted,
    /// A line with columns for each event.
    Csv,
    /// A sentence for each event.
    Text,
}

/// How control characters are printed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// As they are.
    Raw,
    /// In octal.
    #[default]
    Tty,
    /// And with a backslash before what a shell takes for its own.
    Shell,
    /// As [`Escape::Shell`], and more characters.
    ShellQuote,
}

/// What is searched for; all of it must hold.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Search {
    /// `-a`: the serial number.
    pub serial: Option<u64>,
    /// `-p`
    pub pid: Option<i32>,
    /// `-pp`
    pub ppid: Option<i32>,
    /// `-ui`
    pub uid: Option<u32>,
    /// `-ue`
    pub euid: Option<u32>,
    /// `-ul`
    pub loginuid: Option<u32>,
    /// `-ui NAME`
    pub uid_name: Option<String>,
    /// `-ue NAME`
    pub euid_name: Option<String>,
    /// `-ul NAME`
    pub loginuid_name: Option<String>,
    /// `-ua`: any of the three.
    pub any_user: bool,
    /// `-gi`
    pub gid: Option<u32>,
    /// `-ge`
    pub egid: Option<u32>,
    /// `-ga`: any of the two.
    pub any_group: bool,
    /// `--session`
    pub session: Option<u32>,
    /// `-sc`
    pub syscall: Option<i32>,
    /// `--arch`
    pub arch: Option<Arch>,
    /// `-e`
    pub exit: Option<i64>,
    /// `-sv`
    pub success: Option<bool>,
    /// `-m`
    pub kinds: Vec<Kind>,
    /// `-n`: any of them.
    pub nodes: Vec<String>,
    /// `-f`
    pub file: Option<String>,
    /// `-hn`
    pub host: Option<String>,
    /// `-tm`
    pub terminal: Option<String>,
    /// `-x`
    pub exe: Option<String>,
    /// `-c`
    pub comm: Option<String>,
    /// `-k`
    pub key: Option<String>,
    /// `-vm`
    pub vm: Option<String>,
    /// `-uu`
    pub uuid: Option<String>,
    /// `-su`
    pub subject: Option<String>,
    /// `-o`
    pub object: Option<String>,
    /// `-se`: any of the two.
    pub any_context: bool,
    /// `-w`: texts must be equal, not only contained.
    pub is_exact: bool,
}

/// More columns for [`Format::Csv`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Extra {
    /// `--extra-keys`
    pub keys: bool,
    /// `--extra-labels`
    pub labels: bool,
    /// `--extra-obj2`
    pub second_object: bool,
    /// `--extra-time`
    pub time: bool,
}

/// What the command line says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Options {
    /// What is searched for.
    pub search: Search,
    /// `-ts`, `-te`
    pub range: Range,
    /// How it is printed.
    pub format: Format,
    /// `--escape`
    pub escape: Escape,
    /// More columns.
    pub extra: Extra,
    /// `-if`
    pub input: Option<PathBuf>,
    /// `--input-logs`
    pub is_logs: bool,
    /// `--checkpoint`
    pub checkpoint: Option<PathBuf>,
    /// `-ts checkpoint`
    pub is_checkpoint_time_only: bool,
    /// `--just-one`
    pub is_just_one: bool,
    /// `-l`
    pub is_line_buffered: bool,
    /// `--debug`
    pub is_debug: bool,
    /// `--eoe-timeout`, in seconds.
    pub timeout: Option<u64>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Search.
    Search(Box<Options>),
    /// Say how it is used.
    Help,
    /// Say which version it is.
    Version,
}

/// What options are read against.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Now and here.
    pub now: Now,
    /// Where the files of the machine are, its logs and what says what numbers mean: usually `/`.
    pub root: PathBuf,
    /// Users.
    pub users: Names,
    /// Groups.
    pub groups: Names,
    /// Whose rules are followed.
    pub compat: Compat,
}
