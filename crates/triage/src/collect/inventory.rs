//! What was set up by hand, from apt's and dpkg's databases, `/etc`, and where compose files lie.

use std::collections::{BTreeMap, BTreeSet};

use rustix::fs::FileType;

use super::digest;
use super::tree::Tree;
use crate::scene::inventory::{Inventory, Kept, Purpose};
use crate::scene::{Packages, Scene, secret};
use crate::text::is_plain;

/// dpkg's database may be that large, in bytes.
const DATABASE: u64 = 256 << 20;
/// No file is taken that is larger, in bytes.
const LARGEST: u64 = 256 << 10;
/// Files that are taken.
const MOST: usize = 2000;
/// How deep `/etc` and the folders of compose files are walked through.
const DEPTH: usize = 6;
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
/// Files and folders of `/etc` that are of one machine, are made by programs, or have secrets in them.
const NOT_TAKEN: [&str; 45] = [
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/subuid",
    "/etc/subgid",
    "/etc/passwd-",
    "/etc/group-",
    "/etc/shadow-",
    "/etc/gshadow-",
    "/etc/subuid-",
    "/etc/subgid-",
    "/etc/.pwd.lock",
    "/etc/machine-id",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/mailname",
    "/etc/fstab",
    "/etc/mtab",
    "/etc/adjtime",
    "/etc/resolv.conf",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/network",
    "/etc/netplan",
    "/etc/cloud",
    "/etc/default/grub",
    "/etc/default/grub.d",
    "/etc/initramfs-tools",
    "/etc/kernel",
    "/etc/alternatives",
    "/etc/ssl",
    "/etc/ca-certificates.conf",
    "/etc/letsencrypt",
    "/etc/apparmor.d/cache",
    "/etc/apt/trusted.gpg~",
    "/etc/systemd/network",
    "/etc/udev",
    "/etc/lvm",
    "/etc/iscsi",
    "/etc/console-setup",
    "/etc/X11",
    "/etc/python3",
    "/etc/.updated",
    "/etc/pam.d",
];
/// Where compose files lie, and how they are called.
const COMPOSE_FOLDERS: [&str; 4] = ["/opt", "/srv", "/root", "/home"];
const COMPOSE: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
/// Where the owner of packages is not asked: what is in there is theirs.
const PASSED: [&str; 3] = ["node_modules", ".git", ".cache"];

/// What was set up on the machine of that scene. `suspects` are paths that are not brought along.
pub fn inventory(tree: &Tree, scene: &Scene, suspects: &BTreeSet<String>) -> Inventory {
    let mut inventory = Inventory::default();
    packages(tree, &mut inventory);
    let groups = groups(tree);
    let is_persons = |gid: &&u32| (1000..60_000).contains(*gid);
    inventory.groups = groups
        .iter()
        .filter(|(gid, _)| is_persons(gid))
        .map(|(&gid, name)| (name.clone(), gid))
        .collect();
    let owners = scene.accounts.iter().map(|account| (account.uid, account.name.clone())).collect();
    let mut taker =
        Taker { tree, packages: &scene.packages, suspects, owners, groups, found: inventory };
    taker.folder("/etc", 0);
    for name in tree.list("/var/spool/cron/crontabs") {
        taker.file(&format!("/var/spool/cron/crontabs/{}", name.0), Purpose::Crontab);
    }
    for name in tree.list("/usr/share/keyrings") {
        let path = format!("/usr/share/keyrings/{}", name.0);
        if scene.packages.owner(&path).is_none() {
            taker.file(&path, Purpose::Source);
        }
    }
    let keys: BTreeSet<&String> = scene.keys.iter().map(|key| &key.file).collect();
    for path in keys {
        taker.file(path, Purpose::Keys);
    }
    for folder in COMPOSE_FOLDERS {
        taker.compose(folder, 0);
    }
    let mut inventory = taker.found;
    inventory.units = units(tree, scene, &inventory, suspects);
    inventory.files.sort_by(|a, b| (a.what, &a.path).cmp(&(b.what, &b.path)));
    inventory
}

/// What somebody asked for: installed, and not only because something else needs it (`extended_states` of apt).
fn packages(tree: &Tree, inventory: &mut Inventory) {
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
    for part in text("/var/lib/dpkg/status").split("\n\n") {
        let field =
            |name: &str| part.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let Some(name) = field("Package") else { continue };
        let is_of_image = matches!(field("Priority"), Some("required" | "important" | "standard"))
            || field("Essential") == Some("yes")
            || OF_MACHINE.iter().any(|prefix| name.starts_with(prefix));
        let is_here = field("Status") == Some("install ok installed");
        if !is_here || is_of_image || needed.contains(name) {
            continue;
        }
        let place = if !is_known || known.contains(name) {
            &mut inventory.packages
        } else {
            &mut inventory.local_packages
        };
        place.push(name.to_owned());
    }
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

fn groups(tree: &Tree) -> BTreeMap<u32, String> {
    let text = tree.text("/etc/group");
    let group = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        Some((fields.nth(1)?.parse().ok()?, name))
    };
    text.lines().filter_map(group).collect()
}

