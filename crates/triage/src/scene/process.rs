//! A process.

use jiff::Timestamp;

/// `PF_KTHREAD` of the kernel's `sched.h`: a thread of the kernel itself.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// A process as `/proc` shows it. Its names are as it chose them: escaped only when shown.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Its parent's; 0 for none.
    pub parent: u32,
    /// What it calls itself (`comm`).
    pub name: String,
    /// Its command line, as it left it.
    pub arguments: Vec<String>,
    /// The program it runs; none for the kernel's threads, and where it may not be seen.
    pub program: Option<Program>,
    /// Real and effective user.
    pub uid: u32,
    /// The effective one.
    pub effective_uid: u32,
    /// The user who logged in to start it (`loginuid`); none for daemons.
    pub login_uid: Option<u32>,
    /// The login session of the kernel's audit.
    pub session: Option<u32>,
    /// When it began.
    pub started: Timestamp,
    /// Flags of its state (`/proc/PID/stat`, field 9).
    pub flags: u64,
    /// Its control group.
    pub cgroup: String,
    /// The unit of systemd whose it is.
    pub unit: Option<String>,
    /// It is in other namespaces of mounts than the first process: a container, or a confined unit.
    pub is_apart: bool,
}

/// The program of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// Its path, in the process's own view.
    pub path: String,
    /// The file it was started from is no longer there under any name.
    pub is_deleted: bool,
    /// There is a file of that name now, though not the same: it was replaced.
    pub is_replaced: bool,
    /// It never had a name: made in memory.
    pub is_in_memory: bool,
    /// The package that owns the file.
    pub package: Option<String>,
}

impl Process {
    /// Is it a thread of the kernel?
    pub fn is_kernel_thread(&self) -> bool {
        self.flags & KERNEL_THREAD != 0
    }

    /// Does it run as root?
    pub fn is_root(&self) -> bool {
        self.uid == 0 || self.effective_uid == 0
    }
}
