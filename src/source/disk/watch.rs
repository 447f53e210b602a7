//! Being told of a changed mount table instead of asking.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Wakes when the kernel's list of mounts changes: something was mounted, unmounted or remounted.
#[derive(Debug)]
pub(in crate::source) struct MountChanges {
    /// Without it (no `/proc`, no poll) a change is seen at the next tick.
    list: Option<File>,
}

impl MountChanges {
    /// Begins to listen.
    pub(in crate::source) fn watch(root: &Path) -> Self {
        let list = File::open(root.join("proc/1/mountinfo"));
        Self { list: list.or_else(|_| File::open(root.join("proc/self/mountinfo"))).ok() }
    }

    /// Waits for a change, but no longer than this. Says whether there was one.
    /// proc_pid_mountinfo(5): `POLLPRI` and `POLLERR` mark one.
    pub(in crate::source) fn wait(&self, at_most: Duration) -> bool {
        let timeout = Timespec::try_from(at_most).ok();
        let polled = self.list.as_ref().zip(timeout).map(|(list, timeout)| {
            let mut list = [PollFd::new(list, PollFlags::PRI)];
            poll(&mut list, Some(&timeout))
        });
        match polled {
            Some(Ok(ready)) => ready > 0,
            Some(Err(Errno::INTR)) => false,
            Some(Err(_)) | None => {
                std::thread::sleep(at_most);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Needs root, for a mount of its own.
    #[test]
    fn a_remount_wakes() {
        let here = std::env::current_exe().unwrap();
        let name = "source::disk::watch::tests::a_remount_wakes";
        if std::env::var_os("NIGHTKEEP_TEST_UNSHARED").is_none() {
            let ran = std::process::Command::new("unshare")
                .args(["-m", "--propagation", "private"])
                .arg(here)
                .args(["--exact", name])
                .env("NIGHTKEEP_TEST_UNSHARED", "1")
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            if said.contains("unshare failed") {
                println!("skipped: {said}");
                return;
            }
            assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stdout));
            return;
        }
        let place = tempfile::tempdir().unwrap();
        let mount = |options: &str| {
            let mut command = std::process::Command::new("mount");
            let command = command.args(["-t", "tmpfs", "-o", options, "none"]).arg(place.path());
            assert!(command.status().unwrap().success());
        };
        mount("size=64k");
        let changes = MountChanges { list: Some(File::open("/proc/self/mountinfo").unwrap()) };
        assert!(!changes.wait(Duration::from_millis(1)), "nothing changed yet");
        mount("remount,ro");
        assert!(changes.wait(Duration::from_secs(10)));
        assert!(!changes.wait(Duration::from_millis(1)), "a change wakes once");
    }
}