/// Units that `systemctl enable` made links for: of packages that were asked for, and of none.
fn units(
    tree: &Tree,
    scene: &Scene,
    inventory: &Inventory,
    suspects: &BTreeSet<String>,
) -> Vec<String> {
    let mut units = BTreeSet::new();
    for (folder, kind) in tree.list("/etc/systemd/system") {
        let is_links = kind == FileType::Directory
            && matches!(folder.rsplit_once('.'), Some((_, "wants" | "requires")));
        if !is_links {
            continue;
        }
        for (name, _) in tree.list(&format!("/etc/systemd/system/{folder}")) {
            let Some(target) = tree.link(&format!("/etc/systemd/system/{folder}/{name}")) else {
                continue;
            };
            let is_asked_for = match scene.packages.owner(&target) {
                Some(package) => inventory.packages.iter().any(|asked| asked == package),
                None => inventory.files.iter().any(|kept| kept.path == target),
            };
            if is_asked_for && !suspects.contains(&target) && is_plain(&name) {
                units.insert(name);
            }
        }
    }
    units.into_iter().collect()
}

struct Taker<'t> {
    tree: &'t Tree,
    packages: &'t Packages,
    suspects: &'t BTreeSet<String>,
    owners: BTreeMap<u32, String>,
    groups: BTreeMap<u32, String>,
    found: Inventory,
}

impl Taker<'_> {
    /// What is in a folder of `/etc` and was not left as a package brought it.
    fn folder(&mut self, folder: &str, depth: usize) {
        for (name, kind) in self.tree.list(folder) {
            let path = format!("{folder}/{name}");
            if NOT_TAKEN.contains(&path.as_str()) {
                continue;
            }
            match kind {
                FileType::Directory if depth < DEPTH => self.folder(&path, depth + 1),
                FileType::RegularFile if self.is_own(&path) => self.file(&path, purpose(&path)),
                _ => {}
            }
        }
    }

    /// Did somebody make or change it?
    fn is_own(&self, path: &str) -> bool {
        // What package managers leave behind.
        let is_rest = [".dpkg-", ".ucf-", ".rpmnew", ".rpmsave", ".bak", "~"]
            .iter()
            .any(|part| path.contains(part));
        if is_rest {
            return false;
        }
        match (self.packages.owner(path), self.packages.digest(path)) {
            (None, _) => true,
            (Some(_), Some(expected)) => {
                let bytes = self.tree.read(path, LARGEST + 1).unwrap_or_default();
                digest::of(expected.sum, &bytes[..]).is_ok_and(|sum| sum != expected.sum)
            }
            (Some(_), None) => false,
        }
    }

    fn compose(&mut self, folder: &str, depth: usize) {
        for (name, kind) in self.tree.list(folder) {
            let path = format!("{folder}/{name}");
            match kind {
                FileType::Directory if depth < DEPTH && !PASSED.contains(&name.as_str()) => {
                    self.compose(&path, depth + 1);
                }
                FileType::RegularFile if COMPOSE.contains(&name.as_str()) => {
                    self.file(&path, Purpose::Compose);
                }
                _ => {}
            }
        }
    }

    fn file(&mut self, path: &str, what: Purpose) {
        let why = match self.taken(path, what) {
            Ok(kept) => return self.found.files.push(kept),
            Err(why) => why,
        };
        if !why.is_empty() {
            self.found.left_out.push((path.to_owned(), why.to_owned()));
        }
    }

    /// The file, or why it is left out; empty if there is nothing to say.
    fn taken(&self, path: &str, what: Purpose) -> Result<Kept, &'static str> {
        let stat = self.tree.stat(path, false).map_err(|_| "")?;
        if stat.kind != FileType::RegularFile {
            return Err("");
        }
        if self.suspects.contains(path) {
            return Err("it is suspicious: triage has a finding about it");
        }
        if !is_plain(path) {
            return Err("odd characters in its name");
        }
        if secret::of_name(path).is_some_and(|(_, is_asked)| !is_asked) {
            return Err("it holds secrets: make new ones");
        }
        if stat.size > LARGEST {
            return Err("it is too large");
        }
        if self.found.files.len() >= MOST {
            return Err("there are too many files");
        }
        let bytes = self.tree.read(path, LARGEST).map_err(|_| "it cannot be read")?;
        if bytes.windows(16).any(|window| window == b"PRIVATE KEY-----") {
            return Err("it holds a private key: make a new one");
        }
        let is_text = !bytes.contains(&0);
        let (content, blanked) =
            if is_text && what != Purpose::Keys { blank(&bytes) } else { (bytes, Vec::new()) };
        let name = |names: &BTreeMap<u32, String>, id: u32| {
            names.get(&id).cloned().unwrap_or_else(|| id.to_string())
        };
        Ok(Kept {
            path: path.to_owned(),
            what,
            mode: stat.mode,
            owner: name(&self.owners, stat.uid),
            group: name(&self.groups, stat.gid),
            content,
            blanked,
        })
    }
}

