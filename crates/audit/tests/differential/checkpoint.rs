//! Searching again and again: each side on a machine of its own, to which the same happens.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nightkeep_audit::Compat;

use crate::reference::{Reference, difference, skipped};

/// What happens to a machine, in order.
enum Step {
    /// A search with these options, and its exit code; version 3 may wait for more of an event first.
    Search(&'static str, i32),
    /// The log grows by so many of its events.
    Grow(usize),
    /// The log is turned over, the oldest beyond `audit.log.2` goes.
    Rotate,
    /// The logs are lost; a new one begins.
    Lose,
    /// A file is written.
    Write(&'static str, &'static str),
    /// Another serial number is put into the checkpoint, and a time before all.
    Spoil,
}

use Step::{Grow, Lose, Rotate, Search, Spoil, Write};

const AGAIN: &str = "--checkpoint CP --raw";

const OTHER_LOG: &str =
    "log_file = /var/log/audit/other.log\nspace_left = 75\nadmin_space_left = 50\n";
const LONG_TIMEOUT: &str = "log_file = /var/log/audit/audit.log\nend_of_event_timeout = 5\nspace_left = 75\nadmin_space_left = 50\n";
const COMMAND: &str = "type=USER_CMD msg=audit(1795439000.001:7): pid=1 uid=0 res=success\n";

/// Stories by name; searches are of the default logs.
const STORIES: [(&str, &[Step]); 16] = [
    (
        "each event once",
        &[
            Grow(40),
            Search(AGAIN, 0),
            Search(AGAIN, 1),
            Grow(40),
            Search(AGAIN, 0),
            Grow(9),
            Search(AGAIN, 0),
        ],
    ),
    (
        "nothing matches",
        &[Grow(40), Search("--checkpoint CP -k nosuch", 1), Grow(9), Search(AGAIN, 0)],
    ),
    (
        "rotated between",
        &[
            Grow(40),
            Search(AGAIN, 0),
            Grow(9),
            Rotate,
            Grow(20),
            Search(AGAIN, 0),
            Search(AGAIN, 1),
        ],
    ),
    (
        "rotated twice between",
        &[Grow(40), Search(AGAIN, 0), Rotate, Grow(9), Rotate, Grow(20), Search(AGAIN, 0)],
    ),
    (
        "rotated away",
        &[
            Grow(40),
            Search(AGAIN, 0),
            Rotate,
            Grow(9),
            Rotate,
            Grow(9),
            Rotate,
            Grow(9),
            Search(AGAIN, 10),
            Search("--checkpoint CP --raw -ts checkpoint", 0),
            Search(AGAIN, 1),
        ],
    ),
    (
        "the log is lost",
        &[
            Grow(40),
            Search(AGAIN, 0),
            Lose,
            Grow(40),
            Search(AGAIN, 10),
            Search("--checkpoint CP --start checkpoint --raw", 0),
            Search(AGAIN, 1),
        ],
    ),
    (
        "the event is not in its file",
        &[
            Grow(60),
            Search(AGAIN, 0),
            Spoil,
            Search(AGAIN, 12),
            Search("--checkpoint CP --raw -ts checkpoint", 0),
        ],
    ),
    ("a time without a checkpoint", &[Grow(20), Search("--raw -ts checkpoint", 0)]),
    (
        "only a time, from the first on",
        &[Grow(20), Search("--raw -ts checkpoint --checkpoint CP", 0), Grow(9), Search(AGAIN, 0)],
    ),
    ("no checkpoint can be written", &[Grow(20), Search("--raw --checkpoint /nowhere/at/all", 11)]),
    (
        "a checkpoint that is none",
        &[
            Grow(20),
            Write("CP", "what\n"),
            Search(AGAIN, 10),
            Write("CP", "dev=0x0\ninode=0\noutput=- 1.002:3 0x514\n"),
            Search(AGAIN, 10),
            Write("CP", "dev=0x10\ninode=20\noutput=-\n"),
            Search(AGAIN, 10),
            Write("CP", "dev=0x10\ninode=20\noutput=- 1.x\n"),
            Search(AGAIN, 10),
            Write("CP", "dev=0x10\ninode=20\noutput=- 1.002:3 0x514\n"),
            Search(AGAIN, 10),
            Write("CP", "dev=0x99999999999999999999\ninode=20\n"),
            Search(AGAIN, 10),
            Write("CP", ""),
            Search(AGAIN, 10),
        ],
    ),
    ("one at a time", &[Grow(40), Search("--checkpoint CP --raw --just-one", 0), Search(AGAIN, 0)]),
    (
        "one at a time, after all",
        &[
            Grow(60),
            Search(AGAIN, 0),
            Grow(30),
            Search("--checkpoint CP --raw --just-one", 1),
            Search(AGAIN, 0),
        ],
    ),
    (
        "one at a time, rotated",
        &[
            Grow(40),
            Rotate,
            Grow(40),
            Search("--checkpoint CP --raw --just-one", 0),
            Search("--checkpoint CP --raw --just-one", 0),
            Search(AGAIN, 0),
        ],
    ),
    (
        "as a table and as sentences",
        &[
            Grow(60),
            Search("--checkpoint CP --format csv", 0),
            Grow(30),
            Search("--checkpoint CP --format text", 0),
            Grow(30),
            Search("--checkpoint CP -i -m SYSCALL", 0),
        ],
    ),
    (
        "the configuration says where the log is",
        &[
            Write("etc/audit/auditd.conf", OTHER_LOG),
            Search("--raw", 1),
            Write("var/log/audit/other.log", COMMAND),
            Search("--raw", 0),
            Write("etc/audit/auditd.conf", LONG_TIMEOUT),
            Grow(30),
            Search("-i", 0),
            Write("etc/audit/auditd.conf", ""),
            Search("--raw", 0),
        ],
    ),
];

/// A machine in a folder: `etc/audit` and `var/log/audit`.
struct Machine {
    root: PathBuf,
    /// What its log will have, event for event.
    to_come: Vec<Vec<u8>>,
}

impl Machine {
    fn new(root: PathBuf, log: &[u8]) -> Self {
        fs::create_dir_all(root.join("etc/audit")).unwrap();
        fs::create_dir_all(root.join("var/log/audit")).unwrap();
        let mut to_come: Vec<Vec<u8>> = Vec::new();
        let serial = |line: &[u8]| line.split(|byte| *byte == b')').next().map(<[u8]>::to_vec);
        let mut last = None;
        for line in log.split_inclusive(|byte| *byte == b'\n') {
            let this = serial(line)
                .map(|head| head.rsplit(|byte| *byte == b'(').next().map(<[u8]>::to_vec));
            match to_come.last_mut().filter(|_| this == last) {
                Some(event) => event.extend_from_slice(line),
                None => to_come.push(line.to_vec()),
            }
            last = this;
        }
        to_come.reverse();
        Self { root, to_come }
    }

