//! What was set up by hand, from apt's and dpkg's databases, `/etc`, `/usr/local`, and where compose files lie.

mod asked;
mod machine;

use std::collections::{BTreeMap, BTreeSet};

use rustix::fs::FileType;

use super::digest;
use super::tree::Tree;
use crate::blank;
use crate::scene::inventory::{Folder, Inventory, Kept, Purpose, Suspects};
use crate::scene::secret::SecretKind;
use crate::scene::{Packages, Scene, secret};
use crate::text::is_plain;

/// No file is taken that is larger, in bytes.
const LARGEST: u64 = 256 << 10;
/// No file is compared with its package that is larger, in bytes.
const LARGEST_COMPARED: u64 = 64 << 20;
/// Files that are taken.
const MOST: usize = 2000;
/// How deep `/etc` and the folders of compose files are walked through.
const DEPTH: usize = 6;
/// Files and folders of `/etc` that are of one machine, are made by programs, or have secrets in them.
const NOT_TAKEN: [&str; 48] = [
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
    "/etc/os-release",
    "/etc/vtrgb",
    // Old passwords, as hashes.
    "/etc/security/opasswd",
];
/// Where compose files lie, and how they are called.
const COMPOSE_FOLDERS: [&str; 4] = ["/opt", "/srv", "/root", "/home"];
const COMPOSE: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
/// Where compose files are not looked for: what is in there is others'.
const PASSED: [&str; 3] = ["node_modules", ".git", ".cache"];

/// Folders of patterns below `/usr/share`.
const PATTERNS: [&str; 5] =
    ["base-files", "openssh", "libc-bin", "readline", "unattended-upgrades"];
/// What nightkeep's own installation makes anew.
const OWN: [&str; 3] = [
    "/etc/systemd/system/nightkeep.service",
    "/etc/systemd/system/nightkeep.service.d",
    "/usr/local/bin/nightkeep",
];

/// What was set up on the machine of that scene.
pub fn inventory(tree: &Tree, scene: &Scene, suspects: &Suspects) -> Inventory {
    let groups = groups(tree);
    let found = Inventory {
        groups: asked::groups(&groups, scene, suspects),
        machine: machine::machine(tree),
        ..Inventory::default()
    };
    let owners = scene.accounts.iter().map(|account| (account.uid, account.name.clone())).collect();
    let mut taker = Taker { tree, packages: &scene.packages, suspects, owners, groups, found };
    taker.folder("/etc", 0);
    for (name, _) in tree.list("/var/spool/cron/crontabs") {
        taker.file(&format!("/var/spool/cron/crontabs/{name}"), Purpose::Crontab);
    }
    for (name, _) in tree.list("/usr/share/keyrings") {
        let path = format!("/usr/share/keyrings/{name}");
        if scene.packages.owner(&path).is_none() {
            taker.file(&path, Purpose::Source);
        }
    }
    for (folder, what) in [
        ("/usr/local/bin", Purpose::Script),
        ("/usr/local/sbin", Purpose::Script),
        ("/usr/local/share/ca-certificates", Purpose::Config),
    ] {
        for (name, _) in tree.list(folder) {
            taker.file(&format!("{folder}/{name}"), what);
        }
    }
    let keys: BTreeSet<&String> = scene.keys.iter().map(|key| &key.file).collect();
    for path in keys {
        taker.file(path, Purpose::Keys);
    }
    for folder in COMPOSE_FOLDERS {
        taker.compose(folder, 0);
    }
    taker.foreign_units();
    taker.environments();
    taker.folders();
    let mut inventory = taker.found;
    asked::packages(tree, scene, &mut inventory);
    asked::units(tree, scene, &mut inventory, suspects);
    inventory.removed = asked::removed(tree, scene);
    inventory.by_hand = machine::by_hand(tree, &inventory);
    inventory.files.sort_by(|a, b| (a.what, &a.path).cmp(&(b.what, &b.path)));
    inventory.files.dedup_by(|a, b| a.path == b.path);
    inventory
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

struct Taker<'t> {
    tree: &'t Tree,
    packages: &'t Packages,
    suspects: &'t Suspects,
    owners: BTreeMap<u32, String>,
    groups: BTreeMap<u32, String>,
    found: Inventory,
}

