//! The health of disks, as far as it can be seen without root: what smartd wrote down, and disks
//! that the kernel has given up. To ask a disk itself takes root (`smartctl`).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::smart;
use crate::model::DriveState;
use crate::source::journal::Line;
use crate::source::{Blind, shown::shown};

/// Disks looked at, and the longest name.
const MOST: usize = 64;
const LONGEST: usize = 60;
/// smartd writes its state on every check, each half hour unless told otherwise.
const FRESH: SignedDuration = SignedDuration::from_hours(25);

/// What is known of the disks.
#[derive(Debug, Default)]
pub(super) struct Drives {
    /// By kernel name.
    pub(super) known: BTreeMap<String, DriveState>,
    /// Disks whose own health nobody here asks for.
    pub(super) unasked: Vec<String>,
}

/// `said`: the newest lines of smartd.
pub(super) fn read(root: &Path, said: &[Line], now: Timestamp) -> Drives {
    let mut drives = Drives::default();
    let states = states(root, now);
    let names = by_id(root);
    for disk in disks(root) {
        let mut drive = DriveState { model: model(root, &disk), ..DriveState::default() };
        let state = names
            .iter()
            .filter(|(_, device)| *device == disk)
            .find_map(|(id, _)| states.get(id.as_str()));
        if let Some(state) = state {
            (drive.pending_sectors, drive.bad_sectors) = (state.pending, state.bad);
        }
        drive.failing = given_up(root, &disk).or_else(|| smart::failed(said, &disk));
        if state.is_some() || drive.failing.is_some() || smart::is_watched(said, &disk) {
            drives.known.insert(disk, drive);
        } else {
            drives.unasked.push(disk);
        }
    }
    drives
}

/// What `doctor` says of disks that nobody asks.
pub(super) fn note(unasked: &[String]) -> Option<Blind> {
    (!unasked.is_empty()).then(|| Blind {
        why: format!("the health (SMART) of {} can only be asked by root", unasked.join(", ")),
        mend: String::from(
            "sudo apt install smartmontools: nightkeep reads what its smartd writes down",
        ),
    })
}

/// Disks that can have a health: of metal, not of software or a hypervisor.
pub(super) fn disks(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join("sys/block")).into_iter().flatten().flatten().take(1024);
    let mut disks: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        // nvme0c0n1 is a path to nvme0n1.
        .filter(|name| name.starts_with("sd") || name.starts_with("nvme") && !name.contains('c'))
        .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric()))
        .filter(|name| !is_virtual(root, name))
        .take(MOST)
        .collect();
    disks.sort();
    disks
}

/// A disk a hypervisor makes up, or a stick that comes and goes.
fn is_virtual(root: &Path, disk: &str) -> bool {
    let text = |file: &str| line(&root.join("sys/block").join(disk).join(file));
    let made_up = ["QEMU", "VMware", "Virtual", "VBOX", "Google", "Amazon Elastic", "DO Volume"];
    let vendor = format!("{} {}", text("device/vendor"), text("device/model"));
    made_up.iter().any(|word| vendor.contains(word)) || text("removable") == "1"
}

fn model(root: &Path, disk: &str) -> String {
    line(&root.join("sys/block").join(disk).join("device/model"))
}

/// A disk the kernel talks to no longer: SCSI (`offline`, `transport-offline`), NVMe (`dead`).
fn given_up(root: &Path, disk: &str) -> Option<String> {
    let state = line(&root.join("sys/block").join(disk).join("device/state"));
    let is_off = matches!(state.as_str(), "offline" | "transport-offline" | "dead" | "deleting");
    is_off.then(|| format!("it does not answer any more, the kernel calls it {state}"))
}

fn line(file: &Path) -> String {
    let mut text = Vec::new();
    // What is not there has no value.
    let _ = File::open(file).and_then(|file| file.take(256).read_to_end(&mut text));
    shown(text.trim_ascii(), LONGEST)
}

/// `/dev/disk/by-id/ata-MODEL_SERIAL → ../../sda`, as smartd writes names: anything but letters
/// and digits is `_`.
fn by_id(root: &Path) -> Vec<(String, String)> {
    let links =
        fs::read_dir(root.join("dev/disk/by-id")).into_iter().flatten().flatten().take(4096);
    links
        .filter_map(|link| {
            let name = link.file_name().into_string().ok()?;
            let (_, id) = name.split_once('-')?;
            let device = fs::read_link(link.path()).ok()?;
            Some((plain(id), device.file_name()?.to_str()?.to_owned()))
        })
        .collect()
}

fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

struct SmartdState {
    pending: u64,
    bad: u64,
}

