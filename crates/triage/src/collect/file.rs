//! One walk through the filesystems: files that give rights, programs nobody owns, altered files, names
//! made to be overlooked.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{AtFlags, FileType};

use super::digest;
use super::tree::{Stat, Tree, entries, mounted, stat};
use crate::scene::file::{Altered, DeadHistory, Files, OddName, Privileged, Recent, Unowned};
use crate::scene::package::Manager;
use crate::scene::secret::{self, Secret};
use crate::scene::{Account, Packages, Unseen};
use crate::text::visible;

/// Filesystems that files of a server lie on. Others may hang (fuse, nfs) or are the kernel's own.
const KINDS: [&str; 13] = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "overlay", "tmpfs", "ramfs",
    "jfs", "reiserfs",
];
/// Folders with systems of their own in them, and what the kernel shows.
const LEFT_OUT: [&str; 10] = [
    "/proc",
    "/sys",
    "/dev/pts",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/lxc",
    "/var/lib/lxd",
    "/var/lib/machines",
    "/snap",
];
/// Folders whose programs belong to packages.
const SYSTEM: [&str; 6] =
    ["/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/lib64/", "/usr/libexec/", "/usr/games/"];
/// Folders below these in which others than dpkg and rpm put programs.
const FOREIGN: [&str; 7] = [
    "/updates/",
    "/dist-packages/",
    "/site-packages/",
    "/node_modules/",
    "/usr/lib/debug/",
    "/gems/",
    "/usr/lib/jvm/",
];
/// Folders whose files are always digested: what everything else leans on.
const ALWAYS: [&str; 8] = [
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/lib/openssh/",
    "/usr/lib/ssh/",
    "/usr/libexec/openssh/",
    "/usr/lib/systemd/systemd",
    "/usr/lib/sudo/",
    "/usr/libexec/sudo/",
];
/// Libraries and PAM's modules of the same kind, by the beginnings of their names: they lie in a folder of the
/// architecture's name (Debian), in lib64 or in lib.
const LIBRARIES: [&str; 11] = [
    "pam_",
    "libc.so",
    "libc-",
    "ld-linux",
    "libpam",
    "libnss_",
    "libcrypt",
    "libkeyutils",
    "libsystemd",
    "liblzma",
    "libselinux",
];
/// How much later than the package's own list a file may be written while it is unpacked.
const UNPACKING: SignedDuration = SignedDuration::from_mins(30);
/// Files and folders that are looked at, and how deep.
const MOST: u64 = 5_000_000;
const DEPTH: usize = 64;
/// No file is digested further, in bytes.
const LARGEST: u64 = 256 << 20;
/// Things of one kind that are kept.
const KEPT: usize = 1000;
/// Files of the window that are kept.
const KEPT_RECENT: usize = 20_000;
/// Folders that are written to all the time, and that tell nothing.
const BUSY: [&str; 4] = ["/run/", "/var/log/journal/", "/var/lib/nightkeep/", "/var/cache/"];
/// Where people and programs keep data.
const DATA: [&str; 17] = [
    "/home",
    "/srv",
    "/opt",
    "/var/www",
    "/var/lib/postgresql",
    "/var/lib/mysql",
    "/var/lib/mongodb",
    "/var/lib/redis",
    "/var/lib/docker/volumes",
    "/var/lib/containers/storage/volumes",
    "/var/lib/grafana",
    "/var/lib/gitea",
    "/var/lib/caddy",
    "/var/vmail",
    "/var/mail",
    "/var/backups",
    "/usr/local",
];
/// Where packages are written down, below the root of a system.
const DATABASES: [&str; 3] =
    ["/var/lib/dpkg/status", "/usr/lib/sysimage/rpm", "/var/lib/rpm/rpmdb.sqlite"];
const ELF: &[u8; 4] = b"\x7fELF";

/// What a walk may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Longest time.
    pub time: Duration,
}

