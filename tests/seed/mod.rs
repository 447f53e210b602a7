//! Fills a store with a past: as fast as importing does, and always the same one.

#![allow(dead_code, clippy::unwrap_used)]

pub(crate) mod hostile;

use std::f64::consts::TAU;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use nightkeep::clock;
use nightkeep::config::Config;
use nightkeep::model::{
    AlertKey, Batch, Decision, Event, Login, LoginPart, Message, MessageItem, Metric, Notice,
    Observation, Phase, RuleName, Series, Severity, Subject, TellKind,
};
use nightkeep::store::past::{Mean, Past};
use nightkeep::store::{self, Store};

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Days of it.
    pub(crate) days: i32,
    /// systemd units with CPU and memory.
    pub(crate) units: usize,
    /// Monitors with answers and latency.
    pub(crate) monitors: usize,
    /// Things that happened to the machine: reboots, bans and alerts, in turn.
    pub(crate) events: usize,
}

impl Size {
    /// What a test of the page needs.
    pub(crate) const SMALL: Self = Self { days: 365, units: 12, monitors: 4, events: 60 };
    /// What the page has to stay fast with.
    pub(crate) const LARGE: Self = Self { days: 365, units: 200, monitors: 2000, events: 100_000 };
}

/// Between the samples of the last day.
const TICK: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Means are of five minutes for so long, and of hours before.
const FINE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A series and how it moves about.
struct Wave {
    series: Series,
    base: f64,
    /// Of a day.
    swing: f64,
    /// Over the whole time.
    growth: f64,
    noise: f64,
    seed: u64,
}

/// Fills the store of a host there, which nothing may have open.
pub(crate) fn fill(path: &Path, host: &str, size: &Size) {
    fill_with(path, host, async |store, now| fill_store(store, size, now).await);
}

/// Fills it by somebody's own means.
pub(crate) fn fill_with(path: &Path, host: &str, fill: impl AsyncFnOnce(&Store, Timestamp)) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut config = Config::default().store;
        path.clone_into(&mut config.path);
        let store = Store::open(&config, host).await.unwrap();
        fill(&store, clock::now()).await;
        store.close().await;
    });
}

/// Fills an open store with what was before `now`.
pub(crate) async fn fill_store(store: &Store, size: &Size, now: Timestamp) {
    let begin = floor(now - DAY * size.days, 3600);
    let waves = waves(size);
    // The last day as it was measured, what is older as it was averaged.
    let recent = floor(now - DAY, 3600);
    let mut at = recent;
    let mut batches = Vec::new();
    while at < now {
        let sample = |wave: &Wave| Observation::Sample {
            subject: wave.series.subject.clone(),
            metric: wave.series.metric,
            value: wave.at(at, begin, now) as f32,
        };
        batches.push(Batch { at, observations: waves.iter().map(sample).collect() });
        at += TICK;
        if batches.len() == 120 || at >= now {
            store::sample::append(store, &batches).await.unwrap();
            batches.clear();
        }
    }
    let mut past = Past::begin(store, now).await.unwrap();
    let mut day = begin;
    while day < recent {
        let end = (day + DAY).min(recent);
        let seconds = if now.duration_since(day) < FINE { 300 } else { 3600 };
        let means: Vec<_> = waves
            .iter()
            .map(|wave| (wave.series.clone(), wave.means(day, end, seconds, (begin, now))))
            .collect();
        past.take(store, &means).await.unwrap();
        past.write(store, day).await.unwrap();
        day = end;
    }
    past.write(store, now + DAY * 60).await.unwrap();
    store::retention::seal(store, now).await.unwrap();
    events(store, size.events, begin, now).await;
}

fn floor(at: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(at.as_second() - at.as_second().rem_euclid(seconds)).unwrap()
}