    fn log(&self, end: &str) -> PathBuf {
        self.root.join(format!("var/log/audit/audit.log{end}"))
    }

    /// Where a file is; the checkpoint is with the logs, where both sides can write.
    fn file(&self, name: &str) -> PathBuf {
        self.root.join(if name == "CP" { "var/log/audit/cp" } else { name })
    }

    fn happens(&mut self, step: &Step) {
        match step {
            Search(..) => {}
            Grow(events) => {
                if !self.log("").exists() {
                    write(&self.log(""), "");
                }
                let mut log = OpenOptions::new().append(true).open(self.log("")).unwrap();
                for _ in 0..*events {
                    log.write_all(&self.to_come.pop().unwrap()).unwrap();
                }
            }
            Rotate => {
                // What is kept somewhere cannot have its inode used again.
                if self.log(".2").exists() {
                    fs::rename(self.log(".2"), self.root.join("lost")).unwrap();
                }
                for (from, to) in [(".1", ".2"), ("", ".1")] {
                    if self.log(from).exists() {
                        fs::rename(self.log(from), self.log(to)).unwrap();
                    }
                }
                write(&self.log(""), "");
            }
            Lose => {
                fs::rename(self.log(""), self.root.join("lost")).unwrap();
                write(&self.log(""), "");
            }
            Write(name, text) => write(&self.file(name), text),
            Spoil => {
                let checkpoint = fs::read_to_string(self.file("CP")).unwrap();
                let (file, _) = checkpoint.split_once("output=").unwrap();
                fs::write(self.file("CP"), format!("{file}output=- 1795000000.001:1 0x514\n"))
                    .unwrap();
            }
        }
    }

    /// The event its checkpoint names, and whether that is of the log it should be.
    fn checkpoint(&self) -> Option<(String, bool)> {
        use std::os::unix::fs::MetadataExt as _;
        let text = fs::read_to_string(self.file("CP")).ok()?;
        let inode = fs::metadata(self.log("")).map_or(0, |found| found.ino());
        let is_last = text.contains(&format!("inode={inode}\n"));
        let (_, last) = text.split_once("output=")?;
        Some((last.to_owned(), is_last))
    }
}

/// Writes a file as auditd wants its own: others cannot read it.
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
}

fn can_mount() -> bool {
    let unshare = std::process::Command::new("unshare").args(["--mount", "true"]).output();
    unshare.is_ok_and(|said| said.status.success())
}

#[test]
fn searching_on_finds_what_is_new() {
    if !can_mount() {
        return skipped(
            "checkpoints and default logs: to give auditd's tools a log of their own, run as root",
        );
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/trixie-node.log.zst");
    let log = zstd::decode_all(fs::File::open(data).unwrap()).unwrap();
    let mut failed = Vec::new();
    let mut searches = 0;
    for reference in Reference::all() {
        for (story, steps) in STORIES {
            let folder = tempfile::tempdir().unwrap();
            let mut machines =
                ["theirs", "ours"].map(|side| Machine::new(folder.path().join(side), &log));
            for (at, step) in steps.iter().enumerate() {
                for machine in &mut machines {
                    machine.happens(step);
                }
                let Search(options, code) = step else { continue };
                let [theirs, ours] = &machines;
                let theirs_args = args(options, "/var/log/audit/cp");
                let ours_args = args(options, ours.file("CP").to_str().unwrap());
                let said = reference.theirs_on(&theirs.root, "ausearch", &theirs_args);
                let own = reference.ours_on(&ours.root, "ausearch", &ours_args, None);
                searches += 1;
                let mut wrong = difference(&said, &own);
                let is_waiting =
                    reference.compat == Compat::V3 && *code == 0 && said.code == Some(1);
                if said.code != Some(*code) && !is_waiting {
                    wrong = Some(format!("theirs ended with {:?}, not {code}", said.code));
                }
                if theirs.checkpoint() != ours.checkpoint() {
                    wrong = Some(format!(
                        "checkpoint, theirs {:?}, ours {:?}",
                        theirs.checkpoint(),
                        ours.checkpoint()
                    ));
                }
                failed.extend(wrong.map(|why| {
                    format!("{:?} {story}, step {}: {options}\n  {why}", reference.compat, at + 1)
                }));
            }
        }
    }
    assert!(failed.is_empty(), "{} of {searches} differ:\n{}", failed.len(), failed.join("\n"));
}

fn args(options: &str, checkpoint: &str) -> Vec<String> {
    let words = options.split(' ').map(|word| if word == "CP" { checkpoint } else { word });
    words.map(str::to_owned).collect()
}
