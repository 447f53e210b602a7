//! What has to be known of a machine to say what rules will do there.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::rules::{Accounts, Names};
use crate::syscall::Arch;

/// What is at a path, the last name not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Missing,
    /// A file or anything else that is neither of the others.
    File,
    /// A directory, of this user.
    Directory {
        /// Its owner.
        owner: u32,
    },
    /// A symbolic link, and where it leads in the end; none if nowhere.
    Link(Option<Vec<u8>>),
    /// It may not be looked at.
    Unseen,
}

/// Answers what is asked of a machine.
pub trait Machine: Names {
    /// What is there?
    fn look(&self, path: &[u8]) -> Found;
    /// How many files and directories are below, counted up to a limit.
    fn below(&self, directory: &[u8], limit: usize) -> usize;
    /// How many processes are made a day, by the time since the boot.
    fn processes_a_day(&self) -> Option<u64>;
    /// Bytes of log that auditd keeps, if there is one.
    fn log_room(&self) -> Option<u64>;
    /// Can 32-bit programs run?
    fn runs_32_bit(&self) -> bool;
    /// Homes of people and root: users' names and directories.
    fn homes(&self) -> Vec<(String, Vec<u8>)>;
}

/// This machine as it is now.
#[derive(Debug, Clone)]
pub struct ThisMachine {
    accounts: Accounts,
    passwd: String,
}

impl ThisMachine {
    /// Reads the accounts; the rest is looked at when asked.
    pub fn new() -> Self {
        let passwd = std::fs::read("/etc/passwd").unwrap_or_default();
        let passwd = String::from_utf8_lossy(&passwd).into_owned();
        Self { accounts: Accounts::of_this_machine(), passwd }
    }
}

impl Default for ThisMachine {
    fn default() -> Self {
        Self::new()
    }
}

impl Names for ThisMachine {
    fn arch(&self) -> Arch {
        self.accounts.arch()
    }

    fn user(&self, name: &str) -> Option<u32> {
        self.accounts.user(name)
    }

    fn group(&self, name: &str) -> Option<u32> {
        self.accounts.group(name)
    }

    fn is_directory(&self, path: &[u8]) -> bool {
        self.accounts.is_directory(path)
    }
}

impl Machine for ThisMachine {
    fn look(&self, path: &[u8]) -> Found {
        let path = Path::new(OsStr::from_bytes(path));
        match path.symlink_metadata() {
            Ok(found) if found.is_symlink() => {
                Found::Link(path.canonicalize().ok().map(|real| real.into_os_string().into_vec()))
            }
            Ok(found) if found.is_dir() => Found::Directory { owner: found.uid() },
            Ok(_) => Found::File,
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Found::Unseen,
            Err(_) => Found::Missing,
        }
    }

    fn below(&self, directory: &[u8], limit: usize) -> usize {
        let mut count = 0;
        let mut left = vec![Path::new(OsStr::from_bytes(directory)).to_owned()];
        while let Some(directory) = left.pop() {
            for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                count += 1;
                if count >= limit {
                    return count;
                }
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    left.push(entry.path());
                }
            }
        }
        count
    }

    fn processes_a_day(&self) -> Option<u64> {
        let stat = std::fs::read_to_string("/proc/stat").ok()?;
        let made: u64 =
            stat.lines().find_map(|line| line.strip_prefix("processes "))?.parse().ok()?;
        let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
        let seconds: f64 = uptime.split(' ').next()?.parse().ok()?;
        Some((made as f64 * 86_400.0 / seconds.max(60.0)) as u64)
    }

    fn log_room(&self) -> Option<u64> {
        let text = std::fs::read_to_string("/etc/audit/auditd.conf").ok()?;
        let value = |name: &str| {
            text.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                (key.trim() == name).then(|| value.trim().parse::<u64>().ok())?
            })
        };
        // auditd.conf(5): files, and megabytes of each.
        Some(value("num_logs")?.max(1) * value("max_log_file")? * 1024 * 1024)
    }

    fn runs_32_bit(&self) -> bool {
        // Only a kernel that runs 32-bit programs on x86_64 has it.
        !cfg!(target_arch = "x86_64") || Path::new("/proc/sys/abi/vsyscall32").exists()
    }

    fn homes(&self) -> Vec<(String, Vec<u8>)> {
        let home = |line: &str| {
            let parts: Vec<&str> = line.split(':').collect();
            let [name, _, id, _, _, home, shell] = parts.as_slice() else { return None };
            let id: u32 = id.parse().ok()?;
            let is_person = id == 0 || (1000..65_534).contains(&id);
            let enters = !shell.ends_with("nologin") && !shell.ends_with("/false");
            let is_here = self.is_directory(home.as_bytes()) && *home != "/";
            (is_person && enters && is_here).then(|| ((*name).to_owned(), home.as_bytes().to_vec()))
        };
        self.passwd.lines().filter_map(home).collect()
    }
}
