//! What starts by itself, from the places where such things are written.

use rustix::fs::FileType;
use sha2::{Digest as _, Sha256};

use super::digest;
use super::tree::Tree;
use crate::baseline::Topic;
use crate::scene::{Account, Packages, Startup, Unseen};
use crate::text::hex;

/// Which lines of a file count.
#[derive(Debug, Clone, Copy)]
enum Lines {
    /// All but comments.
    All,
    /// Those of units that start something.
    Exec,
    /// Those that contain one of these words.
    With(&'static [&'static str]),
}

/// Folders and files: topic, path, the lines that count, and how deep.
const PLACES: &[(Topic, &str, Lines, usize)] = &[
    (Topic::Cron, "/etc/crontab", Lines::All, 0),
    (Topic::Cron, "/etc/anacrontab", Lines::All, 0),
    (Topic::Cron, "/etc/cron.d", Lines::All, 1),
    (Topic::Cron, "/etc/cron.hourly", Lines::All, 1),
    (Topic::Cron, "/etc/cron.daily", Lines::All, 1),
    (Topic::Cron, "/etc/cron.weekly", Lines::All, 1),
    (Topic::Cron, "/etc/cron.monthly", Lines::All, 1),
    (Topic::Cron, "/var/spool/cron/crontabs", Lines::All, 1),
    (Topic::Cron, "/var/spool/cron/atjobs", Lines::All, 1),
    (Topic::Unit, "/etc/systemd/system", Lines::Exec, 3),
    (Topic::Unit, "/etc/systemd/user", Lines::Exec, 3),
    (Topic::Unit, "/usr/local/lib/systemd", Lines::Exec, 3),
    (Topic::Unit, "/usr/lib/systemd/system", Lines::Exec, 2),
    (Topic::Unit, "/run/systemd/system", Lines::Exec, 2),
    (Topic::Startup, "/etc/systemd/system-generators", Lines::All, 1),
    (Topic::Startup, "/usr/lib/systemd/system-generators", Lines::All, 1),
    (Topic::Startup, "/etc/rc.local", Lines::All, 0),
    (Topic::Startup, "/etc/init.d", Lines::All, 1),
    (Topic::Startup, "/etc/profile", Lines::All, 0),
    (Topic::Startup, "/etc/profile.d", Lines::All, 1),
    (Topic::Startup, "/etc/bash.bashrc", Lines::All, 0),
    (Topic::Startup, "/etc/zsh", Lines::All, 1),
    (Topic::Startup, "/etc/environment", Lines::All, 0),
    (Topic::Startup, "/etc/update-motd.d", Lines::All, 1),
    (Topic::Startup, "/etc/ssh/sshrc", Lines::All, 0),
    (Topic::Startup, "/etc/udev/rules.d", Lines::With(&["RUN", "PROGRAM"]), 1),
    (Topic::Startup, "/usr/lib/udev/rules.d", Lines::With(&["RUN", "PROGRAM"]), 1),
    (Topic::Startup, "/etc/apt/apt.conf.d", Lines::With(&["Invoke", "Pre-Install", "Post-"]), 1),
    (Topic::Startup, "/etc/dpkg/dpkg.cfg.d", Lines::With(&["invoke"]), 1),
    (Topic::Startup, "/etc/NetworkManager/dispatcher.d", Lines::All, 2),
    (Topic::Startup, "/etc/network/if-up.d", Lines::All, 1),
    (Topic::Startup, "/etc/dhcp/dhclient-exit-hooks.d", Lines::All, 1),
    (Topic::Startup, "/etc/logrotate.d", Lines::All, 1),
    (Topic::Startup, "/etc/ld.so.conf.d", Lines::All, 1),
    (Topic::Startup, "/etc/modules-load.d", Lines::All, 1),
    (Topic::Startup, "/etc/modprobe.d", Lines::With(&["install"]), 1),
    (Topic::Startup, "/etc/ssh/sshd_config", Lines::With(&["Command", "Subsystem"]), 0),
    (Topic::Startup, "/etc/ssh/sshd_config.d", Lines::With(&["Command", "Subsystem"]), 1),
    (Topic::Pam, "/etc/pam.d", Lines::All, 1),
    (Topic::Pam, "/etc/pam.conf", Lines::All, 0),
    (Topic::Sudoers, "/etc/sudoers", Lines::All, 0),
    (Topic::Sudoers, "/etc/sudoers.d", Lines::All, 1),
    (Topic::Source, "/etc/apt/sources.list", Lines::All, 0),
    (Topic::Source, "/etc/apt/sources.list.d", Lines::All, 1),
    (Topic::Source, "/etc/apt/trusted.gpg.d", Lines::With(&[]), 1),
    (Topic::Source, "/etc/hosts", Lines::All, 0),
];

