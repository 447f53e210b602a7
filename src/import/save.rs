//! Brings what was written onto the disk: whole files or none, readable for root and the watch only.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// The group that may read: the daemon's, if there is one. Without it only root can.
#[derive(Debug, Clone, Copy)]
pub struct Readers {
    group: Option<u32>,
}

impl Readers {
    /// The group by its number.
    pub fn new(group: Option<u32>) -> Self {
        Self { group }
    }

    /// Makes a directory that others cannot enter, and what is missing above it.
    ///
    /// # Errors
    /// When it cannot be made, or is something else.
    pub fn directory(self, path: &Path) -> io::Result<()> {
        if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o750).create(path)?;
        self.give(path);
        Ok(())
    }

    /// Replaces a file by a new one (mode 0640).
    ///
    /// # Errors
    /// When it cannot be written. What was there stays then.
    pub fn file(self, path: &Path, text: &str) -> io::Result<()> {
        let fresh = beside(path);
        // Whatever stands there is a leftover, or somebody's link: neither is written through.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mode = if self.group.is_some() { 0o640 } else { 0o600 };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        self.give(&fresh);
        fs::rename(&fresh, path)
    }

    fn give(self, path: &Path) {
        if let Some(group) = self.group {
            // Without the group the watch cannot read it; doctor says so.
            let _ = chown(path, None, Some(group));
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn files_are_closed_to_others_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let readers = Readers::new(None);
        let inner = folder.path().join("secrets");
        readers.directory(&inner).unwrap();
        assert_eq!(inner.metadata().unwrap().permissions().mode() & 0o007, 0);
        let other = folder.path().join("other");
        fs::write(&other, "theirs").unwrap();
        symlink(&other, inner.join("a.new")).unwrap();
        symlink(&other, inner.join("a")).unwrap();
        readers.file(&inner.join("a"), "ours").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(inner.join("a")).unwrap(), "ours");
        assert_eq!(inner.join("a").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
