//! Mounts (space, inodes, read-only) and block devices.
//!
//! The mount table is the one of process 1 where that can be read. Our own is not the
//! machine's: under `ProtectSystem=strict` the service lives in a mount namespace where
//! everything looks read-only. Any user may read /proc/1/mountinfo, unless /proc is mounted
//! with `hidepid=`.

mod device;
mod errors;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::device::Devices;
use self::errors::Errors;
pub(super) use self::watch::MountChanges;
use super::Blind;
use super::kernel::{KernelFile, sample};
use super::mounts::{Selection, fstab, parse, select};
use super::shown::shown;
use crate::config::DiskConfig;
use crate::model::{Metric, Observation, State, Subject, glob};

/// Longest mount point shown; the kernel allows 4096 bytes.
const NAME: usize = 1024;

/// Reads the mount table, /proc/diskstats and the filesystems' own figures.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    table: Table,
    /// The table as last read: it is understood anew only when it changed.
    contents: Vec<u8>,
    ignore: Vec<String>,
    /// The watched mounts by the name they are shown with.
    mounts: BTreeMap<String, Watched>,
    /// What was seen writable at some time: its turning read-only is never intended.
    writable: BTreeSet<String>,
    remote: Vec<String>,
    devices: Devices,
}

/// The mount table and whose it is.
#[derive(Debug)]
struct Table {
    file: KernelFile,
    /// Our own: only filesystem options tell of the machine, mount options are the service's.
    own: bool,
}

#[derive(Debug)]
struct Watched {
    path: PathBuf,
    /// What is found at the path must be on this device, or else it is not what the machine has.
    device: Option<(u32, u32)>,
    subject: Subject,
    read_only: bool,
    intended: bool,
    /// Of an ext4.
    errors: Option<Errors>,
    /// Why its figures cannot be read.
    blind: Option<Blind>,
}