/// The same in each home.
const HOMES: &[(Topic, &str, Lines, usize)] = &[
    (Topic::Startup, ".bashrc", Lines::All, 0),
    (Topic::Startup, ".profile", Lines::All, 0),
    (Topic::Startup, ".bash_profile", Lines::All, 0),
    (Topic::Startup, ".bash_login", Lines::All, 0),
    (Topic::Startup, ".bash_logout", Lines::All, 0),
    (Topic::Startup, ".zshrc", Lines::All, 0),
    (Topic::Startup, ".ssh/rc", Lines::All, 0),
    (Topic::Startup, ".config/autostart", Lines::With(&["Exec"]), 1),
    (Topic::Unit, ".config/systemd/user", Lines::Exec, 2),
    (Topic::Unit, ".local/share/systemd/user", Lines::Exec, 2),
];

/// No such file is read further, in bytes.
const MOST: u64 = 256 << 10;
/// Files looked at, and bytes of their lines that are kept.
const FILES: usize = 20_000;
const BYTES: usize = 16 << 20;

/// Everything that starts by itself.
pub fn startups(
    tree: &Tree,
    packages: &Packages,
    accounts: &[Account],
) -> (Vec<Startup>, Option<Unseen>) {
    let mut gathered = Gathered::default();
    for &(topic, path, lines, depth) in PLACES {
        gathered.gather(tree, packages, (topic, lines), path, depth);
    }
    let mut homes: Vec<&str> = accounts.iter().map(|account| account.home.as_str()).collect();
    homes.retain(|home| home.len() > 1 && !home.starts_with("/proc") && *home != "/nonexistent");
    homes.sort_unstable();
    homes.dedup();
    for home in homes {
        for &(topic, path, lines, depth) in HOMES {
            gathered.gather(tree, packages, (topic, lines), &format!("{home}/{path}"), depth);
        }
    }
    let unseen = gathered.is_full.then(|| Unseen {
        what: String::from("a part of what starts by itself"),
        why: format!("it is more than {FILES} files or {} MB", BYTES >> 20),
        mend: String::from("sudo du -a /etc /home /root /var/spool/cron | sort -n | tail"),
        detectors: vec!["D13", "D31"],
    });
    (gathered.found, unseen)
}

/// What was found so far.
#[derive(Default)]
struct Gathered {
    found: Vec<Startup>,
    /// Bytes of the lines that are kept of it.
    bytes: usize,
    /// There is more.
    is_full: bool,
}

impl Gathered {
    fn gather(
        &mut self,
        tree: &Tree,
        packages: &Packages,
        what: (Topic, Lines),
        path: &str,
        depth: usize,
    ) {
        // A link to a unit only enables it; the unit itself is looked at where it is.
        let Ok(stat) = tree.stat(path, false) else { return };
        match stat.kind {
            FileType::Directory if depth > 0 => {
                for (name, _) in tree.list(path) {
                    self.gather(tree, packages, what, &format!("{path}/{name}"), depth - 1);
                }
            }
            FileType::RegularFile if self.found.len() >= FILES || self.bytes >= BYTES => {
                self.is_full = true;
            }
            FileType::RegularFile => {
                if let Some(one) = startup(tree, packages, what, path) {
                    self.bytes += one.lines.iter().map(String::len).sum::<usize>();
                    self.found.push(one);
                }
            }
            _ => {}
        }
    }
}

