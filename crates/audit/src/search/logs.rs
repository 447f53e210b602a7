//! Which logs to search: this machine's, files, directories with those of several machines;
//! rotated and compressed ones with them, in order.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::unpack::{Met, Packing, Unpacked};
use crate::log::{Input, Range};
use crate::record::{LONGEST, Record};

/// Directories are looked into so deep: `audit/HOST/YEAR`.
const DEEPEST: usize = 3;

/// More files are not looked at.
const MOST: usize = 10_000;

/// So much is read of a file to find its first or last time, in bytes.
const PROBE: usize = 2 * LONGEST;

/// Lines may be out of order by so many seconds, and events wait for their end: files that end or
/// begin this near to what is asked for are read.
const NEAR: u64 = 10;

/// A log and what was rotated away of it.
#[derive(Debug, Default, Clone)]
pub struct Chain {
    /// The machine it is of, where its place says so.
    pub machine: Option<String>,
    /// Oldest first.
    pub files: Vec<LogFile>,
}

/// One file of a log.
#[derive(Debug, Clone)]
pub struct LogFile {
    /// Where it is.
    pub path: PathBuf,
    /// How it is compressed.
    pub packing: Option<Packing>,
    /// Its size as it is, in bytes.
    pub size: u64,
    /// The time of its first record, in seconds since 1970; none if it has none.
    pub first: Option<u64>,
}

/// A file that was not, or not wholly, looked at.
#[derive(Debug)]
pub struct Unread {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub why: Why,
}

/// Why a file was not looked at.
#[derive(Debug)]
pub enum Why {
    /// It could not be opened or read.
    Io(io::Error),
    /// It was, up to so many unpacked bytes.
    Damaged(u64, io::Error),
    /// It is compressed in a way this program undoes.
    Packed(&'static str),
    /// It is not there, though an older one is.
    Missing,
    /// A directory without a log.
    NoLog,
    /// There are more files than are looked at.
    TooMany,
}

/// The logs of one search.
#[derive(Debug, Default)]
pub struct Logs {
    /// Each is read in order; of several, the events are put in order.
    pub chains: Vec<Chain>,
    /// What is left out.
    pub unread: Vec<Unread>,
}

impl Logs {
    /// The logs of this machine, those that are there, with what was rotated away, and those of
    /// other machines in directories beside them. If none is there, the first is what is missed.
    pub fn of_machine(log_files: &[PathBuf]) -> Self {
        let mut found = Found::default();
        let is_there = |path: &&PathBuf| {
            // One that may not be seen is there.
            !matches!(path.try_exists(), Ok(false))
        };
        let there: Vec<&PathBuf> = log_files.iter().filter(is_there).collect();
        if let (true, Some(first)) = (there.is_empty(), log_files.first()) {
            let why = Why::Io(io::ErrorKind::NotFound.into());
            found.unread.push(Unread { path: first.clone(), why });
        }
        for log_file in there {
            if let Err(error) = File::open(log_file) {
                found.unread.push(Unread { path: log_file.clone(), why: Why::Io(error) });
                continue;
            }
            let name = log_file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let folder = log_file.parent().unwrap_or(Path::new("/"));
            found.directory(folder, None, 0, &|depth, family| depth > 0 || family == stem(name));
        }
        found.logs()
    }

    /// Files and directories that were named. A directory is searched for logs.
    pub fn at(paths: &[PathBuf]) -> Self {
        let mut found = Found::default();
        let is_directory = |path: &&PathBuf| path.is_dir();
        let are_several = paths.iter().filter(is_directory).count() > 1;
        for path in paths {
            if !path.is_dir() {
                found.file(path, None);
                continue;
            }
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let before = found.files.len() + found.unread.len();
            found.directory(path, name.as_deref().filter(|_| are_several), 0, &|_, _| true);
            if found.files.len() + found.unread.len() == before {
                found.unread.push(Unread { path: path.clone(), why: Why::NoLog });
            }
        }
        found.logs()
    }

