//! Packages somebody asked for, the units of them that run, and groups.

use std::collections::{BTreeMap, BTreeSet};

use rustix::fs::FileType;

use super::Tree;
use crate::scene::account::FIRST_PERSON;
use crate::scene::inventory::{Inventory, Suspects};
use crate::scene::{Packages, Scene};
use crate::text::is_plain;

/// dpkg's database may be that large, in bytes.
const DATABASE: u64 = 256 << 20;
/// Packages of one machine and of its image, not of what it does.
const OF_MACHINE: [&str; 9] = [
    "linux-image",
    "linux-headers",
    "grub-",
    "shim-",
    "cloud-",
    "firmware-",
    "qemu-guest",
    "installation-report",
    "raspi-",
];
/// Units that are not touched on a new server: its network, its consoles, and what everything else hangs on.
const UNTOUCHED: [&str; 8] = [
    "systemd-",
    "dbus",
    "networking.",
    "NetworkManager",
    "getty@",
    "serial-getty@",
    "console-",
    "nightkeep.",
];
/// Groups past this are not people's (`GID_MAX` of login.defs on Debian).
const PAST_PERSONS: u32 = 60_000;
/// Groups up to this are the same on each Debian.
const OF_DEBIAN: u32 = 100;

/// What somebody asked for: installed, and not only because something else needs it (`extended_states` of apt). What
/// every image has counts if it was configured.
pub(super) fn packages(tree: &Tree, scene: &Scene, inventory: &mut Inventory) {
    let text = |path: &str| {
        String::from_utf8_lossy(&tree.read(path, DATABASE).unwrap_or_default()).into_owned()
    };
    let extended = text("/var/lib/apt/extended_states");
    let needed: BTreeSet<&str> = extended
        .split("\n\n")
        .filter(|part| part.contains("Auto-Installed: 1"))
        .filter_map(|part| part.lines().find_map(|line| line.strip_prefix("Package: ")))
        .collect();
    let (known, is_known) = offered(tree);
    let configured = configured(&scene.packages, inventory);
    let status = text("/var/lib/dpkg/status");
    let (mut needs, mut libraries) = (BTreeMap::new(), BTreeSet::new());
    for part in status.split("\n\n") {
        let field =
            |name: &str| part.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let Some(name) = field("Package") else { continue };
        let is_base = field("Priority") == Some("required") || field("Essential") == Some("yes");
        let is_of_image = matches!(field("Priority"), Some("important" | "standard"));
        let is_machines = OF_MACHINE.iter().any(|prefix| name.starts_with(prefix));
        let is_here = field("Status") == Some("install ok installed");
        if is_here {
            let needed = [field("Depends"), field("Pre-Depends")].into_iter().flatten();
            needs
                .insert(name, needed.flat_map(|text| text.split(", ")).filter_map(first).collect());
        }
        if matches!(field("Section"), Some("libs" | "oldlibs" | "perl" | "python")) {
            libraries.insert(name);
        }
        let is_asked_for = !needed.contains(name) && (!is_of_image || configured.contains(name));
        if !is_here || is_base || is_machines || !is_asked_for || !is_plain(name) {
            continue;
        }
        let place = if !is_known || known.contains(name) {
            &mut inventory.packages
        } else {
            &mut inventory.local_packages
        };
        place.push(name.to_owned());
    }
    // Images that debootstrap made say of each library that it was asked for: what is needed comes by itself.
    let come = reached(&needs, &libraries);
    let comes = |name: &str| libraries.contains(name) && come.contains(name);
    inventory.packages.retain(|name| !comes(name));
}

/// What packages that are no libraries need, and what that needs.
fn reached<'t>(
    needs: &BTreeMap<&'t str, Vec<&'t str>>,
    libraries: &BTreeSet<&'t str>,
) -> BTreeSet<&'t str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = needs.keys().copied().collect();
    open.retain(|name| !libraries.contains(name));
    while let Some(name) = open.pop() {
        for need in needs.get(name).into_iter().flatten() {
            if reached.insert(*need) {
                open.push(need);
            }
        }
    }
    reached
}

/// `libc6 (>= 2.34) | x`: the first of what would do.
fn first(need: &str) -> Option<&str> {
    need.split(['|', ' ', ':', '(']).find(|part| !part.is_empty())
}

/// Packages with files that were changed.
fn configured(packages: &Packages, inventory: &Inventory) -> BTreeSet<String> {
    let owners = inventory.files.iter().filter_map(|kept| packages.owner(&kept.path));
    owners.map(str::to_owned).collect()
}

/// The packages that sources offer, and whether that could be read: lists may be compressed.
fn offered(tree: &Tree) -> (BTreeSet<String>, bool) {
    let mut offered = BTreeSet::new();
    let mut is_known = false;
    for (name, _) in tree.list("/var/lib/apt/lists") {
        if !name.ends_with("_Packages") {
            continue;
        }
        is_known = true;
        let path = format!("/var/lib/apt/lists/{name}");
        let bytes = tree.read(&path, DATABASE).unwrap_or_default();
        let lines = bytes.split(|byte| *byte == b'\n');
        let names = lines.filter_map(|line| line.strip_prefix(b"Package: "));
        offered.extend(names.map(|name| String::from_utf8_lossy(name).into_owned()));
    }
    (offered, is_known)
}

