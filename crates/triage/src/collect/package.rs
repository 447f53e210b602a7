//! Packages, from dpkg's database itself: no program of the machine is asked.
//!
//! `info/PACKAGE.list` has the files, `info/PACKAGE.md5sums` what they should hold, `status` the same of
//! configuration, `diversions` what was moved aside (dpkg-divert(1)).

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;

use crate::scene::Unseen;
use crate::scene::package::{Digest, Packages};

/// The folders that a merged `/usr` made links of.
const MERGED: [&str; 7] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libo32"];
/// More packages than this are not read.
const MOST: usize = 100_000;

/// The packages of the machine whose files are below `root`, and what could not be seen.
pub fn packages(root: &Path) -> (Packages, Option<Unseen>) {
    match read(root) {
        Ok(packages) => (packages, None),
        Err(error) => {
            let unseen = Unseen {
                what: String::from("which file belongs to which package"),
                why: format!("/var/lib/dpkg cannot be read: {error}"),
                mend: String::from("sudo nightkeep triage"),
                detectors: vec!["D1", "D10", "D13", "D14", "D15", "D16"],
            };
            (Packages::default(), Some(unseen))
        }
    }
}

fn read(root: &Path) -> io::Result<Packages> {
    let dpkg = root.join("var/lib/dpkg");
    let is_link = |folder: &&&str| {
        root.join(&folder[1..]).symlink_metadata().is_ok_and(|found| found.is_symlink())
    };
    let merged = MERGED.iter().filter(is_link).map(|&folder| folder.to_owned()).collect();
    let mut packages = Packages::new(merged);
    // Three lines each: from, to, and who; a colon stands for the administrator.
    let diversions = fs::read(dpkg.join("diversions")).unwrap_or_default();
    let diversions = String::from_utf8_lossy(&diversions).into_owned();
    for [from, to, by] in diversions.lines().collect::<Vec<_>>().as_chunks::<3>().0 {
        packages.divert(from, to, (*by != ":").then_some(by));
    }
    let mut stems = Vec::new();
    for entry in fs::read_dir(dpkg.join("info"))?.flatten().take(MOST * 10) {
        let name = entry.file_name().to_string_lossy().into_owned();
        stems.extend(name.strip_suffix(".list").map(str::to_owned));
    }
    stems.sort();
    stems.truncate(MOST);
    for stem in &stems {
        // `libc6:amd64` of those that several architectures may have.
        let name = stem.split(':').next().unwrap_or(stem);
        let package = packages.add(name);
        let text = |ending: &str| fs::read(dpkg.join("info").join(format!("{stem}.{ending}")));
        let list = dpkg.join("info").join(format!("{stem}.list"));
        if let Ok(stat) = rustix::fs::lstat(&list)
            && let Ok(at) = Timestamp::from_second(stat.st_ctime)
        {
            packages.unpacked_at(package, at);
        }
        for path in String::from_utf8_lossy(&text("list")?).lines() {
            packages.own(package, path);
        }
        let sums = text("md5sums").unwrap_or_default();
        for line in String::from_utf8_lossy(&sums).lines() {
            let Some((digest, path)) = line.split_once("  ") else { continue };
            if let Some(md5) = md5(digest) {
                packages.expect(package, &format!("/{path}"), Digest { md5, is_config: false });
            }
        }
    }
    let status = fs::read(dpkg.join("status"))?;
    config_files(&String::from_utf8_lossy(&status), &stems, &mut packages);
    Ok(packages)
}

/// `Conffiles:` of the packages, a line ` PATH MD5 [obsolete]` each.
fn config_files(status: &str, stems: &[String], packages: &mut Packages) {
    let (mut package, mut is_list) = (None, false);
    for line in status.lines() {
        if let Some(name) = line.strip_prefix("Package: ") {
            let is_it = |stem: &String| stem.split(':').next() == Some(name);
            package = stems.iter().position(is_it).map(|at| at as u32);
        }
        if !line.starts_with(' ') {
            is_list = line == "Conffiles:";
        } else if is_list && let Some(package) = package {
            let mut words = line.split_whitespace();
            if let (Some(path), Some(md5)) = (words.next(), words.next().and_then(md5)) {
                packages.expect(package, path, Digest { md5, is_config: true });
            }
        }
    }
}

fn md5(digits: &str) -> Option<[u8; 16]> {
    let mut md5 = [0; 16];
    if digits.len() != 32 || !digits.is_ascii() {
        return None;
    }
    for (n, byte) in md5.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(md5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_read() {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put(
            "var/lib/dpkg/info/tool:amd64.list",
            "/.\n/bin\n/bin/tool\n/etc/tool.conf\n/usr/bin/cp\n",
        );
        put(
            "var/lib/dpkg/info/tool:amd64.md5sums",
            "d41d8cd98f00b204e9800998ecf8427e  bin/tool\nnone  x\n",
        );
        let conffiles = "Package: tool\nStatus: install ok installed\nConffiles:\n /etc/tool.conf 900150983cd24fb0d6963f7d28e17f72\nDescription: x\n y\n";
        put("var/lib/dpkg/status", conffiles);
        put("var/lib/dpkg/diversions", "/usr/bin/cp\n/usr/bin/cp.old\nother\n");
        std::os::unix::fs::symlink("usr/bin", root.path().join("bin")).unwrap();
        let (packages, unseen) = packages(root.path());
        assert_eq!((packages.len(), unseen), (1, None));
        assert_eq!(packages.owner("/usr/bin/tool"), Some("tool"));
        assert_eq!(
            (packages.owner("/usr/bin/cp"), packages.owner("/usr/bin/cp.old")),
            (None, Some("tool"))
        );
        assert_eq!(
            packages.digest("/usr/bin/tool").map(|it| (it.md5[0], it.is_config)),
            Some((0xd4, false))
        );
        assert_eq!(packages.digest("/etc/tool.conf").map(|it| it.is_config), Some(true));
    }

    #[test]
    fn a_machine_without_dpkg_says_so() {
        let root = tempfile::tempdir().unwrap();
        let (packages, unseen) = packages(root.path());
        assert!(packages.is_empty() && unseen.unwrap().why.contains("/var/lib/dpkg"));
    }
}
