//! Looking at a machine without changing it, and without running any program of it.

pub mod hidden;
pub mod kernel;
pub mod package;
pub mod process;
pub mod socket;

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::scene::Scene;

/// Everything that can be seen of the machine whose files are below `root`: its processes, sockets and
/// kernel as well if that is `/`, the running one.
pub fn machine(root: &Path, now: Timestamp) -> Scene {
    let is_live = root == Path::new("/");
    let mut scene = Scene { at: now, is_live, ..Scene::default() };
    let (packages, blind) = package::packages(root);
    scene.packages = packages;
    scene.unseen.extend(blind);
    if is_live {
        live(&mut scene);
    }
    scene
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