impl Disk {
    /// A reader of the machine whose files are under `root` (`/` but in tests).
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            table: table(root),
            contents: Vec::new(),
            ignore: Vec::new(),
            mounts: BTreeMap::new(),
            writable: BTreeSet::new(),
            remote: Vec::new(),
            devices: Devices::new(root),
        }
    }

    /// Leaves alone what the config says, from the next `read` on.
    pub fn configure(&mut self, config: &DiskConfig) {
        self.ignore.clone_from(&config.ignore);
        self.contents.clear();
    }

    /// Says that a mount was writable before this process saw it, so that its being read-only
    /// now is trouble even if fstab does not know the mount.
    pub fn was_writable(&mut self, mount: &str) {
        self.writable.insert(mount.to_owned());
        self.contents.clear();
    }

    /// Space and inodes of every real mount; whether it is read-only on first sight and on
    /// change; rates of every whole device since the last call, so the first has none.
    ///
    /// Never waits for a server: network filesystems are left out (`notes` names them).
    ///
    /// # Errors
    /// The mount table or /proc/diskstats cannot be read.
    pub fn read(&mut self, now: Timestamp) -> Result<Vec<Observation>, Blind> {
        let mut observations = Vec::with_capacity(4 * self.mounts.len() + 16);
        // Read at every call, although a changed table also wakes `MountChanges`: a filesystem
        // that turns itself read-only after an error changes the table without an event.
        let contents = self.table.file.need()?;
        if contents != self.contents {
            self.contents.clear();
            self.contents.extend_from_slice(contents);
            self.compare(select(parse(&self.contents)), &mut observations);
        }
        for mount in self.mounts.values_mut() {
            mount.notice_errors(&mut observations);
            mount.measure(&mut observations);
        }
        self.devices.read(now, &mut observations)?;
        Ok(observations)
    }

    /// What could not be seen at the last `read`.
    pub fn notes(&self) -> Vec<Blind> {
        let own = self.table.own.then(|| Blind {
            why: String::from(
                "cannot read /proc/1/mountinfo: mounts made read-only one by one go unseen",
            ),
            mend: String::from(
                "mount /proc without hidepid=, or set ProtectProc=default in the unit",
            ),
        });
        let remote = self.remote.iter().map(|mount| Blind {
            why: format!("{mount} is a network or FUSE mount: asking it could hang the watch"),
            mend: String::from("watch it on the machine that serves it"),
        });
        let hidden = self.mounts.values().filter_map(|mount| mount.blind.clone());
        own.into_iter().chain(remote).chain(hidden).collect()
    }

    /// Takes over a changed mount table and says what changed.
    fn compare(&mut self, selection: Selection, observations: &mut Vec<Observation>) {
        let fstab = std::fs::read(self.root.join("etc/fstab")).map(|text| fstab(&text));
        let fstab = fstab.unwrap_or_default();
        let mut before = std::mem::take(&mut self.mounts);
        let ignored = |name: &str| self.ignore.iter().any(|pattern| glob(pattern, name));
        for mount in selection.watched {
            let name = shown(&mount.path, NAME);
            let path = under(&self.root, &mount.path);
            let device = mount.has_own_device_number().then_some(mount.device);
            let mut known = before.remove(&name).filter(|known| known.device == device);
            // An error met is met until the filesystem is unmounted.
            let mut errors = match known.as_mut().and_then(|known| known.errors.take()) {
                None if mount.is_ext() => Errors::of(&self.root, mount.device),
                errors => errors,
            };
            let read_only = mount.read_only_everywhere
                || mount.read_only_here && !self.table.own
                || errors.as_mut().is_some_and(Errors::stopped_writes);
            let subject = Subject::Mount(name.clone());
            // A tmpfs nobody could ever write to holds no files that grow.
            let empty = mount.is_tmpfs() && read_only && !self.writable.contains(&name);
            // Single files are mounted into containers, on the filesystem of their host.
            let file = std::fs::metadata(&path).is_ok_and(|metadata| !metadata.is_dir());
            if ignored(&name) || empty || file {
                if known.is_some() {
                    observations.push(Observation::Gone { subject });
                }
                continue;
            }
            if !read_only {
                self.writable.insert(name.clone());
            }
            let wanted = fstab.get(&mount.path).copied();
            let intended = read_only && wanted.unwrap_or_else(|| !self.writable.contains(&name));
            if known.is_none_or(|known| (known.read_only, known.intended) != (read_only, intended))
            {
                let state = State::Mount { read_only, intended };
                observations.push(Observation::State { subject: subject.clone(), state });
            }
            let watched =
                Watched { path, device, subject, read_only, intended, errors, blind: None };
            self.mounts.insert(name, watched);
        }
        for name in before.into_keys() {
            observations.push(Observation::Gone { subject: Subject::Mount(name) });
        }
        self.remote = selection
            .remote
            .into_iter()
            .map(|mount| shown(&mount.path, NAME))
            .filter(|name| !ignored(name))
            .collect();
    }
}

impl Watched {
    /// Says so when an ext4 stopped taking writes, whatever the mount table says.
    fn notice_errors(&mut self, observations: &mut Vec<Observation>) {
        if !self.read_only && self.errors.as_mut().is_some_and(Errors::stopped_writes) {
            self.read_only = true;
            let state = State::Mount { read_only: true, intended: false };
            observations.push(Observation::State { subject: self.subject.clone(), state });
        }
    }

    /// Asks the filesystem for its space and inodes.
    fn measure(&mut self, observations: &mut Vec<Observation>) {
        let mut say = |metric, value| observations.push(sample(&self.subject, metric, value));
        let found = rustix::fs::stat(&self.path).and_then(|stat| {
            let device = (rustix::fs::major(stat.st_dev), rustix::fs::minor(stat.st_dev));
            Ok((device, rustix::fs::statvfs(&self.path)?))
        });
        let space = match found {
            Ok((device, space)) if self.device.is_none_or(|own| own == device) => space,
            Ok(_) => return self.blind = Some(hidden(&self.path)),
            Err(error) => return self.blind = Some(out_of_reach(&self.path, &error.into())),
        };
        self.blind = None;
        // As df: what root keeps for itself is neither used nor available.
        let used = space.f_blocks.saturating_sub(space.f_bfree);
        let writable = used.saturating_add(space.f_bavail);
        if writable > 0 {
            say(Metric::DiskUsedRatio, used as f64 / writable as f64);
            say(Metric::DiskUsedBytes, used as f64 * space.f_frsize as f64);
            say(Metric::DiskAvailableBytes, space.f_bavail as f64 * space.f_frsize as f64);
        }
        // btrfs, zfs and vfat have no fixed number of inodes and say 0.
        if space.f_files > 0 {
            let used = space.f_files.saturating_sub(space.f_ffree);
            say(Metric::DiskInodesUsedRatio, used as f64 / space.f_files as f64);
        }
    }
}