impl Wave {
    fn at(&self, at: Timestamp, begin: Timestamp, now: Timestamp) -> f64 {
        let day = at.as_second().rem_euclid(86_400) as f64 / 86_400.0;
        let span = now.duration_since(begin).as_secs_f64();
        let gone = at.duration_since(begin).as_secs_f64() / span;
        let mut mixed = (at.as_second() as u64 ^ self.seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let noise = (mixed >> 40) as f64 / f64::from(1 << 24);
        let value = self.base + self.growth * gone + self.swing * (1.0 - (TAU * day).cos()) / 2.0;
        (value + self.noise * noise).max(0.0)
    }

    fn means(
        &self,
        from: Timestamp,
        until: Timestamp,
        seconds: u32,
        (begin, now): (Timestamp, Timestamp),
    ) -> Vec<Mean> {
        let step = SignedDuration::from_secs(i64::from(seconds));
        let mut means = Vec::new();
        let mut at = from;
        while at < until {
            let mean = self.at(at, begin, now);
            let (min, max) = ((mean - self.noise).max(0.0), mean + self.noise * 1.5);
            let [min, mean, max] = [min, mean, max].map(|value| value as f32);
            means.push(Mean { at, seconds, min, mean, max });
            at += step;
        }
        means
    }
}

fn waves(size: &Size) -> Vec<Wave> {
    let mut waves = Vec::new();
    let mut add =
        |subject: Subject, metric: Metric, base: f64, swing: f64, growth: f64, noise: f64| {
            let seed = waves.len() as u64 * 7919 + 1;
            let series = Series { subject, metric };
            waves.push(Wave { series, base, swing, growth, noise, seed });
        };
    let gib = 1024.0 * 1024.0 * 1024.0;
    for (metric, base, swing, growth, noise) in [
        (Metric::CpuBusyRatio, 0.06, 0.35, 0.05, 0.12),
        (Metric::CpuUserRatio, 0.04, 0.25, 0.04, 0.08),
        (Metric::CpuSystemRatio, 0.02, 0.1, 0.01, 0.04),
        (Metric::CpuIowaitRatio, 0.0, 0.03, 0.0, 0.03),
        (Metric::CpuStealRatio, 0.0, 0.01, 0.0, 0.01),
        (Metric::Load1, 0.2, 1.5, 0.2, 0.8),
        (Metric::Load5, 0.2, 1.4, 0.2, 0.3),
        (Metric::Load15, 0.2, 1.3, 0.2, 0.1),
        (Metric::LoadPerCpu, 0.1, 0.7, 0.1, 0.2),
        (Metric::CpuPressureRatio, 0.0, 0.06, 0.0, 0.03),
        (Metric::IoPressureRatio, 0.0, 0.04, 0.0, 0.05),
        (Metric::IoFullPressureRatio, 0.0, 0.02, 0.0, 0.03),
        (Metric::MemoryPressureRatio, 0.0, 0.01, 0.0, 0.01),
        (Metric::MemoryFullPressureRatio, 0.0, 0.005, 0.0, 0.005),
        (Metric::MemoryTotalBytes, 8.0 * gib, 0.0, 0.0, 0.0),
        (Metric::MemoryAvailableBytes, 4.5 * gib, 0.8 * gib, -gib, 0.2 * gib),
        (Metric::MemoryAvailableRatio, 0.56, 0.1, -0.12, 0.02),
        (Metric::SwapTotalBytes, 2.0 * gib, 0.0, 0.0, 0.0),
        (Metric::SwapUsedBytes, 0.1 * gib, 0.0, 0.3 * gib, 0.01 * gib),
    ] {
        add(Subject::Host, metric, base, swing, growth, noise);
    }
    for (mount, base, growth) in [("/", 0.42, 0.08), ("/var", 0.35, 0.5), ("/srv/data", 0.6, 0.02)]
    {
        let subject = || Subject::Mount(mount.to_owned());
        let total = 80.0 * gib;
        add(subject(), Metric::DiskUsedRatio, base, 0.004, growth, 0.002);
        add(subject(), Metric::DiskUsedBytes, base * total, 0.004 * total, growth * total, 0.0);
        let free = (1.0 - base) * total;
        add(subject(), Metric::DiskAvailableBytes, free, -0.004 * total, -growth * total, 0.0);
        add(subject(), Metric::DiskInodesUsedRatio, base / 3.0, 0.0, growth / 4.0, 0.001);
    }
    for (interface, share) in [("eth0", 1.0), ("wg0", 0.1)] {
        let subject = || Subject::Interface(interface.to_owned());
        add(
            subject(),
            Metric::NetworkReceiveBytesPerSecond,
            2e4 * share,
            9e5 * share,
            0.0,
            3e5 * share,
        );
        add(
            subject(),
            Metric::NetworkTransmitBytesPerSecond,
            4e4 * share,
            2e6 * share,
            0.0,
            6e5 * share,
        );
        add(subject(), Metric::NetworkErrorsPerSecond, 0.0, 0.0, 0.0, 0.0);
    }
    for n in 0..size.units {
        let subject = || Subject::Unit(unit(n));
        let share = 1.0 / (n + 1) as f64;
        add(subject(), Metric::UnitCpuRatio, 0.01 * share, 0.3 * share, 0.0, 0.1 * share);
        add(subject(), Metric::UnitMemoryBytes, 1.2 * gib * share, 0.2 * gib * share, 0.0, 1e6);
    }
    for n in 0..size.monitors {
        let subject = || Subject::Monitor(monitor(n));
        add(subject(), Metric::MonitorUpRatio, 1.0, 0.0, 0.0, 0.0);
        add(subject(), Metric::MonitorLatencySeconds, 0.06, 0.05, 0.0, 0.04);
    }
    waves
}

/// The name of a unit.
pub(crate) fn unit(n: usize) -> String {
    const KNOWN: [&str; 8] =
        ["postgresql", "shop", "caddy", "redis", "worker", "cron", "ssh", "systemd-journald"];
    KNOWN.get(n).map_or_else(|| format!("app-{n}.service"), |name| format!("{name}.service"))
}

/// The name of a monitor.
pub(crate) fn monitor(n: usize) -> String {
    if n == 0 { "shop".to_owned() } else { format!("Service {n}") }
}

/// Alerts that came and went, bans and reboots, spread evenly with one at the very end.
async fn events(store: &Store, count: usize, begin: Timestamp, now: Timestamp) {
    // Each commit is synced: many events share one.
    let commits = count.min(2000);
    let gap = now.duration_since(begin) / i32::try_from(commits.max(1)).unwrap();
    for n in 0..commits {
        let at = begin + gap * i32::try_from(n).unwrap() + SignedDuration::from_secs(90);
        let (mut decisions, mut observed, mut notices) = (Vec::new(), Vec::new(), Vec::new());
        match n % 3 {
            0 => {
                decisions = alert(n as u64 + 1, at);
                notices.push(notice(n as u64 + 1, at));
            }
            1 => observed.push(ban(n, 0)),
            _ => observed.push(Observation::Event {
                subject: Subject::Host,
                event: Event::WatchStarted {
                    alive_until: Some(at - SignedDuration::from_secs(60)),
                    rebooted: true,
                },
            }),
        }
        observed.extend((1..count / commits).map(|m| match m % 10 {
            0 => login(n, at),
            _ => ban(n, m),
        }));
        store::alert::commit(store, at, &[], &decisions, &notices, &observed).await.unwrap();
        for notice in &notices {
            store::outbox::delivered(store, &notice.key, at).await.unwrap();
        }
    }
}

fn ban(n: usize, m: usize) -> Observation {
    let address = format!("203.0.113.{}", (n + m) % 250 + 1);
    Observation::Event { subject: Subject::Jail("sshd".to_owned()), event: Event::Ban { address } }
}

fn login(n: usize, at: Timestamp) -> Observation {
    let login = Login {
        user: ["ann", "deploy", "root"][n % 3].to_owned(),
        address: format!("198.51.100.{}", n % 9 + 1),
        port: 40_000,
        method: "publickey".to_owned(),
        key_kind: Some("ED25519".to_owned()),
        fingerprint: Some(format!("SHA256:key{}", n % 4)),
    };
    let subject = Subject::Login(format!("{}@{}", login.user, login.address));
    let unknown = if n.is_multiple_of(97) { vec![LoginPart::Address] } else { Vec::new() };
    Observation::Event { subject, event: Event::Login { login, unknown, failures: 0, logged: at } }
}

fn notice(alert: u64, at: Timestamp) -> Notice {
    let summary = "/var is 86 % full, 11 GiB left".to_owned();
    let item = MessageItem {
        alert,
        rule: RuleName::DiskUsed.to_string(),
        subject: "mount:/var".to_owned(),
        severity: Severity::Warning,
        summary: summary.clone(),
        since: at,
        until: None,
        evidence: vec!["most of it: /var/lib/docker 41 GiB".to_owned()],
        next: "du -xh /var | sort -h | tail".to_owned(),
        held: None,
    };
    let message = Message {
        id: alert,
        at,
        kind: TellKind::Raised,
        severity: Severity::Warning,
        host: "seeded".to_owned(),
        title: format!("Warning seeded: {summary}"),
        items: vec![item],
        replies_to: Vec::new(),
    };
    Notice { key: format!("{alert}-ops"), channel: "ops".to_owned(), message }
}

fn alert(id: u64, at: Timestamp) -> Vec<Decision> {
    let key = AlertKey { rule: RuleName::DiskUsed, subject: Subject::Mount("/var".to_owned()) };
    let change = |at, from, to| Decision::Change {
        at,
        key: key.clone(),
        id: Some(id),
        from,
        to,
        severity: Severity::Warning,
        summary: "/var is 86 % full, 11 GiB left".to_owned(),
    };
    let over = at + SignedDuration::from_mins(25);
    vec![change(at, Phase::Pending, Phase::Firing), change(over, Phase::Firing, Phase::Resolved)]
}
