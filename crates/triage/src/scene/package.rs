//! What belongs to which package, as its database says.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::Scene;
use crate::baseline::{Facts, Topic};
use crate::text::{hex, unhex};

/// Packages and their files.
#[derive(Debug, Clone, Default)]
pub struct Packages {
    names: Vec<String>,
    /// Who installed each.
    managers: Vec<Manager>,
    /// When each was unpacked, as far as that is known.
    unpacked: Vec<Timestamp>,
    owners: HashMap<Box<str>, u32>,
    digests: HashMap<Box<str>, Digest>,
    /// Folders that are links to others (`/bin` to `/usr/bin`): databases have files under either name.
    merged: Vec<(String, String)>,
    /// Files that a package moved aside for its own, and where to.
    diverted: HashMap<Box<str>, Diversion>,
    /// Of each package its version and the digest of its own list of sums.
    lists: BTreeMap<String, List>,
}

/// A package's list of what its files should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The version it came with.
    pub version: String,
    /// SHA-256 of the list, in hexadecimal digits.
    pub sum: String,
}

impl List {
    /// The value of [`Topic::Package`].
    pub fn value(&self) -> String {
        format!("{} {}", self.version, self.sum)
    }
}

/// Do two values of [`Topic::Package`] tell of a list that was rewritten? An upgrade brings another one with another
/// version.
pub fn is_rewritten(before: &str, now: &str) -> bool {
    let version = |value: &str| value.split(' ').next().map(str::to_owned);
    before != now && version(before) == version(now)
}

/// Each package with its list.
pub fn facts(scene: &Scene, facts: &mut Facts) {
    for (package, list) in scene.packages.lists() {
        facts.add(Topic::Package, package, list.value());
    }
}

/// What a file should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// It tells of changes, and proves nothing against one who can write the database as well.
    pub sum: Sum,
    /// A file of configuration: its owner changes it.
    pub is_config: bool,
}

/// A digest, of the kinds that databases have: dpkg's MD5, and rpm's SHA-256 (MD5 before 2009, and by some
/// tools that make packages).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// MD5.
    Md5([u8; 16]),
    /// SHA-256.
    Sha256([u8; 32]),
}

impl Sum {
    /// MD5 of 32 hexadecimal digits.
    pub fn md5(digits: &str) -> Option<Self> {
        unhex(digits).map(Self::Md5)
    }

    /// SHA-256 of 64 hexadecimal digits.
    pub fn sha256(digits: &str) -> Option<Self> {
        unhex(digits).map(Self::Sha256)
    }

    /// As people call the kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Md5(_) => "MD5",
            Self::Sha256(_) => "SHA-256",
        }
    }

    /// Its hexadecimal digits.
    pub fn digits(self) -> String {
        match self {
            Self::Md5(bytes) => hex(&bytes),
            Self::Sha256(bytes) => hex(&bytes),
        }
    }
}

/// Who installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// Debian's and its descendants'.
    Dpkg,
    /// That of Fedora, Red Hat, SUSE and their like.
    Rpm,
}

impl Manager {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::Rpm => "rpm",
        }
    }

    /// The command that compares the files of a package, whose name follows.
    pub fn verify(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg --verify",
            Self::Rpm => "rpm -V",
        }
    }

    /// The command that tells whose a file is, whose path follows.
    pub fn search(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg -S",
            Self::Rpm => "rpm -qf",
        }
    }
}

#[derive(Debug, Clone)]
struct Diversion {
    to: Box<str>,
    /// The package whose own file stays under the name; none for a diversion by the administrator.
    by: Option<String>,
}

impl Packages {
    /// None yet; `merged` are folders that are links, and where they lead, in the order to be followed.
    pub fn new(merged: Vec<(String, String)>) -> Self {
        Self { merged, ..Self::default() }
    }

    /// Adds a package; returns what stands for it.
    pub fn add(&mut self, name: &str, by: Manager) -> u32 {
        self.names.push(name.to_owned());
        self.managers.push(by);
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

    /// The list of a package, as it stands in the database.
    pub fn listed(&mut self, package: &str, list: List) {
        self.lists.insert(package.to_owned(), list);
    }

    /// The lists of all packages of which there are any.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &List)> {
        self.lists.iter().map(|(package, list)| (package.as_str(), list))
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

    /// Who installed the package of a file.
    pub fn manager(&self, path: &str) -> Option<Manager> {
        let package = *self.owners.get(&self.real(path))?;
        self.managers.get(package as usize).copied()
    }

    /// Who is to be asked of files that belong to none: rpm on a machine that has all its packages from it.
    pub fn main_manager(&self) -> Manager {
        let is_rpms = !self.is_empty() && self.managers.iter().all(|by| *by == Manager::Rpm);
        if is_rpms { Manager::Rpm } else { Manager::Dpkg }
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
        let mut real = Cow::from(path);
        for (folder, to) in &self.merged {
            let rest = real.strip_prefix(folder.as_str()).filter(|rest| rest.starts_with('/'));
            if let Some(rest) = rest {
                real = format!("{to}{rest}").into();
            }
        }
        real.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(links: &[(&str, &str)]) -> Vec<(String, String)> {
        links.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn a_merged_sbin_is_followed_after_a_merged_usr() {
        let links = [("/sbin", "/usr/sbin"), ("/usr/sbin", "/usr/bin")];
        let mut packages = Packages::new(merged(&links));
        let tool = packages.add("tool", Manager::Rpm);
        packages.own(tool, "/sbin/a");
        packages.own(tool, "/usr/sbin/b");
        assert_eq!(
            ["/usr/bin/a", "/usr/bin/b"].map(|path| packages.owner(path)),
            [Some("tool"); 2]
        );
        assert_eq!(packages.main_manager(), Manager::Rpm);
    }

    #[test]
    fn a_file_is_found_under_both_names_and_where_it_was_diverted_to() {
        let mut packages = Packages::new(merged(&[("/bin", "/usr/bin"), ("/lib", "/usr/lib")]));
        packages.divert("/usr/bin/sh", "/usr/bin/sh.distrib", Some("dash"));
        let [bash, dash] = ["bash", "dash"].map(|name| packages.add(name, Manager::Dpkg));
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
