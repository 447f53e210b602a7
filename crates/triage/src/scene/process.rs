//! A process.

use jiff::Timestamp;

use crate::baseline::{Facts, Topic};

use super::Scene;

/// `PF_KTHREAD` of the kernel's `sched.h`: a thread of the kernel itself.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// A process as `/proc` shows it. Its names are as it chose them: escaped only when shown.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Its parent's; 0 for none.
    pub parent: u32,
    /// What it calls itself (`comm`).
    pub name: String,
    /// Its command line, as it left it.
    pub arguments: Vec<String>,
    /// The program it runs; none for the kernel's threads, and where it may not be seen.
    pub program: Option<Program>,
    /// The folder it is in.
    pub folder: Option<String>,
    /// Real and effective user.
    pub uid: u32,
    /// The effective one.
    pub effective_uid: u32,
    /// The user who logged in to start it (`loginuid`); none for daemons.
    pub login_uid: Option<u32>,
    /// The login session of the kernel's audit.
    pub session: Option<u32>,
    /// When it began.
    pub started: Timestamp,
    /// How much of one CPU it used in all its life, in seconds.
    pub cpu: f64,
    /// Flags of its state (`/proc/PID/stat`, field 9).
    pub flags: u64,
    /// It ended, and waits for its parent to hear of it.
    pub is_dead: bool,
    /// Its control group.
    pub cgroup: String,
    /// The unit of systemd whose it is.
    pub unit: Option<String>,
    /// It is in another namespace of mounts than the first process: a container, or a confined unit.
    pub is_apart: bool,
    /// It has process ids of its own: a container.
    pub has_own_pids: bool,
    /// A container's runtime started it, and it is in such a control group.
    pub is_contained: bool,
    /// The namespace of networks it is in.
    pub network: Option<u64>,
    /// Where its input, output and errors go: what `/proc/PID/fd/0` to `2` point to.
    pub streams: [Option<String>; 3],
    /// Numbers of the sockets it holds.
    pub sockets: Vec<u64>,
    /// Libraries forced upon it (`LD_PRELOAD`, `LD_AUDIT`, in its environment).
    pub preload: Option<String>,
    /// Its environment keeps shells from writing a history.
    pub hides_history: bool,
}

/// The program of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// Its path, in the process's own view.
    pub path: String,
    /// The file it was started from is no longer there under any name.
    pub is_deleted: bool,
    /// There is a file of that name now, though not the same: it was replaced.
    pub is_replaced: bool,
    /// It never had a name: made in memory.
    pub is_in_memory: bool,
    /// The package that owns the file.
    pub package: Option<String>,
}

