//! What of a full disk can be said without walking its tree.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::model::text;

/// Open files looked at; a server with more is too busy to be asked.
const MOST_FILES: usize = 200_000;

/// Device, filesystem and options of a mount (`proc_pid_mountinfo(5)`), in one line.
pub(super) fn filesystem(mount: &str) -> Vec<String> {
    // In the service's own mount table everything is read-only.
    let mounts = fs::read_to_string("/proc/1/mountinfo")
        .or_else(|_| fs::read_to_string("/proc/self/mountinfo"))
        .unwrap_or_default();
    describe(&mounts, mount).into_iter().collect()
}

fn describe(mounts: &str, mount: &str) -> Option<String> {
    // Space, tab, newline and backslash are written as octal in mountinfo.
    let written = mount
        .replace('\\', "\\134")
        .replace(' ', "\\040")
        .replace('\t', "\\011")
        .replace('\n', "\\012");
    // The last one mounted over a path is the one that is seen.
    mounts.lines().rev().find_map(|line| {
        let (place, filesystem) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(4);
        if place.next()? != written {
            return None;
        }
        let options = place.next()?;
        let mut filesystem = filesystem.split(' ');
        let kind = filesystem.next()?;
        let device = filesystem.next()?;
        Some(format!("{mount} is {device}, {kind} ({options})"))
    })
}

struct Held {
    bytes: u64,
    pid: String,
    path: String,
}

/// The largest files of a mount that were deleted and are still open: space that `du` does not
/// see. Only those of processes we may look into.
pub(super) fn largest(mount: &str, n: usize) -> Vec<String> {
    let Ok(device) = fs::metadata(mount).map(|metadata| metadata.dev()) else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let mut held: Vec<Held> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|process| {
            process.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit)
        })
        .filter_map(|process| fs::read_dir(process.path().join("fd")).ok())
        .flatten()
        .flatten()
        .take(MOST_FILES)
        .filter_map(|file| deleted(&file.path(), device, &mut seen))
        .collect();
    held.sort_by_key(|held| std::cmp::Reverse(held.bytes));
    held.iter()
        // Less is not what filled a disk.
        .filter(|held| held.bytes >= 1 << 20)
        .take(n)
        .map(|Held { bytes, pid, path }| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            format!(
                "{} deleted, held open by {} (pid {pid}): {path}",
                text::bytes(*bytes as f64),
                name.trim()
            )
        })
        .collect()
}

/// A deleted file behind `/proc/PID/fd/N`, if it is on this device and was not seen before.
fn deleted(link: &Path, device: u64, seen: &mut BTreeSet<u64>) -> Option<Held> {
    let target = fs::read_link(link).ok()?;
    // Only these are asked further: a stat of any file could hang on a dead network mount.
    let path = target.to_string_lossy().strip_suffix(" (deleted)")?.to_owned();
    let metadata = fs::metadata(link).ok()?;
    if metadata.dev() != device || metadata.nlink() != 0 || !seen.insert(metadata.ino()) {
        return None;
    }
    let pid = link.components().nth(2)?.as_os_str().to_string_lossy().into_owned();
    Some(Held { bytes: metadata.blocks() * 512, pid, path })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_mount_is_named_with_its_device() {
        let mounts = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n\
            41 22 254:2 / /srv/a\\040b ro,nosuid shared:2 - xfs /dev/vdb rw\n";
        assert_eq!(describe(mounts, "/srv/a b").unwrap(), "/srv/a b is /dev/vdb, xfs (ro,nosuid)");
        assert_eq!(describe(mounts, "/").unwrap(), "/ is /dev/vda1, ext4 (rw,relatime)");
        assert_eq!(describe(mounts, "/srv"), None);
    }

    #[test]
    fn deleted_files_still_open_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone.log");
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(&vec![7; 3 << 20]).unwrap();
        file.sync_all().unwrap();
        fs::remove_file(&path).unwrap();

        let found = largest(folder.path().to_str().unwrap(), 100);
        let ours = format!("(pid {}): {}", std::process::id(), path.display());
        assert!(found.iter().any(|line| line.contains(&ours)), "{found:?}");
    }
}