/// Walks through all filesystems below the root; what was changed `since` then is listed as well.
/// `elapsed` tells how long it took so far.
pub fn files(
    tree: &Tree,
    packages: &Packages,
    accounts: &[Account],
    since: Timestamp,
    limit: Limit,
    elapsed: &dyn Fn() -> Duration,
) -> (Files, Vec<Unseen>) {
    let mounts = tree.text("/proc/self/mountinfo");
    let mut walk = Walk {
        tree,
        packages,
        since,
        limit,
        elapsed,
        devices: devices(&mounts),
        foreign: foreign(&mounts),
        files: Files::default(),
        is_cut: false,
        seen: BTreeSet::new(),
    };
    walk.folder(&Folder { path: String::new(), depth: 0 });
    let mut unseen = remote(tree.served());
    if walk.is_cut {
        unseen.push(Unseen {
            what: String::from("a part of the files"),
            why: format!(
                "the walk was cut after {} files and {} s",
                walk.files.looked_at,
                elapsed().as_secs()
            ),
            mend: String::from("sudo nightkeep triage --patience 10m"),
            detectors: vec!["D14", "D15", "D16"],
        });
    }
    let mut files = walk.files;
    files.data = DATA
        .iter()
        .filter(|folder| !tree.list(folder).is_empty())
        .map(|&it| it.to_owned())
        .collect();
    files.histories = histories(tree, accounts);
    (files, unseen)
}

/// The devices of filesystems that are walked through; none of a disk of another machine, where all are.
fn devices(mounts: &str) -> BTreeSet<(u32, u32)> {
    let device = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let kind = after.split(' ').next()?;
        let (major, minor) = before.split(' ').nth(2)?.split_once(':')?;
        KINDS.contains(&kind).then_some((major.parse().ok()?, minor.parse().ok()?))
    };
    mounts.lines().filter_map(device).collect()
}

/// Where people's keys and what starts by itself may lie.
const HOMES: [&str; 6] = ["/etc", "/home", "/root", "/usr", "/var/spool", "/var/www"];

/// Filesystems that programs or other machines serve: they may hang, and so are left alone.
fn remote(served: &[(String, String)]) -> Vec<Unseen> {
    let unseen = |(place, kind): &(String, String)| {
        let matters = HOMES.iter().any(|home| place.starts_with(home));
        Unseen {
            what: format!("the files on {}", visible(place, 200)),
            why: format!(
                "{} is served by a program or another machine, and may hang",
                visible(kind, 40)
            ),
            mend: String::new(),
            detectors: if matters { vec!["D12", "D13", "D14"] } else { Vec::new() },
        }
    };
    served.iter().map(unseen).collect()
}

/// Where filesystems are mounted that are not walked through.
fn foreign(mounts: &str) -> BTreeSet<String> {
    let is_foreign =
        |(place, kind): &(String, String)| !KINDS.contains(&kind.as_str()) && place != "/";
    mounted(mounts).filter(is_foreign).map(|(place, _)| place).collect()
}

struct Walk<'w> {
    tree: &'w Tree,
    packages: &'w Packages,
    since: Timestamp,
    limit: Limit,
    elapsed: &'w dyn Fn() -> Duration,
    devices: BTreeSet<(u32, u32)>,
    /// Where filesystems are mounted that are not walked through: to open them alone may hang.
    foreign: BTreeSet<String>,
    files: Files,
    is_cut: bool,
    /// Folders that were walked through, for one may be mounted in several places.
    seen: BTreeSet<((u32, u32), u64)>,
}

