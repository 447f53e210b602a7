//! The store against its promises: what was acknowledged is there, what was heard comes back as
//! it was, and trouble with the disk is told apart and survived.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use jiff::ToSpan as _;
use proptest::prelude::*;

use super::sql::Columns as _;
use super::*;
use crate::config::Config;
use crate::model::{Batch, Event, Metric, NoteKind, Observation, Series, Subject};

fn config(path: &Path) -> StoreConfig {
    StoreConfig { path: path.to_owned(), ..Config::default().store }
}

fn begin() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn sample(subject: Subject, metric: Metric, value: f32) -> Observation {
    Observation::Sample { subject, metric, value }
}

/// An hour or three of ticks with gaps, some with events, in the order history gives them.
fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let root = || Subject::Mount(String::from("/"));
    let host = || Subject::Host;
    let tick = (
        1_i64..600_000_000,
        prop::option::of(0.0_f32..1.0),
        prop::option::of(-1e9_f32..1e9),
        prop::option::weighted(0.2, 1_u32..9999),
    );
    let batches = prop::collection::vec(tick, 1..60).prop_map(move |ticks| {
        let mut at = begin();
        let mut batches = Vec::new();
        for (step, busy, used, killed) in ticks {
            at += step.microseconds();
            let mut observations = Vec::new();
            observations.extend(busy.map(|value| sample(host(), Metric::CpuBusyRatio, value)));
            observations.extend(used.map(|value| sample(root(), Metric::DiskUsedBytes, value)));
            observations.extend(killed.map(|pid| Observation::Event {
                subject: host(),
                event: Event::OomKill {
                    process: String::from("no\"de\n"),
                    pid,
                    unit: None,
                    resident_bytes: None,
                },
            }));
            if !observations.is_empty() {
                batches.push(Batch { at, observations });
            }
        }
        batches
    });
    batches.prop_filter("something was heard", |batches| !batches.is_empty())
}

async fn keep(store: &Store, batch: &Batch) {
    let (samples, others): (Vec<_>, Vec<_>) = batch
        .observations
        .iter()
        .cloned()
        .partition(|observation| matches!(observation, Observation::Sample { .. }));
    if !samples.is_empty() {
        let samples = Batch { at: batch.at, observations: samples };
        sample::append(store, &[samples]).await.unwrap();
    }
    if !others.is_empty() {
        alert::commit(store, batch.at, &[], &[], &[], &others).await.unwrap();
    }
}

