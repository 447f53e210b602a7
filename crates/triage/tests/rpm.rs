//! What rpm itself wrote, read: a package is built, installed below a folder, and one of its files altered.
//! Without rpmbuild (Debian: `apt-get install rpm`) nothing is tested.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightkeep_triage::collect::file::{self, Limit};
use nightkeep_triage::collect::package::packages;
use nightkeep_triage::collect::tree::Tree;
use nightkeep_triage::scene::package::Manager;

const SPEC: &str = r"
Name: nightwatch
Version: 1
Release: 1
Summary: A test
License: MIT
BuildArch: noarch
%description
A test.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/lib64/security %{buildroot}/etc
printf '\177ELF good' > %{buildroot}/usr/bin/good
printf '\177ELF good' > %{buildroot}/usr/bin/altered
printf '\177ELF good' > %{buildroot}/usr/lib64/security/pam_altered.so
printf 'a=1' > %{buildroot}/etc/nightwatch.conf
ln -s good %{buildroot}/usr/bin/link
%files
%attr(755,root,root) /usr/bin/good
%attr(755,root,root) /usr/bin/altered
/usr/bin/link
/usr/lib64/security/pam_altered.so
%config(noreplace) /etc/nightwatch.conf
%ghost /var/lib/nightwatch.cache
";

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {said}");
}

/// Builds and installs it; false if there is no rpmbuild.
fn installed(below: &Path, root: &Path, kind: u32) -> bool {
    fs::write(below.join("test.spec"), SPEC).unwrap();
    let top = format!("_topdir {}", below.display());
    let built = Command::new("rpmbuild")
        .args(["-bb", "--define", &top])
        .args(["--define", &format!("_binary_filedigest_algorithm {kind}")])
        .arg(below.join("test.spec"))
        .output();
    if built.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return false;
    }
    let built = built.unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    run(Command::new("rpm")
        .args(["--define", "_db_backend sqlite", "--dbpath", "/usr/lib/sysimage/rpm", "--nodeps"])
        .args(["--ignorearch", "--ignoreos", "--root"])
        .arg(root)
        .arg("-i")
        .arg(below.join("RPMS/noarch/nightwatch-1-1.noarch.rpm")));
    true
}

#[test]
fn owners_and_altered_files_of_a_real_database_are_found() {
    for (kind, called) in [(8, "SHA-256"), (1, "MD5")] {
        let (below, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = disk.path();
        if !installed(below.path(), root, kind) {
            println!("skipped: there is no rpmbuild");
            return;
        }
        // As RHEL has it: found once, not twice.
        fs::create_dir_all(root.join("var/lib")).unwrap();
        symlink("../../usr/lib/sysimage/rpm", root.join("var/lib/rpm")).unwrap();
        for path in ["usr/bin/altered", "usr/lib64/security/pam_altered.so"] {
            fs::write(root.join(path), "\x7fELF evil").unwrap();
        }
        fs::write(root.join("etc/nightwatch.conf"), "a=2").unwrap();
        fs::write(root.join("usr/bin/foreign"), "\x7fELF foreign").unwrap();
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(root.join("usr/bin/foreign"), mode).unwrap();
        let before = listing(&root.join("usr/lib/sysimage/rpm"));
        let (packages, unseen) = packages(root);
        assert_eq!(unseen, []);
        assert_eq!(listing(&root.join("usr/lib/sysimage/rpm")), before, "nothing is written there");
        for path in ["/usr/bin/good", "/usr/bin/link", "/var/lib/nightwatch.cache"] {
            assert_eq!(packages.owner(path), Some("nightwatch"), "{path}");
        }
        assert_eq!(packages.digest("/usr/bin/good").unwrap().sum.kind(), called);
        assert!(packages.digest("/etc/nightwatch.conf").unwrap().is_config);
        assert!(packages.digest("/var/lib/nightwatch.cache").is_none());
        let tree = Tree::open(root).unwrap();
        let written = tree.stat("/usr/bin/good", false).unwrap().changed;
        let late = written.duration_since(packages.unpacked("/usr/bin/good").unwrap());
        assert!(late.abs() < SignedDuration::from_mins(10), "{late}");
        let limit = Limit { time: Duration::MAX };
        let (files, _) =
            file::files(&tree, &packages, &[], Timestamp::MAX, limit, &|| Duration::ZERO);
        let mut altered: Vec<_> =
            files.altered.iter().map(|one| (one.path.as_str(), one.by)).collect();
        altered.sort_by_key(|(path, _)| *path);
        let expected = ["/usr/bin/altered", "/usr/lib64/security/pam_altered.so"];
        assert_eq!(altered, expected.map(|path| (path, Manager::Rpm)));
        let unowned: Vec<_> = files.unowned.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(unowned, ["/usr/bin/foreign"]);
    }
}

/// Names, sizes and what they hold.
fn listing(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut listed: Vec<_> = entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap_or_default())
        })
        .collect();
    listed.sort();
    listed
}
