//! Opening the files of a machine that somebody else may have been at: a log that is a pipe by now, or a disk of another
//! machine whose links lead out of it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use rustix::fs::{Mode, OFlags, ResolveFlags};

/// Opens a plain file to read it. A pipe in its place is not waited for: it is an error, as a device is.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let opened = |flags| OpenOptions::new().read(true).custom_flags(flags).open(path);
    // Only its owner and root may leave the time of access of a file alone.
    let file = opened(flags | libc::O_NOATIME).or_else(|_| opened(flags))?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no plain file: somebody put something else in its place"))
    }
}

/// The beginning of a plain file as text; empty if it cannot be read.
pub(crate) fn text(path: &Path, most: u64) -> String {
    let mut bytes = Vec::new();
    let _ = open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where a path of the machine whose files are below `root` really is: links are followed as that machine would, and
/// never out of it. What is not there stays as it is written, for whoever opens it to say so.
pub(crate) fn below(root: &Path, path: &str) -> PathBuf {
    let path = path.trim_start_matches('/');
    if root == Path::new("/") {
        return root.join(path);
    }
    real(root, path).unwrap_or_else(|_| {
        let written = root.join(path);
        // There only by a link that leads out of it.
        if written.exists() { root.join(".not-there").join(path) } else { written }
    })
}

fn real(root: &Path, path: &str) -> io::Result<PathBuf> {
    let root =
        rustix::fs::open(root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let found = rustix::fs::openat2(&root, path, flags, Mode::empty(), resolve)?;
    std::fs::read_link(format!("/proc/self/fd/{}", found.as_raw_fd()))
}

/// The time zone of the machine whose files are below `root`, in which its logs are written; UTC if it does not say.
pub(crate) fn zone(root: &Path) -> TimeZone {
    if root == Path::new("/") {
        return TimeZone::system();
    }
    let link = std::fs::read_link(root.join("etc/localtime")).unwrap_or_default();
    let link = link.to_string_lossy().into_owned();
    let name = match link.split_once("zoneinfo/") {
        Some((_, name)) => name.to_owned(),
        None => text(&below(root, "etc/timezone"), 256).trim().to_owned(),
    };
    TimeZone::get(&name).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("auth.log");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).unwrap();
        assert!(open(&pipe).unwrap_err().to_string().contains("no plain file"));
        assert_eq!(text(&pipe, 9), "");
    }

    #[test]
    fn links_of_a_disk_stay_on_it() {
        let disk = tempfile::tempdir().unwrap();
        let root = disk.path();
        std::fs::create_dir_all(root.join("data/log")).unwrap();
        std::fs::create_dir_all(root.join("etc")).unwrap();
        std::fs::write(root.join("data/log/auth.log"), "theirs").unwrap();
        std::fs::create_dir(root.join("var")).unwrap();
        symlink("/data/log", root.join("var/log")).unwrap();
        symlink("/etc/passwd", root.join("etc/shadow")).unwrap();
        symlink("/usr/share/zoneinfo/Asia/Tokyo", root.join("etc/localtime")).unwrap();
        assert_eq!(text(&below(root, "/var/log/auth.log"), 99), "theirs");
        // This machine has one, the disk has not.
        assert_eq!(text(&below(root, "etc/shadow"), 99), "");
        assert_eq!(zone(root).iana_name(), Some("Asia/Tokyo"));
    }
}