fn purpose(path: &str) -> Purpose {
    if path.starts_with("/etc/apt/") {
        Purpose::Source
    } else if path.starts_with("/etc/systemd/") {
        Purpose::Unit
    } else {
        Purpose::Config
    }
}

/// Names of what nobody else should know, in settings.
const SECRET_NAMES: [&str; 9] = [
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "private_key",
    "privatekey",
];
/// What stands for a secret that was taken out.
pub const BLANK: &str = "CHANGE_ME";

/// A text with the values of what sounds like a secret taken out: `NAME = VALUE`, `NAME: VALUE`, and what is
/// between `//USER:` and `@` in an address.
fn blank(bytes: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let text = String::from_utf8_lossy(bytes);
    let (mut out, mut blanked) = (String::with_capacity(text.len()), Vec::new());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        match blank_line(line) {
            Some(line) => {
                blanked.push(number + 1);
                out.push_str(&line);
            }
            None => out.push_str(line),
        }
    }
    if blanked.is_empty() { (bytes.to_vec(), blanked) } else { (out.into_bytes(), blanked) }
}

fn blank_line(line: &str) -> Option<String> {
    let start = line.trim_start();
    if start.starts_with(['#', ';']) {
        return None;
    }
    if let Some(at) = line.find("://")
        && let Some(end) = line[at + 3..].find('@')
        && let Some(colon) = line[at + 3..at + 3 + end].find(':')
        && !line[at + 3..at + 3 + end].contains([' ', '/', '"'])
    {
        let from = at + 3 + colon + 1;
        return Some(format!("{}{BLANK}{}", &line[..from], &line[at + 3 + end..]));
    }
    let at = line.find(['=', ':'])?;
    let name = line[..at].to_ascii_lowercase();
    let value = line[at + 1..].trim();
    let is_secret = SECRET_NAMES.iter().any(|secret| name.contains(secret));
    // Yes and no, and what names a file, are no secrets.
    let is_setting = value.len() < 5 || value.starts_with(['/', '$', '{']) || value.contains(' ');
    if !is_secret || is_setting {
        return None;
    }
    let space = &line[at + 1..][..line[at + 1..].len() - line[at + 1..].trim_start().len()];
    let end = if line.ends_with('\n') { "\n" } else { "" };
    Some(format!("{}{space}{BLANK}{end}", &line[..=at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secrets_are_taken_out_and_settings_stay() {
        for (line, expected) in [
            ("DB_PASSWORD=hunter22\n", "DB_PASSWORD=CHANGE_ME\n"),
            ("  api_token: \"abcdef\"\n", "  api_token: CHANGE_ME\n"),
            ("url = postgres://app:hunter2@db/app\n", "url = postgres://app:CHANGE_ME@db/app\n"),
        ] {
            assert_eq!(blank_line(line).as_deref(), Some(expected));
        }
        for line in [
            "PasswordAuthentication no\n",
            "password = /run/secrets/db\n",
            "# token=abcdefg\n",
            "a=b\n",
        ] {
            assert_eq!(blank_line(line), None, "{line}");
        }
    }

    #[test]
    fn what_was_asked_for_and_changed_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let package = |name: &str, priority: &str| {
            format!("Package: {name}\nStatus: install ok installed\nPriority: {priority}\n\n")
        };
        let status = [
            package("caddy", "optional"),
            package("libx", "optional"),
            package("bash", "required"),
            package("mine", "optional"),
        ];
        write("var/lib/dpkg/status", &status.concat());
        write("var/lib/apt/extended_states", "Package: libx\nAuto-Installed: 1\n");
        write("var/lib/apt/lists/x_Packages", "Package: caddy\n\nPackage: libx\n");
        write("etc/cron.d/own", "1 1 * * * root true\n");
        write("etc/cron.d/bad", "1 1 * * * root /dev/shm/x\n");
        write("etc/app/key.conf", "-----BEGIN PRIVATE KEY-----\n");
        write("etc/systemd/system/app.service", "[Service]\n");
        write("srv/app/compose.yaml", "services:\n");
        let wants = root.path().join("etc/systemd/system/multi-user.target.wants");
        std::fs::create_dir_all(&wants).unwrap();
        let target = "/etc/systemd/system/app.service";
        std::os::unix::fs::symlink(target, wants.join("app.service")).unwrap();
        let tree = Tree::open(root.path()).unwrap();
        let suspects = BTreeSet::from([String::from("/etc/cron.d/bad")]);
        let found = inventory(&tree, &Scene::default(), &suspects);
        assert_eq!(
            (found.packages, found.local_packages),
            (vec!["caddy".into()], vec!["mine".into()])
        );
        let paths: Vec<&str> = found.files.iter().map(|kept| kept.path.as_str()).collect();
        let expected = [target, "/etc/cron.d/own", "/srv/app/compose.yaml"];
        assert_eq!(paths, expected);
        assert_eq!(found.units, ["app.service"]);
        let left: Vec<&str> = found.left_out.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(left, ["/etc/app/key.conf", "/etc/cron.d/bad"]);
    }
}
