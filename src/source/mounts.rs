//! The mount table: which filesystems of the machine are worth watching. Pure.
//! Format: <https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>

use std::collections::{BTreeMap, HashMap};

use super::kernel::{fields, lines, number};

/// A mount table longer than this is not read to its end (a machine full of containers).
const MOST: usize = 8192;

/// A tmpfs smaller than this holds somebody's secret or flag, not files that grow.
const TMPFS_BYTES: u64 = 8 << 20;

/// One line of mountinfo. Texts are bytes as others chose them, octal escapes undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// Major and minor number of the filesystem's device; major 0 has no device.
    pub(super) device: (u32, u32),
    /// Which directory of the filesystem is mounted; `/` unless it is a bind mount or subvolume.
    root: Vec<u8>,
    /// The mount point.
    pub(super) path: Vec<u8>,
    /// This mount refuses writes.
    pub(super) read_only_here: bool,
    /// The whole filesystem does.
    pub(super) read_only_everywhere: bool,
    /// The filesystem's type.
    pub(super) kind: Vec<u8>,
    /// `size=` of a tmpfs that is not the default size.
    size_bytes: Option<u64>,
}

impl Mount {
    /// A tmpfs, which only memory backs.
    pub(super) fn is_tmpfs(&self) -> bool {
        self.kind == b"tmpfs"
    }

    /// A filesystem of the kernel's ext4 driver.
    pub(super) fn is_ext(&self) -> bool {
        matches!(self.kind.as_slice(), b"ext2" | b"ext3" | b"ext4")
    }

    /// Do its files carry `device` as theirs? Those of filesystems with subvolumes do not.
    pub(super) fn has_own_device_number(&self) -> bool {
        self.device.0 != 0 || self.is_tmpfs()
    }
}

/// What of a mount table is watched, and what would be but can hang.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// One mount of every real filesystem, by mount point.
    pub(super) watched: Vec<Mount>,
    /// Filesystems whose server may not answer, and what is mounted below them.
    pub(super) remote: Vec<Mount>,
}

/// Every line that can be understood, in the kernel's order.
pub(super) fn parse(mountinfo: &[u8]) -> Vec<Mount> {
    lines(mountinfo).take(MOST).filter_map(line).collect()
}

fn line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ').skip(2);
    let device = fields.next()?;
    let colon = device.iter().position(|byte| *byte == b':')?;
    let part = |text| number(text).and_then(|number| u32::try_from(number).ok());
    let device = (part(&device[..colon])?, part(&device[colon + 1..])?);
    let root = unescape(fields.next()?);
    let path = unescape(fields.next()?);
    let options = fields.next()?;
    // Any number of optional fields, ended by a dash.
    fields.find(|field| *field == b"-")?;
    let kind = fields.next()?.to_vec();
    let super_options = fields.nth(1)?;
    let size_bytes = comma(super_options).find_map(|option| size(option.strip_prefix(b"size=")?));
    Some(Mount {
        device,
        root,
        path,
        read_only_here: comma(options).any(|option| option == b"ro"),
        // Since 6.15 an ext4 that met an error stays "rw" but says it refuses writes.
        read_only_everywhere: comma(super_options)
            .any(|option| matches!(option, b"ro" | b"emergency_ro" | b"shutdown")),
        kind,
        size_bytes,
    })
}

fn comma(options: &[u8]) -> impl Iterator<Item = &[u8]> {
    options.split(|byte| *byte == b',')
}

/// `size=400k` as tmpfs shows it.
fn size(text: &[u8]) -> Option<u64> {
    match text.strip_suffix(b"k") {
        Some(kib) => number(kib)?.checked_mul(1024),
        None => number(text),
    }
}

/// Undoes `\040`: the kernel (and fstab) write blanks, line ends and backslashes so.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        if let [b'\\', high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', tail @ ..] =
            rest
        {
            plain.push((high - b'0') << 6 | (middle - b'0') << 3 | (low - b'0'));
            rest = tail;
        } else {
            plain.push(*first);
            rest = tail;
        }
    }
    plain
}

