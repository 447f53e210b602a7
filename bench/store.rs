//! What the store takes and how fast a chart is read, on this machine's own series.
//!
//! `cargo run --release --example bench-store -- [TICKS [MILLISECONDS]]` reads `/proc` TICKS times
//! (8640, a day of them) every MILLISECONDS (200), keeps each reading as if ten seconds had passed,
//! seals, and prints bytes per point (all pages in use, means included); then fills thirty days with copies of that day and prints how
//! long a chart of one series over them takes. Faster readings make rates noisier than a real day's,
//! so the bytes are an upper bound.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightkeep::clock;
use nightkeep::config::Config;
use nightkeep::model::{Batch, Metric, Observation, Series, Subject};
use nightkeep::source::Sampler;
use nightkeep::store::{self, Store};

const TICK: SignedDuration = SignedDuration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let argument = |n: usize, default: u64| {
        std::env::args().nth(n).map_or(default, |text| text.parse().unwrap())
    };
    let (ticks, pause) = (argument(1, 8640), Duration::from_millis(argument(2, 200)));
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let day = record(ticks, pause, begin);
    let points: usize = day.iter().map(|batch| batch.observations.len()).sum();

    let directory = tempfile::tempdir().unwrap();
    let mut config = Config::default().store;
    directory.path().clone_into(&mut config.path);
    let store = Store::open(&config, "bench").await.unwrap();
    let length = TICK * i32::try_from(ticks).unwrap();
    let end = begin + length;
    keep(&store, &day, end).await;
    let bytes = store::retention::used_bytes(&store).await.unwrap();
    let series = store::sample::series(&store).await.unwrap().len();
    println!(
        "{series} series, {points} points, {bytes} bytes: {:.2} bytes a point",
        bytes as f64 / points as f64
    );

    let days = (SignedDuration::from_hours(24 * 30).as_secs() / length.as_secs()).max(1);
    for n in 1..i32::try_from(days).unwrap() {
        let shifted: Vec<_> = day
            .iter()
            .map(|batch| Batch {
                at: batch.at + length * n,
                observations: batch.observations.clone(),
            })
            .collect();
        keep(&store, &shifted, begin + length * (n + 1)).await;
    }
    let end = begin + length * i32::try_from(days).unwrap();
    let busy = Series { subject: Subject::Host, metric: Metric::CpuBusyRatio };
    for points in [500, 2000] {
        let mut times = Vec::new();
        for _ in 0..9 {
            let start = clock::monotonic();
            let chart = store::sample::range(&store, &busy, begin, end, points).await.unwrap();
            times.push((start.elapsed(), chart.len()));
        }
        times.sort();
        let (median, steps) = times[times.len() / 2];
        println!(
            "30 days of one series in {steps} steps: {:.2} ms (median of 9)",
            median.as_secs_f64() * 1e3
        );
    }
}

async fn keep(store: &Store, batches: &[Batch], end: Timestamp) {
    for few in batches.chunks(360) {
        store::sample::append(store, few).await.unwrap();
    }
    store::retention::seal(store, end + SignedDuration::from_mins(5)).await.unwrap();
}

/// This machine's samples, each tick ten seconds after the last.
fn record(ticks: u64, pause: Duration, begin: Timestamp) -> Vec<Batch> {
    let mut sampler = Sampler::new(&Config::default(), Path::new("/"));
    let mut at = begin;
    let mut batches = Vec::new();
    for _ in 0..ticks {
        let now = clock::now();
        let reports = sampler.read(now);
        let said = reports.into_iter().filter_map(|report| report.said.ok()).flatten();
        let samples = said.filter(|one| matches!(one, Observation::Sample { .. }));
        batches.push(Batch { at, observations: samples.collect() });
        at += TICK;
        std::thread::sleep(pause);
    }
    batches
}
