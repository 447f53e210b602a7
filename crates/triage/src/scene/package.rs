//! What belongs to which package, as its database says.

use std::collections::HashMap;

use jiff::Timestamp;

/// Packages and their files.
#[derive(Debug, Clone, Default)]
pub struct Packages {
    names: Vec<String>,
    /// When each was unpacked, as far as that is known.
    unpacked: Vec<Timestamp>,
    owners: HashMap<Box<str>, u32>,
    digests: HashMap<Box<str>, Digest>,
    /// Folders that are links into `/usr` (`/bin`, `/lib64`): databases have files under either name.
    merged: Vec<String>,
    /// Files that a package moved aside for its own, and where to.
    diverted: HashMap<Box<str>, Diversion>,
}

/// What a file should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// MD5, which is all that dpkg writes down. It tells of changes, and proves nothing against one who
    /// can write the database as well.
    pub md5: [u8; 16],
    /// A file of configuration: its owner changes it.
    pub is_config: bool,
}

#[derive(Debug, Clone)]
struct Diversion {
    to: Box<str>,
    /// The package whose own file stays under the name; none for a diversion by the administrator.
    by: Option<String>,
}

impl Packages {
    /// None yet; `merged` are folders that are links to those of the same name in `/usr`.
    pub fn new(merged: Vec<String>) -> Self {
        Self { merged, ..Self::default() }
    }

    /// Adds a package; returns what stands for it.
    pub fn add(&mut self, name: &str) -> u32 {
        self.names.push(name.to_owned());
        self.unpacked.push(Timestamp::MAX);
        self.names.len() as u32 - 1
    }

    /// When a package was unpacked. Files that are younger were written by someone else.
    pub fn unpacked_at(&mut self, package: u32, at: Timestamp) {
        if let Some(unpacked) = self.unpacked.get_mut(package as usize) {
            *unpacked = at;
        }
    }

    /// A file moves aside unless it is that of `by`. To be told before files are.
    pub fn divert(&mut self, from: &str, to: &str, by: Option<&str>) {
        let (from, to) = (self.real(from), self.real(to));
        self.diverted.insert(from, Diversion { to, by: by.map(str::to_owned) });
    }

    /// A file of a package.
    pub fn own(&mut self, package: u32, path: &str) {
        let path = self.place(package, path);
        self.owners.insert(path, package);
    }

    /// What a file of a package should hold.
    pub fn expect(&mut self, package: u32, path: &str, digest: Digest) {
        let path = self.place(package, path);
        self.digests.insert(path, digest);
    }

    /// How many packages there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Nothing is known of packages.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whose file it is.
    pub fn owner(&self, path: &str) -> Option<&str> {
        let package = *self.owners.get(&self.real(path))?;
        self.names.get(package as usize).map(String::as_str)
    }

    /// When the package of a file was unpacked.
    pub fn unpacked(&self, path: &str) -> Option<Timestamp> {
        let package = *self.owners.get(&self.real(path))?;
        self.unpacked.get(package as usize).copied().filter(|at| *at != Timestamp::MAX)
    }

    /// What it should hold, if that is written down.
    pub fn digest(&self, path: &str) -> Option<Digest> {
        self.digests.get(&self.real(path)).copied()
    }

    /// Every file of which is written down what it should hold.
    pub fn digests(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.digests.iter().map(|(path, digest)| (&**path, *digest))
    }

    /// Where a file of a package is in truth.
    fn place(&self, package: u32, path: &str) -> Box<str> {
        let path = self.real(path);
        match self.diverted.get(&path) {
            Some(aside)
                if aside.by.as_deref() != self.names.get(package as usize).map(String::as_str) =>
            {
                aside.to.clone()
            }
            _ => path,
        }
    }

    /// A path without links of a merged `/usr`.
    fn real(&self, path: &str) -> Box<str> {
        let is_merged = |folder: &&String| {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        match self.merged.iter().find(is_merged) {
            Some(_) => format!("/usr{path}").into(),
            None => path.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_under_both_names_and_where_it_was_diverted_to() {
        let mut packages = Packages::new(vec![String::from("/bin"), String::from("/lib")]);
        packages.divert("/usr/bin/sh", "/usr/bin/sh.distrib", Some("dash"));
        let [bash, dash] = ["bash", "dash"].map(|name| packages.add(name));
        packages.own(bash, "/bin/bash");
        packages.own(bash, "/bin/sh");
        packages.own(dash, "/usr/bin/sh");
        assert_eq!(packages.owner("/usr/bin/bash"), Some("bash"));
        assert_eq!(packages.owner("/bin/bash"), Some("bash"));
        assert_eq!(packages.owner("/bin/sh"), Some("dash"));
        assert_eq!(packages.owner("/usr/bin/sh.distrib"), Some("bash"));
        assert_eq!((packages.owner("/library/x"), packages.owner("/usr/library/x")), (None, None));
    }
}
