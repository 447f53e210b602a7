//! The files below a root: of the running machine, or of a disk of another. No link leads out of it, no
//! pipe or device is waited for, and times of access stay what they are.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, ResolveFlags, StatxFlags};

/// Entries of one folder that are looked at.
const ENTRIES: usize = 50_000;

/// The files below a root.
#[derive(Debug)]
pub struct Tree {
    root: OwnedFd,
    /// Where filesystems are mounted that a program or another machine serves: they may never answer.
    served: Vec<(String, String)>,
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Kind.
    pub kind: FileType,
    /// Permissions with set-user-id and set-group-id.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// The filesystem it is on.
    pub device: (u32, u32),
    /// Its number there.
    pub inode: u64,
    /// When its content was last changed: anybody may set it.
    pub modified: Timestamp,
    /// When its entry was last changed: only the clock sets it.
    pub changed: Timestamp,
    /// When it was made, where the filesystem knows.
    pub born: Option<Timestamp>,
}

impl Tree {
    /// The files below `root`.
    pub fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut tree = Self { root: fs::open(root, flags, Mode::empty())?, served: Vec::new() };
        if root == Path::new("/") {
            tree.served = served(&tree.text("/proc/self/mountinfo"));
        }
        Ok(tree)
    }

    /// Where filesystems are mounted that a program or another machine serves, and of which kind: nothing below is
    /// opened.
    pub fn served(&self) -> &[(String, String)] {
        &self.served
    }

    /// Opens a path as seen from the root, through links that stay below it.
    fn at(&self, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        let path = path.trim_start_matches('/');
        let is_served = |(place, _): &(String, String)| {
            let below = path.strip_prefix(place.trim_start_matches('/'));
            below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
        };
        if self.served.iter().any(is_served) {
            return Err(io::Error::other(
                "a program or another machine serves it, and may not answer",
            ));
        }
        let path = if path.is_empty() { "." } else { path };
        let flags = flags | OFlags::CLOEXEC;
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let open = |flags| fs::openat2(&self.root, path, flags, Mode::empty(), resolve);
        // Only the owner of a file may leave its time of access alone.
        Ok(open(flags | OFlags::NOATIME).or_else(|_| open(flags))?)
    }

    /// The beginning of a plain file.
    pub fn read(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        // What it is must be known before it is opened: opening a device can do things.
        if self.stat(path, true)?.kind != FileType::RegularFile {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let file = File::from(self.at(path, flags)?);
        if !file.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The same as text; empty if it cannot be read.
    pub fn text(&self, path: &str) -> String {
        let bytes = self.read(path, TEXT).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A plain file, open for reading.
    pub fn file(&self, path: &str) -> io::Result<File> {
        if self.stat(path, false)?.kind != FileType::RegularFile {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(File::from(self.at(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW)?))
    }

    /// What a path is; with `follow`, what it leads to.
    pub fn stat(&self, path: &str, follow: bool) -> io::Result<Stat> {
        let extra = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
        let file = self.at(path, OFlags::PATH | extra)?;
        stat(&file, "", AtFlags::EMPTY_PATH)
    }

    /// The names in a folder, sorted, with their kinds.
    pub fn list(&self, path: &str) -> Vec<(String, FileType)> {
        let Ok(folder) = self.at(path, OFlags::RDONLY | OFlags::DIRECTORY) else {
            return Vec::new();
        };
        let mut names = entries(&folder);
        names.sort_by(|a, b| a.0.cmp(&b.0));
        names
    }

    /// Where a link leads, as it is written.
    pub fn link(&self, path: &str) -> Option<String> {
        let file = self.at(path, OFlags::PATH | OFlags::NOFOLLOW).ok()?;
        let target = fs::readlinkat(file, "", Vec::new()).ok()?;
        Some(target.to_string_lossy().into_owned())
    }

    /// Opens a folder, for [`entries`].
    pub(super) fn folder(&self, path: &str) -> io::Result<OwnedFd> {
        self.at(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW)
    }
}

/// Where filesystems are mounted, and their kinds, as proc(5) writes it: `\040` is a blank.
pub(super) fn mounted(mounts: &str) -> impl Iterator<Item = (String, String)> {
    let place = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let kind = after.split(' ').next()?;
        let place = before.split(' ').nth(4)?;
        let plain = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
            .iter()
            .fold(place.to_owned(), |place, (code, sign)| place.replace(code, sign));
        Some((plain, kind.to_owned()))
    };
    mounts.lines().filter_map(place)
}

pub(super) fn served(mounts: &str) -> Vec<(String, String)> {
    const SERVED: [&str; 7] = ["fuse", "nfs", "cifs", "smb", "9p", "ceph", "gluster"];
    // The kernel's own list of what is served so (fusectl) is none of them.
    let is_served = |(place, kind): &(String, String)| {
        place != "/" && kind != "fusectl" && SERVED.iter().any(|served| kind.starts_with(served))
    };
    mounted(mounts).filter(is_served).collect()
}

/// No text is read further, in bytes.
const TEXT: u64 = 1 << 20;

/// The names in an open folder.
pub(super) fn entries(folder: &OwnedFd) -> Vec<(String, FileType)> {
    let Ok(listed) = fs::Dir::read_from(folder.as_fd()) else { return Vec::new() };
    let name =
        |entry: fs::DirEntry| (entry.file_name().to_string_lossy().into_owned(), entry.file_type());
    let is_own = |(name, _): &(String, FileType)| name != "." && name != "..";
    listed.flatten().map(name).filter(is_own).take(ENTRIES).collect()
}

/// What a name in an open folder is, without following it.
pub(super) fn stat(folder: &OwnedFd, name: &str, flags: AtFlags) -> io::Result<Stat> {
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
    let found = fs::statx(folder, name, flags | AtFlags::SYMLINK_NOFOLLOW, wanted)?;
    // Whole seconds: they are for people to read.
    let time = |time: fs::StatxTimestamp| Timestamp::from_second(time.tv_sec).unwrap_or_default();
    let mode = u32::from(found.stx_mode);
    Ok(Stat {
        kind: FileType::from_raw_mode(mode),
        mode: mode & 0o7777,
        uid: found.stx_uid,
        gid: found.stx_gid,
        size: found.stx_size,
        device: (found.stx_dev_major, found.stx_dev_minor),
        inode: found.stx_ino,
        modified: time(found.stx_mtime),
        changed: time(found.stx_ctime),
        born: (found.stx_mask & StatxFlags::BTIME.bits() != 0).then(|| time(found.stx_btime)),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_stay_below_the_root_and_pipes_are_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("etc")).unwrap();
        std::fs::write(root.join("etc/passwd"), "ours").unwrap();
        symlink("/etc/passwd", root.join("absolute")).unwrap();
        symlink("../../../../../../etc/passwd", root.join("etc/up")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        fs::mknodat(fs::CWD, root.join("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        let tree = Tree::open(root).unwrap();
        for path in ["/etc/passwd", "absolute", "/etc/up"] {
            assert_eq!(tree.text(path), "ours", "{path}");
        }
        for path in ["loop", "pipe", "etc", "none"] {
            assert!(tree.read(path, 9).is_err(), "{path}");
        }
        assert_eq!(tree.link("absolute").as_deref(), Some("/etc/passwd"));
        assert_eq!(tree.list("/").len(), 4);
        assert_eq!(tree.stat("absolute", false).unwrap().kind, FileType::Symlink);
    }
}
