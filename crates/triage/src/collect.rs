//! Looking at a machine without changing it, and without running any program of it.

pub mod account;
pub mod file;
pub mod hidden;
pub mod inventory;
pub mod kernel;
pub mod package;
pub mod process;
pub mod socket;
pub mod startup;
pub mod tree;

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::tree::Tree;
use crate::scene::{Scene, Unseen};

/// The time that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// What happened before is the past.
    pub begin: Timestamp,
    /// Now.
    pub end: Timestamp,
}

/// Everything that can be seen of the machine whose files are below `root`: its processes, sockets and
/// kernel as well if that is `/`, the running one. `elapsed` tells how long it took so far.
pub fn machine(
    root: &Path,
    window: Window,
    limit: file::Limit,
    elapsed: &dyn Fn() -> Duration,
) -> Scene {
    let is_live = root == Path::new("/");
    let mut scene = Scene { at: window.end, since: window.begin, is_live, ..Scene::default() };
    let (packages, blind) = package::packages(root);
    scene.packages = packages;
    scene.unseen.extend(blind);
    if is_live {
        live(&mut scene);
    }
    match Tree::open(root) {
        Ok(tree) => disk(&mut scene, &tree, limit, elapsed),
        Err(error) => scene.unseen.push(Unseen {
            what: format!("the files below {}", root.display()),
            why: error.to_string(),
            mend: String::from("nightkeep triage --root FOLDER"),
            detectors: Vec::new(),
        }),
    }
    scene
}

/// What lies on the disk.
fn disk(scene: &mut Scene, tree: &Tree, limit: file::Limit, elapsed: &dyn Fn() -> Duration) {
    let (accounts, blind) = account::accounts(tree);
    scene.unseen.extend(blind);
    scene.keys = account::keys(tree, &accounts);
    scene.startups = startup::startups(tree, &scene.packages, &accounts);
    scene.preloads = startup::preloads(tree);
    let (files, blind) = file::files(tree, &scene.packages, &accounts, scene.since, limit, elapsed);
    scene.unseen.extend(blind);
    scene.files = files;
    scene.accounts = accounts;
}

/// What passes by goes first: processes and sockets come and go.
fn live(scene: &mut Scene) {
    let (mut processes, blind) = process::processes(booted(scene.at));
    scene.unseen.extend(blind);
    for process in
        processes.iter_mut().filter(|process| !process.is_apart || !process.is_contained())
    {
        if let Some(program) = &mut process.program {
            program.package = scene.packages.owner(&program.path).map(str::to_owned);
        }
    }
    let (sockets, blind) = socket::sockets(&processes);
    scene.unseen.extend(blind);
    scene.sockets = sockets;
    scene.hidden = hidden::hidden();
    let (kernel, blind) = kernel::kernel(&processes, &scene.packages);
    scene.unseen.extend(blind);
    scene.kernel = kernel;
    scene.processes = processes;
}

/// When the machine started, by its own clock of today.
fn booted(now: Timestamp) -> Timestamp {
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = uptime.split(' ').next().and_then(|seconds| seconds.parse::<f64>().ok());
    let up = SignedDuration::try_from_secs_f64(seconds.unwrap_or(0.0)).unwrap_or_default();
    now.checked_sub(up).unwrap_or(now)
}