async fn remembered(store: &Store) -> Vec<Batch> {
    let mut history = history::batches(store, Timestamp::UNIX_EPOCH, begin() + 720.hours());
    let mut found = Vec::new();
    while let Some(batch) = history.next().await.unwrap() {
        found.push(batch);
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_was_heard_comes_back_sealed_or_not(batches in batches(), seal_at in any::<prop::sample::Index>()) {
        let directory = tempfile::tempdir().unwrap();
        block_on(async {
            let store = Store::open(&config(directory.path()), "testhost").await.unwrap();
            let seal_at = seal_at.index(batches.len());
            for (n, batch) in batches.iter().enumerate() {
                keep(&store, batch).await;
                if n == seal_at {
                    retention::seal(&store, batch.at).await.unwrap();
                }
            }
            prop_assert_eq!(&remembered(&store).await, &batches);
            retention::seal(&store, begin() + 48.hours()).await.unwrap();
            prop_assert_eq!(&remembered(&store).await, &batches);
            let read_only = Store::open_read_only(directory.path()).await.unwrap();
            prop_assert_eq!(&remembered(&read_only).await, &batches);
            let last = history::latest(&store).await.unwrap();
            prop_assert!(last <= batches.last().map(|batch| batch.at));
            Ok(())
        })?;
    }
}

#[test]
fn charts_have_the_same_mean_at_every_resolution() {
    let directory = tempfile::tempdir().unwrap();
    block_on(async {
        let config = config(directory.path());
        let store = Store::open(&config, "testhost").await.unwrap();
        let series = Series { subject: Subject::Host, metric: Metric::Load1 };
        let mut ticks = Vec::new();
        for n in 0..3 * 8640_i64 {
            let at = begin() + (10 * n).seconds();
            let value = (n % 100) as f32;
            ticks.push(Batch {
                at,
                observations: vec![sample(Subject::Host, Metric::Load1, value)],
            });
        }
        sample::append(&store, &ticks).await.unwrap();
        let end = begin() + 72.hours();
        let now = end + 1.hours();
        let chart = |points| sample::range(&store, &series, begin(), end, points);
        for sealed in [false, true] {
            if sealed {
                retention::seal(&store, now).await.unwrap();
            }
            for points in [1, 3, 72, 864, 10_000] {
                let chart = chart(points).await.unwrap();
                assert!(chart.len() <= points && chart.len() * 2 >= points, "{}", chart.len());
                let mean = chart.iter().map(|point| f64::from(point.mean)).sum::<f64>()
                    / chart.len() as f64;
                assert!((mean - 49.5).abs() < 0.5, "{mean} at {points}, sealed {sealed}");
                let least = chart.iter().map(|point| point.min).fold(f32::INFINITY, f32::min);
                let most = chart.iter().map(|point| point.max).fold(0.0, f32::max);
                assert_eq!((least, most), (0.0, 99.0));
            }
        }

        // Full samples kept for a day: the chart of all three days goes on by the means.
        let kept =
            StoreConfig { keep_full: jiff::SignedDuration::from_hours(24), ..config.clone() };
        retention::prune(&store, now, &kept).await.unwrap();
        let detail = sample::range(&store, &series, begin(), end, 25_920).await.unwrap();
        assert!(detail.len() > 8000 && detail.len() < 12_000, "{}", detail.len());
        let kept = StoreConfig { max_size_bytes: 40_000, ..config.clone() };
        retention::prune(&store, now, &kept).await.unwrap();
        let series_bytes = retention::used_bytes(&store).await.unwrap();
        assert!(series_bytes <= 60_000, "{series_bytes}");
    });
}

#[test]
fn a_damaged_store_is_set_aside_and_told() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    block_on(async { Store::open(&config, "testhost").await.unwrap().close().await });
    for name in [STATE, SERIES] {
        fs::write(directory.path().join(name), vec![0x5a; 8192]).unwrap();
        let store = block_on(Store::open(&config, "testhost")).unwrap();
        assert!(store.mended().unwrap().contains(name));
        block_on(store.close());
    }
    assert!(
        fs::read_dir(directory.path())
            .unwrap()
            .flatten()
            .any(|entry| { entry.file_name().to_string_lossy().starts_with("state.db.damaged-") })
    );
}

#[test]
fn a_newer_store_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    block_on(async { Store::open(&config, "testhost").await.unwrap().close().await });
    let connection = rusqlite::Connection::open(directory.path().join(STATE)).unwrap();
    connection.execute_batch("pragma user_version = 99").unwrap();
    let error = block_on(Store::open(&config, "testhost")).unwrap_err();
    assert_eq!(error.kind, Trouble::Newer);
}

/// The unit may write to its own folder only, where SQLite puts nothing that does not last.
fn happened(name: &str, n: u32) -> Observation {
    let address = format!("192.0.2.{n}");
    let event = match name {
        "ban" => Event::Ban { address },
        "audit-lost" => Event::AuditLost { records: n, waiting: 0, room: 1 },
        "audit-rule-removed" => {
            Event::AuditRuleRemoved { rule: address, by: String::new(), restored: false }
        }
        "noted" => Event::Noted { kind: NoteKind::Note, text: address, by: String::from("ann") },
        _ => Event::WatchStarted { alive_until: None, rebooted: true },
    };
    Observation::Event { subject: Subject::Host, event }
}

