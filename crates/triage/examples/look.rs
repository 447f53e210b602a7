//! Looks at this machine and prints what is found: `cargo run -p nightkeep-triage --example look`.

#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _};
use nightkeep_triage::{collect, detector};

#[allow(clippy::disallowed_methods)]
fn main() {
    let end = Timestamp::now();
    let window = collect::Window { begin: end - 24.hours() * 7, end };
    let begin = Instant::now();
    let limit = collect::file::Limit { time: Duration::from_mins(1) };
    let scene = collect::machine(Path::new("/"), window, limit, &|| begin.elapsed());
    println!("{} files, {} digested", scene.files.looked_at, scene.files.digested);
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