/// Mount points that fstab wants read-only (true) or writable (false).
pub(super) fn fstab(text: &[u8]) -> HashMap<Vec<u8>, bool> {
    lines(text)
        .take(MOST)
        .filter_map(|line| {
            let mut fields = fields(line);
            fields.next().filter(|source| !source.starts_with(b"#"))?;
            let path = unescape(fields.next()?);
            let options = fields.nth(1).unwrap_or_default();
            let last = comma(options).filter(|option| matches!(*option, b"ro" | b"rw")).last();
            Some((path, last == Some(b"ro")))
        })
        .collect()
}

/// Picks one mount of every real filesystem.
pub(super) fn select(mounts: Vec<Mount>) -> Selection {
    // Of several mounts at one place only the last can be reached.
    let mut by_path = BTreeMap::new();
    for (order, mount) in mounts.into_iter().enumerate() {
        by_path.insert(mount.path.clone(), (order, mount));
    }
    let mut remote: Vec<Mount> = Vec::new();
    let mut by_device: HashMap<(u32, u32), (usize, Mount)> = HashMap::new();
    for (order, mount) in by_path.into_values() {
        // To look at a mount below a remote one is to ask the remote server as well. The order
        // of paths has parents first.
        if is_remote(&mount.kind) || remote.iter().any(|remote| below(&mount.path, &remote.path)) {
            if is_remote(&mount.kind) || is_real(&mount) {
                remote.push(mount);
            }
            continue;
        }
        if !is_real(&mount) {
            continue;
        }
        // Bind mounts and subvolumes show the same filesystem again. The first mount of its own
        // root stands for it: later ones come and go, and must not take its name away.
        let rank = (mount.root != b"/", order);
        match by_device.get(&mount.device) {
            Some((order, known)) if (known.root != b"/", *order) <= rank => {}
            _ => {
                by_device.insert(mount.device, (order, mount));
            }
        }
    }
    let mut watched: Vec<Mount> = by_device.into_values().map(|(_, mount)| mount).collect();
    watched.sort_by(|one, other| one.path.cmp(&other.path));
    Selection { watched, remote }
}

/// Is `path` strictly below `parent`?
fn below(path: &[u8], parent: &[u8]) -> bool {
    match path.strip_prefix(parent) {
        Some(rest) => parent == b"/" && !rest.is_empty() || rest.starts_with(b"/"),
        None => false,
    }
}

/// Does asking it mean asking a server, or a program, that may never answer?
fn is_remote(kind: &[u8]) -> bool {
    const REMOTE: [&[u8]; 14] = [
        b"nfs",
        b"nfs4",
        b"cifs",
        b"smb3",
        b"smbfs",
        b"ceph",
        b"glusterfs",
        b"afs",
        b"9p",
        b"virtiofs",
        b"lustre",
        b"beegfs",
        b"gfs2",
        b"ocfs2",
    ];
    // These FUSE filesystems show the system, not anyone's files.
    const SYSTEM: [&[u8]; 4] =
        [b"fuse.lxcfs", b"fuse.gvfsd-fuse", b"fuse.portal", b"fuse.snapfuse"];
    REMOTE.contains(&kind)
        || kind == b"fuse"
        || kind.starts_with(b"fuse.") && !SYSTEM.contains(&kind)
}

