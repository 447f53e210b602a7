//! Looks at this machine and prints what is found: `cargo run -p nightkeep-triage --example look`.

#![allow(clippy::print_stdout)]

use jiff::Timestamp;
use nightkeep_triage::{collect, detector, scene::Scene};

fn main() {
    let (processes, unseen) = collect::process::processes(Timestamp::now());
    let scene = Scene { is_live: true, processes, unseen, ..Scene::default() };
    for detector in detector::ALL {
        for finding in detector.detect(&scene) {
            println!("{} {} {}", finding.id, finding.severity, finding.sentence);
        }
    }
}