    /// The first and the last second that these logs have records of; what is compressed counts up
    /// to where the next file begins.
    pub fn covered(&self) -> Option<(u64, u64)> {
        let files = || self.chains.iter().flat_map(|chain| &chain.files);
        let first = files().filter_map(|file| file.first).min()?;
        let last = files().filter_map(|file| last_time(file).or(file.first)).max()?;
        Some((first, last))
    }
}

impl Chain {
    /// The files that may have something of a range.
    pub fn within(&self, range: Range) -> &[LogFile] {
        let files = &self.files;
        let times: Option<Vec<u64>> = files.iter().map(|file| file.first).collect();
        let Some(times) = times.filter(|times| times.is_sorted_by(|a, b| *a <= b + NEAR)) else {
            return files;
        };
        let is_after = |sec: &u64| range.end.is_some_and(|end| *sec > end + NEAR);
        let end = times.iter().position(is_after).unwrap_or(times.len());
        let is_before = |sec: &u64| range.start.is_some_and(|start| sec + NEAR < start);
        let start = times[..end].iter().skip(1).take_while(|sec| is_before(sec)).count();
        &files[start..end]
    }
}

impl LogFile {
    pub(super) fn input(&self, met: &Met) -> Input {
        match self.packing {
            None => Input::File(self.path.clone()),
            Some(packing) => {
                let unpacked = Unpacked::new(self.path.clone(), packing, met.clone());
                Input::Stream(Box::new(unpacked))
            }
        }
    }

    /// Opens a file and looks at its head.
    fn look(path: &Path) -> Result<(Self, (u64, u64)), Why> {
        let file = File::open(path).map_err(Why::Io)?;
        let about = file.metadata().map_err(Why::Io)?;
        if !about.is_file() {
            return Err(Why::Io(io::Error::other("it is no file")));
        }
        let head = read_at(&file, 0).map_err(Why::Io)?;
        let packing = Packing::of(&head);
        let first = match packing {
            None => first_time(&head),
            Some(Packing::Other(program)) => return Err(Why::Packed(program)),
            Some(packing) => {
                let mut head = Vec::new();
                let unpacked = packing.open(path).map_err(Why::Io)?;
                // What was unpacked before an error counts.
                let _ = unpacked.take(PROBE as u64).read_to_end(&mut head);
                first_time(&head)
            }
        };
        let this = Self { path: path.to_owned(), packing, size: about.len(), first };
        Ok((this, (about.dev(), about.ino())))
    }
}

fn read_at(file: &File, at: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; PROBE];
    let len = file.read_at(&mut bytes, at)?;
    bytes.truncate(len);
    Ok(bytes)
}

fn times(bytes: &[u8]) -> impl DoubleEndedIterator<Item = u64> {
    bytes.split(|&byte| byte == b'\n').filter_map(|line| Some(Record::parse(line).ok()?.id.sec))
}

fn first_time(head: &[u8]) -> Option<u64> {
    times(head).next()
}

fn last_time(file: &LogFile) -> Option<u64> {
    if file.packing.is_some() {
        return None;
    }
    let tail = read_at(&File::open(&file.path).ok()?, file.size.saturating_sub(PROBE as u64));
    times(&tail.ok()?).next_back()
}

/// The name of a log without what rotation put behind it: `audit.log` of `audit.log.2.gz`,
/// `audit.log-20261123.zst`. None if it is no name of a log.
fn family(name: &str) -> Option<&str> {
    let end = name.find(".log")? + 4;
    let is_rotation = |part: &str| {
        matches!(part, "" | "gz" | "zst" | "xz" | "bz2" | "lz4" | "old")
            || part.bytes().all(|byte| byte.is_ascii_digit())
    };
    name[end..].split(['.', '-']).all(is_rotation).then_some(&name[..end])
}

fn stem(name: &str) -> &str {
    family(name).unwrap_or(name)
}

/// The number rotation gave it; the log itself has 0. None of dates and other names.
fn number(name: &str) -> Option<u32> {
    let rest = &name[stem(name).len()..];
    let first = rest.strip_prefix('.').unwrap_or(rest).split('.').next().unwrap_or_default();
    match first.parse() {
        Ok(number) if first.len() < 6 => Some(number),
        Ok(_) => None,
        Err(_) => (!rest.starts_with('-')).then_some(0),
    }
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    /// By machine, directory and family.
    files: BTreeMap<(Option<String>, PathBuf, String), Vec<LogFile>>,
    seen: std::collections::HashSet<(u64, u64)>,
    unread: Vec<Unread>,
}