#[test]
fn events_are_found_by_kind_also_those_of_an_older_version() {
    let folder = tempfile::tempdir().unwrap();
    let open = || block_on(Store::open(&config(folder.path()), "web1")).unwrap();
    let store = open();
    let kinds = ["ban", "noted", "audit-lost", "audit-rule-removed", "watch-started"];
    for n in 0..20_u32 {
        let at = begin() + i64::from(n / 2).minutes();
        let mut heard = vec![happened(kinds[n as usize % kinds.len()], n)];
        heard.push(sample(Subject::Host, Metric::Load1, 1.0));
        block_on(alert::commit(&store, at, &[], &[], &[], &heard)).unwrap();
    }
    let bans = |store: &Store, holding: &str, before: i64, most: usize| {
        let found = block_on(history::latest_of(store, "ban", holding, before, most)).unwrap();
        found.into_iter().map(|(seq, _, event)| (seq, event)).collect::<Vec<_>>()
    };
    let ban = |n: u32| Event::Ban { address: format!("192.0.2.{n}") };
    let look = |store: &Store| {
        let newest = bans(store, "", i64::MAX, 2);
        assert_eq!([&newest[0].1, &newest[1].1], [&ban(15), &ban(10)]);
        let older = bans(store, "", newest[1].0, 9);
        assert_eq!([&older[0].1, &older[1].1], [&ban(5), &ban(0)]);
        assert_eq!(bans(store, "2.10", i64::MAX, 9), [newest[1].clone()]);
        assert_eq!(bans(store, "", older[1].0, 9), []);
        // Of both kinds the newest in that time, oldest first.
        let (from, until) = (begin() + 1.minutes(), begin() + 8.minutes());
        let both = history::named(store, from, until, &["ban", "noted"], 3);
        let both: Vec<_> = block_on(both).unwrap().into_iter().map(|(_, event)| event).collect();
        let Observation::Event { event: noted, .. } = happened("noted", 11) else { return };
        assert_eq!(both, [ban(10), noted, ban(15)]);
    };
    look(&store);
    block_on(store.close());
    let file = folder.path().join(STATE);
    let connection = rusqlite::Connection::open(&file).unwrap();
    let other =
        "select count(*) from observed where event is not json_extract(body, '$.event.event')";
    let other: i64 = connection.query_row(other, [], |row| row.get(0)).unwrap();
    assert_eq!(other, 0);
    let before = "drop index observed_event; alter table observed drop column event; \
                  insert into observed (at, body) values (0, '{\"kind\":\"event\",no'); \
                  pragma user_version = 5";
    connection.execute_batch(before).unwrap();
    drop(connection);
    let store = open();
    look(&store);
    block_on(store.close());
}

#[test]
fn those_who_only_read_see_what_was_written_on_a_line_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = block_on(Store::open(&config(folder.path()), "web1")).unwrap();
    let reader = block_on(store.reader());
    for n in 0..3 {
        let batch = Batch { at: begin(), observations: vec![happened("ban", n)] };
        block_on(keep(&store, &batch));
        let seen = block_on(history::latest_of(&reader, "ban", "", i64::MAX, 9)).unwrap();
        assert_eq!(seen.len(), n as usize + 1);
    }
    let series = sample(Subject::Host, Metric::Load1, 1.0);
    block_on(keep(&store, &Batch { at: begin(), observations: vec![series] }));
    assert_eq!(block_on(sample::series(&reader)).unwrap().len(), 1);
    // It is not the connection that writes.
    assert!(block_on(outbox::delivered(&reader, "1-ops", begin())).is_err());
    block_on(outbox::delivered(&store, "1-ops", begin())).unwrap();
    block_on(store.close());
    assert!(block_on(sample::series(&reader)).is_err());
}

#[test]
fn nothing_is_put_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    block_on(async {
        let store = Store::open(&config, "testhost").await.unwrap();
        for db in [&store.state, &store.series] {
            let rows = db.read("pragma temp_store", Vec::new()).await.unwrap();
            assert_eq!(rows[0].int(0), 2);
        }
    });
}

#[test]
fn there_is_none_says_what_to_type() {
    let directory = tempfile::tempdir().unwrap();
    let error = block_on(Store::open_read_only(directory.path())).unwrap_err();
    assert_eq!(error.kind, Trouble::Missing);
    assert!(error.to_string().contains("systemctl start nightkeep"));
}