impl Taker<'_> {
    /// What is in a folder of `/etc` and was not left as a package brought it.
    fn folder(&mut self, folder: &str, depth: usize) {
        for (name, kind) in self.tree.list(folder) {
            let path = format!("{folder}/{name}");
            if NOT_TAKEN.contains(&path.as_str()) || OWN.contains(&path.as_str()) {
                continue;
            }
            match kind {
                FileType::Directory if depth < DEPTH => {
                    if name.ends_with("-enabled") && is_plain(&path) {
                        self.found.switches.push(path.clone());
                    }
                    self.folder(&path, depth + 1);
                }
                FileType::RegularFile if self.is_own(&path) => self.file(&path, purpose(&path)),
                FileType::Symlink => self.link(&path),
                _ => {}
            }
        }
    }

    /// Did somebody make or change it?
    fn is_own(&self, path: &str) -> bool {
        // What package managers leave behind, and the public halves of keys that a new server makes itself.
        let is_rest = [".dpkg-", ".ucf-", ".rpmnew", ".rpmsave", ".bak", "~", "/ssh_host_"].iter();
        if is_rest.copied().any(|part| path.contains(part)) {
            return false;
        }
        match (self.packages.owner(path), self.packages.digest(path)) {
            (None, _) => !self.is_copied(path),
            (Some(_), Some(expected)) => {
                let bytes = self.tree.read(path, LARGEST_COMPARED).unwrap_or_default();
                digest::of(expected.sum, &bytes[..]).is_ok_and(|sum| sum != expected.sum)
            }
            (Some(_), None) => false,
        }
    }

    /// Was it copied from a pattern at the installation of a package, and left so?
    fn is_copied(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        PATTERNS.iter().any(|folder| {
            let pattern = format!("/usr/share/{folder}/{name}");
            self.packages.owner(&pattern).is_some()
                && self.tree.read(&pattern, LARGEST).is_ok_and(|pattern| {
                    self.tree.read(path, LARGEST + 1).is_ok_and(|bytes| bytes == pattern)
                })
        })
    }

    /// Links that somebody or a package's installation made: what is on, which time zone it is. Those of
    /// `systemctl` are told as units, those of init scripts follow from them.
    fn link(&mut self, path: &str) {
        let is_others = path.starts_with("/etc/rc") || path.starts_with("/etc/systemd/system/");
        let is_target = path == "/etc/systemd/system/default.target";
        if is_others && !is_target || self.packages.owner(path).is_some() {
            return;
        }
        let Some(target) = self.tree.link(path) else { return };
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let whole = if target.starts_with('/') {
            target.clone()
        } else {
            normal(&format!("{parent}/{target}"))
        };
        let is_suspect =
            [path, &whole, &target].iter().any(|path| self.suspects.paths.contains(*path));
        if is_suspect {
            self.leave_out(
                path,
                "it is suspicious: triage has a finding about it or where it leads",
            );
        } else if is_plain(path) && is_plain(&target) {
            self.found.links.push((path.to_owned(), target));
        } else {
            self.leave_out(path, "odd characters in its name or where it leads");
        }
    }

    fn compose(&mut self, folder: &str, depth: usize) {
        let names = self.tree.list(folder);
        let has = |wanted: &str| names.iter().any(|(name, _)| name == wanted);
        // A draft of this machine that was made before.
        if has("site.yml") && has("inventory.ini") && has("files") {
            return;
        }
        let is_composed = names.iter().any(|(name, _)| COMPOSE.contains(&name.as_str()));
        for (name, kind) in names {
            let path = format!("{folder}/{name}");
            let is_environment =
                || matches!(secret::of_name(&path), Some((SecretKind::Environment, _)));
            match kind {
                FileType::Directory if depth < DEPTH && !PASSED.contains(&name.as_str()) => {
                    self.compose(&path, depth + 1);
                }
                FileType::RegularFile
                    if COMPOSE.contains(&name.as_str()) || is_composed && is_environment() =>
                {
                    self.file(&path, Purpose::Compose);
                }
                _ => {}
            }
        }
    }

    /// Units that installers put among those of packages, where `systemctl enable` made links to them.
    fn foreign_units(&mut self) {
        for (_, target) in asked::enabled(self.tree) {
            let is_there = ["/usr/lib/systemd/system/", "/lib/systemd/system/"]
                .iter()
                .any(|folder| target.starts_with(folder));
            if is_there && self.packages.owner(&target).is_none() {
                self.file(&target, Purpose::Unit);
            }
        }
    }

    /// The environments that units of one's own read (`EnvironmentFile=`), wherever they are.
    fn environments(&mut self) {
        let units = self.found.files.iter().filter(|kept| kept.what == Purpose::Unit);
        let text = units.map(|kept| String::from_utf8_lossy(&kept.content).into_owned());
        let named: BTreeSet<String> = text
            .flat_map(|text| {
                let named = text.lines().filter_map(|line| line.strip_prefix("EnvironmentFile="));
                named.map(|path| path.trim().trim_start_matches('-').to_owned()).collect::<Vec<_>>()
            })
            .collect();
        for path in named {
            let is_taken = path.starts_with("/etc/") || self.packages.owner(&path).is_some();
            if !is_taken && path.starts_with('/') {
                self.file(&path, Purpose::Config);
            }
        }
    }

    /// Folders above these files that no package makes.
    fn folders(&mut self) {
        let mut paths = BTreeSet::new();
        for kept in &self.found.files {
            let above = kept.path.match_indices('/').map(|(at, _)| &kept.path[..at]);
            paths.extend(above.filter(|path| !path.is_empty()).map(str::to_owned));
        }
        for path in paths {
            let Ok(stat) = self.tree.stat(&path, false) else { continue };
            if stat.kind != FileType::Directory || self.packages.owner(&path).is_some() {
                continue;
            }
            let (owner, group) = (self.owner(stat.uid), self.group(stat.gid));
            if is_plain(&owner) && is_plain(&group) {
                self.found.folders.push(Folder { path, mode: stat.mode, owner, group });
            }
        }
    }

    fn owner(&self, uid: u32) -> String {
        self.owners.get(&uid).cloned().unwrap_or_else(|| uid.to_string())
    }

    fn group(&self, gid: u32) -> String {
        self.groups.get(&gid).cloned().unwrap_or_else(|| gid.to_string())
    }

    fn leave_out(&mut self, path: &str, why: &str) {
        self.found.left_out.push((path.to_owned(), why.to_owned()));
    }

    fn file(&mut self, path: &str, what: Purpose) {
        if OWN.contains(&path) {
            return;
        }
        match self.taken(path, what) {
            Ok(kept) => self.found.files.push(kept),
            Err("") => {}
            Err(why) => self.leave_out(path, why),
        }
    }

    /// The file, or why it is left out; empty if there is nothing to say.
    fn taken(&self, path: &str, what: Purpose) -> Result<Kept, &'static str> {
        let stat = self.tree.stat(path, false).map_err(|_| "")?;
        if stat.kind != FileType::RegularFile {
            return Err("");
        }
        if self.suspects.paths.contains(path) {
            return Err("it is suspicious: triage has a finding about it");
        }
        let (owner, group) = (self.owner(stat.uid), self.group(stat.gid));
        if ![path, &owner, &group].iter().all(|name| is_plain(name)) {
            return Err("odd characters in its name or that of its owner");
        }
        let secret = secret::of_name(path);
        let is_environment =
            matches!(secret, Some((SecretKind::Environment, _))) && !path.ends_with("master.key");
        if secret.is_some_and(|(_, is_asked)| !is_asked) && !is_environment {
            return Err("it holds secrets: make new ones");
        }
        if stat.size > LARGEST {
            return Err(if what == Purpose::Script { NO_SCRIPT } else { "it is too large" });
        }
        if self.found.files.len() >= MOST {
            return Err("there are too many files");
        }
        let bytes = self.tree.read(path, LARGEST).map_err(|_| "it cannot be read")?;
        if bytes.windows(16).any(|window| window == b"PRIVATE KEY-----") {
            return Err("it holds a private key: make a new one");
        }
        let is_binary = bytes.contains(&0);
        if is_binary && what != Purpose::Source {
            return Err(if what == Purpose::Script { NO_SCRIPT } else { NO_TEXT });
        }
        if self.names_suspects(path, &bytes) {
            return Err("it is suspicious: it names what triage has a finding about");
        }
        let (content, blanked) = match what {
            _ if is_environment => blank::names(&bytes),
            _ if is_binary => (bytes, Vec::new()),
            Purpose::Keys => (bytes, Vec::new()),
            _ => blank::blank(&bytes),
        };
        let (path, mode, changed) = (path.to_owned(), stat.mode, stat.changed);
        Ok(Kept { path, what, mode, owner, group, changed, content, blanked })
    }

    /// What starts a file that is suspicious is so itself, and so are rights for a user who is. Files of packages are
    /// named everywhere.
    fn names_suspects(&self, path: &str, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let has = |name: &str| text.split(|c| !is_word(c)).any(|word| word == name);
        let mut paths = self.suspects.paths.iter();
        paths.any(|suspect| {
            self.packages.owner(suspect).is_none()
                && suspect.len() > 5
                && text.contains(suspect.as_str())
        }) || path.starts_with("/etc/sudoers") && self.suspects.users.iter().any(|user| has(user))
    }
}

