use super::*;
use crate::config::StoreConfig;
use crate::model::{Batch, Observation};
use crate::store::{retention, sample};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn open(path: &std::path::Path) -> Store {
    let config = StoreConfig { path: path.to_owned(), ..crate::config::Config::default().store };
    Store::open(&config, "web1").await.unwrap()
}

/// A sample of two monitors every ten minutes; the first is down in the seconds given.
async fn keep(store: &Store, from: Timestamp, until: Timestamp, down: &[(Timestamp, Timestamp)]) {
    let (mut now, mut batches) = (from, Vec::new());
    while now < until {
        let is_down = down.iter().any(|(from, until)| (*from..*until).contains(&now));
        let sample = |name: &str, metric, value| Observation::Sample {
            subject: Subject::Monitor(name.to_owned()),
            metric,
            value,
        };
        let up = if is_down { 0.0 } else { 1.0 };
        batches.push(Batch {
            at: now,
            observations: vec![
                sample("shop", Metric::MonitorUpRatio, up),
                sample("shop", Metric::MonitorLatencySeconds, 0.25),
                sample("mail", Metric::MonitorUpRatio, 1.0),
            ],
        });
        now += SignedDuration::from_mins(10);
    }
    sample::append(store, &batches).await.unwrap();
}

/// Whatever was sealed or averaged, and however often it was looked, the days are the same.
#[tokio::test]
#[expect(clippy::float_cmp, reason = "means of ones and zeros")]
async fn days_are_the_same_whatever_became_of_samples() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).await;
    let zone = TimeZone::fixed(jiff::tz::Offset::constant(1));
    let begin = at("2026-08-01T00:00:00Z");
    // Six hours before and after a midnight of the zone, and an hour of today.
    let down = [
        (at("2026-10-09T17:00:00Z"), at("2026-10-10T05:00:00Z")),
        (at("2026-10-20T08:00:00Z"), at("2026-10-20T09:00:00Z")),
    ];
    let mut looked = Past::new(zone.clone());
    let mut from = begin;
    for until in ["2026-09-15T00:00:00Z", "2026-10-10T12:03:00Z", "2026-10-20T11:30:00Z"] {
        let until = at(until);
        keep(&store, from, until, &down).await;
        from = until;
        looked.refresh(&store, until).await.unwrap();
        retention::seal(&store, until).await.unwrap();
        looked.refresh(&store, until).await.unwrap();
    }
    let now = at("2026-10-20T11:30:00Z");
    let mut fresh = Past::new(zone);
    fresh.refresh(&store, now).await.unwrap();
    for name in ["shop", "mail", "none"] {
        let (one, other) = (looked.days(name, now, 90), fresh.days(name, now, 90));
        for ((date, one), (_, other)) in one.iter().zip(&other) {
            assert!((one.seen - other.seen).abs() < 0.01, "{name} {date} {one:?} {other:?}");
            assert!((one.up - other.up).abs() < 0.01, "{name} {date} {one:?} {other:?}");
        }
        assert_eq!(looked.last_day(name, now), fresh.last_day(name, now), "{name}");
    }
    let days = fresh.days("shop", now, 90);
    let of = |day: Date| days.iter().find(|(other, _)| *other == day).unwrap().1;
    assert_eq!(of(date(2026, 10, 8)), Tally { seen: 24.0, up: 24.0 });
    assert_eq!(of(date(2026, 10, 9)), Tally { seen: 24.0, up: 18.0 });
    assert_eq!(of(date(2026, 10, 10)), Tally { seen: 24.0, up: 18.0 });
    assert_eq!(of(date(2026, 10, 20)).up, 12.0);
    assert_eq!(of(date(2026, 10, 20)).seen, 13.0);
    assert_eq!(fresh.days("shop", now, 90).first().unwrap().1.seen, 0.0);
    assert_eq!(fresh.last_day("shop", now).latency, Some(0.25));
    let year = fresh.last_days("shop", now, 365).uptime.unwrap();
    assert!((year - (1.0 - 13.0 / 1932.0)).abs() < 1e-3, "{year}");
    assert_eq!(fresh.last_days("mail", now, 30).uptime, Some(1.0));
    store.close().await;
}

#[test]
fn flips_make_days() {
    let zone = TimeZone::UTC;
    let flips = [
        (at("2026-10-18T12:00:00Z"), Some(true)),
        (at("2026-10-19T18:00:00Z"), Some(false)),
        (at("2026-10-20T06:00:00Z"), Some(true)),
        (at("2026-10-20T08:00:00Z"), None),
    ];
    let (days, last) = of_flips(&flips, at("2026-10-20T10:00:00Z"), &zone, 4);
    let hours: Vec<_> = days.iter().map(|(_, tally)| (tally.seen, tally.up)).collect();
    assert_eq!(hours, [(0.0, 0.0), (12.0, 12.0), (24.0, 18.0), (8.0, 2.0)]);
    assert_eq!(last, Tally { seen: 22.0, up: 10.0 });
}
