//! The detectors, one file each: what it knows of itself, and findings of a scene. Pure.

mod deleted_program;

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

/// All of them, in the order of their ids.
pub const ALL: [Detector; 1] =
    [Detector { about: &deleted_program::ABOUT, detect: deleted_program::detect }];

/// The detector of an id (`D1`, `d1`).
pub fn named(id: &str) -> Option<Detector> {
    ALL.into_iter().find(|detector| detector.about.id.eq_ignore_ascii_case(id))
}