/// Folders that anybody may write to, and that nothing is installed in.
const SCRATCH: [&str; 6] = ["/tmp/", "/var/tmp/", "/dev/shm/", "/dev/", "/run/user/", "/run/lock/"];
/// Shells.
const SHELLS: [&str; 9] = ["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "hush", "fish"];
/// Programs that run what they are told.
const INTERPRETERS: [&str; 9] =
    ["python", "perl", "ruby", "php", "lua", "node", "socat", "nc", "ncat"];

impl Process {
    /// Is it a thread of the kernel?
    pub fn is_kernel_thread(&self) -> bool {
        self.flags & KERNEL_THREAD != 0
    }

    /// Does it run as root?
    pub fn is_root(&self) -> bool {
        self.uid == 0 || self.effective_uid == 0
    }

    /// The path of its program; empty if it is not known.
    pub fn path(&self) -> &str {
        self.program.as_ref().map_or("", |program| &program.path)
    }

    /// The name of its program's file.
    pub fn file(&self) -> &str {
        self.path().rsplit('/').next().unwrap_or_default()
    }

    /// Does a package own its program?
    pub fn is_owned(&self) -> bool {
        self.program.as_ref().is_some_and(|program| program.package.is_some())
    }

    /// Does it run from a folder that anybody may write to, or one that is hidden?
    pub fn is_from_scratch(&self) -> bool {
        is_scratch(self.path())
    }

    /// The name of what it does: of its program's file, and for busybox, which is a hundred programs, of
    /// the one it was started as. Containers (Alpine) have nearly all of theirs from there.
    fn role(&self) -> &str {
        if self.file() != "busybox" {
            return self.file();
        }
        let names = self.arguments.iter().filter_map(|word| word.rsplit('/').next());
        let mut words = names.map(|word| word.trim_start_matches('-'));
        // Without words it may be anything.
        words.find(|word| *word != "busybox").unwrap_or("sh")
    }

    /// Is it a shell?
    pub fn is_shell(&self) -> bool {
        SHELLS.contains(&self.role())
    }

    /// Is it a shell, or a program that runs what it is told?
    pub fn is_interpreter(&self) -> bool {
        let name = self.role().trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        self.is_shell() || INTERPRETERS.contains(&name)
    }

    /// Its command line in a line.
    pub fn command(&self) -> String {
        if self.arguments.is_empty() {
            format!("[{}]", self.name)
        } else {
            self.arguments.join(" ")
        }
    }

    /// Does its control group bear the name of a container's (docker, podman, kubernetes, lxc)? Anybody who is root,
    /// and users below their own group, may name a group so.
    pub fn is_in_containers_group(&self) -> bool {
        let marks = [
            "/docker/",
            "docker-",
            "/libpod",
            "libpod-",
            "kubepods",
            "/lxc.payload",
            "machine.slice/",
        ];
        marks.iter().any(|mark| self.cgroup.contains(mark))
    }

    /// Was its program made in memory, removed, or lies it where anybody may write?
    pub fn is_fleeting(&self) -> bool {
        let is_gone = self.program.as_ref().is_some_and(|program| {
            program.is_in_memory || program.is_deleted && !program.is_replaced
        });
        is_gone || self.is_from_scratch()
    }

    /// Was its program made in memory?
    pub fn is_in_memory(&self) -> bool {
        self.program.as_ref().is_some_and(|program| program.is_in_memory)
    }

    /// Was it started from a terminal by somebody who is logged in, and is not root?
    pub fn is_by_hand(&self) -> bool {
        let is_terminal = |stream: &String| stream.starts_with("/dev/pts/");
        let has_terminal = self.streams.iter().flatten().any(is_terminal);
        self.login_uid.is_some() && !self.is_root() && has_terminal
    }

    /// How long it has lived, in seconds.
    pub fn age(&self, now: Timestamp) -> i64 {
        now.as_second() - self.started.as_second()
    }

    /// `pid 812 (sh)`.
    pub fn label(&self) -> String {
        format!("pid {} ({})", self.pid, self.name)
    }
}

/// Programs that start containers, and stay above them.
const RUNTIMES: [&str; 7] =
    ["containerd-shim", "conmon", "dockerd", "lxc-start", "lxc-monitord", "lxd", "systemd-nspawn"];
/// Where runtimes are that come from no package of the distribution: snaps, and k3s.
const BESIDES: [&str; 4] = ["/snap/", "/usr/local/", "/var/lib/rancher/", "/nix/store/"];

/// Marks those that are in containers: by their group, and because a runtime is above them. `processes` are in the
/// order of their ids.
pub fn mark_containers(processes: &mut [Process]) {
    let is_runtime = |process: &Process| {
        let is_installed = process.is_owned()
            || process.uid == 0 && BESIDES.iter().any(|folder| process.path().starts_with(folder));
        is_installed && RUNTIMES.iter().any(|name| process.file().starts_with(name))
    };
    let contained: Vec<usize> = (0..processes.len())
        .filter(|&at| processes[at].is_in_containers_group())
        .filter(|&at| ancestors(processes, &processes[at]).any(is_runtime))
        .collect();
    for at in contained {
        processes[at].is_contained = true;
    }
}

fn process(processes: &[Process], pid: u32) -> Option<&Process> {
    let at = processes.binary_search_by_key(&pid, |process| process.pid).ok()?;
    processes.get(at)
}

fn ancestors<'p>(processes: &'p [Process], of: &'p Process) -> impl Iterator<Item = &'p Process> {
    let parent = |above: &&Process| process(processes, above.parent);
    // Pids are used again: a circle must not hold us.
    std::iter::successors(process(processes, of.parent), move |above| parent(above)).take(64)
}

/// Hidden folders that toolchains install themselves to, wherever an application lives.
const TOOLS: [&str; 10] = [
    "/.venv/",
    "/.nvm/",
    "/.cargo/",
    "/.rustup/",
    "/.pyenv/",
    "/.rbenv/",
    "/.bun/",
    "/.deno/",
    "/.dotnet/",
    "/.asdf/",
];

/// Is it a path in a folder that anybody may write to, or in one whose name begins with a dot outside of
/// homes?
pub fn is_scratch(path: &str) -> bool {
    SCRATCH.iter().any(|folder| path.starts_with(folder)) || is_hidden(path)
}

/// Is it a path with a part that begins with a dot, outside of homes and of toolchains' folders?
pub fn is_hidden(path: &str) -> bool {
    let is_home = path.starts_with("/home/") || path.starts_with("/root/");
    let is_tool = TOOLS.iter().any(|folder| path.contains(folder));
    !is_home && !is_tool && path.contains("/.")
}

/// What builds something, and runs it from where it was built.
const BUILDERS: [&str; 7] = ["make", "ninja", "ctest", "meson", "bazel", "cargo", "go"];

impl Scene {
    /// Does a person who sits at a terminal build or test it? What outlives its builder, or was put aside
    /// (nohup, setsid), is no longer that.
    pub fn is_being_built(&self, process: &Process) -> bool {
        let is_builder = |above: &Process| {
            let is_installed = above.is_owned() || above.path().starts_with("/usr/local/");
            is_installed && BUILDERS.contains(&above.file())
        };
        process.is_by_hand() && self.ancestors(process).any(is_builder)
    }

    /// The process of an id.
    pub fn process(&self, pid: u32) -> Option<&Process> {
        process(&self.processes, pid)
    }

    /// Its parent, its parent's parent, and so on; the first process last.
    pub fn ancestors<'s>(&'s self, process: &'s Process) -> impl Iterator<Item = &'s Process> {
        ancestors(&self.processes, process)
    }
}

/// What runs from elsewhere than packages: user and path, and its unit.
pub fn facts(scene: &Scene, facts: &mut Facts) {
    for process in scene.processes.iter().filter(|process| !process.has_own_pids) {
        if process.program.is_some() && !process.is_owned() {
            let unit = process.unit.as_deref().unwrap_or_default();
            facts.add(Topic::Running, process.running(), unit);
        }
    }
}

impl Process {
    /// The name of [`Topic::Running`].
    pub fn running(&self) -> String {
        format!("{} {}", self.effective_uid, self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scratch_folders_are_told_from_homes() {
        let scratch =
            ["/tmp/a", "/dev/shm/a", "/usr/lib/.x/a", "/var/lib/...a/b", "/run/user/1000/a"];
        assert!(scratch.iter().all(|path| is_scratch(path)));
        let usual = [
            "/usr/bin/a",
            "/home/ann/.cargo/bin/a",
            "/opt/x.y/a",
            "/root/.local/bin/a",
            "/srv/app/.venv/bin/python3.12",
            "",
        ];
        assert!(!usual.iter().any(|path| is_scratch(path)));
    }

    #[test]
    fn a_group_named_as_a_containers_makes_no_container() {
        let process = |pid, parent, path: &str, package: Option<&str>| Process {
            pid,
            parent,
            uid: 1000,
            cgroup: String::from("/system.slice/docker-0123.scope"),
            program: Some(Program {
                path: path.to_owned(),
                package: package.map(str::to_owned),
                ..Program::default()
            }),
            ..Process::default()
        };
        let shim = "/usr/bin/containerd-shim-runc-v2";
        let mut processes = [
            process(1, 0, "/usr/lib/systemd/systemd", Some("systemd")),
            process(10, 1, shim, Some("containerd")),
            process(11, 10, "/bin/app", None),
            process(12, 11, "/bin/sh", None),
            process(20, 1, "/var/tmp/containerd-shim", None),
            process(21, 20, "/bin/app", None),
            process(22, 1, "/bin/app", None),
        ];
        mark_containers(&mut processes);
        let contained: Vec<u32> =
            processes.iter().filter(|one| one.is_contained).map(|one| one.pid).collect();
        assert_eq!(contained, [11, 12]);
    }

    #[test]
    fn busybox_is_a_shell_only_where_it_was_started_as_one() {
        let started = |words: &[&str]| Process {
            program: Some(Program { path: String::from("/bin/busybox"), ..Program::default() }),
            arguments: words.iter().map(|&word| word.to_owned()).collect(),
            ..Process::default()
        };
        let shells: [&[&str]; 4] = [&["sh"], &["-ash"], &["/bin/busybox", "sh", "-c", "x"], &[]];
        assert!(shells.iter().all(|words| started(words).is_shell()));
        let others: [&[&str]; 2] = [&["httpd", "-f"], &["busybox", "crond"]];
        assert!(!others.iter().any(|words| started(words).is_shell()));
        assert!(started(&["nc", "-e", "/bin/sh"]).is_interpreter());
    }

    #[test]
    fn what_make_runs_at_a_terminal_is_being_built() {
        let process = |pid, path: &str, package: Option<&str>| Process {
            pid,
            parent: pid - 1,
            program: Some(Program {
                path: path.to_owned(),
                package: package.map(str::to_owned),
                ..Program::default()
            }),
            uid: 1000,
            effective_uid: 1000,
            login_uid: Some(1000),
            streams: [Some(String::from("/dev/pts/0")), None, None],
            ..Process::default()
        };
        let mut scene = Scene {
            processes: vec![
                process(1, "/usr/bin/make", Some("make")),
                process(2, "/tmp/build/test", None),
                process(3, "/usr/bin/bash", Some("bash")),
            ],
            ..Scene::default()
        };
        assert!(scene.is_being_built(&scene.processes[1]));
        scene.processes[1].streams = [const { None }; 3];
        assert!(!scene.is_being_built(&scene.processes[1]));
        scene.processes[1] = Process { parent: 3, ..process(2, "/tmp/build/test", None) };
        scene.processes[2].parent = 0;
        assert!(!scene.is_being_built(&scene.processes[1]));
    }

    #[test]
    fn pids_that_are_their_own_ancestors_end() {
        let process = |pid, parent| Process { pid, parent, ..Process::default() };
        let scene = Scene { processes: vec![process(1, 2), process(2, 1)], ..Scene::default() };
        assert_eq!(scene.ancestors(&scene.processes[0]).count(), 64);
    }
}