/// Does it hold files that can grow, on storage of its own?
fn is_real(mount: &Mount) -> bool {
    // Images that are full by nature.
    const IMAGES: [&[u8]; 6] = [b"squashfs", b"iso9660", b"udf", b"erofs", b"cramfs", b"romfs"];
    // Where containers and packages mount what is counted elsewhere; a disk mounted at one of
    // these places itself is watched.
    const FOREIGN: [&[u8]; 9] = [
        b"/var/lib/docker",
        b"/var/lib/containers",
        b"/var/lib/containerd",
        b"/var/lib/kubelet",
        b"/var/lib/lxc",
        b"/var/lib/machines",
        b"/var/lib/snapd",
        b"/var/snap",
        b"/snap",
    ];
    const SYSTEM: [&[u8]; 4] = [b"/run", b"/dev", b"/sys", b"/proc"];
    let path = mount.path.as_slice();
    let within = |parent: &&[u8]| path == *parent || below(path, parent);
    if !path.starts_with(b"/") || SYSTEM.iter().any(within) {
        return false;
    }
    if FOREIGN.iter().any(|parent| below(path, parent)) {
        return false;
    }
    match mount.kind.as_slice() {
        b"tmpfs" => mount.size_bytes.is_none_or(|size| size >= TMPFS_BYTES),
        b"btrfs" | b"zfs" | b"bcachefs" => true,
        // Only where nothing else is: in a container.
        b"overlay" => path == b"/",
        kind => mount.device.0 != 0 && !IMAGES.contains(&kind),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(mounts: &[Mount]) -> Vec<String> {
        mounts.iter().map(|mount| String::from_utf8_lossy(&mount.path).into_owned()).collect()
    }

    #[test]
    fn lvm_with_a_separate_var_log_subvolumes_and_network_mounts() {
        let table = include_bytes!("../../tests/data/procfs/debian12-lvm/mountinfo");
        let found = select(parse(table));
        let expected =
            ["/", "/boot", "/boot/efi", "/srv", "/tank/media", "/tmp", "/var", "/var/log"];
        assert_eq!(names(&found.watched), expected);
        assert_eq!(names(&found.remote), ["/mnt/nas", "/mnt/nas/local", "/mnt/share"]);
    }

    #[test]
    fn a_fresh_debian_13_has_its_disk_and_tmp() {
        let table = include_bytes!("../../tests/data/procfs/debian13/mountinfo");
        assert_eq!(names(&select(parse(table)).watched), ["/", "/tmp"]);
    }

    #[test]
    fn containers_snaps_and_bind_mounts_are_not_counted_twice() {
        let table = include_bytes!("../../tests/data/procfs/docker/mountinfo");
        let found = select(parse(table));
        assert_eq!(names(&found.watched), ["/", "/srv/cache", "/var/lib/docker"]);
        assert!(found.remote.is_empty());
    }

    #[test]
    fn odd_lines_are_read_or_left_out() {
        let table = include_bytes!("../../tests/data/procfs/odd-mounts/mountinfo");
        let mounts = parse(table);
        let of = |path: &str| mounts.iter().rfind(|mount| mount.path == path.as_bytes()).unwrap();
        assert!(of("/").read_only_everywhere, "an ext4 that met an error");
        assert!(!of("/archive").read_only_everywhere && of("/archive").read_only_here);
        assert_eq!(of("/hidden").device, (254, 4));
        assert_eq!(of("/empty-source").size_bytes, Some(512_000_000));
        assert!(mounts.iter().any(|mount| mount.path == b"/srv/my data\t9\nx\\y"));
        assert_eq!(mounts.len(), 7);
        assert_eq!(select(mounts).watched.len(), 6);
    }

    #[test]
    fn fstab_says_what_is_meant_to_be_read_only() {
        let found = fstab(include_bytes!("../../tests/data/procfs/odd-mounts/fstab"));
        let of = |path: &str| found.get(path.as_bytes()).copied();
        assert_eq!(of("/"), Some(false));
        assert_eq!(of("/archive"), Some(true));
        assert_eq!(of("/srv/my data"), Some(false), "the last word counts");
        assert_eq!(found.len(), 3);
    }

    const PIECES: &[&str] = &[
        " ",
        "\n",
        "-",
        ":",
        "/",
        "\\",
        "\\04",
        "04",
        "254:1",
        "/srv",
        "ext4",
        "nfs",
        "ro,size=",
        "\u{85}",
        "\n1 2 254:1 / ",
        "1 2 0:5 / /a rw - tmpfs x rw",
    ];

    proptest! {
        #[test]
        fn no_table_makes_it_panic(
            pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..200),
        ) {
            let text = pieces.concat().into_bytes();
            let mounts = parse(&text);
            let length = mounts.len();
            let found = select(mounts);
            prop_assert!(found.watched.len() + found.remote.len() <= length);
            fstab(&text);
        }
    }
}
