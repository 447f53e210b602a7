//! dpkg's database: `info/PACKAGE.list` has the files, `info/PACKAGE.md5sums` what they should hold
//! (deb-md5sums(5)), `status` the same of configuration, `diversions` what was moved aside (dpkg-divert(1)).

use std::collections::HashMap;
use std::io;

use sha2::{Digest as _, Sha256};

use super::MOST;
use crate::collect::tree::Tree;
use crate::scene::package::{Digest, List, Manager, Packages, Sum};
use crate::text::hex;

const INFO: &str = "/var/lib/dpkg/info";
/// No file of it is read further, in bytes.
const LARGEST: u64 = 32 << 20;

/// Adds the packages of dpkg.
///
/// # Errors
/// `NotFound` where dpkg is not; another when it cannot be read: what was added then is not to be used.
pub(super) fn read(tree: &Tree, packages: &mut Packages) -> io::Result<()> {
    tree.stat(INFO, true)?;
    // Three lines each: from, to, and who; a colon stands for the administrator.
    let diversions = tree.read("/var/lib/dpkg/diversions", LARGEST).unwrap_or_default();
    let diversions = String::from_utf8_lossy(&diversions);
    for [from, to, by] in diversions.lines().collect::<Vec<_>>().as_chunks::<3>().0 {
        packages.divert(from, to, (*by != ":").then_some(by));
    }
    let listed = tree.list(INFO).into_iter();
    let mut stems: Vec<String> =
        listed.filter_map(|(name, _)| name.strip_suffix(".list").map(str::to_owned)).collect();
    stems.sort();
    stems.truncate(MOST);
    let status = tree.read("/var/lib/dpkg/status", LARGEST).map_err(|error| {
        // The lists are there, so dpkg is.
        io::Error::other(format!("status: {error}"))
    })?;
    let status = String::from_utf8_lossy(&status);
    let versions = versions(&status);
    let mut added = Vec::new();
    for stem in &stems {
        // `libc6:amd64` of those that several architectures may have.
        let name = stem.split(':').next().unwrap_or(stem);
        let package = packages.add(name, Manager::Dpkg);
        added.push((name, package));
        let list = format!("{INFO}/{stem}.list");
        packages.unpacked_at(package, tree.stat(&list, false)?.changed);
        for path in String::from_utf8_lossy(&tree.read(&list, LARGEST)?).lines() {
            packages.own(package, path);
        }
        let sums = tree.read(&format!("{INFO}/{stem}.md5sums"), LARGEST).unwrap_or_default();
        if let Some(version) = versions.get(name).filter(|_| !sums.is_empty()) {
            let sum = hex(&Sha256::digest(&sums));
            packages.listed(stem, List { version: (*version).to_owned(), sum });
        }
        for line in String::from_utf8_lossy(&sums).lines() {
            let Some((digits, path)) = line.split_once("  ") else { continue };
            if let Some(sum) = Sum::md5(digits) {
                packages.expect(package, &format!("/{path}"), Digest { sum, is_config: false });
            }
        }
    }
    config_files(&status, &added, packages);
    Ok(())
}

/// `Version:` of each package.
fn versions(status: &str) -> HashMap<&str, &str> {
    let (mut versions, mut package) = (HashMap::new(), "");
    for line in status.lines() {
        if let Some(name) = line.strip_prefix("Package: ") {
            package = name;
        } else if let Some(version) = line.strip_prefix("Version: ") {
            versions.insert(package, version);
        }
    }
    versions
}

/// `Conffiles:` of the packages, a line ` PATH MD5 [obsolete]` each.
fn config_files(status: &str, added: &[(&str, u32)], packages: &mut Packages) {
    let (mut package, mut is_list) = (None, false);
    for line in status.lines() {
        if let Some(name) = line.strip_prefix("Package: ") {
            package = added.iter().find(|(own, _)| *own == name).map(|(_, package)| *package);
        }
        if !line.starts_with(' ') {
            is_list = line == "Conffiles:";
        } else if is_list && let Some(package) = package {
            let mut words = line.split_whitespace();
            if let (Some(path), Some(sum)) = (words.next(), words.next().and_then(Sum::md5)) {
                packages.expect(package, path, Digest { sum, is_config: true });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::packages;
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
        assert_eq!((packages.len(), unseen), (1, vec![]));
        assert_eq!(packages.owner("/usr/bin/tool"), Some("tool"));
        assert_eq!(
            (packages.owner("/usr/bin/cp"), packages.owner("/usr/bin/cp.old")),
            (None, Some("tool"))
        );
        let empty = Sum::md5("d41d8cd98f00b204e9800998ecf8427e").unwrap();
        assert_eq!(packages.digest("/usr/bin/tool"), Some(Digest { sum: empty, is_config: false }));
        assert_eq!(packages.digest("/etc/tool.conf").map(|it| it.is_config), Some(true));
    }
}
