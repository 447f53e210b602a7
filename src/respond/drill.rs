//! Harmless stand-ins of what an intruder leaves, to see that they are found; each is written down before it is
//! planted, so that it can be removed whatever happens in between.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use nightkeep_triage::finding::{Finding, Subject};

/// In all that is planted: what does not have it is not removed.
const MARK: &str = "nightkeep drill";
/// Where programs are run from that should not.
const SCRATCH: &str = "/dev/shm/.nightkeep-drill";
/// The program that stands in: it does nothing, and ends by itself after this many seconds.
const PROGRAM: &str = "/usr/bin/sleep";
const LIFETIME: &str = "900";
/// The unit that fails, for the watch to tell of.
pub const UNIT: &str = "nightkeep-drill.service";
const UNIT_FILE: &str = "/run/systemd/system/nightkeep-drill.service";

/// A stand-in.
#[derive(Debug, Clone, Copy)]
pub struct StandIn {
    /// The detector that has to find it.
    pub detector: &'static str,
    /// What it stands for.
    pub title: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A file with this content and mode.
    File(&'static str, &'static str, u32),
    /// A public key nobody has the other half of, and which is over.
    Key(&'static str),
    /// A program in the scratch folder, called that, by which name it calls itself; with its file removed or not.
    Program(&'static str, &'static str, bool),
}

/// All of them.
pub const STAND_INS: [StandIn; 7] = [
    StandIn {
        detector: "D1",
        title: "a program that was deleted and still runs",
        kind: Kind::Program("gone", "gone", true),
    },
    StandIn {
        detector: "D3",
        title: "a program that runs from /dev/shm",
        kind: Kind::Program("agent", "agent", false),
    },
    StandIn {
        detector: "D4",
        title: "a program that passes itself off as a thread of the kernel",
        kind: Kind::Program("kworker", "[kworker/u8:9-drill]", false),
    },
    StandIn {
        detector: "D12",
        title: "a key in root's authorized_keys2 (it is over, and opens nothing)",
        kind: Kind::Key("/root/.ssh/authorized_keys2"),
    },
    StandIn {
        detector: "D13",
        title: "a cron job that starts something hidden (on 30 February)",
        kind: Kind::File(
            "/etc/cron.d/nightkeep-drill",
            "# nightkeep drill\n0 0 30 2 * root /dev/shm/.nightkeep-drill/none\n",
            0o644,
        ),
    },
    StandIn {
        detector: "D14",
        title: "a file with root's bit in /var/tmp (it holds text only)",
        kind: Kind::File("/var/tmp/.nightkeep-drill", "nightkeep drill\n", 0o4755),
    },
    StandIn {
        detector: "D16",
        title: "a program in /usr/bin that no package brought (it cannot run)",
        kind: Kind::File("/usr/bin/nightkeep-drill", "\x7fELF nightkeep drill\n", 0o644),
    },
];

/// A stand-in that is there.
#[derive(Debug)]
pub struct Planted {
    /// Which.
    pub what: StandIn,
    child: Option<Child>,
}

impl StandIn {
    /// Plants it. Nothing that is there already is written over.
    pub fn plant(self) -> io::Result<Planted> {
        let mut child = None;
        match self.kind {
            Kind::File(path, text, mode) => write(Path::new(path), text, mode)?,
            Kind::Key(path) => {
                let path = Path::new(path);
                if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
                    fs::DirBuilder::new().create(folder)?;
                    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
                }
                write(path, &key()?, 0o600)?;
            }
            Kind::Program(name, calls_itself, is_removed) => {
                scratch()?;
                let path = Path::new(SCRATCH).join(name);
                fs::copy(PROGRAM, &path)?;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
                let mut command = Command::new(&path);
                command.arg0(calls_itself).arg(LIFETIME).current_dir("/");
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                child = Some(command.spawn()?);
                if is_removed {
                    fs::remove_file(&path)?;
                }
            }
        }
        Ok(Planted { what: self, child })
    }
}

impl Planted {
    /// Is this finding of it?
    pub fn is_of(&self, found: &Finding) -> bool {
        let is_subject = match (self.what.kind, &found.subject) {
            (Kind::File(path, ..) | Kind::Key(path), Subject::Path(found)) => found == path,
            (Kind::Program(..), Subject::Process { pid, .. }) => {
                self.child.as_ref().is_some_and(|child| child.id() == *pid)
            }
            _ => false,
        };
        is_subject && found.id == self.what.detector
    }

    /// Removes it.
    pub fn clear(mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Removes whatever is left of this or an earlier drill, and nothing else; says what it removed and what it
/// could not.
pub fn clear() -> (Vec<String>, Vec<String>) {
    let (mut removed, mut left) = (Vec::new(), Vec::new());
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let program = fs::read_link(entry.path().join("exe")).unwrap_or_default();
        if program.to_string_lossy().starts_with(&format!("{SCRATCH}/"))
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            removed.push(format!("process {}", pid.as_raw_nonzero()));
        }
    }
    let files = STAND_INS.iter().filter_map(|one| match one.kind {
        Kind::File(path, ..) | Kind::Key(path) => Some(PathBuf::from(path)),
        Kind::Program(..) => None,
    });
    for path in files.chain([PathBuf::from(UNIT_FILE)]) {
        if !is_ours(&path) {
            continue;
        }
        match fs::remove_file(&path) {
            Ok(()) => removed.push(path.display().to_string()),
            Err(error) => left.push(format!("{}: {error}", path.display())),
        }
    }
    if let Err(error) = fs::remove_dir_all(SCRATCH)
        && error.kind() != io::ErrorKind::NotFound
    {
        left.push(format!("{SCRATCH}: {error}"));
    }
    (removed, left)
}

/// Makes the folder, in which nobody but root may put another program in place of ours.
fn scratch() -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(SCRATCH) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(SCRATCH)?;
            let is_safe = found.is_dir() && found.uid() == 0 && found.mode() & 0o777 == 0o700;
            if is_safe { Ok(()) } else { Err(error) }
        }
        made => made,
    }
}

/// A unit that fails at once; the watch has to tell of it.
pub fn plant_unit() -> io::Result<()> {
    let text = format!(
        "# {MARK}\n[Unit]\nDescription={MARK}\n[Service]\nType=oneshot\nExecStart=/bin/false\n"
    );
    write(Path::new(UNIT_FILE), &text, 0o644)
}

/// Writes a new file of ours: with our mark in it, or not at all.
fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

fn is_ours(path: &Path) -> bool {
    let is_plain = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    is_plain && fs::read(path).is_ok_and(|text| String::from_utf8_lossy(&text).contains(MARK))
}

/// A line of authorized_keys(5) that opens nothing, by the time that is over and the command that fails.
fn key() -> io::Result<String> {
    let mut bytes = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
    fs::File::open("/dev/urandom")?.take(32).read_to_end(&mut bytes)?;
    let key = base64::engine::general_purpose::STANDARD.encode(bytes);
    Ok(format!(
        "restrict,expiry-time=\"19700102\",command=\"/bin/false\" ssh-ed25519 {key} {MARK}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_counts_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, other, link) =
            (folder.path().join("a"), folder.path().join("b"), folder.path().join("c"));
        write(&ours, &key().unwrap(), 0o600).unwrap();
        assert!(write(&ours, "again", 0o600).is_err());
        fs::write(&other, "mine").unwrap();
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        assert_eq!([&ours, &other, &link].map(|path| is_ours(path)), [true, false, false]);
        for one in STAND_INS {
            if let Kind::File(_, text, _) = one.kind {
                assert!(text.contains(MARK), "{}", one.detector);
            }
        }
    }
}
