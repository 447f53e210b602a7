//! Triage of a disk on which everything is hostile, by the built binary.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

use rustix::fs::{CWD, FileType, Mode, mknodat};

/// Escapes, markup and an end of a line, as an attacker would have them shown.
const EVIL: &str = "\x1b[2J\x1b]0;x\x07<script>alert(1)</script>\r\u{202e}";

fn put(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A disk whose logs are pipes, loops, garbage or endless, and whose names and lines are made to be shown.
fn hostile(root: &Path) {
    let long = "x".repeat(1 << 20);
    put(
        root,
        "etc/passwd",
        format!("root:x:0:0::/root:/bin/bash\nann{EVIL}:x:0:0::/home/ann:/bin/bash\n{long}\n"),
    );
    put(root, "etc/shadow", format!("{long}:{long}\n"));
    put(root, "etc/group", "root:x:0:\n");
    put(root, "etc/hostname", EVIL);
    put(
        root,
        "root/.ssh/authorized_keys",
        format!("command=\"{EVIL}\" ssh-ed25519 AAAAC3Nz {EVIL}{long}\n"),
    );
    put(
        root,
        &format!("etc/cron.d/{}\nnew", EVIL.replace('/', "_")),
        format!("* * * * * root /tmp/{EVIL}{long}\n"),
    );
    put(root, "etc/systemd/system/a.service", format!("[Service]\nExecStart=/tmp/x {EVIL}\n"));
    put(root, "etc/ld.so.preload", format!("/tmp/{EVIL}.so {long}\n"));
    put(
        root,
        "var/lib/dpkg/status",
        format!("Package: a{EVIL}\nStatus: install ok installed\n{long}\n"),
    );
    put(root, "var/lib/dpkg/info/a.list", format!("/usr/bin/{EVIL}\n/usr/bin/big\n"));
    put(root, "var/lib/dpkg/info/a.md5sums", "0123456789abcdef0123456789abcdef  usr/bin/big\n");
    put(root, "usr/bin/\x1b[31mred", b"\x7fELF");
    put(root, "srv/.env\x1b[31m", "x");
    put(root, "srv/app/.env", "A=b\n");
    put(root, "var/log/wtmp", vec![0xff; 384 * 3 + 7]);
    put(root, "var/log/btmp", &long);
    put(
        root,
        "var/log/audit/audit.log",
        format!("type=USER_CMD msg=audit(1700000000.1:1): acct=\"{EVIL}\" {long}\n"),
    );
    put(
        root,
        "var/log/journal/0123456789abcdef0123456789abcdef/system.journal",
        b"LPKSHHRH garbage",
    );
    put(root, "var/log/dpkg.log", format!("2026-11-24 00:00:00 install {EVIL} {long}\n"));
    for pipe in
        ["var/log/auth.log", "etc/crontab", "root/.bashrc", "etc/sudoers", "var/log/lastlog"]
    {
        mknodat(CWD, root.join(pipe), FileType::Fifo, Mode::from(0o644), 0).unwrap();
    }
    symlink("loop", root.join("etc/loop")).unwrap();
    symlink("/", root.join("srv/up")).unwrap();
    symlink("crontabs", root.join("var/spool-loop")).unwrap();
    // Endless, though there is nothing in them.
    for sparse in [
        "var/log/fail2ban.log",
        "usr/bin/big",
        "var/log/apt/history.log",
        "var/log/dpkg.log.1",
        "var/log/wtmp.1",
    ] {
        put(root, sparse, "");
        let file = File::options().write(true).open(root.join(sparse)).unwrap();
        file.set_len(10 << 30).unwrap();
    }
    let mode = fs::Permissions::from_mode(0o4755);
    fs::set_permissions(root.join("usr/bin/\x1b[31mred"), mode).unwrap();
}

fn run(root: &Path, words: &[&str]) -> Output {
    let binary = env!("CARGO_BIN_EXE_nightkeep");
    let config = root.join("none.toml");
    // What is endless must not be held in memory: 200 MB of it is more than enough, debug build and all.
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -d 200000 && exec \"$0\" \"$@\"", binary, "--config"]);
    limited.arg(config).args(words).output().unwrap()
}

#[test]
fn nothing_hangs_falls_or_is_shown_as_it_is() {
    let disk = tempfile::tempdir().unwrap();
    hostile(disk.path());
    let root = disk.path().to_str().unwrap();
    for words in [
        &["triage", "--no-record", "--all", "--root", root][..],
        &["timeline", "--since", "3650d", "--root", root],
        &["timeline", "--format", "csv", "--since", "3650d", "--root", root],
    ] {
        let done = run(disk.path(), words);
        let said = String::from_utf8([done.stdout, done.stderr].concat()).expect("UTF-8");
        assert!(matches!(done.status.code(), Some(0..=3)), "{words:?}: {:?}\n{said}", done.status);
        // Lines of CSV end so (RFC 4180).
        let said = said.replace("\r\n", "\n");
        let raw = said.chars().find(|&c| c.is_control() && c != '\n' || c == '\u{202e}');
        assert_eq!(raw, None, "{words:?}: {:.4000}", said.escape_debug().to_string());
    }
    let done = run(disk.path(), &["triage", "--json", "--no-record", "--root", root]);
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let ids: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    for id in ["D10", "D11", "D13"] {
        assert!(ids.contains(&id), "{id} is not among {ids:?}");
    }
}

#[test]
fn a_plan_of_a_hostile_disk_holds_nothing_of_it_unquoted() {
    let disk = tempfile::tempdir().unwrap();
    hostile(disk.path());
    let (root, out) = (disk.path().to_str().unwrap(), tempfile::tempdir().unwrap());
    let folder = out.path().join("plan");
    let done = run(disk.path(), &["rebuild", "plan", "--root", root, folder.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    for name in ["site.yml", "README.md"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{name}");
    }
}
