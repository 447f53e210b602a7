//! Security updates that are published but not installed (Debian, Ubuntu), from the files that
//! dpkg and apt keep: what is installed against the lists of the `-security` suites. Reading them
//! costs a twentieth of a second and no second process, `apt-get -s upgrade` some seconds; so it
//! fits `check`, and an installed update is noticed soon.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::version;
use crate::model::UpdatesState;
use crate::source::Blind;
use crate::source::shown::shown;

/// The longest line looked at: fields that matter are short, descriptions are not.
const LINE: usize = 4096;
/// A list longer than this is not read to its end; Ubuntu's largest has a tenth of it.
const LIST: u64 = 256 << 20;
/// Packages remembered at most.
const MOST_PACKAGES: usize = 20_000;
/// Packages named in the state, and the longest name shown.
const NAMED: usize = 5;
const LONGEST: usize = 80;

/// Reads again only what changed.
#[derive(Debug, Default)]
pub(super) struct Updates {
    read: Option<(Vec<Stamp>, UpdatesState)>,
}

/// A file, its size and when it was changed.
type Stamp = (PathBuf, u64, Option<Timestamp>);

impl Updates {
    /// None on a system without apt.
    pub(super) fn read(&mut self, root: &Path) -> Option<Result<UpdatesState, Blind>> {
        let status = root.join("var/lib/dpkg/status");
        let apt = root.join("var/lib/apt/lists");
        if !status.exists() || !root.join("usr/bin/apt-get").exists() {
            return None;
        }
        let lists = match lists(&apt) {
            Ok(lists) => lists,
            Err(error) => return Some(Err(unreadable(&apt, &error))),
        };
        let compressed = |stamp: &&Stamp| !stamp.0.to_string_lossy().ends_with("_Packages");
        if let Some((path, ..)) = lists.security.iter().find(compressed) {
            return Some(Err(Blind {
                why: format!("{} is compressed: security updates are not known", path.display()),
                mend: String::from(
                    "set Acquire::GzipIndexes \"false\" in /etc/apt/apt.conf.d, then: apt update",
                ),
            }));
        }
        let automatic = is_automatic(&root.join("etc/apt/apt.conf.d"));
        let stamps: Vec<Stamp> = lists.security.iter().cloned().chain(stamp(&status)).collect();
        let state = match &self.read {
            Some((before, state)) if *before == stamps => state.clone(),
            _ => match pending(&status, &lists.security) {
                Ok(state) => state,
                Err(error) => return Some(Err(unreadable(&status, &error))),
            },
        };
        let state = UpdatesState { automatic, listed: lists.fetched, ..state };
        self.read = Some((stamps, state.clone()));
        Some(Ok(state))
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Blind {
    Blind {
        why: format!("cannot read {}: {error}", path.display()),
        mend: format!("sudo chmod a+rX {}", path.display()),
    }
}

struct Lists {
    /// Package lists of suites whose name ends in `-security`.
    security: Vec<Stamp>,
    /// The newest list of any suite.
    fetched: Option<Timestamp>,
}

/// apt names its lists by their address, `/` as `_`: `HOST_PATH_dists_SUITE_COMPONENT_…_Packages`.
fn lists(folder: &Path) -> io::Result<Lists> {
    let mut lists = Lists { security: Vec::new(), fetched: None };
    for file in fs::read_dir(folder)?.flatten().take(4096) {
        let name = file.file_name();
        let Some(name) = name.to_str() else { continue };
        let Some(stamp) = stamp(&file.path()) else { continue };
        let kind = name.rsplit('_').next().unwrap_or_default();
        let is_index = matches!(kind, "InRelease" | "Release") || kind.starts_with("Packages");
        if is_index {
            lists.fetched = lists.fetched.max(stamp.2);
        }
        let suite = name.split_once("_dists_").map_or("", |(_, rest)| rest);
        if kind.starts_with("Packages") && suite.split('_').next().is_some_and(is_security) {
            lists.security.push(stamp);
        }
    }
    lists.security.sort();
    // Ubuntu notes each success; the lists keep the times their publisher gave them.
    let success = folder.join("../periodic/update-success-stamp");
    lists.fetched = lists.fetched.max(stamp(&success).and_then(|stamp| stamp.2));
    Ok(lists)
}

fn is_security(suite: &str) -> bool {
    suite.ends_with("-security")
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = path.metadata().ok()?;
    let changed = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    Some((path.to_owned(), metadata.len(), changed))
}

/// `APT::Periodic::Unattended-Upgrade "1";` in any file; the last one counts.
fn is_automatic(folder: &Path) -> bool {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    let mut automatic = false;
    for file in files {
        let mut text = String::new();
        let read = File::open(file).and_then(|file| file.take(1 << 20).read_to_string(&mut text));
        if read.is_err() {
            continue;
        }
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            if let Some((_, value)) = line.split_once("APT::Periodic::Unattended-Upgrade") {
                automatic = !value.contains("\"0\"");
            }
        }
    }
    automatic
}

fn pending(status: &Path, lists: &[Stamp]) -> io::Result<UpdatesState> {
    let installed = installed(status)?;
    let mut pending = BTreeSet::new();
    for (list, ..) in lists {
        each(File::open(list)?, |package| {
            let newer = [package.architecture.as_str(), "all"].into_iter().any(|architecture| {
                let key = (package.name.clone(), architecture.to_owned());
                installed
                    .get(&key)
                    .is_some_and(|version| version::compare(&package.version, version).is_gt())
            });
            if newer {
                pending.insert(package.name.clone());
            }
        })?;
    }
    let packages = pending.iter().take(NAMED).map(|name| shown(name.as_bytes(), LONGEST));
    Ok(UpdatesState {
        count: u32::try_from(pending.len()).unwrap_or(u32::MAX),
        packages: packages.collect(),
        ..UpdatesState::default()
    })
}

/// The version of each installed package that is not held, by name and architecture.
fn installed(status: &Path) -> io::Result<BTreeMap<(String, String), Vec<u8>>> {
    let mut installed = BTreeMap::new();
    each(File::open(status)?, |package| {
        if package.status == "install ok installed" && installed.len() < MOST_PACKAGES {
            let key = (package.name.clone(), package.architecture.clone());
            installed.insert(key, package.version.clone());
        }
    })?;
    Ok(installed)
}

/// A paragraph of deb-control(5), as far as it matters here.
#[derive(Default)]
struct Package {
    name: String,
    architecture: String,
    status: String,
    version: Vec<u8>,
}

/// Every paragraph of a file.
fn each(file: File, mut take: impl FnMut(&Package)) -> io::Result<()> {
    let mut file = BufReader::with_capacity(64 << 10, file.take(LIST));
    let (mut line, mut package) = (Vec::with_capacity(LINE), Package::default());
    loop {
        let more = read_line(&mut file, &mut line)?;
        if line.is_empty() || !more {
            if !package.name.is_empty() {
                take(&package);
            }
            package = Package::default();
        }
        if !more {
            return Ok(());
        }
        let text = |from: usize| String::from_utf8_lossy(line[from..].trim_ascii()).into_owned();
        if line.starts_with(b"Package: ") {
            package.name = text(9);
        } else if line.starts_with(b"Architecture: ") {
            package.architecture = text(14);
        } else if line.starts_with(b"Status: ") {
            package.status = text(8);
        } else if line.starts_with(b"Version: ") {
            package.version = line[9..].trim_ascii().to_vec();
        }
    }
}

/// The next line without its end, cut to `LINE`; false at the end of the file.
fn read_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let buffer = file.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        line.extend_from_slice(&part[..part.len().min(LINE - line.len())]);
        let used = end.map_or(buffer.len(), |end| end + 1);
        file.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::kernel::fixture::{tree, write};

