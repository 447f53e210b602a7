//! Does the machine have to be restarted? A package asks for it (`/run/reboot-required`, Debian
//! and Ubuntu), or a newer kernel of the running flavour is installed than the one that runs.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;

use super::version;
use crate::model::RestartState;
use crate::source::shown::shown;

/// Bytes read of the list of packages, and packages kept of it.
const MOST_BYTES: u64 = 64 << 10;
const MOST_PACKAGES: usize = 16;
/// The longest name shown.
const LONGEST: usize = 80;

pub(super) fn read(root: &Path) -> RestartState {
    let asked = root.join("run/reboot-required");
    let mut state = RestartState::default();
    if let Ok(metadata) = asked.metadata() {
        state.needed = true;
        state.since = modified(&metadata);
        state.packages = packages(&root.join("run/reboot-required.pkgs"));
    }
    if let Some((running, newest)) = newer_kernel(root) {
        state.needed = true;
        let image = root.join("boot").join(format!("vmlinuz-{newest}"));
        // The image keeps the time it was built; its inode was changed when it was installed.
        let installed = image.metadata().ok().as_ref().and_then(changed);
        state.since = state.since.or(installed);
        state.running = shown(running.as_bytes(), LONGEST);
        state.newest = shown(newest.as_bytes(), LONGEST);
    }
    state
}

fn packages(list: &Path) -> Vec<String> {
    let mut text = Vec::new();
    // Without the list the request still stands.
    let _ = File::open(list).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut text));
    let mut packages: Vec<String> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let name = shown(line.trim_ascii(), LONGEST);
        if !name.is_empty() && !packages.contains(&name) && packages.len() < MOST_PACKAGES {
            packages.push(name);
        }
    }
    packages
}

/// The kernel that runs and the newest of its flavour in /boot, if that is a newer one. A kernel
/// that is not among the installed ones (the hoster's, a container's) cannot be compared.
fn newer_kernel(root: &Path) -> Option<(String, String)> {
    let running = fs::read_to_string(root.join("proc/sys/kernel/osrelease")).ok()?;
    let running = running.trim();
    let images = fs::read_dir(root.join("boot")).ok()?.flatten().take(256);
    let installed: Vec<String> = images
        .filter_map(|image| {
            let name = image.file_name().into_string().ok()?;
            name.strip_prefix("vmlinuz-").map(str::to_owned)
        })
        .collect();
    if !installed.iter().any(|kernel| kernel == running) {
        return None;
    }
    let newest = installed
        .into_iter()
        .filter(|kernel| flavour(kernel) == flavour(running))
        .max_by(|one, other| version::compare(one.as_bytes(), other.as_bytes()))?;
    let newer = version::compare(newest.as_bytes(), running.as_bytes()) == Ordering::Greater;
    newer.then(|| (running.to_owned(), newest))
}

/// `cloud-amd64` of `6.1.0-37-cloud-amd64`: what follows the first `-` before a letter.
fn flavour(kernel: &str) -> &str {
    let dashes = kernel.match_indices('-').map(|(at, _)| &kernel[at + 1..]);
    dashes
        .into_iter()
        .find(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
        .unwrap_or_default()
}

fn modified(metadata: &fs::Metadata) -> Option<Timestamp> {
    Timestamp::try_from(metadata.modified().ok()?).ok()
}

fn changed(metadata: &fs::Metadata) -> Option<Timestamp> {
    use std::os::unix::fs::MetadataExt as _;
    Timestamp::from_second(metadata.ctime()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::kernel::fixture::{tree, write};

    fn kernels(running: &str, installed: &[&str]) -> Option<(String, String)> {
        let root = tree(&[("proc/sys/kernel/osrelease", running)]);
        for kernel in installed {
            write(root.path(), &format!("boot/vmlinuz-{kernel}"), "");
        }
        newer_kernel(root.path())
    }

    #[test]
    fn only_a_newer_kernel_of_the_same_flavour_asks_for_a_restart() {
        let newest = |running, installed: &[&str]| kernels(running, installed).map(|both| both.1);
        let both = ["6.1.0-9-amd64", "6.1.0-37-amd64", "6.12.9-cloud-amd64"];
        assert_eq!(newest("6.1.0-9-amd64\n", &both).as_deref(), Some("6.1.0-37-amd64"));
        assert_eq!(newest("6.1.0-37-amd64\n", &both), None);
        assert_eq!(newest("6.12.9-cloud-amd64\n", &both), None);
        assert_eq!(newest("6.18.44-hoster\n", &both), None);
        assert_eq!(newest("5.15.0-91-generic\n", &[]), None);
        let ubuntu = ["5.15.0-91-generic", "5.15.0-102-generic"];
        assert_eq!(newest("5.15.0-91-generic\n", &ubuntu).as_deref(), Some("5.15.0-102-generic"));
    }

    #[test]
    fn packages_that_ask_for_it_are_named_once() {
        let root = tree(&[
            ("run/reboot-required", "*** System restart required ***\n"),
            ("run/reboot-required.pkgs", "linux-image-6.1.0-38\nlibc6\nlibc6\n\nx\x1b[2J\n"),
        ]);
        let state = read(root.path());
        assert!(state.needed && state.since.is_some());
        assert_eq!(state.packages, ["linux-image-6.1.0-38", "libc6", r"x\x1b[2J"]);
        assert_eq!(read(tree(&[]).path()), RestartState::default());
    }
}