struct Folder {
    path: String,
    depth: usize,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Folder) {
        let is_left_out = LEFT_OUT.contains(&folder.path.as_str());
        if is_left_out || folder.depth > DEPTH || self.foreign.contains(&folder.path) {
            return;
        }
        let path = if folder.path.is_empty() { "/" } else { &folder.path };
        let Ok(open) = self.tree.folder(path) else { return };
        let Ok(own) = stat(&open, "", AtFlags::EMPTY_PATH) else { return };
        let is_walked = self.devices.is_empty() || self.devices.contains(&own.device);
        if !is_walked || !self.seen.insert((own.device, own.inode)) {
            return;
        }
        for (name, kind) in entries(&open) {
            self.files.looked_at += 1;
            if self.files.looked_at >= MOST
                || self.files.looked_at.is_multiple_of(1024) && (self.elapsed)() > self.limit.time
            {
                self.is_cut = true;
            }
            if self.is_cut {
                return;
            }
            let path = format!("{}/{name}", folder.path);
            match kind {
                FileType::Directory => {
                    self.odd_name(&open, &name, &path);
                    // Whatever is mounted there is asked for nothing before its kind is known.
                    self.folder(&Folder { path, depth: folder.depth + 1 });
                }
                FileType::RegularFile => self.file(&open, &name, &path),
                FileType::Unknown => {
                    if let Ok(found) = stat(&open, &name, AtFlags::NO_AUTOMOUNT)
                        && found.kind == FileType::RegularFile
                    {
                        self.file(&open, &name, &path);
                    }
                }
                _ => {}
            }
        }
    }

    fn file(&mut self, folder: &OwnedFd, name: &str, path: &str) {
        let is_system = SYSTEM.iter().any(|system| path.starts_with(system));
        let Ok(found) = stat(folder, name, AtFlags::NO_AUTOMOUNT) else { return };
        if found.changed >= self.since {
            self.recent(path, &found);
        }
        self.secret(path, &found);
        let is_program = found.mode & 0o111 != 0;
        let has_capabilities = is_program && has_capabilities(folder, name);
        if found.mode & 0o6000 != 0 || has_capabilities {
            self.privileged(path, &found, has_capabilities);
        }
        if !is_system {
            return;
        }
        match self.packages.owner(path) {
            None if !self.packages.is_empty() => {
                let is_foreign = FOREIGN.iter().any(|part| path.contains(part));
                let unowned = &mut self.files.unowned;
                if !is_foreign && unowned.len() < KEPT && is_elf(self.tree, path) {
                    let path = path.to_owned();
                    unowned.push(Unowned { path, changed: found.changed, size: found.size });
                }
            }
            Some(package) => {
                let package = package.to_owned();
                self.digest(path, package, &found);
            }
            None => {}
        }
    }

    fn recent(&mut self, path: &str, found: &Stat) {
        let is_told = !BUSY.iter().any(|busy| path.starts_with(busy));
        if is_told && self.files.recent.len() < KEPT_RECENT && self.packages.owner(path).is_none() {
            self.files.recent.push(Recent {
                path: path.to_owned(),
                mode: found.mode,
                uid: found.uid,
                gid: found.gid,
                size: found.size,
                inode: found.inode,
                modified: found.modified,
                changed: found.changed,
                born: found.born,
            });
        }
    }

    fn secret(&mut self, path: &str, found: &Stat) {
        let Some((kind, is_asked)) = secret::of_name(path) else { return };
        let is_it = found.size > 0
            && self.files.secrets.len() < KEPT
            && self.packages.owner(path).is_none()
            && (!is_asked || is_private_key(self.tree, path));
        if is_it {
            let (path, Stat { mode, uid, gid, .. }) = (path.to_owned(), *found);
            self.files.secrets.push(Secret { path, kind, mode, uid, gid });
        }
    }

    fn privileged(&mut self, path: &str, found: &Stat, has_capabilities: bool) {
        if self.files.privileged.len() < KEPT {
            self.files.privileged.push(Privileged {
                path: path.to_owned(),
                mode: found.mode,
                uid: found.uid,
                gid: found.gid,
                has_capabilities,
                package: self.packages.owner(path).map(str::to_owned),
                is_apart: is_apart(self.tree, path),
                changed: found.changed,
            });
        }
    }

    /// Compares a file with what its package brought. Not each: nobody but root changes a file's time of
    /// change, and root only by the clock, so that what is as old as its package is left alone outside of
    /// the folders that matter most.
    fn digest(&mut self, path: &str, package: String, found: &Stat) {
        let Some(expected) = self.packages.digest(path).filter(|digest| !digest.is_config) else {
            return;
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_always = ALWAYS.iter().any(|folder| path.starts_with(folder))
            || LIBRARIES.iter().any(|library| name.starts_with(library));
        let unpacked = self.packages.unpacked(path).unwrap_or(Timestamp::MIN);
        let is_young = found.changed.duration_since(unpacked) > UNPACKING;
        let is_run = found.mode & 0o111 != 0 || name.contains(".so");
        let is_foreign = FOREIGN.iter().any(|part| path.contains(part));
        let counts = is_always || is_young && is_run && !is_foreign;
        if !counts || found.size > LARGEST || self.files.altered.len() >= KEPT {
            return;
        }
        let Ok(sum) = self.tree.file(path).and_then(|file| digest::of(expected.sum, file)) else {
            return;
        };
        self.files.digested += 1;
        if sum != expected.sum {
            self.files.altered.push(Altered {
                path: path.to_owned(),
                package,
                by: self.packages.manager(path).unwrap_or(Manager::Dpkg),
                sum,
                changed: found.changed,
            });
        }
    }

    /// `...`, `.. `, a blank at the end: overlooked in a listing.
    fn odd_name(&mut self, folder: &OwnedFd, name: &str, path: &str) {
        let is_odd = name.trim() != name
            || name.len() > 2 && name.chars().all(|c| matches!(c, '.' | ' '))
            || name.chars().any(char::is_control);
        if is_odd && self.files.odd_names.len() < KEPT {
            let changed = stat(folder, name, AtFlags::NO_AUTOMOUNT).map(|found| found.changed);
            let (path, changed) = (path.to_owned(), changed.unwrap_or_default());
            self.files.odd_names.push(OddName { path, changed });
        }
    }
}