fn startup(
    tree: &Tree,
    packages: &Packages,
    (topic, lines): (Topic, Lines),
    path: &str,
) -> Option<Startup> {
    let stat = tree.stat(path, false).ok()?;
    let bytes = tree.read(path, MOST).unwrap_or_default();
    let differs_from = |path: &str| {
        let expected = packages.digest(path).filter(|_| stat.size <= MOST)?.sum;
        Some(digest::of(expected, &bytes[..]).is_ok_and(|sum| sum != expected))
    };
    // A new account's home begins as a copy of the skeleton.
    let skeleton = format!("/etc/skel/{}", path.rsplit('/').next().unwrap_or_default());
    let is_copy = packages.owner(path).is_none() && differs_from(&skeleton) == Some(false);
    let origin = if is_copy { &skeleton } else { path };
    let (package, differs) = (packages.owner(origin).map(str::to_owned), differs_from(origin));
    let is_binary = bytes.iter().take(512).any(|&byte| byte == 0);
    let text = if is_binary { String::new() } else { String::from_utf8_lossy(&bytes).into_owned() };
    let counts = |line: &&str| match lines {
        Lines::All => !line.starts_with('#'),
        Lines::Exec => {
            ["Exec", "Environment", "LoadCredential"].iter().any(|key| line.starts_with(key))
        }
        Lines::With(words) => {
            !line.starts_with('#') && words.iter().any(|word| line.contains(word))
        }
    };
    let kept = text.lines().map(str::trim).filter(|line| !line.is_empty()).filter(counts);
    Some(Startup {
        topic,
        path: path.to_owned(),
        package,
        differs,
        changed: stat.changed,
        uid: stat.uid,
        is_open: stat.mode & 0o002 != 0,
        lines: kept.map(str::to_owned).collect(),
        digest: hex(&Sha256::digest(&bytes)),
    })
}

/// Libraries that are looked at.
const PRELOADS: usize = 200;

/// What `/etc/ld.so.preload` forces upon every program (`ld.so(8)`).
pub fn preloads(tree: &Tree) -> Vec<String> {
    let text = tree.text("/etc/ld.so.preload");
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines
        .flat_map(|line| line.split([' ', '\t', ':']))
        .filter(|path| !path.is_empty())
        .take(PRELOADS)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scene::package::{Digest, Manager, Sum};

    #[test]
    fn a_copy_of_the_skeleton_is_the_systems_own_until_somebody_writes_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = ["ann", "bob"]
            .map(|name| Account { home: format!("/home/{name}"), ..Account::default() });
        for (home, text) in [("ann", "alias ls=ls\n"), ("bob", "alias ls=rm\n")] {
            let home = folder.path().join("home").join(home);
            fs::create_dir_all(&home).unwrap();
            fs::write(home.join(".bashrc"), text).unwrap();
        }
        let mut packages = Packages::new(Vec::new());
        let bash = packages.add("bash", Manager::Dpkg);
        packages.own(bash, "/etc/skel/.bashrc");
        let sum = digest::of(Sum::Md5([0; 16]), &b"alias ls=ls\n"[..]).unwrap();
        packages.expect(bash, "/etc/skel/.bashrc", Digest { sum, is_config: true });
        let (found, _) = startups(&Tree::open(folder.path()).unwrap(), &packages, &accounts);
        let found: Vec<_> = found.iter().map(Startup::is_systems).collect();
        assert_eq!(found, [true, false]);
    }

    #[test]
    fn a_unit_a_cron_job_and_a_preload_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "etc/systemd/system/x.service.d/a.conf",
            "[Service]\nExecStartPre=/tmp/x\nUser=ann\n",
        );
        write("var/spool/cron/crontabs/ann", "# DO NOT EDIT\n\n0 1 * * * backup\n");
        write("etc/ld.so.preload", "# none\n/lib/x.so /lib/y.so:/z.so\n");
        write("home/ann/.bashrc", "alias ls=ls\n");
        let account = Account { home: String::from("/home/ann"), ..Account::default() };
        let tree = Tree::open(folder.path()).unwrap();
        let (found, unseen) = startups(&tree, &Packages::default(), &[account]);
        assert_eq!(unseen, None);
        let found: Vec<_> = found.iter().map(|one| (one.topic, one.lines.concat())).collect();
        let expected = [
            (Topic::Cron, "0 1 * * * backup"),
            (Topic::Unit, "ExecStartPre=/tmp/x"),
            (Topic::Startup, "alias ls=ls"),
        ];
        assert_eq!(found, expected.map(|(topic, line)| (topic, line.to_owned())));
        assert_eq!(preloads(&tree), ["/lib/x.so", "/lib/y.so", "/z.so"]);
    }
}