    const STATUS: &str = "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\n\
        Version: 3.0.15-1~deb12u1\nDescription: tools\n Version: 9\n\n\
        Package: sudo\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 1.9.13-1\n\n\
        Package: tzdata\nStatus: install ok installed\nArchitecture: all\nVersion: 2024a-0\n\n\
        Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n";
    const LIST: &str = "Package: openssl\nArchitecture: amd64\nVersion: 3.0.17-1~deb12u2\n\n\
        Package: openssl\nArchitecture: i386\nVersion: 3.0.17-1~deb12u2\n\n\
        Package: sudo\nArchitecture: amd64\nVersion: 2\n\n\
        Package: tzdata\nArchitecture: all\nVersion: 2025b-0\n\n\
        Package: gone\nArchitecture: amd64\nVersion: 2\n\n\
        Package: new\nArchitecture: amd64\nVersion: 2\n";

    #[test]
    fn what_is_installed_is_held_against_the_security_lists() {
        let security = "var/lib/apt/lists/security.debian.org_debian-security_dists_\
                        bookworm-security_main_binary-amd64_Packages";
        let stable =
            "var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages";
        let root = tree(&[
            ("usr/bin/apt-get", ""),
            ("var/lib/dpkg/status", STATUS),
            (security, LIST),
            (stable, "Package: tzdata\nArchitecture: all\nVersion: 2026a-0\n"),
            ("etc/apt/apt.conf.d/20auto-upgrades", "APT::Periodic::Unattended-Upgrade \"1\";\n"),
        ]);
        let mut updates = Updates::default();
        let state = updates.read(root.path()).unwrap().unwrap();
        assert_eq!((state.count, state.automatic), (2, true));
        assert_eq!(state.packages, ["openssl", "tzdata"]);
        assert!(state.listed.is_some());

        write(root.path(), "var/lib/dpkg/status", &STATUS.replace("3.0.15", "3.0.18"));
        write(
            root.path(),
            "etc/apt/apt.conf.d/99-mine",
            "APT::Periodic::Unattended-Upgrade \"0\";",
        );
        let state = updates.read(root.path()).unwrap().unwrap();
        assert_eq!((state.count, state.automatic), (1, false));

        write(root.path(), &format!("{security}.lz4"), "");
        let blind = updates.read(root.path()).unwrap().unwrap_err();
        assert!(blind.why.contains("is compressed"), "{blind}");
        assert!(Updates::default().read(tree(&[]).path()).is_none());
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_memory_than_a_line() {
        let root = tree(&[("list", &format!("Package: {}\n\nVersion: 1", "a".repeat(100_000)))]);
        let mut names = Vec::new();
        each(File::open(root.path().join("list")).unwrap(), |package| {
            names.push(package.name.len());
        })
        .unwrap();
        assert_eq!(names, [LINE_OF_NAME]);
    }

    const LINE_OF_NAME: usize = super::LINE - "Package: ".len();
}