impl Found {
    fn file(&mut self, path: &Path, machine: Option<&str>) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match LogFile::look(path) {
            Ok((file, identity)) => {
                if self.seen.insert(identity) {
                    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                    let key = (machine.map(str::to_owned), folder, stem(&name).to_owned());
                    self.files.entry(key).or_default().push(file);
                }
            }
            Err(why) => self.unread.push(Unread { path: path.to_owned(), why }),
        }
    }

    /// Looks for logs in a directory, and in those below it: they are named after machines.
    fn directory(
        &mut self,
        folder: &Path,
        machine: Option<&str>,
        depth: usize,
        is_wanted: &dyn Fn(usize, &str) -> bool,
    ) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                if !self.unread.iter().any(|unread| unread.path.starts_with(folder)) {
                    self.unread.push(Unread { path: folder.to_owned(), why: Why::Io(error) });
                }
                return;
            }
        };
        let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            if self.seen.len() >= MOST {
                if !self.unread.iter().any(|unread| matches!(unread.why, Why::TooMany)) {
                    self.unread.push(Unread { path: folder.to_owned(), why: Why::TooMany });
                }
                return;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if depth < DEEPEST {
                    let machine = machine.unwrap_or(&name);
                    self.directory(&path, Some(machine), depth + 1, is_wanted);
                }
            } else if family(&name).is_some_and(|family| is_wanted(depth, family)) {
                self.file(&path, machine);
            }
        }
    }

    fn logs(self) -> Logs {
        let mut logs = Logs { chains: Vec::new(), unread: self.unread };
        for ((machine, folder, family), mut files) in self.files {
            let name = |file: &LogFile| {
                file.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
            };
            // Of a file that is just being compressed, both are there.
            let names: Vec<String> = files.iter().map(name).collect();
            files.retain(|file| {
                let name = name(file);
                let plain = name.rsplit_once('.').map_or("", |(plain, _)| plain);
                file.packing.is_none() || !names.iter().any(|other| other == plain)
            });
            let numbers: Option<Vec<u32>> = files.iter().map(|file| number(&name(file))).collect();
            if let Some(mut numbers) = numbers {
                files.sort_by_key(|file| std::cmp::Reverse(number(&name(file))));
                numbers.sort_unstable();
                let pairs = numbers.windows(2);
                let holes = pairs.flat_map(|pair| pair[0] + 1..pair[1].min(pair[0] + 100));
                for hole in holes {
                    let path = folder.join(format!("{family}.{hole}"));
                    let is_known = logs.unread.iter().any(|unread| unread.path == path);
                    if !is_known && !path.exists() {
                        logs.unread.push(Unread { path, why: Why::Missing });
                    }
                }
            } else {
                files.sort_by_key(|file| file.first.unwrap_or(u64::MAX));
            }
            logs.chains.push(Chain { machine, files });
        }
        logs
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn line(sec: u64) -> String {
        format!("type=USER_CMD msg=audit({sec}.000:{sec}): pid=1 msg='cmd=6C73'\n")
    }

    fn names(chain: &Chain) -> Vec<String> {
        let name = |file: &LogFile| file.path.file_name().unwrap().to_string_lossy().into_owned();
        chain.files.iter().map(name).collect()
    }

    fn gz(text: &str) -> Vec<u8> {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        gz.finish().unwrap()
    }

    #[test]
    fn logs_of_a_directory_are_found_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("web2")).unwrap();
        fs::write(at("audit.log"), line(400)).unwrap();
        fs::write(at("audit.log.1"), line(300)).unwrap();
        fs::write(at("audit.log.2.gz"), gz(&line(200))).unwrap();
        fs::write(at("audit.log.10.zst"), zstd::encode_all(line(100).as_bytes(), 1).unwrap())
            .unwrap();
        fs::write(at("audit.log.11.xz"), b"\xfd7zXZ\0").unwrap();
        fs::write(at("notes.txt"), b"no log").unwrap();
        fs::write(at("web2/audit.log-20261101"), line(150)).unwrap();
        fs::write(at("web2/audit.log"), line(350)).unwrap();
        let logs = Logs::at(&[folder.path().to_owned()]);
        assert_eq!(logs.chains.len(), 2);
        let chain = &logs.chains[0];
        assert_eq!(
            names(chain),
            ["audit.log.10.zst", "audit.log.2.gz", "audit.log.1", "audit.log"]
        );
        assert_eq!(logs.chains[1].machine.as_deref(), Some("web2"));
        assert_eq!(names(&logs.chains[1]), ["audit.log-20261101", "audit.log"]);
        assert_eq!(logs.covered(), Some((100, 400)));
        let missing = |unread: &&Unread| matches!(unread.why, Why::Missing);
        assert_eq!(logs.unread.iter().filter(missing).count(), 7);
        assert!(logs.unread.iter().any(|unread| matches!(unread.why, Why::Packed("xz"))));
        let range = Range { start: Some(320), end: Some(380) };
        assert_eq!(chain.within(range).len(), 1);
        let range = Range { start: Some(150), end: Some(250) };
        assert_eq!(chain.within(range).len(), 2);
        // The same by their names, twice and in any order.
        let files = ["audit.log", "audit.log.1", "audit.log.2.gz", "audit.log"].map(at);
        let logs = Logs::at(&files);
        assert_eq!(names(&logs.chains[0]), ["audit.log.2.gz", "audit.log.1", "audit.log"]);
    }
}
