//! The detectors, one file each: what it knows of itself, and findings of a scene. Pure.

mod account;
mod altered_file;
mod audit_off;
mod auth_log;
mod authorized_key;
mod container_escape;
mod deleted_program;
mod fail2ban_off;
mod false_name;
mod first_sudo;
mod guessed_login;
mod hidden_process;
mod in_memory;
mod journal_hole;
mod kernel_impostor;
mod kernel_module;
mod listener;
mod login_record;
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
mod strange_login;
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
    detector(&audit_off::ABOUT, audit_off::detect),
    detector(&journal_hole::ABOUT, journal_hole::detect),
    detector(&login_record::ABOUT, login_record::detect),
    detector(&auth_log::ABOUT, auth_log::detect),
    detector(&no_history::ABOUT, no_history::detect),
    detector(&strange_login::ABOUT, strange_login::detect),
    detector(&guessed_login::ABOUT, guessed_login::detect),
    detector(&first_sudo::ABOUT, first_sudo::detect),
    detector(&container_escape::ABOUT, container_escape::detect),
    detector(&fail2ban_off::ABOUT, fail2ban_off::detect),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_of_each_number_in_order() {
        let ids: Vec<String> = ALL.iter().map(|detector| detector.about.id.to_owned()).collect();
        let expected: Vec<String> = (1..=31).map(|number| format!("D{number}")).collect();
        assert_eq!(ids, expected);
        assert!(detect(&Scene::default()).is_empty());
    }
}
