//! Looking at a machine without changing it, and without running any program of it.

pub mod account;
mod digest;
pub mod file;
pub mod hidden;
pub mod inventory;
pub mod kernel;
mod netlink;
pub mod package;
pub mod process;
pub mod socket;
pub mod startup;
pub mod tree;
pub mod unix;

use std::fs;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::tree::Tree;
use crate::scene::process::mark_containers;
use crate::scene::{Packages, Scene, Unseen};

/// The time that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// What happened before is the past.
    pub begin: Timestamp,
    /// Now.
    pub end: Timestamp,
}

/// How long it took so far.
pub type Elapsed = Arc<dyn Fn() -> Duration + Send + Sync>;

/// No part of looking, but for the walk through the files, may take longer.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// Does one part of looking, and goes on without it if it takes longer than that: whoever was in may have left a
/// pipe where a log was, or a mount that never answers. What hangs is left behind.
pub fn within<T: Send + 'static>(
    time: Duration,
    what: &str,
    detectors: &[&'static str],
    look: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Unseen> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let unseen = |why: String| Unseen {
        what: what.to_owned(),
        why,
        mend: String::from("cat /proc/self/mountinfo; sudo dmesg | tail"),
        detectors: detectors.to_vec(),
    };
    let started = thread::Builder::new().spawn(move || drop(sender.send(look())));
    started.map_err(|error| unseen(format!("no thread could be started: {error}")))?;
    receiver.recv_timeout(time).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => unseen(format!(
            "cut after {} s: something there does not answer (a pipe, or a mount that hangs?)",
            time.as_secs()
        )),
        mpsc::RecvTimeoutError::Disconnected => {
            unseen(String::from("looking at it failed; please report it"))
        }
    })
}

/// Everything that can be seen of the machine whose files are below `root`: its processes, sockets and
/// kernel as well if that is `/`, the running one.
pub fn machine(root: &Path, window: Window, limit: file::Limit, elapsed: &Elapsed) -> Scene {
    let is_live = root == Path::new("/");
    let mut scene = Scene { at: window.end, since: window.begin, is_live, ..Scene::default() };
    let of = root.to_owned();
    let needed = ["D1", "D10", "D13", "D14", "D15", "D16"];
    let read = within(PATIENCE, "which file belongs to which package", &needed, move || {
        package::packages(&of)
    });
    let packages = Arc::new(seen(&mut scene, read));
    if is_live {
        live(&mut scene, &packages);
    }
    match Tree::open(root) {
        Ok(tree) => disk(&mut scene, &Arc::new(tree), &packages, limit, elapsed),
        Err(error) => scene.unseen.push(Unseen {
            what: format!("the files below {}", root.display()),
            why: error.to_string(),
            mend: String::from("nightkeep triage --root FOLDER"),
            detectors: Vec::new(),
        }),
    }
    scene.packages = Arc::unwrap_or_clone(packages);
    scene
}

/// What was seen; what was not is written down.
fn seen<T: Default>(
    scene: &mut Scene,
    read: Result<(T, impl IntoIterator<Item = Unseen>), Unseen>,
) -> T {
    match read {
        Ok((found, blind)) => {
            scene.unseen.extend(blind);
            found
        }
        Err(unseen) => {
            scene.unseen.push(unseen);
            T::default()
        }
    }
}

/// What lies on the disk.
fn disk(
    scene: &mut Scene,
    tree: &Arc<Tree>,
    packages: &Arc<Packages>,
    limit: file::Limit,
    elapsed: &Elapsed,
) {
    let of = Arc::clone(tree);
    let read = within(PATIENCE, "accounts", &["D11", "D12"], move || account::accounts(&of));
    let accounts = Arc::new(seen(scene, read));
    let (of, whose) = (Arc::clone(tree), Arc::clone(&accounts));
    let read = within(PATIENCE, "keys for ssh", &["D12"], move || account::keys(&of, &whose));
    scene.keys = seen(scene, read.map(|keys| (keys, None)));
    let (of, whose, owned) = (Arc::clone(tree), Arc::clone(&accounts), Arc::clone(packages));
    let read = within(PATIENCE, "what starts by itself", &["D13", "D31"], move || {
        startup::startups(&of, &owned, &whose)
    });
    scene.startups = seen(scene, read);
    let of = Arc::clone(tree);
    let read = within(PATIENCE, "libraries forced upon programs", &["D10"], move || {
        startup::preloads(&of)
    });
    scene.preloads = seen(scene, read.map(|preloads| (preloads, None)));
    let (of, whose, owned) = (Arc::clone(tree), Arc::clone(&accounts), Arc::clone(packages));
    let (since, elapsed) = (scene.since, Arc::clone(elapsed));
    let most = limit.time.saturating_add(PATIENCE);
    let read = within(most, "the files", &["D14", "D15", "D16"], move || {
        file::files(&of, &owned, &whose, since, limit, &*elapsed)
    });
    scene.files = seen(scene, read);
    scene.accounts = Arc::unwrap_or_clone(accounts);
}

/// What passes by goes first: processes and sockets come and go.
fn live(scene: &mut Scene, packages: &Arc<Packages>) {
    let booted = booted(scene.at);
    let running = ["D1", "D2", "D3", "D4", "D6", "D7", "D8", "D9"];
    let read = within(PATIENCE, "processes", &running, move || process::processes(booted));
    let mut processes = seen(scene, read);
    // Whoever looks may have been copied to /tmp for it, and is no news.
    processes.retain(|process| process.pid != std::process::id());
    for process in &mut processes {
        let (pid, is_apart) = (process.pid, process.is_apart);
        if let Some(program) = &mut process.program
            // In a view of its own, something else may bear the name of a package's file.
            && (!is_apart || program.is_deleted || process::is_ours(pid, &program.path))
        {
            program.package = packages.owner(&program.path).map(str::to_owned);
        }
    }
    mark_containers(&mut processes);
    let processes = Arc::new(processes);
    let of = Arc::clone(&processes);
    let read =
        within(PATIENCE, "sockets", &["D7", "D17", "D18", "D19"], move || socket::sockets(&of));
    scene.sockets = seen(scene, read);
    let of = Arc::clone(&processes);
    let read = within(PATIENCE, "Unix sockets", &["D17"], move || unix::sockets(&of));
    scene.unix_sockets = seen(scene, read);
    let read = within(PATIENCE, "hidden processes", &["D5"], hidden::hidden);
    scene.hidden = seen(scene, read.map(|hidden| (hidden, None)));
    let (of, owned) = (Arc::clone(&processes), Arc::clone(packages));
    let read = within(PATIENCE, "the kernel", &["D20", "D29"], move || kernel::kernel(&of, &owned));
    scene.kernel = seen(scene, read);
    scene.processes = Arc::unwrap_or_clone(processes);
}

/// When the machine started, by its own clock of today.
fn booted(now: Timestamp) -> Timestamp {
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = uptime.split(' ').next().and_then(|seconds| seconds.parse::<f64>().ok());
    let up = SignedDuration::try_from_secs_f64(seconds.unwrap_or(0.0)).unwrap_or_default();
    now.checked_sub(up).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_is_left_behind_and_said() {
        let (_open, closed) = mpsc::channel::<()>();
        let cut = within(Duration::from_millis(50), "a pipe", &["D1"], move || closed.recv());
        let unseen = cut.unwrap_err();
        assert!(unseen.why.contains("does not answer"), "{}", unseen.why);
        assert_eq!(unseen.detectors, ["D1"]);
        assert_eq!(within(PATIENCE, "a number", &[], || 7), Ok(7));
    }
}