/// The links that `systemctl enable` makes: the name of a unit and the file it leads to.
pub(super) fn enabled(tree: &Tree) -> Vec<(String, String)> {
    let mut enabled = Vec::new();
    for (folder, kind) in tree.list("/etc/systemd/system") {
        let is_links = kind == FileType::Directory
            && matches!(folder.rsplit_once('.'), Some((_, "wants" | "requires")));
        if !is_links {
            continue;
        }
        for (name, _) in tree.list(&format!("/etc/systemd/system/{folder}")) {
            if let Some(target) = tree.link(&format!("/etc/systemd/system/{folder}/{name}")) {
                enabled.push((name, target));
            }
        }
    }
    enabled
}

/// Units that are to run, those that are not, and those that must not: of what was asked for and of what that needs.
pub(super) fn units(tree: &Tree, scene: &Scene, inventory: &mut Inventory, suspects: &Suspects) {
    let is_touched =
        |name: &str| is_plain(name) && !UNTOUCHED.iter().any(|prefix| name.starts_with(prefix));
    let counted = counted(tree, scene, inventory);
    let enabled = enabled(tree);
    let mut units = BTreeSet::new();
    for (name, target) in &enabled {
        let is_ours = match scene.packages.owner(target) {
            Some(package) => counted.contains(package),
            None => inventory.files.iter().any(|kept| kept.path == *target),
        };
        if is_ours && !suspects.paths.contains(target) && is_touched(name) {
            units.insert(name.clone());
        }
    }
    let mut masked = BTreeSet::new();
    for (name, kind) in tree.list("/etc/systemd/system") {
        let is_link = kind == FileType::Symlink;
        let target = is_link.then(|| tree.link(&format!("/etc/systemd/system/{name}"))).flatten();
        if target.as_deref() == Some("/dev/null") && is_plain(&name) {
            masked.insert(name);
        }
    }
    // `/lib` is a link to it, or there are no others there.
    let mut off = BTreeSet::new();
    for (name, kind) in tree.list("/usr/lib/systemd/system") {
        let path = format!("/usr/lib/systemd/system/{name}");
        let owner = scene.packages.owner(&path).or_else(|| scene.packages.owner(&path[4..]));
        let is_ours = owner.is_some_and(|owner| counted.contains(owner));
        let is_on = enabled.iter().any(|(unit, _)| *unit == name) || masked.contains(&name);
        if kind != FileType::RegularFile || !is_ours || is_on || name.contains('@') {
            continue;
        }
        let text = tree.text(&path);
        let is_to_be_enabled = text
            .lines()
            .any(|line| line.starts_with("WantedBy=") || line.starts_with("RequiredBy="));
        if is_to_be_enabled && is_touched(&name) {
            off.insert(name);
        }
    }
    inventory.units = units.into_iter().collect();
    inventory.masked = masked.into_iter().collect();
    inventory.off = off.into_iter().collect();
}

/// The packages whose units count: all but those that every image has and nobody configured.
fn counted(tree: &Tree, scene: &Scene, inventory: &Inventory) -> BTreeSet<String> {
    let bytes = tree.read("/var/lib/dpkg/status", DATABASE).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut counted = configured(&scene.packages, inventory);
    for part in text.split("\n\n") {
        let field =
            |name: &str| part.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let Some(name) = field("Package") else { continue };
        let is_of_image = matches!(field("Priority"), Some("required" | "important" | "standard"));
        let is_machines = OF_MACHINE.iter().any(|prefix| name.starts_with(prefix));
        if !is_of_image && !is_machines {
            counted.insert(name.to_owned());
        }
    }
    counted
}

/// Files of configuration that packages brought and somebody removed.
pub(super) fn removed(tree: &Tree, scene: &Scene) -> Vec<String> {
    let configs = scene.packages.digests().filter(|(_, digest)| digest.is_config);
    let is_gone = |path: &&str| {
        let parent = path.rsplit_once('/').map_or("/", |(parent, _)| parent);
        // A folder that is gone as well says that the file moved with a new version.
        path.starts_with("/etc/")
            && is_plain(path)
            && tree.stat(path, false).is_err()
            && tree.stat(parent, true).is_ok()
    };
    let mut removed: Vec<String> =
        configs.map(|(path, _)| path).filter(is_gone).map(str::to_owned).collect();
    removed.sort();
    removed
}

/// Groups of people with their numbers, and of services without.
pub(super) fn groups(
    groups: &BTreeMap<u32, String>,
    scene: &Scene,
    suspects: &Suspects,
) -> Vec<(String, Option<u32>)> {
    let is_suspects = |name: &str| {
        suspects.users.contains(name)
            && scene.account(name).is_none_or(|account| !account.is_system())
    };
    let counts = |(gid, name): &(&u32, &String)| {
        (OF_DEBIAN + 1..PAST_PERSONS).contains(*gid)
            && is_plain(name)
            && !is_suspects(name)
            && !name.starts_with("systemd-")
    };
    let number = |gid: u32| (gid >= FIRST_PERSON).then_some(gid);
    groups.iter().filter(counts).map(|(&gid, name)| (name.clone(), number(gid))).collect()
}
