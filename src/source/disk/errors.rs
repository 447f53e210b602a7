//! Whether an ext4 stopped taking writes after an error.
//!
//! Up to kernel 6.11 it turned read-only for all to see, since 6.15 its options say
//! `emergency_ro`. In between (Debian 13) the mount table goes on to say `rw` while every write
//! fails: only the count of errors tells.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::kernel::{lines, number};

/// What an ext4 says of the errors it met: <https://docs.kernel.org/admin-guide/ext4.html>
#[derive(Debug)]
pub(super) struct Errors {
    count: PathBuf,
    options: PathBuf,
    /// Errors of the time before we saw this mount; fsck forgets them.
    known: u64,
    stopped: bool,
}

impl Errors {
    /// Of the ext4 on this device, from now on. None where the kernel does not say.
    pub(super) fn of(root: &Path, (major, minor): (u32, u32)) -> Option<Self> {
        let device = fs::read_link(root.join(format!("sys/dev/block/{major}:{minor}"))).ok()?;
        let name = device.file_name()?;
        let count = root.join("sys/fs/ext4").join(name).join("errors_count");
        let options = root.join("proc/fs/ext4").join(name).join("options");
        Some(Self { known: value(&count)?, count, options, stopped: false })
    }

    /// Has it met an error that ends all writing? It stays so until it is unmounted.
    pub(super) fn stopped_writes(&mut self) -> bool {
        if !self.stopped
            && let Some(count) = value(&self.count)
            && count > self.known
        {
            self.known = count;
            let options = fs::read(&self.options).unwrap_or_default();
            // With `errors=continue` it goes on.
            self.stopped = lines(&options).any(|option| option == b"errors=remount-ro");
        }
        self.stopped
    }
}

fn value(count: &Path) -> Option<u64> {
    number(fs::read(count).ok()?.trim_ascii())
}
