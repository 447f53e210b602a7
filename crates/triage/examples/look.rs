//! Looks at this machine and prints what is found: `cargo run -p nightkeep-triage --example look`.

#![allow(clippy::print_stdout)]

use std::path::Path;

use jiff::Timestamp;
use nightkeep_triage::{collect, detector};

#[allow(clippy::disallowed_methods)]
fn main() {
    let scene = collect::machine(Path::new("/"), Timestamp::now());
    for unseen in &scene.unseen {
        println!("not seen: {} ({})", unseen.what, unseen.why);
    }
    for finding in detector::detect(&scene) {
        println!("{} {} {}", finding.id, finding.severity, finding.sentence);
        for piece in finding.evidence {
            println!("    {piece}");
        }
    }
}
