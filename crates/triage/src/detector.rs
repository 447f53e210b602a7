//! The detectors, one file each: what it knows of itself, and findings of a scene. Pure.

mod account;
mod altered_file;
mod authorized_key;
mod container_escape;
mod deleted_program;
mod false_name;
mod hidden_process;
mod in_memory;
mod kernel_impostor;
mod kernel_module;
mod listener;
mod miner;
mod no_history;
mod outbound;
mod package_source;
mod preload;
mod privileged_file;
mod scratch_program;
mod service_shell;
mod shell_on_socket;
mod sniffer;
mod startup;
mod unowned_program;

use super::finding::{About, Finding};
use super::scene::Scene;

/// A detector.
#[derive(Debug, Clone, Copy)]
pub struct Detector {
    /// What there is to know of it.
    pub about: &'static About,
    detect: fn(&Scene) -> Vec<Finding>,
}

impl Detector {
    /// What it finds.
    pub fn detect(&self, scene: &Scene) -> Vec<Finding> {
        (self.detect)(scene)
    }
}

const fn detector(about: &'static About, detect: fn(&Scene) -> Vec<Finding>) -> Detector {
    Detector { about, detect }
}

/// All of them, in the order of their ids.
pub const ALL: &[Detector] = &[
    detector(&deleted_program::ABOUT, deleted_program::detect),
    detector(&in_memory::ABOUT, in_memory::detect),
    detector(&scratch_program::ABOUT, scratch_program::detect),
    detector(&kernel_impostor::ABOUT, kernel_impostor::detect),
    detector(&hidden_process::ABOUT, hidden_process::detect),
    detector(&false_name::ABOUT, false_name::detect),
    detector(&shell_on_socket::ABOUT, shell_on_socket::detect),
    detector(&service_shell::ABOUT, service_shell::detect),
    detector(&miner::ABOUT, miner::detect),
    detector(&preload::ABOUT, preload::detect),
    detector(&account::ABOUT, account::detect),
    detector(&authorized_key::ABOUT, authorized_key::detect),
    detector(&startup::ABOUT, startup::detect),
    detector(&privileged_file::ABOUT, privileged_file::detect),
    detector(&altered_file::ABOUT, altered_file::detect),
    detector(&unowned_program::ABOUT, unowned_program::detect),
    detector(&listener::ABOUT, listener::detect),
    detector(&sniffer::ABOUT, sniffer::detect),
    detector(&outbound::ABOUT, outbound::detect),
    detector(&kernel_module::ABOUT, kernel_module::detect),
    detector(&no_history::ABOUT, no_history::detect),
    detector(&container_escape::ABOUT, container_escape::detect),
    detector(&package_source::ABOUT, package_source::detect),
];

/// The detector of an id (`D1`, `d1`).
pub fn named(id: &str) -> Option<Detector> {
    ALL.iter().copied().find(|detector| detector.about.id.eq_ignore_ascii_case(id))
}

/// What all of them find, worst first.
pub fn detect(scene: &Scene) -> Vec<Finding> {
    let mut found: Vec<Finding> = ALL.iter().flat_map(|detector| detector.detect(scene)).collect();
    found.sort_by_key(|found| {
        (std::cmp::Reverse((found.severity, found.certainty)), number(&found.id))
    });
    found
}

fn number(id: &str) -> u32 {
    id.trim_start_matches('D').parse().unwrap_or(u32::MAX)
}
