//! Packages, from the databases of dpkg and rpm themselves: no program of the machine is asked.

mod dpkg;
mod header;
mod pages;
mod rpm;

use std::io;
use std::path::Path;

use super::tree::Tree;
use crate::scene::Unseen;
use crate::scene::package::Packages;

/// The folders that a merged `/usr` made links of.
const MERGED: [&str; 7] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libo32"];
/// More packages than this are not read.
const MOST: usize = 100_000;
/// Detectors that cannot answer without.
const NEEDED: [&str; 6] = ["D1", "D10", "D13", "D14", "D15", "D16"];
/// What mends it where root may read more.
const AGAIN: &str = "sudo nightkeep triage";

/// The packages of the machine whose files are below `root`, and what could not be seen.
pub fn packages(root: &Path) -> (Packages, Vec<Unseen>) {
    match Tree::open(root) {
        Ok(tree) => read(&tree),
        Err(error) => {
            (Packages::default(), vec![unseen(format!("{}: {error}", root.display()), AGAIN)])
        }
    }
}

fn read(tree: &Tree) -> (Packages, Vec<Unseen>) {
    let mut packages = Packages::new(merged(tree));
    let mut blind = Vec::new();
    // rpm's first, for what dpkg diverts are files of dpkg's alone.
    let rpm = rpm::read(tree, &mut packages);
    match &rpm {
        Ok(None | Some(0)) => {}
        Ok(Some(others)) => blind.push(Unseen {
            what: format!("whether files of {others} packages were altered"),
            why: String::from("rpm wrote down other digests of them than MD5 and SHA-256"),
            mend: String::from("sudo rpm -Va"),
            detectors: Vec::new(),
        }),
        Err(error) => {
            // Half of it would have the other half's files be nobody's.
            packages = Packages::new(merged(tree));
            let why = format!("rpm's database cannot be read: {error}");
            blind.push(unseen(why, "sudo rpm -Va"));
        }
    }
    match dpkg::read(tree, &mut packages) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if matches!(rpm, Ok(None)) {
                let places = rpm::FOLDERS.join(", ");
                let why = format!(
                    "there is neither a database of dpkg (/var/lib/dpkg) nor one of rpm ({places})"
                );
                blind.push(unseen(why, ""));
            }
        }
        Err(error) => {
            packages = Packages::default();
            blind.push(unseen(format!("/var/lib/dpkg cannot be read: {error}"), AGAIN));
        }
    }
    // What rpm has of a machine of dpkg is little, and the other way round.
    if !packages.is_empty() {
        for unseen in &mut blind {
            unseen.detectors.clear();
        }
    } else if blind.is_empty() {
        blind.push(unseen(String::from("no package is in the databases of dpkg and rpm"), ""));
    }
    (packages, blind)
}

fn unseen(why: String, mend: &str) -> Unseen {
    Unseen {
        what: String::from("which file belongs to which package"),
        why,
        mend: mend.to_owned(),
        detectors: NEEDED.to_vec(),
    }
}

/// Folders that are links to others, with those: `/bin` to `/usr/bin`, and where that is merged as well
/// (Fedora 42), `/usr/sbin` to `/usr/bin`.
fn merged(tree: &Tree) -> Vec<(String, String)> {
    let is_link = |folder: &str| tree.link(folder).is_some();
    let into_usr = MERGED.iter().filter(|folder| is_link(folder));
    let mut merged: Vec<_> =
        into_usr.map(|&folder| (folder.to_owned(), format!("/usr{folder}"))).collect();
    if is_link("/usr/sbin") {
        merged.push((String::from("/usr/sbin"), String::from("/usr/bin")));
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_packages_says_so_and_names_both() {
        let root = tempfile::tempdir().unwrap();
        let (packages, unseen) = packages(root.path());
        assert!(packages.is_empty());
        assert_eq!(unseen.len(), 1, "{unseen:?}");
        for place in ["/var/lib/dpkg", "/usr/lib/sysimage/rpm", "/var/lib/rpm"] {
            assert!(unseen[0].why.contains(place), "{}", unseen[0].why);
        }
        std::fs::create_dir_all(root.path().join("var/lib/dpkg/info")).unwrap();
        std::fs::write(root.path().join("var/lib/dpkg/status"), "").unwrap();
        let (_, unseen) = super::packages(root.path());
        assert_eq!(unseen[0].detectors, NEEDED, "an empty database is no answer");
    }
}
