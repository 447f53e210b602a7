//! How fast the status page reads the past of monitors out of a store.
//!
//! `cargo run --release --example bench-past -- MONITORS [DIRECTORY]` makes a store with a year of
//! monitors (a minute between samples of the last two days, five of the last month, thirty before;
//! all are averaged as the watch does), then reads it as the page does: all at once, and again when
//! all but the running hour is known. It prints the median of some tries.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::PathBuf;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nightkeep::clock;
use nightkeep::config::Config;
use nightkeep::model::{Batch, Metric, Observation, Subject};
use nightkeep::store::{self, Store};
use nightkeep::web::past::Past;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let monitors: usize = arguments.next().map_or(50, |text| text.parse().unwrap());
    let own = tempfile::tempdir().unwrap();
    let directory = arguments.next().map_or_else(|| own.path().to_owned(), PathBuf::from);
    let mut config = Config::default().store;
    let is_there = directory.join("series.db").exists();
    config.path = directory;
    let store = Store::open(&config, "bench").await.unwrap();
    let now = clock::now();
    if !is_there {
        fill(&store, monitors, now).await;
    }
    let bytes = store::retention::used_bytes(&store).await.unwrap();
    println!("{monitors} monitors, a year: {} MiB in series.db", bytes >> 20);

    let mut times = Vec::new();
    let mut past = Past::new(TimeZone::UTC);
    for _ in 0..5 {
        past = Past::new(TimeZone::UTC);
        let start = clock::monotonic();
        past.refresh(&store, now).await.unwrap();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    println!("the first read, of all: {:.1} ms", median(times));
    let mut times = Vec::new();
    for _ in 0..15 {
        let start = clock::monotonic();
        past.refresh(&store, now).await.unwrap();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    println!("each further one: {:.2} ms", median(times));
    let mut times = Vec::new();
    for _ in 0..15 {
        let start = clock::monotonic();
        let all: usize = (0..monitors).map(|n| past.days(&name(n), now, 90).len()).sum();
        assert_eq!(all, monitors * 90);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    println!("90 days of each, out of memory: {:.2} ms", median(times));
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn name(n: usize) -> String {
    format!("Service {n}")
}

async fn fill(store: &Store, monitors: usize, now: Timestamp) {
    let hours = |hours: i64| SignedDuration::from_hours(hours);
    let mut at = now - hours(365 * 24);
    let (mut random, mut batches) = (1_u64, Vec::new());
    let mut sealed = at;
    while at < now {
        let age = now.duration_since(at);
        let step = match () {
            () if age < hours(48) => SignedDuration::from_mins(1),
            () if age < hours(30 * 24) => SignedDuration::from_mins(5),
            () => SignedDuration::from_mins(30),
        };
        let mut observations = Vec::with_capacity(monitors * 2);
        for n in 0..monitors {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let is_down = (random >> 33).is_multiple_of(2000);
            let took = 0.08 + (random >> 40) as f32 / (1 << 24) as f32 * 0.1;
            let up = if is_down { 0.0 } else { 1.0 };
            for (metric, value) in
                [(Metric::MonitorUpRatio, up), (Metric::MonitorLatencySeconds, took)]
            {
                let subject = Subject::Monitor(name(n));
                observations.push(Observation::Sample { subject, metric, value });
            }
        }
        batches.push(Batch { at, observations });
        at += step;
        if batches.len() >= 60 || at >= now {
            store::sample::append(store, &batches).await.unwrap();
            batches.clear();
        }
        if at.duration_since(sealed) > hours(24) || at >= now {
            store::retention::seal(store, at).await.unwrap();
            sealed = at;
        }
    }
}
