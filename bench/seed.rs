//! Fills a store with a past to measure the page with: a year, 200 services, 2,000 monitors and 100,000
//! events.
//!
//! `cargo run --release --example bench-seed -- DIRECTORY [HOST [MONITORS [UNITS [EVENTS]]]]`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../tests/seed/mod.rs"]
mod seed;

use std::path::Path;

use nightkeep::clock;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().unwrap();
    let host = arguments.next().unwrap_or_else(|| String::from("bench"));
    let mut number = |usual: usize| arguments.next().map_or(usual, |text| text.parse().unwrap());
    let large = seed::Size::LARGE;
    let (monitors, units) = (number(large.monitors), number(large.units));
    let size = seed::Size { monitors, units, events: number(large.events), ..large };
    let start = clock::monotonic();
    seed::fill(Path::new(&directory), &host, &size);
    println!("{size:?} in {directory}: {:.0} s", start.elapsed().as_secs_f64());
}