/// Is there a system with packages of its own around a file, below the root?
fn is_apart(tree: &Tree, path: &str) -> bool {
    let above =
        path.match_indices('/').map(|(at, _)| &path[..at]).filter(|above| !above.is_empty());
    let is_roots = |path: String| tree.stat(&path, false).is_ok_and(|found| found.uid == 0);
    let mut own = above.flat_map(|above| DATABASES.map(|database| format!("{above}{database}")));
    own.any(is_roots)
}

/// Asked through the open folder, so that the file itself need not be opened.
fn has_capabilities(folder: &OwnedFd, name: &str) -> bool {
    let path = format!("/proc/self/fd/{}/{name}", folder.as_raw_fd());
    let mut value = [0; 64];
    rustix::fs::lgetxattr(path, "security.capability", &mut value[..]).is_ok()
}

fn is_elf(tree: &Tree, path: &str) -> bool {
    let mut head = [0; 4];
    tree.file(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && &head == ELF
}

/// Is there a private key in PEM, or that of PuTTY, at the beginning of a file, or behind a certificate?
fn is_private_key(tree: &Tree, path: &str) -> bool {
    let head = tree.read(path, 16 << 10).unwrap_or_default();
    [&b"PRIVATE KEY-----"[..], b"PuTTY-User-Key-File"]
        .iter()
        .any(|mark| head.windows(mark.len()).any(|window| &window == mark))
}

/// Histories that keep nothing: links to `/dev/null`, and empty files that cannot be written to.
fn histories(tree: &Tree, accounts: &[Account]) -> Vec<DeadHistory> {
    let mut found = Vec::new();
    for account in accounts.iter().filter(|account| account.has_shell()) {
        for name in [".bash_history", ".zsh_history", ".sh_history"] {
            let path = format!("{}/{name}", account.home.trim_end_matches('/'));
            let Ok(stat) = tree.stat(&path, false) else { continue };
            let why = match stat.kind {
                FileType::Symlink if tree.link(&path).as_deref() == Some("/dev/null") => {
                    "a link to /dev/null"
                }
                FileType::CharacterDevice | FileType::Directory => "no file at all",
                FileType::RegularFile if stat.size == 0 && is_immutable(tree, &path) => {
                    "empty, and no one can write to it (chattr +i)"
                }
                _ => continue,
            };
            let (user, why) = (account.name.clone(), why.to_owned());
            found.push(DeadHistory { user, path, why, changed: stat.changed });
        }
    }
    found
}

fn is_immutable(tree: &Tree, path: &str) -> bool {
    let Ok(file) = tree.file(path) else { return false };
    rustix::fs::ioctl_getflags(file)
        .is_ok_and(|flags| flags.contains(rustix::fs::IFlags::IMMUTABLE))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::tree::served;
    use super::*;
    use crate::scene::package::{Digest, Sum};

    #[test]
    fn rights_altered_and_unowned_files_are_found_and_others_are_not() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, bytes: &[u8], mode| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        write("usr/bin/good", b"\x7fELF good", 0o755);
        write("usr/bin/altered", b"\x7fELF bad", 0o755);
        write("usr/bin/unowned", b"\x7fELF x", 0o755);
        write("usr/bin/script", b"#!/bin/sh", 0o755);
        write("usr/lib/python3/dist-packages/x.so", b"\x7fELF x", 0o644);
        write("home/ann/shell", b"x", 0o4755);
        fs::create_dir_all(root.path().join("var/.. /x")).unwrap();
        let mut packages = Packages::new(Vec::new());
        let package = packages.add("good", Manager::Dpkg);
        let sum = digest::of(Sum::Md5([0; 16]), &b"\x7fELF good"[..]).unwrap();
        for path in ["/usr/bin/good", "/usr/bin/altered"] {
            packages.own(package, path);
            packages.expect(package, path, Digest { sum, is_config: false });
        }
        let tree = Tree::open(root.path()).unwrap();
        let limit = Limit { time: Duration::MAX };
        let (files, unseen) =
            files(&tree, &packages, &[], Timestamp::MAX, limit, &|| Duration::ZERO);
        assert_eq!(unseen, []);
        let paths = |paths: Vec<&String>| paths.into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(
            paths(files.altered.iter().map(|one| &one.path).collect()),
            ["/usr/bin/altered"]
        );
        assert_eq!(
            paths(files.unowned.iter().map(|one| &one.path).collect()),
            ["/usr/bin/unowned"]
        );
        assert_eq!(
            paths(files.privileged.iter().map(|one| &one.path).collect()),
            ["/home/ann/shell"]
        );
        assert_eq!(paths(files.odd_names.iter().map(|one| &one.path).collect()), ["/var/.. "]);
    }

    #[test]
    fn a_walk_ends_when_its_time_is_over() {
        let root = tempfile::tempdir().unwrap();
        for n in 0..1100 {
            fs::write(root.path().join(n.to_string()), "").unwrap();
        }
        let tree = Tree::open(root.path()).unwrap();
        let limit = Limit { time: Duration::ZERO };
        let over = || Duration::from_secs(1);
        let (files, unseen) = files(&tree, &Packages::default(), &[], Timestamp::MAX, limit, &over);
        assert_eq!((files.looked_at, unseen.len()), (1024, 1));
    }

    #[test]
    fn only_filesystems_that_cannot_hang_are_walked() {
        let mounts = "25 1 254:1 / / rw shared:1 - ext4 /dev/vda1 rw\n\
                      26 25 0:44 / /mnt rw - fuse.sshfs x rw\n27 25 0:45 / /srv rw - nfs4 x rw\n\
                      28 25 0:46 / /sys/fs/fuse/connections rw - fusectl fusectl rw\n";
        assert_eq!(devices(mounts), BTreeSet::from([(254, 1)]));
        assert_eq!(remote(&served(mounts)).len(), 2);
        let places = ["/mnt", "/srv", "/sys/fs/fuse/connections"].map(str::to_owned);
        assert_eq!(foreign(mounts), BTreeSet::from(places));
    }
}