/// The mount table of process 1, or else our own.
fn table(root: &Path) -> Table {
    let of = |process: &str| root.join("proc").join(process).join("mountinfo");
    let own = std::fs::File::open(of("1")).is_err();
    Table { file: KernelFile::new(of(if own { "self" } else { "1" })), own }
}

/// A path of the machine under `root`.
fn under(root: &Path, path: &[u8]) -> PathBuf {
    root.join(OsStr::from_bytes(path.strip_prefix(b"/").unwrap_or(path)))
}

fn hidden(path: &Path) -> Blind {
    Blind {
        why: format!("something else hides the mount {}", shown(path.as_os_str().as_bytes(), NAME)),
        mend: String::from("set ProtectHome=read-only and no InaccessiblePaths= in the unit"),
    }
}

fn out_of_reach(path: &Path, error: &io::Error) -> Blind {
    let shown = shown(path.as_os_str().as_bytes(), NAME);
    let mend = match error.kind() {
        io::ErrorKind::PermissionDenied => String::from(
            "let nightkeep through the directories above it (setfacl -m u:nightkeep:x DIRECTORY); \
             under /home or /root also set ProtectHome=read-only in the unit",
        ),
        _ => String::from("look at it with `df` and at the kernel's log with `journalctl -k`"),
    };
    Blind { why: format!("cannot ask the filesystem at {shown}: {error}"), mend }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::kernel::fixture::{at, samples, tree, write};
    use super::*;

    fn states(observations: &[Observation]) -> Vec<(String, bool, bool)> {
        let state = |observation: &Observation| match observation {
            Observation::State { subject, state: State::Mount { read_only, intended } } => {
                Some((subject.to_string(), *read_only, *intended))
            }
            _ => None,
        };
        observations.iter().filter_map(state).collect()
    }

    fn said(mount: &str, read_only: bool, intended: bool) -> Vec<(String, bool, bool)> {
        vec![(format!("mount:{mount}"), read_only, intended)]
    }

    #[test]
    fn read_only_is_said_on_first_sight_and_on_change() {
        let mounted = |name: &str, options: &str| {
            format!("30 28 254:9 / {name} {options},relatime - ext4 /dev/vdc rw\n")
        };
        let root = tree(&[("proc/diskstats", ""), ("proc/1/mountinfo", &mounted("/data", "rw"))]);
        let mut disk = Disk::new(root.path());
        let mut read = |contents: &str| {
            write(root.path(), "proc/1/mountinfo", contents);
            disk.read(at(0)).unwrap()
        };
        assert_eq!(states(&read(&mounted("/data", "rw"))), said("/data", false, false));
        assert_eq!(states(&read(&mounted("/data", "rw"))), []);
        assert_eq!(states(&read(&mounted("/data", "ro"))), said("/data", true, false));
        let gone = |name: &str| Observation::Gone { subject: Subject::Mount(name.to_owned()) };
        assert!(read("").contains(&gone("/data")));
        let back = read(&mounted("/data", "ro"));
        assert_eq!(states(&back), said("/data", true, false), "it was writable once");
        let other = read(&mounted("/archive", "ro"));
        assert_eq!(states(&other), said("/archive", true, true), "it never was");
        write(root.path(), "etc/fstab", "/dev/vdc /new ext4 defaults 0 2\n");
        let new = read(&mounted("/new", "ro"));
        assert_eq!(states(&new), said("/new", true, false), "fstab wants it writable");
        disk.was_writable("/archive");
        write(root.path(), "proc/1/mountinfo", &mounted("/archive", "ro"));
        assert_eq!(states(&disk.read(at(0)).unwrap()), said("/archive", true, false));

        let ignore = vec![String::from("/arch*")];
        disk.configure(&DiskConfig { ignore, ..crate::config::Config::default().disk });
        assert!(disk.read(at(0)).unwrap().contains(&gone("/archive")));
    }

    #[test]
    fn an_ext4_that_stopped_after_an_error_is_read_only_though_the_table_says_otherwise() {
        let table = "30 28 254:9 / /data rw,relatime - ext4 /dev/vdc rw\n";
        let root = tree(&[
            ("proc/diskstats", ""),
            ("proc/1/mountinfo", table),
            ("proc/fs/ext4/vdc/options", "rw\nerrors=continue\n"),
            ("sys/fs/ext4/vdc/errors_count", "1\n"),
            ("sys/dev/block/other", ""),
        ]);
        let link = root.path().join("sys/dev/block/254:9");
        std::os::unix::fs::symlink("../../devices/pci0/block/vdc", link).unwrap();
        let mut disk = Disk::new(root.path());
        let mut read = |path: &str, contents: &str| {
            write(root.path(), path, contents);
            states(&disk.read(at(0)).unwrap())
        };
        let count = "sys/fs/ext4/vdc/errors_count";
        assert_eq!(read(count, "1\n"), said("/data", false, false), "an error of another day");
        assert_eq!(read(count, "2\n"), [], "errors=continue goes on");
        assert_eq!(read("proc/fs/ext4/vdc/options", "rw\nerrors=remount-ro\n"), []);
        assert_eq!(read(count, "3\n"), said("/data", true, false));
        assert_eq!(read(count, "3\n"), []);
        let more = format!("{table}31 28 254:10 / /more rw - ext4 /dev/vdd rw\n");
        assert_eq!(read("proc/1/mountinfo", &more), said("/more", false, false));
    }

    #[test]
    fn our_own_table_shows_only_whole_filesystems_turned_read_only() {
        let table = "30 28 254:9 / /data ro,relatime - ext4 /dev/vdc rw\n";
        let root = tree(&[("proc/diskstats", ""), ("proc/self/mountinfo", table)]);
        let mut disk = Disk::new(root.path());
        assert_eq!(states(&disk.read(at(0)).unwrap()), said("/data", false, false));
        assert!(disk.notes().iter().any(|note| note.why.contains("/proc/1/mountinfo")));
        write(root.path(), "proc/self/mountinfo", &table.replace("vdc rw", "vdc ro"));
        assert_eq!(states(&disk.read(at(0)).unwrap()), said("/data", true, false));
    }

    #[test]
    fn what_cannot_be_asked_is_named_and_names_are_harmless() {
        let table = "30 28 254:9 / /da\\012ta\x1b[2J rw - ext4 /dev/vdc rw\n\
            31 28 0:50 / /nas rw - nfs4 nas:/ rw\n";
        let root = tree(&[("proc/diskstats", ""), ("proc/1/mountinfo", table)]);
        let mut disk = Disk::new(root.path());
        let found = disk.read(at(0)).unwrap();
        assert_eq!(states(&found), said(r"/da\x0ata\x1b[2J", false, false));
        let notes: Vec<_> = disk.notes().iter().map(ToString::to_string).collect();
        assert!(notes[0].contains("/nas is a network"), "{notes:?}");
        assert!(notes[1].contains(r"/da\x0ata\x1b[2J: No such file"), "{notes:?}");
        // Something else lies over the mount point.
        std::fs::create_dir(root.path().join("da\nta\x1b[2J")).unwrap();
        assert_eq!(samples(&disk.read(at(0)).unwrap(), Metric::DiskUsedRatio), []);
        assert!(disk.notes()[1].why.contains("hides"));
    }

    /// `df` rounds up to whole percents.
    #[test]
    fn used_is_what_df_says_of_this_machine() {
        let Ok(found) = Disk::new(Path::new("/")).read(at(0)) else {
            return println!("skipped: no mount table here");
        };
        for (mount, ratio) in samples(&found, Metric::DiskUsedRatio) {
            let path = mount.strip_prefix("mount:").unwrap();
            let df = Command::new("df").args(["--output=pcent", path]).output().unwrap();
            let df = String::from_utf8(df.stdout).unwrap();
            let percent: f32 =
                df.lines().nth(1).unwrap().trim().trim_end_matches('%').parse().unwrap();
            let above = percent - ratio * 100.0;
            assert!((-0.5..1.5).contains(&above), "{mount}: {ratio}, df {percent}");
        }
    }
}