/// smartd's own memory of each disk, `smartd.MODEL-SERIAL.ata.state`: attribute 197 counts sectors
/// waiting to be replaced, 198 those that could not be read.
fn states(root: &Path, now: Timestamp) -> BTreeMap<String, SmartdState> {
    let files = fs::read_dir(root.join("var/lib/smartmontools")).into_iter().flatten().flatten();
    let mut states = BTreeMap::new();
    for file in files.take(MOST * 4) {
        let name = file.file_name();
        let Some(id) = name.to_str().and_then(|name| {
            name.strip_prefix("smartd.")?.strip_suffix(".state")?.rsplit_once('.')
        }) else {
            continue;
        };
        let written = file.metadata().ok().and_then(|metadata| metadata.modified().ok());
        let written = written.and_then(|time| Timestamp::try_from(time).ok());
        if written.is_some_and(|at| now.duration_since(at) < FRESH)
            && let Some(state) = state(&file.path())
        {
            states.insert(plain(id.0), state);
        }
    }
    states
}

fn state(file: &PathBuf) -> Option<SmartdState> {
    let mut text = String::new();
    File::open(file).ok()?.take(256 << 10).read_to_string(&mut text).ok()?;
    let mut attribute: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(" = ") else { continue };
        let Some(rest) = key.strip_prefix("ata-smart-attribute.") else { continue };
        let (Some((index, field)), Ok(value)) = (rest.split_once('.'), value.trim().parse()) else {
            continue;
        };
        let entry = attribute.entry(index).or_default();
        match field {
            "id" => entry.0 = value,
            "raw" => entry.1 = value,
            _ => {}
        }
    }
    // The low 32 bits count; some makers keep other numbers above.
    let raw = |wanted| {
        let found = attribute.values().find(|(id, _)| *id == wanted);
        found.map_or(0, |(_, raw)| raw & 0xffff_ffff)
    };
    Some(SmartdState { pending: raw(197), bad: raw(198) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::source::kernel::fixture::{tree, write};

    fn said(text: &str) -> Line {
        Line { at: clock::now(), from: "smartd".into(), text: text.to_owned(), own: true }
    }

    #[test]
    fn what_smartd_and_the_kernel_know_of_a_disk() {
        let attributes = "# smartd state file\nata-error-count = 0\n\
            ata-smart-attribute.0.id = 5\nata-smart-attribute.0.raw = 7\n\
            ata-smart-attribute.11.id = 197\nata-smart-attribute.11.raw = 8\n\
            ata-smart-attribute.12.id = 198\nata-smart-attribute.12.raw = 4294967298\n";
        let root = tree(&[
            ("sys/block/sda/device/model", "WDC WD40EFRX-68N32N0\n"),
            ("sys/block/sda/device/state", "running\n"),
            ("sys/block/sdb/device/model", "ST4000\n"),
            ("sys/block/sdb/device/state", "offline\n"),
            ("sys/block/sdc/device/model", "QEMU HARDDISK\n"),
            ("sys/block/sdd/device/model", "Samsung SSD\n"),
            ("sys/block/nvme0n1/device/model", "Samsung SSD 980\n"),
            ("sys/block/vda/size", "1\n"),
            ("sys/block/loop0/size", "1\n"),
            ("var/lib/smartmontools/smartd.WDC_WD40EFRX_68N32N0-WD_WCC7K0.ata.state", attributes),
            ("var/lib/smartmontools/smartd..state", "junk"),
        ]);
        let by_id = root.path().join("dev/disk/by-id");
        write(root.path(), "dev/disk/by-id/.keep", "");
        let name = "ata-WDC_WD40EFRX-68N32N0_WD-WCC7K0";
        std::os::unix::fs::symlink("../../sda", by_id.join(name)).unwrap();
        let lines = [
            said("Device: /dev/nvme0, FAILED SMART self-check. BACK UP DATA NOW!"),
            said("Device: /dev/sdd [SAT], SMART Usage Attribute: 194 changed from 70 to 71"),
        ];
        let drives = read(root.path(), &lines, clock::now());
        let known: Vec<String> = drives
            .known
            .iter()
            .map(|(name, one)| {
                let failing = one.failing.as_deref().unwrap_or("-");
                format!("{name} {} {} {failing}", one.pending_sectors, one.bad_sectors)
            })
            .collect();
        assert_eq!(
            known,
            [
                "nvme0n1 0 0 its own self-check (SMART) failed",
                "sda 8 2 -",
                "sdb 0 0 it does not answer any more, the kernel calls it offline",
                "sdd 0 0 -",
            ]
        );
        assert!(drives.unasked.is_empty());
        let unasked = read(root.path(), &[], clock::now()).unasked;
        assert_eq!(unasked, ["nvme0n1", "sdd"]);
    }
}