/// Runs this very test again as a child, told so by the environment.
fn child(test: &str, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env("NIGHTKEEP_TEST_CHILD", directory);
    command
}

/// Killed while it writes, the store has everything it acknowledged.
#[test]
fn killed_at_any_moment_nothing_acknowledged_is_lost() {
    if let Some(directory) = std::env::var_os("NIGHTKEEP_TEST_CHILD") {
        return block_on(async {
            let store = Store::open(&config(Path::new(&directory)), "testhost").await.unwrap();
            let first = alert::rows(&store).await.unwrap().len();
            for n in first.. {
                let row = (format!("row-{n:06}"), Some(n.to_string()));
                alert::commit(&store, begin(), &[row], &[], &[], &[]).await.unwrap();
                println!("kept {n}");
            }
        });
    }
    let directory = tempfile::tempdir().unwrap();
    let name = "store::tests::killed_at_any_moment_nothing_acknowledged_is_lost";
    let mut acknowledged = None;
    for round in 0..20_u64 {
        let mut writer = child(name, directory.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut left = 3 + round * 7 % 40;
        while left > 0 {
            let line = lines.next().unwrap().unwrap();
            left -= u64::from(line.contains("kept "));
            acknowledged = number(&line).or(acknowledged);
        }
        writer.kill().unwrap();
        // What it still said before it died counts as well.
        for line in lines.map_while(Result::ok) {
            acknowledged = number(&line).or(acknowledged);
        }
        writer.wait().unwrap();
        let store = block_on(Store::open(&config(directory.path()), "testhost")).unwrap();
        let rows = block_on(alert::rows(&store)).unwrap();
        assert!(rows.len() > acknowledged.unwrap(), "{} rows, {acknowledged:?}", rows.len());
    }
}

fn number(line: &str) -> Option<usize> {
    line.rsplit_once("kept ")?.1.trim().parse().ok()
}

/// On a disk that is full to the last byte an alert can still be written down, and the store
/// goes on by itself when there is room again. Needs root, for a disk of its own.
#[test]
fn a_full_disk_takes_alerts_and_recovers() {
    let place = tempfile::tempdir().unwrap();
    if let Some(directory) = std::env::var_os("NIGHTKEEP_TEST_CHILD") {
        return full_disk(Path::new(&directory));
    }
    let name = "store::tests::a_full_disk_takes_alerts_and_recovers";
    let inner = child(name, place.path());
    let mut command = Command::new("unshare");
    command
        .args(["-m", "--propagation", "private"])
        .arg(inner.get_program())
        .args(inner.get_args());
    command.env("NIGHTKEEP_TEST_CHILD", place.path());
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    if said.contains("unshare failed") {
        println!("skipped: {said}");
        return;
    }
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stdout));
}

fn full_disk(place: &Path) {
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m", "none"]).arg(place).status();
    assert!(mounted.unwrap().success());
    let config = config(&place.join("store"));
    block_on(async {
        let store = Store::open(&config, "testhost").await.unwrap();
        fill(&place.join("filler"));
        for n in 0..50 {
            let row = (String::from("alert"), Some(n.to_string()));
            let heard = sample(Subject::Host, Metric::Load1, 1.0);
            alert::commit(&store, begin(), &[row], &[], &[], &[heard]).await.unwrap();
        }
        let ticks = |n: i64| Batch {
            at: begin() + n.seconds(),
            observations: vec![sample(Subject::Host, Metric::Load1, 1.0); 2000],
        };
        let mut refused = None;
        for n in 0..100 {
            refused = refused.or(sample::append(&store, &[ticks(n)]).await.err());
        }
        assert_eq!(refused.expect("a full disk takes no bulk").kind, Trouble::Full);
        store.close().await;

        let again = Store::open(&config, "testhost").await.unwrap();
        assert_eq!(alert::rows(&again).await.unwrap()["alert"], "49");
        fs::remove_file(place.join("filler")).unwrap();
        sample::append(&again, &[ticks(1000)]).await.unwrap();
    });
}

fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = fs::File::create(path).unwrap();
    for size in [1 << 16, 1 << 12, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
}
