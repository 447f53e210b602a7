//! Systems with auditd's tools to compare ours with.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::tz::TimeZone;
use nightkeep_audit::aureport;
use nightkeep_audit::ausearch::{self, Ground};
use nightkeep_audit::time::Now;
use nightkeep_audit::{Compat, Names};

const ZONE: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// `MACHINE ROOT TOOL …`: runs a tool of a system that has the configuration and the logs of another
/// machine, where nobody else sees it.
const ON_MACHINE: &str = r#"
    machine=$1 root=${2%/} tool=$3; shift 3
    mkdir -p "$root/etc/audit" "$root/var/log/audit"
    mount --bind "$machine/etc/audit" "$root/etc/audit" || exit 99
    mount --bind "$machine/var/log/audit" "$root/var/log/audit" || exit 99
    if [ -n "$root" ]; then exec chroot "$root" "$tool" "$@"; else exec "$tool" "$@"; fi
"#;

/// Says what is not tested, also where the output of tests that pass is not shown.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
}

/// A system the tools are run of.
#[derive(Clone)]
pub(crate) struct Reference {
    /// Where it is; `/` is this machine.
    pub(crate) root: PathBuf,
    pub(crate) compat: Compat,
}

impl Reference {
    pub(crate) fn command(&self, tool: &str) -> Command {
        if self.root == Path::new("/") {
            return Command::new(tool);
        }
        let mut command = Command::new("chroot");
        command.arg(&self.root).arg(tool);
        command
    }

    pub(crate) fn all() -> Vec<Self> {
        let roots = std::env::var("AUDIT_REF").unwrap_or_else(|_| "/".into());
        let mut all = Vec::new();
        for root in roots.split(':').map(PathBuf::from) {
            let mut this = Self { root, compat: Compat::V4 };
            let version = this.command("ausearch").arg("--version").output();
            let version = version.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
            match version.as_deref().map(str::trim) {
                Ok("ausearch version 3.0.9") => this.compat = Compat::V3,
                Ok("ausearch version 4.0.2") => {}
                other => {
                    let root = this.root.display();
                    skipped(&format!("{root}: needs ausearch 3.0.9 or 4.0.2, found {other:?}"));
                    continue;
                }
            }
            all.push(this);
        }
        all
    }

    /// Puts files where the tools see them under the same path as we do.
    pub(crate) fn stage(&self, folder: &Path) -> PathBuf {
        let inside = self.root.join(folder.strip_prefix("/").unwrap());
        if inside != folder {
            copy(folder, &inside);
        }
        inside
    }

    pub(crate) fn theirs(&self, tool: &str, args: &[String], input: Option<&Path>) -> Said {
        let mut command = self.command(tool);
        command.args(args);
        let input = input.map(|path| fs::read(path).unwrap());
        Self::said(command, input.map(|input| move |pipe: &mut dyn Write| pipe.write_all(&input)))
    }

    /// Theirs with what is written to its standard input.
    pub(crate) fn theirs_fed(
        &self,
        tool: &str,
        args: &[String],
        feed: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
    ) -> Said {
        let mut command = self.command(tool);
        command.args(args);
        Self::said(command, Some(feed))
    }

    /// Theirs on a machine that has its configuration and logs in a folder.
    pub(crate) fn theirs_on(&self, machine: &Path, tool: &str, args: &[String]) -> Said {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", ON_MACHINE, "sh"]);
        command.arg(machine).arg(&self.root).arg(tool).args(args);
        Self::said(command, None::<fn(&mut dyn Write) -> io::Result<()>>)
    }

    fn said(
        mut command: Command,
        feed: Option<impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static>,
    ) -> Said {
        command.env("LC_ALL", "C").env("TZ", ZONE);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if feed.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().unwrap();
        let pipe = child.stdin.take();
        let feed = std::thread::spawn(move || {
            if let (Some(mut pipe), Some(feed)) = (pipe, feed) {
                // The tool may end before it has read it all.
                let _ = feed(&mut pipe);
            }
        });
        let said = child.wait_with_output().unwrap();
        feed.join().unwrap();
        Said { code: said.status.code(), out: said.stdout, err: said.stderr }
    }

    pub(crate) fn ground(&self, machine: &Path) -> Ground {
        #[allow(clippy::disallowed_methods)]
        let now = jiff::Timestamp::now().as_second().unsigned_abs();
        Ground {
            now: Now { sec: now, zone: TimeZone::posix(ZONE).unwrap(), boot: None },
            root: machine.to_owned(),
            users: Names::users(&self.root),
            groups: Names::groups(&self.root),
            compat: self.compat,
        }
    }

    pub(crate) fn ours(&self, tool: &str, args: &[String], input: Option<&Path>) -> Said {
        let pipe = input.map(|path| File::open(path).unwrap());
        self.ours_on(&self.root, tool, args, pipe)
    }

    /// Ours on a machine that has its configuration and logs in a folder.
    pub(crate) fn ours_on(
        &self,
        machine: &Path,
        tool: &str,
        args: &[String],
        pipe: Option<File>,
    ) -> Said {
        let ground = self.ground(machine);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = match tool {
            "ausearch" => ausearch::run(args, &ground, pipe, &mut out, &mut err).unwrap(),
            "aureport" => {
                let pipe = pipe.map(|pipe| Box::new(pipe) as Box<dyn Read>);
                aureport::run(args, &ground, pipe, &mut out, &mut err).unwrap()
            }
            other => panic!("no tool of ours is called {other}"),
        };
        Said { code: Some(code.into()), out, err: without(&err, machine) }
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn first_difference(a: &[u8], b: &[u8]) -> String {
    let at = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let line = a[..at].split(|byte| *byte == b'\n').count();
    let show = |text: &[u8]| {
        let from = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end =
            text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |len| at + len);
        text[from..end].escape_ascii().to_string()
    };
    format!("line {line}\n    theirs {}\n    ours   {}", show(a), show(b))
}

/// What is different in what they say, if anything is.
pub(crate) fn difference(theirs: &Said, ours: &Said) -> Option<String> {
    if theirs.out != ours.out {
        return Some(format!("output, {}", first_difference(&theirs.out, &ours.out)));
    }
    if theirs.code != ours.code {
        return Some(format!("exit code, theirs {:?}, ours {:?}", theirs.code, ours.code));
    }
    (theirs.err != ours.err)
        .then(|| format!("errors, {}", first_difference(&theirs.err, &ours.err)))
}

/// What is said without the folder the machine is in.
fn without(said: &[u8], machine: &Path) -> Vec<u8> {
    let machine = machine.to_str().unwrap().trim_end_matches('/');
    if machine.is_empty() {
        return said.to_vec();
    }
    let mut left = Vec::new();
    let mut rest = said;
    while let Some(at) = memchr::memmem::find(rest, machine.as_bytes()) {
        left.extend_from_slice(&rest[..at]);
        rest = &rest[at + machine.len()..];
    }
    left.extend_from_slice(rest);
    left
}
