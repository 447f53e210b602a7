//! Programs that are run for the owner: each in a process group of its own, so that whatever it
//! started can be ended with it.

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

/// Kills the process group of a program when dropped, unless that ended.
pub(crate) struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// The group of a child that was started with `process_group(0)`.
    pub(crate) fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Its leader ended; its number may belong to another soon.
    pub(crate) fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may be gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