const NO_SCRIPT: &str = "it is a program of no package: get it where it is made";
const NO_TEXT: &str = "it is no text: its program makes it anew, or it is data";

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}", parts.join("/"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::package;

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
            package("caddy", "optional").replace("\n\n", "\nDepends: x (>= 1) | z, liby\n\n"),
            package("libx", "optional"),
            package("liby", "optional").replace("\n\n", "\nSection: libs\n\n"),
            package("bash", "required"),
            package("mine", "optional"),
        ];
        write("var/lib/dpkg/status", &status.concat());
        write("var/lib/apt/extended_states", "Package: libx\nAuto-Installed: 1\n");
        write("var/lib/apt/lists/x_Packages", "Package: caddy\n\nPackage: libx\n\nPackage: liby\n");
        write("etc/cron.d/own", "1 1 * * * root true\n");
        write("etc/cron.d/bad", "1 1 * * * root /dev/shm/x\n");
        write("etc/app/key.conf", "-----BEGIN PRIVATE KEY-----\n");
        write("etc/systemd/system/app.service", "[Service]\n");
        write("srv/app/compose.yaml", "services:\n");
        let wants = root.path().join("etc/systemd/system/multi-user.target.wants");
        std::fs::create_dir_all(&wants).unwrap();
        let target = "/etc/systemd/system/app.service";
        std::os::unix::fs::symlink(target, wants.join("app.service")).unwrap();
        // A link, a unit that is off, one that is masked, settings beside what compose runs, a site that is on.
        let link = |path: &str, target: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(target, path).unwrap();
        };
        write("var/lib/dpkg/info/caddy.list", "/usr/lib/systemd/system/caddy-api.service\n");
        write(
            "usr/lib/systemd/system/caddy-api.service",
            "[Install]\nWantedBy=multi-user.target\n",
        );
        link("etc/systemd/system/cups.service", "/dev/null");
        link("etc/nginx/sites-enabled/a", "../sites-available/a");
        link("etc/nginx/sites-enabled/b", "/dev/shm/{{ b }}");
        link("etc/cron.d/link", "/etc/cron.d/bad");
        write("srv/app/.env", "PASSWORD=hunter22\n");
        for path in ["site.yml", "inventory.ini", "files/srv/app/compose.yaml"] {
            write(&format!("root/plan/{path}"), "");
        }
        write("usr/local/bin/starts", "#!/bin/sh\nexec /etc/cron.d/bad\n");
        write("usr/local/bin/backup", "#!/bin/sh\n");
        write("usr/local/bin/program", "\x7fELF\0");
        write("etc/app/{{ x }}.conf", "a=b\n");
        write("etc/sudoers.d/eve", "eve ALL=(ALL) NOPASSWD: ALL\n");
        write("etc/group", "adm:x:4:\nann:x:1000:\neve:x:1001:\napp:x:990:\n");
        let tree = Tree::open(root.path()).unwrap();
        let suspects = Suspects {
            paths: BTreeSet::from([String::from("/etc/cron.d/bad")]),
            users: BTreeSet::from([String::from("eve")]),
        };
        let scene = Scene { packages: package::packages(root.path()).0, ..Scene::default() };
        let found = inventory(&tree, &scene, &suspects);
        assert_eq!(
            (found.packages, found.local_packages),
            (vec!["caddy".into()], vec!["mine".into()])
        );
        let paths: Vec<&str> = found.files.iter().map(|kept| kept.path.as_str()).collect();
        let expected = [
            target,
            "/etc/cron.d/own",
            "/usr/local/bin/backup",
            "/srv/app/.env",
            "/srv/app/compose.yaml",
        ];
        assert_eq!(paths, expected);
        assert_eq!(found.files[3].content, b"PASSWORD=CHANGE_ME\n");
        assert_eq!(found.units, ["app.service"]);
        assert_eq!(found.off, ["caddy-api.service"]);
        assert_eq!(found.masked, ["cups.service"]);
        assert_eq!(found.switches, ["/etc/nginx/sites-enabled"]);
        let site = ("/etc/nginx/sites-enabled/a".into(), "../sites-available/a".into());
        assert_eq!(found.links, [site]);
        assert_eq!(found.groups, [("app".into(), None), ("ann".into(), Some(1000))]);
        let folders: Vec<&str> = found.folders.iter().map(|folder| folder.path.as_str()).collect();
        assert!(folders.contains(&"/srv/app"), "{folders:?}");
        let left: Vec<&str> = found.left_out.iter().map(|(path, _)| path.as_str()).collect();
        let expected = [
            "/etc/app/key.conf",
            "/etc/app/{{ x }}.conf",
            "/etc/cron.d/bad",
            "/etc/cron.d/link",
            "/etc/nginx/sites-enabled/b",
            "/etc/sudoers.d/eve",
            "/usr/local/bin/program",
            "/usr/local/bin/starts",
        ];
        assert_eq!(left, expected);
    }
}
